"""Building the backend's server: its office, its routes and its loops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from aiohttp import web

from backend.api import routes
from backend.api.claims import lease_of
from backend.api.connector_guard import CONNECTORS
from backend.api.feed import HUB
from backend.api.guard import AUTH
from backend.api.http import answering, keep_safe
from backend.api.keys import CLOCK, SETTINGS
from backend.api.listeners import LISTENERS
from backend.api.office_keys import MEDIA, OFFICE, PRESS
from backend.current import CurrentRelease
from backend.desks import aside, claims
from backend.desks.context import AppContext, ContextSource
from backend.following import ReleaseFollower
from backend.jobs.loop import Loop
from backend.jobs.reader import FeedReader
from backend.jobs.sequencer import ChangeAnnouncer, Sequencer
from backend.media import MediaStore
from backend.office import knows, open_office
from backend.papers.press import Press
from backend.passwords import Passwords
from backend.store.feed import FeedItem
from backend.store.session import LISTENING
from config.settings import Settings, below_root
from hotline.clock import Clock
from hotline.health import BACKEND, BEAT_S, Beat

# Within a minute a console hears no more than its session may.
FEEDS_EVERY_S = 5.0
# So long a claim that is over is seen at most.
CLAIMS_S = 2.0
FOLLOWER: web.AppKey[ReleaseFollower] = web.AppKey("follower", ReleaseFollower)


async def build_app(settings: Settings, clock: Clock, url: str) -> web.Application:
    """Give the backend's application for a migrated database."""
    opened = await open_office(settings, clock, url, listening=LISTENING)
    source = ContextSource(opened.context)
    follower = ReleaseFollower(opened.release, knows(settings), source)
    source.look = follower.look
    app = web.Application(
        middlewares=[answering(settings.home.language)],
        client_max_size=settings.web.upload_limit_mb << 20,
    )
    app.on_response_prepare.append(keep_safe)
    app[SETTINGS], app[CLOCK], app[OFFICE] = settings, clock, source
    app[FOLLOWER] = follower
    app[MEDIA] = MediaStore(settings.home.data_dir / "media", settings.media)
    app[MEDIA].open()
    app[PRESS] = Press(below_root(Path(settings.papers.font)))
    routes.add(app, Passwords())
    app.cleanup_ctx.append(_run_loops)
    return app


def _heard(app: web.Application, _: CurrentRelease) -> None:
    """Let consoles read again, and connectors ask for the city: another release counts."""
    app[LISTENERS].reload()
    app[CONNECTORS].tell({"kind": "city"})


async def _beat(office: AppContext) -> int:
    await aside.beat(office, Beat(BACKEND, office.clock.now()))
    return 0


async def wake_connectors(app: web.Application, items: list[FeedItem]) -> None:
    """Wake the connectors that listen where a notice, a seat or the room has changed."""
    kinds = {item.kind for item in items}
    for kind, command in (("notice", "notices"), ("seat", "seats"), ("room", "seats")):
        if kind in kinds:
            app[CONNECTORS].tell({"kind": command})


async def _run_loops(app: web.Application) -> AsyncIterator[None]:
    office = app[OFFICE].now
    clock = office.clock
    app[FOLLOWER].heard.append(partial(_heard, app))
    loops = (
        Loop("beat", lambda: _beat(office), BEAT_S, clock),
        Loop("feeds", lambda: app[HUB].look_again(app[AUTH]), FEEDS_EVERY_S, clock),
        Loop(
            "claims", lambda: claims.end_over(app[AUTH], lease_of(app[SETTINGS])), CLAIMS_S, clock
        ),
    )
    reader = FeedReader(office.store, office.tally)
    reader.add(app[HUB].publish, app[LISTENERS].reload)
    reader.add(partial(wake_connectors, app))
    works = [loop.run() for loop in loops]
    works += [
        ChangeAnnouncer(office.store).run(),
        Sequencer(office.store).run(),
        reader.run(),
    ]
    works += [app[HUB].tell_counts(), app[FOLLOWER].run()]
    tasks = [asyncio.create_task(work) for work in works]
    yield
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    app[MEDIA].close()
    await office.store.close()
