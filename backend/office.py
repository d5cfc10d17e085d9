"""Opening the office of a city: its files read, what it knows loaded, its database at hand."""

import asyncio

from backend.city import make_city
from backend.city_files import CityFiles, read_city
from backend.desks.context import AppContext, NumberPool, TriageService
from backend.store import drafts
from backend.store.contacts import contact_ids
from backend.store.revision import check_current
from backend.store.session import Store, make_engine
from backend.triage import load_knowing
from config.settings import Settings
from hotline.case.tally import Tally
from hotline.case.workflow_data import parse_workflow
from hotline.clock import Clock


async def open_office(
    settings: Settings, clock: Clock, url: str, *, listening: int = 0
) -> AppContext:
    """Give the office of a city on a migrated database; `listening` connections lie beside its own.

    Raises Invalid for a city that cannot be loaded or a database that is not migrated, and
    Unavailable when the database is away.
    """
    files = read_city(settings.city_folder)
    knowing = await asyncio.to_thread(load_knowing, settings, files)
    engine = make_engine(
        url,
        pool_size=settings.database.pool_size + listening,
        statement_timeout_s=settings.database.statement_timeout_s,
    )
    return await make_office(Store(engine), clock, files, knowing)


async def make_office(
    store: Store, clock: Clock, files: CityFiles, known: TriageService
) -> AppContext:
    """Give the office of a city's files on a store; keeps the rules that new cases walk by."""
    city = make_city(files)
    async with store.connect() as connection:
        await check_current(connection)
        ids = await contact_ids(connection, city.telephone)
        body = files.tables["workflow"]
        await drafts.keep_rules(connection, city.workflow.version, body, clock.now())
        kept = await drafts.kept_rules(connection)
    older = {version: parse_workflow(body, city.form) for version, body in kept.items()}
    return AppContext(
        city=city.with_workflows(older),
        store=store,
        clock=clock,
        numbers=NumberPool(store, clock, city.number_length),
        contacts=ids,
        knowing=known,
        matters=known.matters,
        tally=Tally(city.workflow.ends),
    )
