"""The map: the city's roads, grid and places as files, and the cases as points."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import office_of
from backend.api.permissions import WORKING
from backend.api.route import GEOJSON, Route
from backend.queries import inbox
from backend.queries.inbox import CaseFeatures
from hotline.errors import NotFound
from hotline.place.point import Point

# Of many streets alike only the nearest names are worth a look.
MAX_HOUSES: Final = 6


async def layer(request: web.Request) -> web.StreamResponse:
    """Give a layer; a browser that has it already is told so."""
    found = office_of(request).layers.get(request.match_info["layer"])
    if found is None:
        raise NotFound("no such layer")
    headers = {
        "ETag": f'"{found.tag}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if any(tag.value in (found.tag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    response = web.Response(
        body=found.body, content_type="application/geo+json", charset="utf-8", headers=headers
    )
    response.enable_compression()
    return response


@dataclass(frozen=True, slots=True)
class HousesQuery:
    """What somebody typed for a place."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class PlacedHouse:
    """A house and where it stands."""

    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class PlacedHouses:
    """Houses, the likeliest first."""

    items: list[PlacedHouse]


async def houses(request: web.Request, query: HousesQuery) -> PlacedHouses:
    """Give the houses that typed ?words= may mean, as points."""
    knowing = office_of(request).knowing
    found = await asyncio.to_thread(knowing.houses, query.words)
    return PlacedHouses([PlacedHouse(one.name, one.point) for one in found[:MAX_HOUSES]])


@dataclass(frozen=True, slots=True)
class MapQuery:
    """Whether only cases that have not ended are wanted."""

    open: bool = False


async def cases(request: web.Request, query: MapQuery) -> CaseFeatures:
    """Give the cases in sight as points."""
    return await inbox.map_cases(office_of(request), actor_of(request), open_only=query.open)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/map/{layer:[a-z]+}.geojson",
        layer,
        "A layer: roads, grids or places",
        WORKING,
        ("not_found",),
        gives=GEOJSON,
    ),
    Route("GET", "/api/map/houses", houses, "House numbers that words may mean", WORKING),
    Route("GET", "/api/map/cases", cases, "Cases in sight as GeoJSON points", WORKING, packed=True),
)
