"""Whether the backend lives, and whether it can work; for supervisors and load balancers."""

from aiohttp import web

from backend.api.http import answer
from backend.api.keys import OFFICE, Route
from backend.store import feed


async def alive(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say that the database answers too; otherwise 503."""
    async with request.app[OFFICE].store.connect() as connection:
        await feed.last(connection)
    return answer({"status": "ok"})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", alive, "The process answers"),
    Route("GET", "/readyz", ready, "The process and its database answer"),
)
