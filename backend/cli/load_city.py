"""`hotline load-city`: give the people of a city their accounts, and a demo city its past."""

import argparse
import asyncio
from collections.abc import Callable

from backend.cli.bootstrap_state import (
    WHOLE,
    Accounts,
    has_cases,
    has_past,
    is_loaded,
    keep_accounts,
    unfinished_past,
)
from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress, ProgressStep
from backend.demo.past import read_past
from backend.demo.seeding import IN_USE, Seeder, SeedPlan, seed
from backend.desks.accounts import load_people
from backend.desks.context import AppContext
from backend.office import open_office
from backend.operations.postgres import database_url
from backend.operations.preflight import NotPossible
from backend.passwords import Passwords
from backend.store import past
from backend.store.schema import migrate
from backend.store.session import Store
from config.settings import Settings
from hotline.clock import SystemClock
from hotline.errors import Refused


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what happens to the passwords."""
    part.add_argument(
        "--keep", action="store_true", help="keep the passwords in tokens/accounts for a demo"
    )


def run(given: CommandContext) -> int:
    """Load the city of the settings; prints the passwords of new accounts, once."""
    asyncio.run(_load(given))
    return 0


async def _load(given: CommandContext) -> None:
    def print_once(accounts: Accounts) -> None:
        for username, password in accounts:
            given.tell("demo.password", username=username, password=password)

    def keep(accounts: Accounts) -> None:
        keep_accounts(given.settings, accounts)

    async with opened(given.settings) as store:
        await migrate(store.engine)
        if await is_loaded(given.settings):
            given.tell("demo.loaded_before")
        else:
            await load(given, keep if given.options.keep else print_once)


async def load(given: CommandContext, keep: Callable[[Accounts], None]) -> None:
    """Give everybody of the city an account, and an empty database the city's past.

    `keep` is given the new accounts at once: a past that fails must not lose their passwords.
    """
    settings, progress = given.settings, Progress(SystemClock())
    async with progress.step(given.words("demo.step_city")):
        opened = await open_office(settings, SystemClock(), database_url(settings), listening=1)
        office = opened.context
    try:
        async with progress.step(given.words("demo.step_accounts")):
            keep(await _accounts(office, settings))
        async with progress.step(given.words("demo.step_past")) as step:
            await load_past(office, settings, step)
    finally:
        await office.store.close()


async def _accounts(office: AppContext, settings: Settings) -> Accounts:
    passwords = Passwords()
    try:
        return await load_people(
            office.store,
            office.clock,
            office.city.organisation.people,
            passwords,
            settings.people,
            settings.home.language,
        )
    finally:
        passwords.close()


async def load_past(office: AppContext, settings: Settings, step: ProgressStep) -> None:
    """Make the past, whole: one that an earlier version left cut short is taken away first.

    One that was cut short here has left nothing, and is made beside what was reported since.

    NotPossible beside a running backend: its worker would turn the past's lights and read its words
    as those of today, and consoles would go on showing what is taken away.
    """
    await _look_at_mark(office.store, settings)
    if not has_past(settings) or (
        not unfinished_past(settings).exists() and await has_cases(office.store)
    ):
        return
    try:
        await _make_past(office, settings, step)
    except Refused as refused:
        if refused.code != IN_USE:
            raise
        raise NotPossible(
            "a hotline runs on this database, and a city's past is made only while none does: "
            "stop it, run `hotline load-city` again, then start it"
        ) from refused


async def _make_past(office: AppContext, settings: Settings, step: ProgressStep) -> None:
    made_of, unfinished = await read_past(settings, office.files), unfinished_past(settings)
    dice, total = int(made_of.figures["dice"]), int(made_of.figures["cases"])
    seeder = Seeder(
        office, made_of, office.contacts, SeedPlan(total, dice, office.clock.now(), "demo")
    )
    begun_before = unfinished.exists()
    if not begun_before:
        unfinished.write_text(WHOLE)
    try:
        async for done in seed(office.store, seeder, anew=begun_before):
            step.note = f"{done}/{total}"
    except Refused:
        if not begun_before:
            unfinished.unlink()
        raise
    unfinished.unlink()


async def _look_at_mark(store: Store, settings: Settings) -> None:
    """Take the mark away where the past is there: whoever made it died right after writing it."""
    mark = unfinished_past(settings)
    if not mark.exists() or mark.read_text() != WHOLE:
        return
    async with store.connect() as connection:
        if await past.is_there(connection):
            mark.unlink()


COMMAND = Command(run, arguments)
