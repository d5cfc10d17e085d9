"""What handlers ask: the office as it is now, and the folder of media."""

from aiohttp import web

from backend.desks.context import AppContext, ContextSource
from backend.media import MediaStore

OFFICE: web.AppKey[ContextSource] = web.AppKey("office", ContextSource)
MEDIA: web.AppKey[MediaStore] = web.AppKey("media", MediaStore)


def office_of(request: web.Request) -> AppContext:
    """Give the office by the release that counts now."""
    return request.app[OFFICE].now
