"""What has been kept long enough, by the city's rules: told beforehand, and erased every night."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from backend.desks.audit import What, record
from backend.store import audit_words, erasure, nights, seen_clock
from backend.store.contacts import ContactIds
from backend.store.erasure import Erasing
from backend.store.seen_clock import SeenClock
from backend.store.session import Store, Transaction
from hotline.city import City
from hotline.clock import Clock
from hotline.errors import HotlineError, Unavailable
from hotline.people import SYSTEM
from hotline.privacy import CountedFrom, DataKind, KeepRule

log = logging.getLogger(__name__)
# So much is looked at, and goes together.
BATCH: Final = 200
# What takes a file from the disk; False where it must stay for now.
DropFile = Callable[[str], Awaitable[bool]]


class Keeping(Protocol):
    """What of an office is needed to look through what it keeps."""

    @property
    def city(self) -> City:
        """The city, whose rules count."""
        ...

    @property
    def store(self) -> Store:
        """Where all is kept."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def contacts(self) -> ContactIds:
        """The ids of contacts."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What went of a kind, or would go, and of how much nothing could be done."""

    kind: DataKind
    gone: int = 0
    failed: int = 0


def asked_by(office: Keeping, rule: KeepRule, now: datetime) -> Erasing:
    """Give what a rule asks for at an instant."""
    city = office.city
    return Erasing(
        kind=rule.kind,
        before=rule.before(now),
        ended=rule.since is CountedFrom.ENDED,
        ends=sorted(city.ends),
        fields=city.fields_of_people,
    )


async def would_go(office: Keeping) -> AsyncIterator[Swept]:
    """Tell what would go now, a kind after the other; nothing is changed."""
    now = office.clock.now()
    for rule in office.city.privacy.ending:
        async with office.store.connect() as connection:
            many = await erasure.count(connection, office.contacts, asked_by(office, rule, now))
        yield Swept(rule.kind, many)


async def sweep(office: Keeping, now: datetime) -> AsyncIterator[Swept]:
    """Erase what is due, a kind after the other, and tell how much went.

    `now` was believed before: a clock that leaps while a first night takes long is not read again.
    """
    for rule in office.city.privacy.ending:
        yield await _sweep(office, asked_by(office, rule, now))
        if rule.kind is DataKind.WORDS:
            async with office.store.connect() as connection:
                await audit_words.forget_before(connection, rule.before(now))
    await _drop_contacts(office)


async def _sweep(office: Keeping, asked: Erasing) -> Swept:
    after, swept = "", Swept(asked.kind)
    while True:
        async with office.store.connect() as connection:
            named = await erasure.due(connection, office.contacts, asked, after, BATCH)
        if not named:
            return swept
        gone, failed = await _together(office, asked, named)
        swept = replace(swept, gone=swept.gone + gone, failed=swept.failed + failed)
        after = named[-1]


async def _together(office: Keeping, asked: Erasing, named: list[str]) -> tuple[int, int]:
    """Erase some in one go; where one of them is at fault each by itself: (gone, failed)."""
    try:
        return await _erase(office, asked, named), 0
    except Unavailable:
        raise
    except HotlineError as error:
        log.info("%s: one of %d could not go: %s", asked.kind, len(named), error)
    gone = failed = 0
    for one in named:
        try:
            gone += await _erase(office, asked, [one])
        except Unavailable:
            raise
        except HotlineError as error:
            log.warning("%s %s could not go: %s", asked.kind, one, error)
            failed += 1
    return gone, failed


async def _erase(office: Keeping, asked: Erasing, named: list[str]) -> int:
    async def work(transaction: Transaction) -> int:
        connection, now = transaction.connection, transaction.now
        gone = await erasure.erase(connection, office.contacts, asked, named, now)
        if gone:
            await record(transaction, What.ERASED, SYSTEM.person, subject=f"{asked.kind} {gone}")
        return gone

    return await office.store.transaction(office.clock.now, work)


async def _drop_contacts(office: Keeping) -> None:
    """Take away contacts of which nothing is left but themselves."""
    after = ""
    while True:
        async with office.store.connect() as connection:
            named = await erasure.lone_contacts(connection, office.contacts, after, BATCH)
        if not named:
            return
        after = named[-1]

        async def work(transaction: Transaction, some: list[str] = named) -> int:
            return await erasure.drop_contacts(transaction.connection, office.contacts, some)

        try:
            await office.store.transaction(office.clock.now, work)
        except Unavailable:
            raise
        except HotlineError as error:  # who calls at this moment keeps theirs
            log.info("contacts that stay: %s", error)


async def drop_files(office: Keeping, drop: DropFile) -> int:
    """Take files from the disk that no row speaks of any more; gives how many went."""
    async with office.store.connect() as connection:
        named = await erasure.files_to_go(connection, BATCH)
        gone = 0
        for sha256 in named:
            wanted = await erasure.file_is_wanted(connection, sha256)
            try:
                settled = wanted or await drop(sha256)
            except OSError as error:
                log.warning("file %s could not go: %s", sha256, error)
                continue
            if settled:
                await erasure.file_is_gone(connection, sha256)
                gone += not wanted
    return gone


async def would_believe(office: Keeping, ahead: timedelta) -> SeenClock | None:
    """Tell how the clock would be believed, and write nothing; None: it was never looked at."""
    async with office.store.connect() as connection:
        known = await seen_clock.read(connection)
    return None if known is None else seen_clock.judged(known, office.clock.now(), ahead)


async def look_at_clock(office: Keeping, ahead: timedelta) -> SeenClock:
    """Tell whether the clock may be believed: it is not where it stands so far ahead.

    What goes by a clock that leapt years ahead never comes back, and nobody sees it before.
    """
    now = office.clock.now()
    async with office.store.connect() as connection:
        before = await seen_clock.read(connection)
        seen = await seen_clock.look(connection, now, ahead)
    if seen.doubted_at is not None and (before is None or before.doubted_at is None):
        log.error(
            "the clock shows %s and was last believed at %s: nothing is erased before it is right, "
            "or a person says that it is (hotline retention --confirm)",
            now.isoformat(timespec="minutes"),
            seen.seen_at.isoformat(timespec="minutes"),
        )
    return seen


async def confirm_clock(office: Keeping, today: date) -> bool:
    """Believe the clock because a person says what day it is; False where it shows another."""
    if office.clock.now().astimezone(office.city.zone).date() != today:
        return False

    async def work(transaction: Transaction) -> None:
        await seen_clock.believe(transaction.connection, transaction.now)
        said = today.isoformat()
        await record(transaction, What.CLOCK_CONFIRMED, SYSTEM.person, subject=said)

    await office.store.transaction(office.clock.now, work)
    return True


async def run_night(office: Keeping, hour: int, ahead: timedelta) -> None:
    """Do what is to be done once a night, from an hour of the city's day on.

    One worker at a time does it; where it was killed the next look goes on. `hour` -1: never.
    Nothing is done by a clock that stands more than `ahead` of what was believed last.
    """
    now = office.clock.now()
    if (await look_at_clock(office, ahead)).doubted_at is not None:
        return
    local = now.astimezone(office.city.zone)
    day = local.date().isoformat()
    if hour < 0 or local.hour < hour:
        return
    async with office.store.alone() as connection:
        if await nights.is_done(connection, day) or not await nights.lock(connection):
            return
        await nights.enter(connection, day, now)
        told = [one async for one in sweep(office, now)]
        await nights.done(connection, day, office.clock.now(), told)
    for one in told:
        log.info("kept long enough: %s: %d gone, %d failed", one.kind, one.gone, one.failed)
