"""`hotline seed`: fill an empty, migrated database with cases that walked the city's workflow."""

import argparse
import asyncio
import os
from functools import partial

from backend.city_files import sections_by, staff_by
from backend.cli.bootstrap_state import has_past, unfinished_past
from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.demo.past import read_past
from backend.demo.seeding import Seeder, SeedPlan, SeedProcesses, seed
from backend.office import knows, make_office
from backend.operations.preflight import NotPossible
from backend.store.session import Store
from hotline.clock import SystemClock

# As many as their numbers have room for.
MAX_CASES = 10**7 - 1


def arguments(part: argparse.ArgumentParser) -> None:
    """Take how many cases there are to be, and by which dice."""
    part.add_argument("--cases", type=_count, required=True, metavar="N", help="how many cases")
    part.add_argument("--seed", type=int, default=None, help="the same one makes the same cases")
    part.add_argument(
        "--processes", type=_count, default=os.cpu_count() or 1, help="how many work at it"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_CASES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_CASES}")
    return int(text)


def run(given: CommandContext) -> int:
    """Fill the database of the settings, whole or not at all."""
    asyncio.run(_seed(given))
    return 0


async def _seed(given: CommandContext) -> None:
    async with opened(given.settings) as store:
        await fill(given, store)


async def fill(given: CommandContext, store: Store) -> None:
    """Fill an opened database, and tell how far it is."""
    settings, options, clock = given.settings, given.options, SystemClock()
    progress = Progress(clock)
    if not has_past(settings):
        raise NotPossible(
            f"{settings.city_folder} has no history.toml: nothing says how its cases walk"
        )
    async with progress.step(given.words("demo.step_city")):
        sections, people = sections_by(settings), partial(staff_by, settings)
        office = (await make_office(store, clock, sections, knows(settings), people)).context
        past = await read_past(settings, office.files)
    dice = past.figures["dice"] if options.seed is None else options.seed
    plan = SeedPlan(options.cases, int(dice), clock.now())
    seeder = Seeder(office, past, office.contacts, plan)
    several = SeedProcesses(options.processes, settings, office.files)
    async with progress.step(given.words("demo.step_seed")) as step:
        async for done in seed(store, seeder, several):
            step.note = f"{done}/{plan.cases}"
    # Nothing of a city's own past is to be made any more, were it cut short before.
    unfinished_past(settings).unlink(missing_ok=True)


COMMAND = Command(run, arguments)
