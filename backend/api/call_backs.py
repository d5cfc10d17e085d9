"""Call-backs on the duty chief's page: who is to be rung, and what is done about one."""

from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import LEADING_ROOM
from backend.api.route import Route
from backend.desks import call_backs
from backend.queries.names import person_name
from hotline.clock import iso
from hotline.people import masked
from hotline.room.call_back import CallBack, CallBackSource, CallBackState
from hotline.wire import Instant, Meta

Said = Annotated[str, Meta(max_length=300)]


@dataclass(frozen=True, slots=True)
class ShownCallBack:
    """Somebody who is to be rung, by their masked number.

    `since` is when they began to wait, `due` when the next try may be made, `given_at` since when
    they are being rung; `tries` of `most` were made, the last with `reason`. `calls` counts the
    calls that ask for it. `at_once`: somebody wants it done now.
    """

    id: str
    number: str
    source: CallBackSource
    state: CallBackState
    is_open: bool
    since: Instant
    due: Instant
    tries: int
    most: int
    calls: int
    given_at: Instant | None
    at_once: bool
    reason: str
    said: str
    ended_by: str
    ended_at: Instant | None


@dataclass(frozen=True, slots=True)
class SaidAsked:
    """How it was done by hand, or why nobody is to be rung."""

    said: Said


@dataclass(frozen=True, slots=True)
class NumberAsked:
    """Why a number is looked at: a reason of the city's by its code, or words, or both."""

    reason: Annotated[str, Meta(max_length=40)] = ""
    words: Annotated[str, Meta(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class OpenNumber:
    """A number in the open."""

    number: str


async def listed(request: web.Request) -> list[ShownCallBack]:
    """Give those that are open, first in line first, and those that ended today, newest first."""
    found = await call_backs.listed(office_of(request), actor_of(request))
    return [_shown(request, one) for one in found]


async def ring_now(request: web.Request) -> None:
    """Let one be rung as soon as a seat is there for it."""
    await call_backs.ring_now(office_of(request), actor_of(request), ident_of(request))


async def done(request: web.Request, asked: SaidAsked) -> None:
    """Say that one was done by hand."""
    await call_backs.done(office_of(request), actor_of(request), ident_of(request), asked.said)


async def drop(request: web.Request, asked: SaidAsked) -> None:
    """Let nobody be rung, for a reason."""
    await call_backs.drop(office_of(request), actor_of(request), ident_of(request), asked.said)


async def number(request: web.Request, asked: NumberAsked) -> OpenNumber:
    """Give a number in the open; who looked, and why, is written down."""
    office, actor, ident = office_of(request), actor_of(request), ident_of(request)
    found = await call_backs.number_of(office, actor, ident, asked.reason, asked.words)
    return OpenNumber(found)


def _shown(request: web.Request, one: CallBack) -> ShownCallBack:
    city = office_of(request).city
    rule = city.room.call_back
    return ShownCallBack(
        str(one.id),
        masked(one.number),
        one.source,
        one.state,
        one.is_open,
        iso(one.since),
        iso(one.due),
        one.tries,
        len(rule.tries_min) if rule else one.tries,
        one.calls,
        iso(one.given_at),
        one.at_once,
        one.reason,
        one.said,
        person_name(city.organisation, one.ended_by) or "",
        iso(one.ended_at),
    )


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/room/call-backs", listed, "Who is to be rung back", LEADING_ROOM),
    Route(
        "POST",
        "/api/room/call-backs/{id}/now",
        ring_now,
        "Ring back as soon as a seat is there",
        LEADING_ROOM,
        ("not_found", "not_open", "call_back_rings"),
    ),
    Route(
        "POST",
        "/api/room/call-backs/{id}/done",
        done,
        "Say that a call-back was done by hand",
        LEADING_ROOM,
        ("not_found", "not_open", "call_back_rings", "input_missing"),
    ),
    Route(
        "POST",
        "/api/room/call-backs/{id}/drop",
        drop,
        "Ring nobody back, for a reason",
        LEADING_ROOM,
        ("not_found", "not_open", "call_back_rings", "input_missing"),
    ),
    Route(
        "POST",
        "/api/room/call-backs/{id}/number",
        number,
        "The number of a call-back, logged",
        LEADING_ROOM,
        ("not_found", "input_missing", "not_listed"),
    ),
)
