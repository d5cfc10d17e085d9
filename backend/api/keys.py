"""What every handler finds in the application, and how a route is declared."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from backend.desks.context import AppContext
from backend.media import MediaStore
from config.settings import Settings

OFFICE: web.AppKey[AppContext] = web.AppKey("office", AppContext)
MEDIA: web.AppKey[MediaStore] = web.AppKey("media", MediaStore)
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked for; docs/api.md is written from these."""

    method: str
    path: str
    handler: Handler
    summary: str
