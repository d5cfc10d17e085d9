"""`hotline load-city`: give the people of a city their accounts, and a demo city its past."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from backend.app import open_office
from backend.city import make_city, read_city
from backend.cli.command import Command, Given
from backend.cli.database import opened
from backend.cli.past import has_past, read_past
from backend.cli.progress import Progress, Step
from backend.desks.office import Office
from backend.desks.signin import load_people
from backend.history import make_past
from backend.passwords import Passwords
from backend.postgres import database_url
from backend.store import cases, people
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from config.settings import Settings
from hotline.clock import SystemClock

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
Accounts = list[tuple[str, str]]
"""(username, password) of each account that is new."""


def run(given: Given) -> int:
    """Load the city of the settings; prints the passwords of new accounts, once."""
    asyncio.run(_load(given))
    return 0


async def _load(given: Given) -> None:
    def print_once(accounts: Accounts) -> None:
        for username, password in accounts:
            given.tell("demo.password", username=username, password=password)

    async with opened(given.settings) as store:
        await migrate(store.engine)
        await load(given, print_once)


async def load(given: Given, keep: Callable[[Accounts], None]) -> None:
    """Give everybody of the city an account, and an empty database the city's past.

    `keep` is given the new accounts at once: a past that fails must not lose their passwords.
    """
    settings, progress = given.settings, Progress(SystemClock())
    if await _is_loaded(settings):
        return
    async with progress.step(given.words("demo.step_city")):
        office = await open_office(settings, SystemClock(), database_url(settings))
    try:
        async with progress.step(given.words("demo.step_accounts")):
            keep(await _accounts(office, settings))
        async with progress.step(given.words("demo.step_past")) as step:
            await _past(office, settings, step)
    finally:
        await office.store.close()


async def _is_loaded(settings: Settings) -> bool:
    """Whether there is nothing to add; a quick look before the slow opening of an office."""
    files = read_city(settings.city_folder)
    store = Store(make_engine(database_url(settings), pool_size=1))
    try:
        async with store.connect() as connection:
            known = await people.usernames(connection)
            begun = await cases.numbers_between(connection, BEGINNING, SystemClock().now())
    finally:
        await store.close()
    everybody = set(make_city(files).organisation.people)
    return everybody <= set(known) and (bool(begun) or not has_past(files))


async def _accounts(office: Office, settings: Settings) -> Accounts:
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


async def _past(office: Office, settings: Settings, step: Step) -> None:
    now = office.clock.now()
    async with office.store.connect() as connection:
        if await cases.numbers_between(connection, BEGINNING, now):
            return
    past = await read_past(settings, read_city(settings.city_folder))
    if past is None:
        return
    async for done, total in make_past(office, past, now):
        step.note = f"{done}/{total}"


COMMAND = Command("give the city's people accounts, and a demo city its past", run)
