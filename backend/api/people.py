"""People on the console: the list for administrators, chats, and one-use codes that bind one."""

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import answer
from backend.api.keys import OFFICE, SETTINGS, Route
from backend.desks import binding
from backend.queries import city_meta
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.report import Channel


async def list_people(request: web.Request) -> web.Response:
    """Give everybody with their username and chats."""
    return answer(await city_meta.people(request.app[OFFICE]))


async def code(request: web.Request) -> web.Response:
    """Make a one-use code for a person."""
    person = request.match_info["person"]
    minutes = request.app[SETTINGS].people.code_minutes
    made, expires_at = await binding.make_code(
        request.app[OFFICE], minutes, person, actor_of(request)
    )
    return answer({"code": made, "expires_at": iso(expires_at)})


async def chats(request: web.Request) -> web.Response:
    """Give a person's chats."""
    person = request.match_info["person"]
    return answer(await binding.chats_of(request.app[OFFICE], person, actor_of(request)))


async def unbind(request: web.Request) -> web.Response:
    """Take a person's chat of a channel away."""
    person, named = request.match_info["person"], request.match_info["channel"]
    if named not in set(Channel):
        raise NotFound(f"no channel {named[:40]!r}", code="no_chat")
    await binding.unbind(request.app[OFFICE], person, Channel(named), actor_of(request))
    return answer({})


ADMINISTRATOR_ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/people", list_people, "Everybody, with username and chats"),
)
ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/people/{person}/code", code, "A one-use code that binds a chat"),
    Route("GET", "/api/people/{person}/chats", chats, "A person's chats"),
    Route("POST", "/api/people/{person}/chats/{channel}/unbind", unbind, "Take a chat away"),
)
