"""Puts the connectors' side together: their routes, each behind the tokens that may ask for it."""

from typing import Final

from aiohttp import web

from backend.api import connector_calls, connector_chats, connector_line, connector_reports
from backend.api.connector_guard import CONNECTORS, guarded, read_connectors
from backend.api.route import Route, answered
from config.settings import Settings

ROUTES: Final[tuple[Route, ...]] = (
    *connector_calls.ROUTES,
    *connector_chats.ROUTES,
    *connector_reports.ROUTES,
    *connector_line.ROUTES,
)


def add(app: web.Application, settings: Settings) -> None:
    """Add the connectors to an application that has its office and media already."""
    app[CONNECTORS] = read_connectors(settings)
    for route in ROUTES:
        handler = guarded(answered(route), route.may.connectors)
        app.router.add_route(route.method, route.path, handler)
