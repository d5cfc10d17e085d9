"""Photos and recordings on the console: taken in by PUT, given out to who may see them."""

from dataclasses import dataclass

from aiohttp import web

from backend.api import codes
from backend.api.guard import actor_of
from backend.api.http import blocks_of
from backend.api.office_keys import MEDIA, office_of
from backend.api.permissions import WORKING
from backend.api.route import BYTES, FILE, Route
from backend.desks import media
from hotline.errors import Forbidden
from hotline.media import Attachment, MediaKind


@dataclass(frozen=True, slots=True)
class PhotoQuery:
    """What a photo is evidence of."""

    kind: MediaKind


async def put(request: web.Request, query: PhotoQuery) -> Attachment:
    """Store a photo; recordings come by the phone connector only."""
    if query.kind is MediaKind.RECORDING:
        raise Forbidden("recordings come by the phone connector")
    store = request.app[MEDIA]
    file = await store.put(blocks_of(request), query.kind)
    holders = media.by_person(actor_of(request).person)
    return await media.stored(office_of(request), file, store.size(file.sha256), holders)


async def get(request: web.Request) -> web.StreamResponse:
    """Give a file that belongs to a case in sight, whole or in ranges."""
    sha256, store = request.match_info["sha256"], request.app[MEDIA]
    path = store.find(sha256)
    office, mime = office_of(request), store.mime(sha256)
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
    Route("PUT", "/api/media", put, "Store a photo", WORKING, codes.OF_FILE, takes=BYTES),
    Route(
        "GET",
        "/api/media/{sha256}",
        get,
        "A stored file, in ranges",
        WORKING,
        ("not_found",),
        gives=FILE,
    ),
)
