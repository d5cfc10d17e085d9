"""The duty chief's floor: the room as it stands, and listening to a seat's talk."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import LEADING_ROOM, LISTENING
from backend.api.route import Route
from backend.desks import room_acts, room_listening
from backend.queries import floor as floors
from backend.queries.floor import FloorShown, TodayFigures
from hotline.room.listening import CallKey, ListenWay, SeatName
from hotline.wire import Meta

# Reckoned once for all who look.
TODAY: web.AppKey[TodayFigures] = web.AppKey("today", TodayFigures)


@dataclass(frozen=True, slots=True)
class ListenAsked:
    """To whose talk one wants to listen, in which call, which way, and by which reason's id."""

    seat: SeatName
    call: CallKey
    way: ListenWay
    reason: Annotated[str, Meta(max_length=40)]


@dataclass(frozen=True, slots=True)
class ListenTurned:
    """The way that one's listening is turned to."""

    way: ListenWay


@dataclass(frozen=True, slots=True)
class SeatForced:
    """The state that a seat is put into, a pause's reason, and why, as its person is told."""

    what: Literal["ready", "pause", "off"]
    why: Annotated[str, Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=40)] = ""


async def force(request: web.Request, asked: SeatForced) -> None:
    """Put a seat into a state, behind its call where it has one."""
    office, actor, seat = office_of(request), actor_of(request), request.match_info["seat"]
    await room_acts.force(office, actor, seat, asked.what, asked.reason, asked.why)


@dataclass(frozen=True, slots=True)
class CallMoved:
    """Where a caller is led to: a skill, or out of a talk somebody of the address book, too."""

    target: Annotated[str, Meta(max_length=40)]


async def move(request: web.Request, asked: CallMoved) -> None:
    """Lead a caller who waits, or talks with a seat, elsewhere."""
    office, actor, key = office_of(request), actor_of(request), request.match_info["key"]
    await room_acts.move(office, actor, key, asked.target)


async def take_draft(request: web.Request) -> None:
    """Open the form of a call that a seat has, to write in it beside the seat."""
    office, actor, key = office_of(request), actor_of(request), request.match_info["key"]
    await room_acts.take_draft(office, actor, key)


async def floor(request: web.Request) -> FloorShown:
    """Give the floor as it stands."""
    return await floors.shown(office_of(request), request.app[TODAY], actor_of(request))


async def listen(request: web.Request, asked: ListenAsked) -> None:
    """Have one's own seat rung, and listen there to another one's talk."""
    office, actor = office_of(request), actor_of(request)
    await room_listening.ask(office, actor, asked.seat, asked.call, asked.way, asked.reason)


async def turn(request: web.Request, asked: ListenTurned) -> None:
    """Turn one's own listening to another way."""
    office, actor = office_of(request), actor_of(request)
    await room_listening.turn(office, actor, ident_of(request), asked.way)


async def stop(request: web.Request) -> None:
    """End one's own listening."""
    await room_listening.stop(office_of(request), actor_of(request), ident_of(request))


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/room/floor", floor, "The telephone room now", LEADING_ROOM, packed=True),
    Route(
        "POST",
        "/api/room/seats/{seat}/state",
        force,
        "Put a seat into a state, and tell its person why",
        LEADING_ROOM,
        ("not_found", "seat_off", "input_missing", "no_pause_reason"),
    ),
    Route(
        "POST",
        "/api/room/calls/{key}/move",
        move,
        "Lead a caller to another skill, or out of a talk to somebody of the address book",
        LEADING_ROOM,
        ("no_target", "not_talking", "not_waiting", "nobody_there", "order_open"),
    ),
    Route(
        "POST",
        "/api/room/calls/{key}/draft",
        take_draft,
        "Write in the form of a seat's call beside the seat",
        LEADING_ROOM,
        ("no_call",),
    ),
    Route(
        "POST",
        "/api/room/listen",
        listen,
        "Listen to a seat's talk, whisper to it or join it, at one's own seat",
        LISTENING,
        ("no_listen_reason", "seat_off", "own_call", "listens_already", "talk_over"),
    ),
    Route(
        "POST",
        "/api/room/listen/{id}/way",
        turn,
        "Turn one's listening to another way",
        LISTENING,
        ("not_found",),
    ),
    Route(
        "POST",
        "/api/room/listen/{id}/end",
        stop,
        "End one's listening",
        LISTENING,
        ("not_found",),
    ),
)
