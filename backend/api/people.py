"""People on the console: the list for administrators, and one-use codes that bind a chat."""

from aiohttp import web

from backend.api.guard import GATE, actor_of
from backend.api.http import answer
from backend.api.keys import OFFICE, Route
from backend.desks import cityview, signin
from backend.desks.caserow import iso


async def list_people(request: web.Request) -> web.Response:
    """Give everybody with their username and chats."""
    return answer(await cityview.people(request.app[OFFICE]))


async def code(request: web.Request) -> web.Response:
    """Make a one-use code for a person."""
    person = request.match_info["person"]
    made, expires_at = await signin.make_code(request.app[GATE], person, actor_of(request))
    return answer({"code": made, "expires_at": iso(expires_at)})


ADMINISTRATOR_ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/people", list_people, "Everybody, with username and chats"),
)
ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/people/{person}/code", code, "A one-use code that binds a chat"),
)
