"""`hotline clocks`: tell whether every due time is what its history and the calendar make of it."""

import argparse
import asyncio
from datetime import datetime

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.queries.clock_replay import ClockReplay, replay_all
from backend.store.revision import check_current
from hotline.case.replaying import ClockDifference
from hotline.clock import SystemClock


def arguments(_: argparse.ArgumentParser) -> None:
    """Take none."""


def run(given: CommandContext) -> int:
    """Look through all cases of the settings' database; 1 where an instant differs."""
    return asyncio.run(_replay(given))


async def _replay(given: CommandContext) -> int:
    found = ClockReplay()
    async with opened(given.settings) as store:
        async with store.connect() as connection:
            await check_current(connection)
        async with Progress(SystemClock()).step(given.words("clock.replaying")) as step:
            async for found in replay_all(store):
                step.note = f"{found.cases}"
    for number, one in found.told:
        _tell(given, number, one)
    if found.differences > len(found.told):
        given.tell("clock.more_differ", many=found.differences - len(found.told))
    if found.unknown:
        given.tell("clock.uncountable", many=found.unknown)
    given.tell(
        "clock.replayed", cases=found.cases, clocks=found.counted, differences=found.differences
    )
    return int(found.differences > 0)


def _tell(given: CommandContext, number: str, one: ClockDifference) -> None:
    about = {"number": number, "kind": one.kind, "name": one.name}
    values = {"stored": _shown(one.stored), "counted": _shown(one.counted)}
    if one.seq is None:
        given.tell("clock.differs_in_case", **about, **values)
    else:
        given.tell("clock.differs_in_step", seq=one.seq, **about, **values)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else str(value)


COMMAND = Command(run, arguments)
