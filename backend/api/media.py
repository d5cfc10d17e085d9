"""Photos and recordings on the console: taken in by PUT, given out to who may see them."""

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import answer, blocks_of
from backend.api.keys import MEDIA, OFFICE, Route
from backend.desks import media
from backend.media import kind_of
from hotline.errors import Forbidden
from hotline.report import MediaKind


async def put(request: web.Request) -> web.Response:
    """Store a photo; recordings come by the phone connector only."""
    kind = kind_of(request.query.get("kind", ""))
    if kind is MediaKind.RECORDING:
        raise Forbidden("recordings come by the phone connector")
    store = request.app[MEDIA]
    file = await store.put(blocks_of(request), kind)
    holders = media.by_person(actor_of(request).person)
    await media.stored(request.app[OFFICE], file, store.size(file.sha256), holders)
    return answer(file)


async def get(request: web.Request) -> web.StreamResponse:
    """Give a file that belongs to a case in sight, whole or in ranges."""
    sha256, store = request.match_info["sha256"], request.app[MEDIA]
    path = store.find(sha256)
    office, mime = request.app[OFFICE], store.mime(sha256)
    await media.check_may_open(office, actor_of(request), sha256)
    if mime == MediaKind.RECORDING.mime:
        await media.opened(office, actor_of(request), sha256)
    headers = {
        "Content-Type": mime,
        # On a machine that others use too nothing is given without asking us again.
        "Cache-Control": "private, no-store"
        if mime == MediaKind.RECORDING.mime
        else "private, no-cache",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.FileResponse(path, headers=headers)


ROUTES: tuple[Route, ...] = (
    Route("PUT", "/api/media", put, "Store a photo of ?kind="),
    Route("GET", "/api/media/{sha256}", get, "A stored file, in ranges"),
)
