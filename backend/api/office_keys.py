"""What handlers ask: the office as it is now, and the folder of media."""

from uuid import UUID

from aiohttp import web

from backend.desks.context import AppContext, ContextSource
from backend.media import MediaStore
from backend.papers.press import Press
from hotline.errors import NotFound
from hotline.ids import id_of

OFFICE: web.AppKey[ContextSource] = web.AppKey("office", ContextSource)
MEDIA: web.AppKey[MediaStore] = web.AppKey("media", MediaStore)
PRESS: web.AppKey[Press] = web.AppKey("press", Press)


def office_of(request: web.Request) -> AppContext:
    """Give the office by the release that counts now."""
    return request.app[OFFICE].now


def ident_of(request: web.Request) -> UUID:
    """Give the id that stands in the address; NotFound where it is none."""
    found = id_of(request.match_info["id"])
    if found is None:
        raise NotFound("nothing is called so", code="not_found")
    return found
