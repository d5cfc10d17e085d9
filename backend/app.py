"""Building the backend: the only place where its parts are put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from backend.api import connectors, routes
from backend.api.connector_guard import CONNECTORS
from backend.api.feed import HUB
from backend.api.guard import AUTH
from backend.api.http import answering, keep_safe
from backend.api.keys import MEDIA, OFFICE, SETTINGS
from backend.api.map import make_layers
from backend.city import CityFiles, make_city, read_city
from backend.desks import aside
from backend.desks.context import AppContext, NumberPool, TriageService
from backend.jobs.loop import Loop
from backend.jobs.reader import FeedReader
from backend.jobs.sequencer import ChangeAnnouncer, Sequencer
from backend.media import MediaStore
from backend.passwords import Passwords
from backend.store import drafts
from backend.store.contacts import contact_ids
from backend.store.feed import FeedItem
from backend.store.schema import check_current
from backend.store.session import LISTENING, Store, make_engine
from backend.triage import load_knowing
from config.settings import Settings
from hotline.case.tally import Tally
from hotline.case.workflow_data import parse_workflow
from hotline.clock import Clock
from hotline.health import BACKEND, BEAT_S, Beat

# Within a minute a console hears no more than its session may.
FEEDS_EVERY_S = 30.0


async def open_office(settings: Settings, clock: Clock, url: str) -> AppContext:
    """Give the office of a city on a migrated database.

    Raises Invalid for a city that cannot be loaded or a database that is not migrated, and
    Unavailable when the database is away.
    """
    files = read_city(settings.city_folder)
    knowing = await asyncio.to_thread(load_knowing, settings, files)
    engine = make_engine(
        url,
        pool_size=settings.database.pool_size + LISTENING,
        statement_timeout_s=settings.database.statement_timeout_s,
    )
    return await _office(Store(engine), clock, files, knowing)


async def _office(store: Store, clock: Clock, files: CityFiles, known: TriageService) -> AppContext:
    city = make_city(files)
    async with store.connect() as connection:
        await check_current(connection)
        ids = await contact_ids(connection, city.telephone)
        body = files.tables["workflow"]
        await drafts.keep_rules(connection, city.workflow.version, body, clock.now())
        kept = await drafts.kept_rules(connection)
    older = {version: parse_workflow(body) for version, body in kept.items()}
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


async def build_app(settings: Settings, clock: Clock, url: str) -> web.Application:
    """Give the backend's application for a migrated database."""
    office = await open_office(settings, clock, url)
    app = web.Application(
        middlewares=[answering(settings.home.language)],
        client_max_size=settings.web.upload_limit_mb << 20,
    )
    app.on_response_prepare.append(keep_safe)
    app[SETTINGS], app[OFFICE] = settings, office
    app[MEDIA] = MediaStore(settings.home.data_dir / "media", settings.media)
    app[MEDIA].open()
    connectors.add(app, settings)
    routes.add(app, make_layers(read_city(settings.city_folder).maps), Passwords())
    app.cleanup_ctx.append(_run_loops)
    return app


async def _beat(office: AppContext) -> int:
    await aside.beat(office, Beat(BACKEND, office.clock.now()))
    return 0


async def _run_loops(app: web.Application) -> AsyncIterator[None]:
    office = app[OFFICE]
    clock = office.clock
    loops = (
        Loop("beat", lambda: _beat(office), BEAT_S, clock),
        Loop("feeds", lambda: app[HUB].look_again(app[AUTH]), FEEDS_EVERY_S, clock),
    )

    async def wake_others(items: list[FeedItem]) -> None:
        if any(item.kind == "notice" for item in items):
            app[CONNECTORS].tell({"kind": "notices"})

    reader = FeedReader(office.store, office.tally)
    reader.add(app[HUB].publish, app[HUB].reload)
    reader.add(wake_others)
    works = [loop.run() for loop in loops]
    works += [
        ChangeAnnouncer(office.store).run(),
        Sequencer(office.store, clock).run(),
        reader.run(),
    ]
    works.append(app[HUB].tell_counts())
    tasks = [asyncio.create_task(work) for work in works]
    yield
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    app[MEDIA].close()
    await office.store.close()
