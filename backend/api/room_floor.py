"""The duty chief's floor: the room as it stands, told anew whenever it changes."""

from typing import Final

from aiohttp import web

from backend.api.office_keys import office_of
from backend.api.permissions import LEADING_ROOM
from backend.api.route import Route
from backend.queries import floor as floors
from backend.queries.floor import FloorShown, TodayFigures

# Reckoned once for all who look.
TODAY: web.AppKey[TodayFigures] = web.AppKey("today", TodayFigures)


async def floor(request: web.Request) -> FloorShown:
    """Give the floor as it stands."""
    return await floors.shown(office_of(request), request.app[TODAY])


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/room/floor", floor, "The telephone room now", LEADING_ROOM, packed=True),
)
