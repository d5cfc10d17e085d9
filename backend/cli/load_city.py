"""`hotline load-city`: give the people of a city their accounts, and a demo city its past."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.app import open_office
from backend.city import read_city
from backend.cli.command import Command, Given
from backend.cli.database import opened
from backend.cli.past import read_past
from backend.cli.progress import Progress
from backend.desks.office import Office
from backend.desks.signin import load_people
from backend.history import make_past
from backend.passwords import Passwords
from backend.postgres import database_url
from backend.store import cases
from backend.store.schema import migrate
from config.settings import Settings
from hotline.clock import SystemClock

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
Made = Callable[[int, int], None]
"""Called with how many past cases are made, and how many there will be."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load has added: (username, password) of new accounts, and the number of cases."""

    accounts: list[tuple[str, str]]
    past: int


def run(given: Given) -> int:
    """Load the city of the settings; prints the passwords of new accounts, once."""
    loaded = asyncio.run(_load(given))
    for username, password in loaded.accounts:
        given.tell("demo.password", username=username, password=password)
    given.tell("demo.loaded", accounts=len(loaded.accounts), cases=loaded.past)
    return 0


async def _load(given: Given) -> Loaded:
    progress = Progress(SystemClock())
    async with opened(given.settings) as store:
        await migrate(store.engine)
        async with progress.step(given.words("demo.step_city")) as step:

            def made(done: int, total: int) -> None:
                step.note = f"{done}/{total}"

            return await load(given.settings, made)


async def load(settings: Settings, made: Made) -> Loaded:
    """Give everybody of the city an account, and an empty database the city's past."""
    office = await open_office(settings, SystemClock(), database_url(settings))
    try:
        return Loaded(await _accounts(office, settings), await _past(office, settings, made))
    finally:
        await office.store.close()


async def _accounts(office: Office, settings: Settings) -> list[tuple[str, str]]:
    passwords = Passwords()
    try:
        return await load_people(
            office.store,
            office.clock,
            office.city.organisation,
            passwords,
            settings.people,
            settings.home.language,
        )
    finally:
        passwords.close()


async def _past(office: Office, settings: Settings, made: Made) -> int:
    now = office.clock.now()
    async with office.store.connect() as connection:
        if await cases.numbers_between(connection, BEGINNING, now):
            return 0
    past = await read_past(settings, read_city(settings.city_folder))
    if past is None:
        return 0
    done = 0
    async for done, total in make_past(office, past, now):
        made(done, total)
    return done


COMMAND = Command("give the city's people accounts, and a demo city its past", run)
