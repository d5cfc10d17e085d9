"""Puts the API together: the console's routes behind its guard, the connectors' behind tokens."""

from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from backend.api import (
    absences,
    answers,
    audit,
    batch,
    call_backs,
    cases,
    claims,
    connector_calls,
    connector_chats,
    connector_city,
    connector_line,
    connector_log,
    connector_reports,
    exports,
    feed,
    health,
    knowledge,
    list_views,
    map,
    media,
    notices,
    nuisance,
    openapi,
    pages,
    papers,
    people,
    privacy,
    revisits,
    room,
    room_figures,
    room_floor,
    room_trial,
    seat,
    second_factors,
    sessions,
    signin,
    written_files,
)
from backend.api.connector_guard import CONNECTORS, guarded, read_connectors
from backend.api.guard import AUTH, for_page, for_session
from backend.api.keys import SETTINGS, Handler
from backend.api.listeners import LISTENERS, Listeners
from backend.api.office_keys import OFFICE
from backend.api.permissions import Way
from backend.api.route import Route, answered
from backend.desks.signin import AuthService
from backend.passwords import Passwords
from backend.queries.floor import TodayFigures
from backend.second_factor import Sealer

STATIC_FOLDER: Final = Path(__file__).parent.parent / "static"
CONSOLE_ROUTES: Final[tuple[Route, ...]] = (
    *health.ROUTES,
    *signin.ROUTES,
    *sessions.ROUTES,
    *second_factors.ROUTES,
    *people.ROUTES,
    *absences.ROUTES,
    *exports.ROUTES,
    *list_views.ROUTES,
    *cases.ROUTES,
    *claims.ROUTES,
    *batch.ROUTES,
    *media.ROUTES,
    *notices.ROUTES,
    *map.ROUTES,
    *seat.ROUTES,
    *answers.ROUTES,
    *knowledge.ROUTES,
    *nuisance.ROUTES,
    *revisits.ROUTES,
    *room.ROUTES,
    *room_figures.ROUTES,
    *room_floor.ROUTES,
    *call_backs.ROUTES,
    *papers.ROUTES,
    *room_trial.ROUTES,
    *feed.ROUTES,
    *audit.ROUTES,
    *privacy.ROUTES,
    *openapi.ROUTES,
)
CONNECTOR_ROUTES: Final[tuple[Route, ...]] = (
    *connector_calls.ROUTES,
    *connector_chats.ROUTES,
    *connector_city.ROUTES,
    *connector_reports.ROUTES,
    *connector_line.ROUTES,
    *connector_log.ROUTES,
)


@cache
def document() -> openapi.Json:
    """Give the OpenAPI document of everything that can be asked for; made when first wanted."""
    return openapi.document_of((*CONSOLE_ROUTES, *CONNECTOR_ROUTES))


def add(
    app: web.Application,
    passwords: Passwords,
    *,
    static: Path = STATIC_FOLDER,
) -> None:
    """Add all routes to an application that has its office, settings, clock and media already.

    The reader of the feed is then to be given `app[feed.HUB].publish`.
    """
    source, settings = app[OFFICE], app[SETTINGS]
    sealer = Sealer(settings.seal_key)
    app[AUTH] = AuthService(source, passwords, settings.people, settings.web, sealer)
    app[CONNECTORS] = read_connectors(settings)
    app[LISTENERS] = Listeners()
    app[written_files.EXPORTS] = written_files.Exports()
    app[room_floor.TODAY] = TodayFigures()
    app[feed.HUB] = feed.Hub(source, app[LISTENERS])
    app[pages.STATIC] = static
    app[openapi.DOCUMENT] = lambda: document()
    # The page for every other address comes last.
    for route in (*CONNECTOR_ROUTES, *CONSOLE_ROUTES, *pages.ROUTES):
        app.router.add_route(route.method, route.path, _guarded(route))
    app.on_shutdown.append(_end_lines)
    app.on_cleanup.append(_let_go)


def _guarded(route: Route) -> Handler:
    handler = answered(route)
    match route.may.way:
        case Way.PAGE:
            return for_page(handler)
        case Way.SESSION:
            return for_session(handler, *route.may.rights)
        case Way.CONNECTOR:
            return guarded(handler, route.may.connectors)
        case Way.OPEN:
            return handler


async def _end_lines(app: web.Application) -> None:
    """End what is held open, or the server would wait for it as long as it may."""
    app[LISTENERS].close()
    app[written_files.EXPORTS].closed = True
    app[CONNECTORS].close()


async def _let_go(app: web.Application) -> None:
    app[AUTH].passwords.close()
