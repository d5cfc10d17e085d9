"""The database of 0.1.0: its schema of then, and the rows of every table."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from alembic import command

from backend.store.schema import config_of
from backend.store.session import make_engine
from tests.upgrade.story import CALLER, CASES, CHATS, PLACE, WORDS
from tests.upgrade.walk import (
    KEY,
    RULES,
    SYSTEMS,
    Ledger,
    Values,
    act,
    number_of,
    suggest,
    take_in,
    turn_light,
)

HEAD: Final = "0003"
"""The schema that 0.1.0 came with."""
PASSWORD: Final = "kx7m-p3vq-9trd"
HASHED: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "b2YgMC4xLjAsIHNhbHRlZA$CJDBUHrSsj9q8GUJMnPh0P+9WpYOjO40LGpXRoaBXfY"
)
COOKIE, CSRF = "the-cookie-of-a-browser-that-was-left-open", "its-csrf-token"
CODE: Final = "abcd2345"
STAFF: Final = ("acceptor1", "dispatcher1", "chief1", "admin", "collector01", "water1")
# Serials up to here were handed out: two blocks, one to the telephone and one to the backend.
BLOCK: Final = 200
UNDRAINED: Final = 5


def history(stopped: datetime, photos: dict[str, bytes], voices: list[bytes]) -> Ledger:
    """Give everything that 0.1.0 had written when it was stopped."""
    ledger = Ledger(stopped, photos)
    serials = {"phone": iter(range(1, BLOCK)), "other": iter(range(BLOCK + 1, 2 * BLOCK))}
    # The last report came twenty minutes before the end: its lights have not turned yet.
    begun = stopped - timedelta(minutes=12 * len(CASES) + 8)
    for turn, (name, story) in enumerate(CASES.items()):
        ledger.at = begun + timedelta(minutes=12 * turn)
        spoken = story.channel == "phone"
        serial = next(serials["phone" if spoken else "other"])
        key = {
            "phone": f"hc0ffee00-{int(ledger.at.timestamp())}-{turn}",
            "telegram": f"500:{9000 + turn}",
            "console": "console:acceptor1:typed-0001",
        }[story.channel]
        if spoken:
            _ring(ledger, key, serial)
        case = take_in(ledger, name, story, serial, key)
        if spoken:
            _hear(ledger, case, key, voices[serial % len(voices)], heard=story.heard)
        if story.looked_at:
            suggest(ledger, case)
        for place, action in enumerate(story.acts):
            ledger.at += timedelta(minutes=5)
            act(ledger, case, action, ("green", "white", "blue", "black")[place % 4])
        _turn_lights(ledger, case, stopped)
    ledger.at = stopped
    _deliver(ledger)
    _people(ledger)
    _drafts(ledger)
    _feed(ledger)
    return ledger


def _ring(ledger: Ledger, key: str, serial: int) -> None:
    contact = ledger.contact("phone", f"{'86' if serial % 2 else ''}{CALLER}", "")
    ledger.add("call", {
        "key": key, "id": ledger.new_id(), "contact_id": contact, "line": "12345",
        "started_at": ledger.at,
    })  # fmt: skip
    marks = (
        ("ring", ""),
        ("answered", ""),
        ("recorded", "3.0"),
        ("number_said", number_of(serial)),
    )
    for seconds, (mark, value) in enumerate((*marks, ("ended", ""))):
        ledger.add("call_mark", {
            "id": ledger.new_id(), "call_key": key, "mark": mark,
            "at": ledger.at + timedelta(seconds=seconds), "value": value,
        })  # fmt: skip
    ledger.emit("call", key)


def _hear(ledger: Ledger, case: Values, key: str, voice: bytes, *, heard: bool) -> None:
    """Attach a call's recording, and write it down where it was."""
    sha256 = ledger.store(voice, "audio/wav")
    ledger.link(case, sha256, "recording", f"{key}:recording")
    ledger.step(case, "attach", SYSTEMS, {}, media=(sha256,), key=f"attach:{key}:recording")
    if not heard:
        return
    ledger.add("transcript", {
        "sha256": sha256, "case_id": case["id"], "engine": "whisper", "text": WORDS,
        "raw": WORDS, "confidence": 0.71, "seconds": 3.0, "at": ledger.at,
    })  # fmt: skip
    changes = {"text": WORDS, "text_confirmed": False, "understood": False}
    ledger.step(case, "transcribe", SYSTEMS, changes, key=f"transcript:{case['id']}:{sha256}")


def _turn_lights(ledger: Ledger, case: Values, stopped: datetime) -> None:
    for light, field in (("yellow", "stage_yellow"), ("red", "stage_due")):
        due = datetime.fromisoformat(case[field]) if case[field] else None
        if due is not None and due <= stopped:
            ledger.at = due
            turn_light(ledger, case, light)


# How notices stood that had not all been sent, by case and template.
_STANDING: Final[dict[tuple[str, str], str]] = {
    ("verifying", "task.verify"): "waiting",
    ("closed", "told.closed"): "waiting",
    ("checking", "task.check"): "expired",
    ("handling", "task.handle"): "leased",
    ("told", "told.closed"): "busy",
    ("declined", "told.declined"): "waiting",
    ("refused", "told.declined"): "failed",
}


def _deliver(ledger: Ledger) -> None:
    """Let all notices have been sent but those that stand otherwise."""
    names = {number: name for name, number in ledger.numbers.items()}
    soon = timedelta(seconds=1)
    for message, notice in enumerate(ledger.tables["notice"], start=100):
        at = notice["created_at"]
        name = names[notice["fields"]["number"]]
        match _STANDING.get((name, notice["template"]), "sent"):
            case _ if notice["state"] == "dropped":
                continue
            case "sent":
                notice |= {
                    "state": "sent", "attempts": 1, "message": str(message),
                    "settled_at": at + soon,
                }  # fmt: skip
            case "busy":
                notice |= {"attempts": 1, "error": "busy", "next_try": at + timedelta(minutes=10)}
            case "failed":
                error = "no such number"
                notice |= {
                    "state": "failed", "attempts": 1, "error": error, "settled_at": at + soon,
                }  # fmt: skip
            case "expired":
                until = at + timedelta(seconds=90)
                notice |= {"state": "leased", "attempts": 1, "lease_until": until}
            case "leased":
                until = ledger.at + timedelta(seconds=88)
                notice |= {"state": "leased", "attempts": 2, "lease_until": until}


def _people(ledger: Ledger) -> None:
    at = ledger.at - timedelta(days=2)
    for name in STAFF:
        ledger.add("account", {
            "username": name, "person": name, "password": HASHED, "language": "zh_CN",
            "made_at": at,
        })  # fmt: skip
    ledger.add("session", {
        "token_hash": hashlib.sha256(COOKIE.encode()).hexdigest(), "username": "chief1",
        "csrf": CSRF, "made_at": ledger.at, "seen_at": ledger.at,
        "expires_at": ledger.at + timedelta(hours=12),
    })  # fmt: skip
    ledger.add("login_try", {"key": "|127.0.0.1", "tries": 0, "last_at": ledger.at})
    for person, post in (("collector01", "collector"), ("water1", "department")):
        ledger.add("chat", {
            "channel": "telegram", "address": CHATS[post], "person": person,
            "language": "zh_CN", "bound_at": at,
        })  # fmt: skip
        ledger.add("chat_code", _code(f"used by {person}", person, at, f"telegram:{CHATS[post]}"))
    ledger.add("chat_code", _code(CODE, "dispatcher1", ledger.at, None))
    ledger.add("secret", {"name": "contact", "value": KEY})
    ledger.add("rules", {"version": RULES["version"], "body": RULES, "loaded_at": at})
    for holder, first in (("ivr", 1), ("backend", BLOCK + 1)):
        ledger.add("number_block", {
            "id": ledger.new_id(), "holder": holder, "first": first, "last": first + BLOCK - 1,
            "leased_at": at,
        })  # fmt: skip
    case = next(c for c in ledger.tables["cases"] if c["number"] == ledger.numbers["seen"])
    report = next(r for r in ledger.tables["report"] if r["case_id"] == case["id"])
    ledger.add("unmask", {
        "id": ledger.new_id(), "case_id": case["id"], "contact_id": report["contact_id"],
        "person": "chief1", "at": ledger.at,
    })  # fmt: skip


def _code(code: str, person: str, at: datetime, used_by: str | None) -> Values:
    return {
        "code_hash": hashlib.sha256(code.encode()).hexdigest(), "person": person,
        "made_by": "admin", "made_at": at, "expires_at": at + timedelta(minutes=30),
        "used_by": used_by,
    }  # fmt: skip


def _message(address: str, text: str, *rows: list[list[str]], **more: str) -> Values:
    """An answer that a chat was given last."""
    plain = {"address": address, "text": text, "rows": rows, "photos": []}
    return {**plain, "replaces": "", "ask_place": "", **more}


def _draft(ledger: Ledger, address: str, seen: Iterable[str], answer: Values, **begun: Any) -> None:
    """Write what somebody has begun in a chat, with the answer that was given last."""
    body = {
        "language": "", "report": None, "work": None, "loose": [], "loose_album": "",
        "loose_until": "", "albums": [], "seen": list(seen), "unsent": [answer], **begun,
    }  # fmt: skip
    ledger.add("draft", {
        "channel": "telegram", "address": address, "body": body, "updated_at": ledger.at,
    })  # fmt: skip


def _report(ledger: Ledger, key: str, text: str, **more: Any) -> Values:
    return {
        "key": key, "said_at": ledger.at.isoformat(), "rev": 1, "text": text, "place_text": "",
        "point": None, "hint": None, "photos": [], "albums": [], "matter": "",
        "matter_name": "", "awaits": "", **more,
    }  # fmt: skip


CARD: Final = (
    [["✅ 提交", "new:1:submit"]],
    [["🏷 其他类别", "new:1:matter"], ["📍 改位置", "new:1:place"]],
    [["✏️ 补充", "new:1:words"], ["✖ 取消", "new:1:cancel"]],
)


def _drafts(ledger: Ledger) -> None:
    """What was begun in chats: reports, moves of posts, and an album that came in part."""
    red, blue = (ledger.store(ledger.photos[name], "image/jpeg") for name in ("red", "blue"))
    card = _message("500", "请确认：", *CARD)
    _draft(ledger, "500", ["500:47"], card, report=_report(ledger, "500:47", WORDS))
    asked = _message("501", "还缺位置：", ask_place="📍 发送我的位置")
    placeless = _report(ledger, "501:50", "井盖没了", photos=[red], awaits="place", rev=0)
    _draft(ledger, "501", ["501:50"], asked, report=placeless)
    album = _report(ledger, "502:55", WORDS, photos=[red, blue], albums=["album1004"])
    album |= {"point": [121.57, 29.89], "place_text": PLACE}
    card = _message("502", "Please check:", *CARD)
    _draft(ledger, "502", ["502:54", "502:55"], card, report=album, language="en")
    home = {
        "album": "album906", "number": ledger.numbers["unseen"], "kind": "photo",
        "until": (ledger.at + timedelta(minutes=10)).isoformat(),
    }  # fmt: skip
    done = _message("503", "✅ 已登记", replaces="15")
    _draft(ledger, "503", ["503:14", "tap:3703889486278947049329"], done, albums=[home])
    for name, post, action, stage, need in BEGUN:
        case = next(c for c in ledger.tables["cases"] if c["number"] == ledger.numbers[name])
        back = [["◀ 返回", f"{case['number']}:{case['version']}:back"]]
        chat = CHATS[post]
        work = {
            "number": case["number"], "version": case["version"], "stage": stage,
            "action": action, "card": "10", "need": need, "note": "", "photos": [], "given": {},
        }  # fmt: skip
        seen = [f"{chat}:4", "tap:3500690955473345149190"]
        _draft(ledger, chat, seen, _message(chat, "请发一张现场照片", back), work=work)


# A move that each post had begun in its chat: case, post, move, stage, what it still needs.
BEGUN: Final = (
    ("verifying", "collector", "verify_true", "verifying", "photo"),
    ("accepted", "department", "report_done", "handling", "note"),
)


def _feed(ledger: Ledger) -> None:
    """Number the changes in the order of their ids; the last few were not numbered yet."""
    changes = sorted(ledger.tables["change"], key=lambda row: str(row["id"]))
    for seq, change in enumerate(changes[:-UNDRAINED], start=1):
        ledger.add("feed", {"seq": seq, **change})
    ledger.tables["change"] = changes[-UNDRAINED:]


# Who refers to whom: the referred come first.
ORDER: Final = (
    "account", "secret", "rules", "contact", "cases", "report", "step", "timer", "notice", "call",
    "call_mark", "media", "case_media", "transcript", "number_block", "change", "feed", "draft",
    "session", "login_try", "chat", "chat_code", "unmask",
)  # fmt: skip


async def make_schema(url: str) -> None:
    """Bring an empty database to the schema of 0.1.0."""
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda plain: command.upgrade(config_of(plain), HEAD))
    await engine.dispose()


async def write(dsn: str, ledger: Ledger) -> None:
    """Write all rows as 0.1.0 did: one JSON text a table."""
    connection = await asyncpg.connect(dsn)
    try:
        for table in ORDER:
            rows = json.dumps([_flat(row) for row in ledger.tables[table]], default=str)
            await connection.execute(
                f'INSERT INTO "{table}" SELECT * '
                f'FROM json_populate_recordset(NULL::"{table}", $1::text::json)',
                rows,
            )
        await connection.execute("SELECT setval('feed_serial', $1)", len(ledger.tables["feed"]))
        await connection.execute("SELECT setval('number_serial', $1)", 2 * BLOCK)
    finally:
        await connection.close()


def _flat(row: Values) -> Values:
    """Give a row by its columns: a case has its point in two."""
    if "point" not in row:
        return row
    point = row["point"] or {"lon": None, "lat": None}
    return {**{name: value for name, value in row.items() if name != "point"}, **point}
