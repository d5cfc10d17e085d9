"""Cases and their steps as 0.1.0 wrote them: its rows in its words, by no code of today."""

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tests.upgrade.story import ACTS, CALLER, CHATS, CITIZEN, PLACE, POINT, WATER, WORDS, Act, Story

Values = dict[str, Any]
"""A row by its columns, or a step's changes by the fields of a case."""

# The workflow of then, as the row of `rules` holds it.
RULES: Final[Mapping[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "workflow.toml").read_text("utf-8")
)
# Minutes of each stage's limit; yellow comes when four fifths of them have gone.
LIMITS: Final = {
    "reported": 30, "verifying": 1440, "to_dispatch": 30, "handling": 120, "to_check": 30,
    "checking": 120, "to_close": 240,
}  # fmt: skip
KEY: Final = hashlib.sha256(b"the key of contacts").hexdigest()
CELL: Final = "330299001001059"
ROUTE: Final = "供水井盖、供水设施归自来水公司"
SUGGESTED: Final = [
    {"code": "01001", "score": 0.678, "words": ["供水井盖", "没了"]},
    {"code": "01023", "score": 0.175, "words": ["井盖", "盖没了", "供水"]},
]
FRESH: Final[Values] = {
    "text": "", "text_confirmed": True, "place_text": "", "point": None, "cell": None,
    "matter": None, "condition": None, "urgency": None, "in_scope": None, "unsure": True,
    "understood": False, "suggestions": [], "verified": None, "department": None,
    "routed_by": None, "handler": None, "collector": None, "reporter": None, "call": None,
    "rework_count": 0, "return_count": 0, "light": "green", "stage_since": None,
    "stage_yellow": None, "stage_due": None, "due": None, "filed_at": None,
    "dispatched_at": None, "accepted_at": None, "handled_at": None, "closed_at": None,
}  # fmt: skip


def instant(at: datetime) -> str:
    """Give an instant as a step's changes held it."""
    text = at.astimezone(UTC).isoformat()
    return text.replace("+00:00", "Z")


def contact_id(channel: str, address: str) -> str:
    """Give the id of a contact, which hides the address."""
    known = hmac.new(bytes.fromhex(KEY), f"{channel}:{address}".encode(), hashlib.sha256).digest()
    return str(UUID(bytes=known[:16]))


def number_of(serial: int) -> str:
    """Give the number of a serial: seven digits and a check digit (H. M. Damm)."""
    table = (
        "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
        "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
    )  # fmt: skip
    digits, check = f"{serial:07d}", 0
    for digit in digits:
        check = int(table[check][int(digit)])
    return f"{digits}{check}"


@dataclass(slots=True)
class Ledger:
    """Everything that the office of then has written so far; `at` is its present."""

    at: datetime
    photos: Mapping[str, bytes]
    tables: dict[str, list[Values]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    turn: int = 0

    def add(self, table: str, row: Values) -> Values:
        """Write a row."""
        self.tables.setdefault(table, []).append(row)
        return row

    def new_id(self) -> str:
        """Give a UUIDv7 of the present, the same one whenever the folder is made for this time."""
        self.turn += 1
        rest = int.from_bytes(hashlib.sha256(str(self.turn).encode()).digest()[:10])
        born = int(self.at.timestamp() * 1000)
        drawn = rest & ((1 << 74) - 1)
        bits = born << 80 | 7 << 76 | drawn >> 62 << 64 | 2 << 62 | drawn & ((1 << 62) - 1)
        return str(UUID(int=bits))

    def emit(self, kind: str, ref: str) -> None:
        """Let the consoles be told of a change."""
        self.add("change", {"id": self.new_id(), "kind": kind, "ref": ref, "at": self.at})

    def contact(self, channel: str, address: str, name: str) -> str:
        """Write a contact, once; give its id."""
        ident = contact_id(channel, address)
        if all(row["id"] != ident for row in self.tables.get("contact", ())):
            self.add("contact", {
                "id": ident, "channel": channel, "address": address, "name": name,
                "language": "zh_CN",
            })  # fmt: skip
        return ident

    def store(self, body: bytes, mime: str) -> str:
        """Put a file on record, once; give its hash."""
        sha256 = hashlib.sha256(body).hexdigest()
        if sha256 not in self.files:
            self.files[sha256] = body
            self.add("media", {
                "sha256": sha256, "mime": mime, "size": len(body), "stored_at": self.at,
                "hint_lon": None, "hint_lat": None,
            })  # fmt: skip
        return sha256

    def link(self, case: Values, sha256: str, kind: str, key: str) -> None:
        """Let a file belong to a case."""
        self.add("case_media", {
            "key": key, "case_id": case["id"], "sha256": sha256, "kind": kind, "at": self.at,
        })  # fmt: skip

    def step(
        self, case: Values, action: str, act: Act, changes: Values, *,
        media: tuple[str, ...] = (), key: str | None = None,
    ) -> Values:  # fmt: skip
        """Write a step, and let the case be what it makes of it."""
        case["version"] += 1
        step = self.add("step", {
            "id": self.new_id(), "case_id": case["id"], "seq": case["version"], "action": action,
            "at": self.at, "person": act.person, "post": act.post, "note": act.note,
            "media": list(media), "changes": changes, "key": key,
        })  # fmt: skip
        case |= changes
        if "stage_since" in changes:
            timers = self.tables.setdefault("timer", [])
            timers[:] = [one for one in timers if one["case_id"] != case["id"]]
            for kind in ("yellow", "red"):
                due = case["stage_yellow" if kind == "yellow" else "stage_due"]
                if due is not None:
                    self.add("timer", {
                        "id": self.new_id(), "case_id": case["id"], "kind": kind, "due": due,
                    })  # fmt: skip
        self.emit("case", case["number"])
        return step

    def clock(self, stage: str) -> Values:
        """Give the clock of a stage that begins now."""
        limit = LIMITS.get(stage)
        yellow, due = (
            (None, None)
            if limit is None
            else (
                instant(self.at + timedelta(minutes=limit * 0.8)),
                instant(self.at + timedelta(minutes=limit)),
            )
        )
        return {
            "stage": stage, "stage_since": instant(self.at), "stage_yellow": yellow,
            "stage_due": due, "light": "green",
        }  # fmt: skip


CITIZENS: Final = Act("citizen", "citizen")
SYSTEMS: Final = Act("system", "system")


def take_in(ledger: Ledger, name: str, story: Story, serial: int, key: str) -> Values:
    """Take in a report; give the case that it makes."""
    number = ledger.numbers[name] = number_of(serial)
    spoken, typed = story.channel == "phone", story.channel == "console"
    case: Values = {
        **FRESH, "id": ledger.new_id(), "number": number, "version": 0, "channel": story.channel,
        "language": "zh_CN", "received_at": instant(ledger.at), "workflow": "demo-1",
    }  # fmt: skip
    if spoken:
        case["call"] = key
    else:
        case |= {"text": WORDS, "place_text": PLACE, "cell": CELL}
        case["point"] = {"lon": POINT[0], "lat": POINT[1]}
    contact = (
        ledger.contact("telegram", CHATS["citizen"], CITIZEN)
        if story.channel == "telegram"
        else ledger.contact("phone", f"{'86' if serial % 2 else ''}{CALLER}", CITIZEN)
    )
    ledger.add("report", {
        "id": ledger.new_id(), "case_id": case["id"], "channel": story.channel, "key": key,
        "contact_id": contact, "said_at": ledger.at, "received_at": ledger.at,
        "language": "zh_CN", "text": case["text"], "place_text": case["place_text"],
        "lon": None if spoken else POINT[0], "lat": None if spoken else POINT[1],
        "seconds_of_speech": 3.0 if spoken else None,
    })  # fmt: skip
    media: tuple[str, ...] = ()
    if not (spoken or typed):
        media = (ledger.store(ledger.photos["red"], "image/jpeg"),)
    first = {**case, **ledger.clock("reported"), "version": 1}
    ledger.step(case, "report", CITIZENS, first, media=media)
    for sha256 in media:
        ledger.link(case, sha256, "photo", f"{case['id']}:{sha256}")
    return ledger.add("cases", case)


def suggest(ledger: Ledger, case: Values) -> None:
    """Let the words of a case be looked at."""
    changes: Values = {
        "understood": True, "unsure": False, "in_scope": True, "urgency": "urgent",
        "suggestions": SUGGESTED, "point": {"lon": POINT[0], "lat": POINT[1]}, "cell": CELL,
    }  # fmt: skip
    if not case["place_text"]:
        changes["place_text"] = PLACE
    ledger.step(case, "suggest", SYSTEMS, changes)


def turn_light(ledger: Ledger, case: Values, light: str) -> None:
    """Turn the light of a case: its timer is gone with the step."""
    timers = ledger.tables["timer"]
    timer = next(t for t in timers if (t["case_id"], t["kind"]) == (case["id"], light))
    ledger.step(case, "light", SYSTEMS, {"light": light}, key=f"light:{timer['id']}")
    timers.remove(timer)


def act(ledger: Ledger, case: Values, action: str, photo: str = "green") -> None:
    """Make a move on a case, with the notices that tell of it."""
    made, stage = ACTS[action], case["stage"]
    move = next(m for m in RULES["move"] if m["action"] == action and stage in m["from"])
    media = (ledger.store(ledger.photos[photo], "image/jpeg"),) if made.photo else ()
    changes = {**dict.fromkeys(move.get("clear", ())), **move.get("sets", {}), **made.given}
    if action == "dispatch":
        changes |= {"department": "water", "routed_by": ROUTE}
    if "actor" in move:
        changes[move["actor"]] = made.person
    if "stamp" in move:
        changes[move["stamp"]] = instant(ledger.at)
    if "count" in move:
        changes[move["count"]] = case[move["count"]] + 1
    if "to" in move:
        changes |= ledger.clock(move["to"])
    if move.get("clock") == "keep":
        changes |= {"stage_yellow": case["stage_yellow"], "stage_due": case["due"]}
    elif move.get("to") == "handling":
        changes["due"] = changes["stage_due"]
    ledger.turn += 1
    by_chat = made.post in ("collector", "department")
    key = f"tap:{ledger.turn:019d}" if by_chat else f"console:{made.person}:{ledger.turn:016x}"
    step = ledger.step(case, action, made, changes, media=media, key=key)
    for sha256 in media:
        ledger.link(case, sha256, move["evidence"], f"{step['id']}:{sha256}")
    for rule in move.get("notices", ()):
        _notify(ledger, case, step, rule)
    for notice in ledger.tables.get("notice", ()):
        mine = (notice["case_id"], notice["person"]) == (case["id"], made.person)
        if mine and notice["state"] == "waiting":
            notice |= {"state": "dropped", "settled_at": ledger.at}


def _notify(ledger: Ledger, case: Values, step: Values, rule: Mapping[str, Any]) -> None:
    """Leave the notices of a move in the outbox, for everybody of a rule who has a channel."""
    report = next(row for row in ledger.tables["report"] if row["case_id"] == case["id"])
    told = next(row for row in ledger.tables["contact"] if row["id"] == report["contact_id"])
    persons = {"collector": case["collector"], "department": WATER, "reporter": None}
    if rule["who"] == "citizen":
        channel, address, person = told["channel"], told["address"], None
    else:
        person = persons[rule["who"]]
        channel, address = "telegram", CHATS.get(rule["who"], "")
        if person is None or (rule["who"] == "department" and case["department"] is None):
            return
    if channel not in rule["channels"] or person == step["person"]:
        return
    key = f"{case['id']}:{step['seq']}:{rule['template']}:{channel}:{address}"
    notice = ledger.add("notice", {
        "id": ledger.new_id(), "key": key, "case_id": case["id"], "channel": channel,
        "address": address, "person": person, "template": rule["template"], "language": "zh_CN",
        "fields": {"number": case["number"], "note": step["note"]}, "created_at": ledger.at,
        "state": "waiting", "attempts": 0, "next_try": ledger.at, "lease_until": None,
        "error": "", "message": "", "settled_at": None,
    })  # fmt: skip
    ledger.emit("notice", notice["id"])
