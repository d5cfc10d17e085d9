"""People on the console: the list for administrators, chats, and one-use codes that bind one."""

from dataclasses import dataclass

from aiohttp import web

from backend.api.guard import SIGNED_IN, actor_of, asking_factor
from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import ADMINISTERING, EVERYBODY
from backend.api.route import Route
from backend.desks import binding
from backend.desks.binding import BoundChat
from backend.queries import city_meta
from backend.queries.city_meta import ListedPerson
from hotline.channel import Channel
from hotline.clock import iso
from hotline.errors import NotFound
from hotline.wire import Instant


async def list_people(request: web.Request) -> list[ListedPerson]:
    """Give everybody with their username and chats."""
    return await city_meta.people(office_of(request), asking_factor(request))


@dataclass(frozen=True, slots=True)
class BindCode:
    """A one-use code that binds a chat, and when it runs out."""

    code: str
    expires_at: Instant


async def code(request: web.Request) -> BindCode:
    """Make a one-use code for a person."""
    person = request.match_info["person"]
    minutes = request.app[SETTINGS].people.code_minutes
    made, expires_at = await binding.make_code(
        *(office_of(request), minutes, person, actor_of(request)),
        by_factor=request[SIGNED_IN].has_factor,
    )
    return BindCode(made, iso(expires_at))


async def chats(request: web.Request) -> list[BoundChat]:
    """Give a person's chats."""
    person = request.match_info["person"]
    asking = asking_factor(request)
    return await binding.chats_of(office_of(request), person, actor_of(request), asking)


async def unbind(request: web.Request) -> None:
    """Take a person's chat of a channel away."""
    person, named = request.match_info["person"], request.match_info["channel"]
    if named not in set(Channel):
        raise NotFound(f"no channel {named[:40]!r}", code="no_chat")
    await binding.unbind(office_of(request), person, Channel(named), actor_of(request))


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/people", list_people, "Everybody, with username and chats", ADMINISTERING),
    Route(
        "POST",
        "/api/people/{person}/code",
        code,
        "A one-use code that binds a chat",
        EVERYBODY,
        ("no_person",),
    ),
    Route(
        "GET", "/api/people/{person}/chats", chats, "A person's chats", EVERYBODY, ("no_person",)
    ),
    Route(
        "POST",
        "/api/people/{person}/chats/{channel}/unbind",
        unbind,
        "Take a chat away",
        EVERYBODY,
        ("no_person", "no_chat"),
    ),
)
