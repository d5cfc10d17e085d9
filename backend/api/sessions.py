"""One's own sessions on the console: where one is signed in, and ending what one does not know."""

from typing import Final

from aiohttp import web

from backend.api import guard
from backend.api.listeners import LISTENERS
from backend.api.permissions import EVERYBODY
from backend.api.route import Route
from backend.desks import session_list
from backend.desks.session_list import EndedSessions, SignedInAt


async def listed(request: web.Request) -> list[SignedInAt]:
    """Give where one is signed in."""
    return await session_list.listed(request.app[guard.AUTH], request[guard.SIGNED_IN])


async def end(request: web.Request) -> EndedSessions:
    """End another of one's sessions, and its live feed."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    return _let_go(request, await session_list.end(auth, signed_in, request.match_info["id"]))


async def end_others(request: web.Request) -> EndedSessions:
    """End all of one's other sessions, and their live feeds."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    return _let_go(request, await session_list.end_others(auth, signed_in))


def _let_go(request: web.Request, ended: list[str]) -> EndedSessions:
    for session in ended:
        request.app[LISTENERS].drop(session)
    return EndedSessions(len(ended))


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/me/sessions", listed, "Where one is signed in", EVERYBODY),
    Route(
        "POST",
        "/api/me/sessions/end",
        end_others,
        "Sign out everywhere else",
        EVERYBODY,
    ),
    Route(
        "POST",
        "/api/me/sessions/{id}/end",
        end,
        "Sign out another session",
        EVERYBODY,
        ("not_found",),
    ),
)
