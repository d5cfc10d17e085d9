"""The one list of checks: each says how a part is; for `hotline check` and the console's page."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from backend.backup.age import judge_backups
from backend.city import make_city
from backend.city_files import files_by
from backend.cli.processes import exchange, has_exchange
from backend.desks.queues import ALONG, CALENDAR, NOTICES, TIMERS, TRANSCRIPTS, UNDERSTANDING
from backend.jobs.partitioning import kept_by
from backend.log_health import LogAge, judge_log, read_age
from backend.operations.exchange_tls import trunk_tls
from backend.operations.preflight import NotPossible, ports, require_free
from backend.signed_memory import SignedMemory
from backend.store import beats, feed, jobs, outbox, partitions, seen_clock
from backend.store.jobs import JobState
from backend.store.partitions import PARTITIONED, Parts
from backend.store.seen_clock import SeenClock
from backend.store.session import Store
from backend.triage import load_knowing
from config.neighbours import is_loopback, may_call, may_manage
from config.prompts import PROMPTS, load_prompts
from config.settings import ROOT, Settings, SettingsError
from hotline.case.calendar import Calendar
from hotline.city import City
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.health import ASTRAY, BACKEND, BOTS, IVR, SCRIBE, SPOOL_ASIDE, WORKER, Finding, State
from hotline.queue import Aside, reason_of
from hotline.words import known, say

MIB: Final = 1 << 20
FORGOTTEN_S: Final = 7 * 86_400.0
# What a worker does in the office itself.
IN_OFFICE: Final = (TIMERS.name, UNDERSTANDING.name, CALENDAR.name, ALONG.name)
"""A process that was silent for longer belongs to what was taken away, not to what is broken."""


@dataclass(frozen=True, slots=True)
class Base:
    """The database as a check found it: a store that can be asked, or `what` keeps from it."""

    store: Store | None
    what: str = "right"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the checks look at; `city` is the one at work, None where it is still to be loaded.

    `is_up` says whether a hotline runs in the data folder; who starts the database for a while
    holds the folder too, and has to look before.
    """

    settings: Settings
    clock: Clock
    base: Base
    is_up: bool
    city: City | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """What the database tells the checks; read once for all of them."""

    now: datetime
    beats: Mapping[str, tuple[datetime, datetime, dict[str, int]]]
    aside: Sequence[tuple[Aside, JobState]]
    last_at: datetime | None
    held_up: int = 0
    parts: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    log: LogAge = field(default_factory=LogAge)
    seen: SeenClock | None = None

    def age_of(self, part: str) -> float | None:
        """Give the seconds since a process gave a sign of life; None where it never did."""
        known = self.beats.get(part)
        return None if known is None else (self.now - known[0]).total_seconds()

    def of(self, *queues: str) -> tuple[Aside, ...]:
        """Give what lies aside in some queues and is not on its way back already."""
        return tuple(
            one for one, state in self.aside if one.queue in queues and state is JobState.DEAD
        )


async def look(ground: Ground) -> list[Finding]:
    """Make every check; one that fails is a finding itself."""
    records = None
    base = ground.base
    if base.store is not None:
        try:
            records = await _read(base.store, ground.clock, ground.settings.health.waiting_s)
        except HotlineError as error:
            ground = replace(ground, base=Base(None, "wrong", reason_of(error)))
    found = [await check(ground) for check in GROUND_CHECKS]
    for name, judge in RECORD_CHECKS.items():
        if records is not None:
            found.append(judge(ground, records))
        elif name == "spool" and on_disk(ground.settings, set()):
            found.append(judge(ground, Records(ground.clock.now(), {}, (), None)))
        else:
            found.append(Finding(name, State.OFF, "unknown"))
    return found


async def _read(store: Store, clock: Clock, waiting_s: float) -> Records:
    before = clock.now() - timedelta(seconds=waiting_s)
    async with store.connect() as connection:
        held_up = await outbox.held_up(connection, before)
        known = await beats.read(connection)
        last_at = await feed.last_at(connection)
        aside = await jobs.dead(connection)
        parts = {one.table: await partitions.starts_of(connection, one) for one in PARTITIONED}
        age = await read_age(connection)
        seen = await seen_clock.read(connection)
    return Records(clock.now(), known, aside, last_at, held_up, parts, age, seen)


async def check_city(ground: Ground) -> Finding:
    """The city's files make everything that a start makes of them."""
    if ground.city is not None:
        return Finding("city", State.RIGHT, "right")
    try:
        await asyncio.to_thread(_build_city, ground.settings)
    except (HotlineError, SettingsError, OSError) as error:
        return Finding("city", State.WRONG, "wrong", {"reason": reason_of(error)})
    return Finding("city", State.RIGHT, "right")


def _build_city(settings: Settings) -> City:
    files = files_by(settings)
    load_knowing(settings, files)
    return make_city(files)


async def check_calendar(ground: Ground) -> Finding:
    """The working calendar holds the days to come."""
    city = ground.city
    if city is None:
        try:
            city = make_city(files_by(ground.settings))
        except HotlineError:
            return Finding("calendar", State.OFF, "unknown")
    return _judge_calendar(city.calendar, ground.clock.now())


def _judge_calendar(calendar: Calendar, now: datetime) -> Finding:
    """What a year in sight lacks is told before it matters; once it has begun, it is wrong."""
    today = now.astimezone(calendar.zone).date()
    for what, years in (
        ("missing", calendar.missing_years(now)),
        ("provisional", calendar.unsettled_years(now)),
    ):
        if years:
            state = State.WRONG if today.year == years[0] else State.WARN
            days = max(0, (date(years[0], 1, 1) - today).days)
            return Finding("calendar", state, what, {"year": years[0], "days": days})
    return Finding("calendar", State.RIGHT, "right", {"year": max(calendar.years)})


async def check_ports(ground: Ground) -> Finding:
    """The ports are free, or taken by the hotline that runs here."""
    settings = ground.settings
    try:
        if ground.city is None and not ground.is_up:
            require_free(ports(settings, phone=has_exchange(settings)))
    except NotPossible as error:
        return Finding("ports", State.WRONG, "wrong", {"reason": reason_of(error)})
    return Finding("ports", State.RIGHT, "right")


async def check_exchange(ground: Ground) -> Finding:
    """Asterisk is unpacked and answers where it runs; it is said who may call and manage it."""
    settings = ground.settings
    try:
        may_call(settings.phone)
        may_manage(settings.phone)
        trunk_tls(settings.phone)
    except SettingsError as error:
        return Finding("exchange", State.WRONG, "wrong", {"reason": reason_of(error)})
    if not has_exchange(settings):
        folder = str(settings.phone.asterisk_root)
        return Finding("exchange", State.WRONG, "missing", {"folder": folder})
    if ground.is_up and not await exchange(settings).ready():
        return Finding("exchange", State.WRONG, "silent")
    return Finding("exchange", State.RIGHT, "right")


async def check_spoken(ground: Ground) -> Finding:
    """Callers hear every stage of the workflow in words of its own, in each spoken language."""
    city = ground.city
    try:
        city = city or make_city(files_by(ground.settings))
        spoken = {
            language: {key for key, prompt in prompts.items() if (PROMPTS / prompt.file).is_file()}
            for language, prompts in load_prompts(PROMPTS).items()
        }
    except HotlineError:
        return Finding("spoken", State.OFF, "unknown")
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Finding("spoken", State.WRONG, "wrong", {"reason": reason_of(error)})
    stages = city.known.stages.values()
    wanted = dict.fromkeys(stage.prompt or stage.id for stage in stages)
    missing = [
        f"{language}/{prompt}"
        for language, keys in spoken.items()
        for prompt in wanted
        if prompt not in keys
    ]
    if missing:
        return Finding("spoken", State.WARN, "missing", {"prompts": ", ".join(missing)})
    return Finding("spoken", State.RIGHT, "right")


async def check_console(_: Ground) -> Finding:
    """The console is built."""
    built = (ROOT / "backend" / "static" / "index.html").is_file()
    if built:
        return Finding("console", State.RIGHT, "right")
    return Finding("console", State.WRONG, "missing")


async def check_https(ground: Ground) -> Finding:
    """Passwords and sessions go over HTTPS wherever another machine can ask for them."""
    settings = ground.settings
    url = urlsplit(settings.public_url)
    if url.scheme.lower() == "https":
        return Finding("https", State.RIGHT, "right")
    if is_loopback(url.hostname or "") and is_loopback(settings.web.host):
        return Finding("https", State.RIGHT, "here")
    what = "shut" if settings.secure_cookies else "open"
    return Finding("https", State.WARN, what, {"url": settings.public_url})


async def check_database(ground: Ground) -> Finding:
    """The database answers, and its schema is this version's."""
    base = ground.base
    state = {"right": State.RIGHT, "older": State.WARN, "none": State.OFF}
    return Finding(
        "database", state.get(base.what, State.WRONG), base.what,
        {"reason": base.reason} if base.reason else {},
    )  # fmt: skip


async def check_backup(ground: Ground) -> Finding:
    """The last good backup is not old, and was not found damaged."""
    return await asyncio.to_thread(judge_backups, ground.settings, ground.clock.now())


async def check_disk(ground: Ground) -> Finding:
    """There is room for recordings and photos."""
    folder = ground.settings.home.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MIB
    low = free < ground.settings.health.disk_free_mb
    return Finding(
        "disk", State.WRONG if low else State.RIGHT, "low" if low else "right", {"free": free}
    )


def judge_clock(ground: Ground, records: Records) -> Finding:
    """The clocks of the processes agree, and this one has not gone back, or years ahead."""
    most = ground.settings.health.clock_skew_s
    if records.last_at is not None:
        back = (records.last_at - records.now).total_seconds()
        if back > most:
            return Finding("clock", State.WRONG, "back", {"seconds": round(back)})
    for part, (at, told_at, _) in records.beats.items():
        apart = abs((at - told_at).total_seconds())
        if part == ASTRAY:
            if (records.age_of(part) or 0) < ground.settings.health.silent_s:
                return Finding("clock", State.WRONG, "worker", {"seconds": round(apart)})
            continue
        if apart > most and (records.age_of(part) or 0) < FORGOTTEN_S:
            values: dict[str, str | int] = {"part": part, "seconds": round(apart)}
            return Finding("clock", State.WRONG, "apart", values)
    if records.seen is not None and records.seen.doubted_at is not None:
        days, since = (records.now - records.seen.seen_at).days, records.seen.seen_at.date()
        return Finding("clock", State.WRONG, "ahead", {"days": days, "seen": since.isoformat()})
    return Finding("clock", State.RIGHT, "right")


def judge_worker(ground: Ground, records: Records) -> Finding:
    """A process that does the office's jobs gives signs of life while the backend does."""
    return _alive("worker", [WORKER], ground, records)


def judge_connectors(ground: Ground, records: Records) -> Finding:
    """The phone connector and the chat connector give signs of life while the backend does."""
    asked = [part for part, wanted in _connectors(ground.settings).items() if wanted]
    asked += [p for p in (IVR, BOTS) if p not in asked and _was_here(records, p)]
    return _alive("connectors", asked, ground, records)


def judge_recogniser(ground: Ground, records: Records) -> Finding:
    """The process that writes recordings down gives signs of life."""
    wanted = ground.settings.speech.engine != "none"
    expected = wanted and (has_exchange(ground.settings) or _was_here(records, SCRIBE))
    return _alive("recogniser", [SCRIBE] if expected else [], ground, records)


def judge_spool(ground: Ground, records: Records) -> Finding:
    """What callers said reaches the backend."""
    lying = on_disk(ground.settings, {(one.queue, one.ref) for one, _ in records.aside})
    items = (*records.of(*SPOOL_ASIDE), *lying)
    if items:
        return Finding("spool", State.WRONG, "aside", {"many": len(items)}, items)
    _, _, told = records.beats.get(IVR, (None, None, {}))
    if told.get("oldest_s", 0) > ground.settings.health.waiting_s:
        return Finding("spool", State.WARN, "waiting", {"many": told.get("reports", 0)})
    return Finding("spool", State.RIGHT, "right")


def judge_transcripts(_: Ground, records: Records) -> Finding:
    """Recordings are written down."""
    return _lying("transcripts", State.WARN, records.of(TRANSCRIPTS.name))


def judge_work(_: Ground, records: Records) -> Finding:
    """Lights turn, reports are understood, and clocks run by the calendar that counts."""
    return _lying("work", State.WRONG, records.of(*IN_OFFICE))


def judge_parts(ground: Ground, records: Records) -> Finding:
    """Tables that grow have the part of this time, and none that is far too old."""
    kept, until = kept_by(ground.settings.database), list[datetime]()
    age = records.age_of(WORKER)
    if age is None or age > ground.settings.health.silent_s:
        return Finding("parts", State.OFF, "off")
    for one in PARTITIONED:
        parts = Parts(tuple(records.parts.get(one.table, ())))
        if one.span.start(records.now) not in parts.starts:
            return Finding("parts", State.WARN, "missing", {"table": one.table})
        until.append(one.span.end(parts.starts[-1]))
        long = kept.get(one.table, timedelta.max / 2) + 2 * one.span.longest
        # One of them may stay for its newest number.
        if len(partitions.outlived(one, parts, records.now, long)) > bool(one.counted):
            return Finding("parts", State.WARN, "old", {"table": one.table})
    return Finding("parts", State.RIGHT, "right", {"until": min(until).date().isoformat()})


def judge_record(ground: Ground, records: Records) -> Finding:
    """What is written down is logged and signed, and somebody else sees it."""
    alive = records.age_of(WORKER)
    if alive is None or alive > ground.settings.health.silent_s:
        return Finding("record", State.OFF, "off")
    if SignedMemory(ground.settings.log_memory_file).refusal.exists():
        return Finding("record", State.WRONG, "refused", {"waiting": records.log.waiting})
    every = timedelta(seconds=ground.settings.record.checkpoint_s)
    return judge_log(records.log, records.now, every)


def judge_notices(_: Ground, records: Records) -> Finding:
    """Notices reach those they are for."""
    items = records.of(NOTICES.name)
    if not items and records.held_up:
        return Finding("notices", State.WARN, "waiting", {"many": records.held_up})
    return _lying("notices", State.WARN, items)


def _lying(name: str, state: State, items: tuple[Aside, ...]) -> Finding:
    if not items:
        return Finding(name, State.RIGHT, "right")
    return Finding(name, state, "aside", {"many": len(items)}, items)


def _connectors(settings: Settings) -> dict[str, bool]:
    return {IVR: has_exchange(settings), BOTS: bool(settings.telegram.token)}


def _was_here(records: Records, part: str) -> bool:
    age = records.age_of(part)
    return age is not None and age < FORGOTTEN_S


def _alive(name: str, asked: list[str], ground: Ground, records: Records) -> Finding:
    silent_s = ground.settings.health.silent_s
    backend = records.age_of(BACKEND)
    if not asked or backend is None or backend > silent_s:
        return Finding(name, State.OFF, "off")
    ages = {part: records.age_of(part) for part in asked}
    silent = [part for part, age in ages.items() if age is None or age > silent_s]
    if silent:
        return Finding(name, State.WRONG, "silent", {"parts": ", ".join(silent)})
    return Finding(name, State.RIGHT, "right")


def on_disk(settings: Settings, told: set[tuple[str, str]]) -> list[Aside]:
    """Give what lies aside on this disk and the phone connector has not told of: it may be down."""
    spool = settings.home.data_dir / "spool"
    found = []
    for queue, folder in SPOOL_ASIDE.items():
        for path in sorted((spool / folder).glob("*")):
            if path.suffix in (".json", ".broken") and (queue, path.stem) not in told:
                since = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                found.append(Aside(queue, path.stem, "", since))
    return found


def why_aside(item: Aside, language: str) -> str:
    """Give why an item lies aside; a call out that was not made has its reason in words."""
    if item.queue == NOTICES.name and known(f"call_end.{item.reason}", language):
        return say(f"call_end.{item.reason}", language)
    return item.reason or say("health.no_reason", language)


GROUND_CHECKS: Final[tuple[Callable[[Ground], Awaitable[Finding]], ...]] = (
    check_city,
    check_calendar,
    check_database,
    check_ports,
    check_exchange,
    check_spoken,
    check_console,
    check_https,
    check_disk,
    check_backup,
)
RECORD_CHECKS: Final[dict[str, Callable[[Ground, Records], Finding]]] = {
    "clock": judge_clock,
    "worker": judge_worker,
    "connectors": judge_connectors,
    "recogniser": judge_recogniser,
    "spool": judge_spool,
    "transcripts": judge_transcripts,
    "work": judge_work,
    "parts": judge_parts,
    "record": judge_record,
    "notices": judge_notices,
}
