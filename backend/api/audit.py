"""The audit on the console: who did what, narrowed and in pages."""

from aiohttp import web

from backend.api.http import answer, number_in
from backend.api.keys import OFFICE, Route
from backend.desks import audit


async def listed(request: web.Request) -> web.Response:
    """Give the audit, newest first."""
    asked = request.query
    found = await audit.listed(
        request.app[OFFICE],
        what=asked.get("what", ""),
        who=asked.get("who", ""),
        number=asked.get("number", ""),
        before=asked.get("before", ""),
        limit=number_in(request, "limit", 50, audit.MAX_ROWS),
    )
    return answer(found)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "/api/audit", listed, "Who did what, by ?what=, ?who= and ?number=, behind ?before="
    ),
)
