"""What every request finds in the application, before it asks the office for anything."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from config.settings import Settings
from hotline.clock import Clock

SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
