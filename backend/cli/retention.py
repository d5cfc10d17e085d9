"""`hotline retention`: erases what was kept long enough by privacy.toml, or tells what would go."""

import argparse
import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.current import fetch_current, read_release
from backend.desks import retention
from backend.desks.retention import Swept
from backend.media import MediaStore
from backend.store.contacts import ContactIds, contact_ids
from backend.store.revision import check_current
from backend.store.session import Store
from hotline.city import City
from hotline.clock import SystemClock


@dataclass(frozen=True, slots=True)
class _Office:
    """What of an office this needs."""

    city: City
    store: Store
    clock: SystemClock
    contacts: ContactIds


def arguments(part: argparse.ArgumentParser) -> None:
    """Take whether anything is to be changed."""
    either = part.add_mutually_exclusive_group()
    either.add_argument(
        "--dry-run", action="store_true", help="tell what would go, and change nothing"
    )
    either.add_argument(
        "--confirm",
        type=date.fromisoformat,
        metavar="TODAY",
        help="say what day it is (2026-05-31), where the clock was found too far ahead",
    )


def run(given: CommandContext) -> int:
    """Do it; 1 where something that is due could not go, or the clock is not believed."""
    return asyncio.run(_run(given))


async def _run(given: CommandContext) -> int:
    async with opened(given.settings) as store:
        async with store.connect() as connection:
            await check_current(connection)
            clock = SystemClock()
            city = read_release(await fetch_current(connection, clock.now())).city
            ids = await contact_ids(connection, city.telephone)
        return await _look(given, _Office(city, store, clock, ids))


async def _look(given: CommandContext, office: _Office) -> int:
    dry, told = bool(given.options.dry_run), list[Swept]()
    now = office.clock.now()
    if not await _is_believed(given, office, dry=dry) and not dry:
        return 1
    if not office.city.privacy.ending:
        given.tell("retention.no_rules")
    async with Progress(SystemClock()).step(given.words("retention.looking")) as step:
        async for one in retention.would_go(office) if dry else retention.sweep(office, now):
            told.append(one)
            step.note = f"{sum(part.gone for part in told)}"
    for one in told:
        name = given.words(f"retention.kind_{one.kind}")
        given.tell("retention.would_go" if dry else "retention.gone", kind=name, many=one.gone)
        if one.failed:
            given.tell("retention.failed", kind=name, many=one.failed)
    if not dry:
        await _drop_files(given, office)
    return int(any(one.failed for one in told))


async def _is_believed(given: CommandContext, office: _Office, *, dry: bool) -> bool:
    """Tell whether the clock is believed, by itself or because somebody says what day it is."""
    today: date | None = given.options.confirm
    if today is not None and not await retention.confirm_clock(office, today):
        shown = office.clock.now().astimezone(office.city.zone).date()
        given.tell("retention.other_day", shown=shown.isoformat(), said=today.isoformat())
        return False
    ahead = timedelta(days=given.settings.privacy.clock_ahead_days)
    look = retention.would_believe if dry else retention.look_at_clock
    seen = await look(office, ahead)
    if seen is None or seen.doubted_at is None:
        return True
    zone = office.city.zone
    given.tell(
        "retention.doubted",
        now=office.clock.now().astimezone(zone).date().isoformat(),
        seen=seen.seen_at.astimezone(zone).date().isoformat(),
    )
    return False


async def _drop_files(given: CommandContext, office: _Office) -> None:
    """Take files from the disk; what came within the hour is left to a worker."""
    settings = given.settings
    files = MediaStore(settings.home.data_dir / "media", settings.media)
    gone = 0
    try:
        while more := await retention.drop_files(office, files.drop):
            gone += more
    finally:
        files.close()
    if gone:
        given.tell("retention.files", many=gone)


COMMAND = Command(run, arguments)
