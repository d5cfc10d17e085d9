"""What every handler finds in the application."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from backend.desks.context import AppContext
from backend.media import MediaStore
from config.settings import Settings

OFFICE: web.AppKey[AppContext] = web.AppKey("office", AppContext)
MEDIA: web.AppKey[MediaStore] = web.AppKey("media", MediaStore)
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
