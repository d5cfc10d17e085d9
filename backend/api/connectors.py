"""Puts the connectors' side together: their routes, each behind the tokens that may ask for it."""

from collections.abc import Iterator
from typing import Final

from aiohttp import web

from backend.api import connector_calls, connector_chats, connector_line, connector_reports
from backend.api.connector_guard import CONNECTORS, MESSAGES, PHONE, guarded, read_connectors
from backend.api.keys import Route
from config.settings import Settings

_EVERY: Final = frozenset({PHONE, MESSAGES})
GUARDED: Final[tuple[tuple[tuple[Route, ...], frozenset[str]], ...]] = (
    (connector_calls.ROUTES, frozenset({PHONE})),
    (connector_chats.ROUTES, frozenset({MESSAGES})),
    (connector_reports.ROUTES, _EVERY),
    (connector_line.ROUTES, _EVERY),
)


def declared() -> Iterator[tuple[Route, str]]:
    """Give every route of the connectors with the connectors that may call it, for docs/api.md."""
    for routes, connectors in GUARDED:
        for route in routes:
            yield route, ", ".join(sorted(connectors))


def add(app: web.Application, settings: Settings) -> None:
    """Add the connectors to an application that has its office and media already."""
    app[CONNECTORS] = read_connectors(settings)
    for routes, connectors in GUARDED:
        for route in routes:
            app.router.add_route(route.method, route.path, guarded(route.handler, connectors))
