"""Calls and notices on the console: what rang, what could not be delivered, and trying again."""

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import answer, number_in
from backend.api.keys import OFFICE, Route
from backend.desks import notices
from backend.queries import inbox
from hotline.errors import NotFound
from hotline.ids import id_of


async def list_calls(request: web.Request) -> web.Response:
    """Give the newest calls."""
    limit = number_in(request, "limit", 50, inbox.MAX_ROWS)
    return answer(await inbox.list_calls(request.app[OFFICE], limit))


async def list_notices(request: web.Request) -> web.Response:
    """Give the newest notices of a state."""
    return answer(await inbox.list_notices(request.app[OFFICE], request.query.get("state", "")))


async def retry(request: web.Request) -> web.Response:
    """Put a failed notice back into the outbox."""
    notice = id_of(request.match_info["id"])
    if notice is None:
        raise NotFound("not the id of a notice", code="no_notice")
    await notices.try_again(request.app[OFFICE], notice, actor_of(request))
    return answer({})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/calls", list_calls, "The newest calls"),
    Route("GET", "/api/notices", list_notices, "The newest notices, of a ?state="),
)
RETRY_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/notices/{id}/retry", retry, "Try a failed notice again"),
)
