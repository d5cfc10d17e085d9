"""The map: the city's roads, grid and places as files, and the cases as points."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import answer
from backend.api.keys import OFFICE, Route
from backend.queries import inbox
from hotline.errors import NotFound
from hotline.pinyin import spelled
from hotline.wire import encode


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the city's map, read once, with the tag of its content."""

    body: bytes
    tag: str


# Of many streets alike only the nearest names are worth a look.
MAX_HOUSES: Final = 6

Layers = dict[str, Layer]
MAP: web.AppKey[Layers] = web.AppKey("map", dict)


def make_layers(maps: Mapping[str, Mapping[str, Any]]) -> Layers:
    """Give the layers of a city's maps, as backend.city reads them."""
    found = {}
    for name, layer in maps.items():
        body = encode({**layer, "features": [_spelled(one) for one in layer.get("features", ())]})
        found[name] = Layer(body, hashlib.sha256(body).hexdigest()[:32])
    return found


def _spelled(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a thing on the map whose names also stand in letters, to be found by them."""
    told = feature.get("properties") or {}
    names = [told.get("name"), *told.get("aliases", ())]
    words = [word for name in names if isinstance(name, str) for word in spelled(name)]
    return {**feature, "properties": {**told, "spelled": words}} if words else feature


async def layer(request: web.Request) -> web.StreamResponse:
    """Give a layer; a browser that has it already is told so."""
    found = request.app[MAP].get(request.match_info["layer"])
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


async def houses(request: web.Request) -> web.Response:
    """Give the houses that typed ?words= may mean, as points."""
    knowing = request.app[OFFICE].knowing
    found = await asyncio.to_thread(knowing.houses, request.query.get("words", ""))
    items = [{"name": one.name, "point": one.point} for one in found[:MAX_HOUSES]]
    return answer({"items": items})


async def cases(request: web.Request) -> web.Response:
    """Give the cases in sight as points."""
    open_only = request.query.get("open") == "1"
    office = request.app[OFFICE]
    return answer(await inbox.map_cases(office, actor_of(request), open_only=open_only), pack=True)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/map/{layer:[a-z]+}.geojson", layer, "A layer: roads, grids or places"),
    Route("GET", "/api/map/houses", houses, "House numbers that ?words= may mean"),
    Route("GET", "/api/map/cases", cases, "Cases in sight as GeoJSON points"),
)
