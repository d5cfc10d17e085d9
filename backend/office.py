"""Opening the office of a city: the release that counts, what it knows, its database at hand."""

import asyncio
from dataclasses import dataclass
from functools import partial

from backend.city_files import sections_by, staff_by
from backend.current import CurrentRelease, Know, fetch_current, read_release
from backend.desks import article_import
from backend.desks.context import AppContext, NumberPool
from backend.desks.publishing import ReadStaff, take_in
from backend.layers import make_layers
from backend.release_check import check_readable
from backend.store.contacts import contact_ids
from backend.store.revision import check_current
from backend.store.session import Store, make_engine
from backend.triage import load_knowing
from config.settings import Settings
from hotline.case.tally import Tally
from hotline.clock import Clock
from hotline.release import Sections


def knows(settings: Settings) -> Know:
    """Give what makes the knowledge of a city by its files."""
    return lambda files: load_knowing(settings, files)


@dataclass(frozen=True, slots=True)
class OpenOffice:
    """An office, and the release that it was opened by."""

    context: AppContext
    release: CurrentRelease


async def open_office(
    settings: Settings, clock: Clock, url: str, *, listening: int = 0
) -> OpenOffice:
    """Give the office of a city on a migrated database; `listening` connections lie beside its own.

    Raises Invalid for a city that cannot be loaded or a database that is not migrated, and
    Unavailable when the database is away.
    """
    sections = sections_by(settings)
    engine = make_engine(
        url,
        pool_size=settings.database.pool_size + listening,
        statement_timeout_s=settings.database.statement_timeout_s,
    )
    opened = await make_office(
        Store(engine), clock, sections, knows(settings), partial(staff_by, settings)
    )
    await article_import.take_in(opened.context, settings.city_folder)
    return opened


async def make_office(
    store: Store, clock: Clock, sections: Sections, know: Know, read_people: ReadStaff
) -> OpenOffice:
    """Give the office of a city on a store; its files are taken in where they have changed.

    `read_people` reads the people whom these files name.
    """
    async with store.connect() as connection:
        await check_current(connection)
    await take_in(store, clock, sections, check_readable, read_people)
    async with store.connect() as connection:
        release = read_release(await fetch_current(connection, clock.now()))
        city = release.city
        ids = await contact_ids(connection, city.telephone)
    known = await asyncio.to_thread(know, release.files)
    context = AppContext(
        city=city,
        files=release.files,
        layers=await asyncio.to_thread(make_layers, release.files.maps),
        store=store,
        clock=clock,
        numbers=NumberPool(store, clock, city.number_length),
        contacts=ids,
        knowing=known,
        matters=known.matters,
        tally=Tally(city.ends),
    )
    return OpenOffice(context, release)
