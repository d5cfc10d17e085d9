"""What handlers ask: the office, and the folder of media."""

from aiohttp import web

from backend.desks.context import AppContext
from backend.media import MediaStore

OFFICE: web.AppKey[AppContext] = web.AppKey("office", AppContext)
MEDIA: web.AppKey[MediaStore] = web.AppKey("media", MediaStore)
