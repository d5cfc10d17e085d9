"""One's own seat at the console: to go online, to pause, and who calls."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import SEATED
from backend.api.route import Route
from backend.desks import call_draft, seating
from backend.desks.context import AppContext
from backend.queries import talk_said
from backend.queries import who_calls as calling
from backend.queries.names import person_name
from backend.queries.talk_said import ShownTalk
from backend.queries.who_calls import CallerShown
from backend.store.orders import OrderState
from hotline.clock import iso
from hotline.room.exchange import OrderKind
from hotline.room.plan import PauseReason, Skill, Target
from hotline.room.seat import Device, Seat, SeatState
from hotline.wire import Instant, Meta


@dataclass(frozen=True, slots=True)
class ShownSeat:
    """A seat as it stands; `next` is what it turns to when its call is over.

    `by` and `next_by` name who else has put it there, or wants it, and `why` in their words.
    """

    name: str
    state: SeatState
    since: Instant
    reason: str
    call: str
    until: Instant | None
    extended: bool
    next: SeatState
    next_reason: str
    by: str
    why: str
    next_by: str
    next_why: str


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """What the seat wanted done last with its call, and how far that is."""

    kind: OrderKind
    target: str
    state: OrderState
    reason: str


@dataclass(frozen=True, slots=True)
class ShownAsker:
    """Who asks the seat about a call of theirs, by their first post and their name."""

    post: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class OwnSeat:
    """One's own seat (null before the first time), and what one may choose of.

    `device` is what its telephone is: the page itself, or one on the desk.
    `asked_by` is who asks it about the call that rings or is talked in: that stays theirs.
    `escalate_to` is the skill that a call goes to when it is escalated ("": it cannot be, or it
    is one's own: nobody escalates to themselves).
    """

    seat: ShownSeat | None
    device: Device
    order: ShownOrder | None
    asked_by: ShownAsker | None
    pauses: tuple[PauseReason, ...]
    targets: tuple[Target, ...]
    skills: tuple[Skill, ...]
    extend_s: int
    escalate_to: str


@dataclass(frozen=True, slots=True)
class SeatLine:
    """How a telephone signs in at the exchange: the page's by SIP over the WebSocket at `url`.

    One on the desk signs in by ordinary SIP at `server` (host and port).
    """

    url: str
    server: str
    name: str
    password: str
    realm: str


@dataclass(frozen=True, slots=True)
class SeatOpened:
    """One's own seat, online, with its telephone's way in."""

    seat: ShownSeat
    line: SeatLine


@dataclass(frozen=True, slots=True)
class SeatAct:
    """What somebody wants of their seat; `reason` is a pause's."""

    what: Literal["off", "pause", "resume", "extend"]
    reason: Annotated[str, Meta(max_length=40)] = ""


async def own(request: web.Request) -> OwnSeat:
    """Give one's own seat."""
    office = office_of(request)
    actor = actor_of(request)
    return await _own(office, await seating.mine(office, actor), actor.person)


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """With which telephone somebody takes their seat."""

    device: Device = Device.BROWSER


async def online(request: web.Request, asked: SeatTaken) -> SeatOpened:
    """Take one's seat; its telephone gets a new password, and an earlier page's is out."""
    office, actor = office_of(request), actor_of(request)
    seat, line = await seating.go_online(office, actor, asked.device)
    phone = request.app[SETTINGS].phone
    server = f"{phone.public_host or phone.sip_host}:{phone.sip_port}"
    given = SeatLine(phone.seats_at, server, line.name, line.password, seating.REALM)
    return SeatOpened(_shown(office, seat), given)


async def act(request: web.Request, asked: SeatAct) -> OwnSeat:
    """Do what somebody wants of their seat."""
    office, actor = office_of(request), actor_of(request)
    seat = await seating.act(office, actor, asked.what, asked.reason)
    return await _own(office, seat, actor.person)


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What is to be done with the call; `target` is one of the plan's targets, or of its skills."""

    kind: OrderKind
    target: Annotated[str, Meta(max_length=40)] = ""


async def order(request: web.Request, asked: CallOrder) -> OwnSeat:
    """Let the exchange do something with the call that one talks in."""
    office, actor, key = office_of(request), actor_of(request), request.match_info["key"]
    await seating.order(office, actor, key, asked.kind, asked.target)
    return await _own(office, await seating.mine(office, actor), actor.person)


async def who_calls(request: web.Request) -> CallerShown:
    """Give who calls, and what is known of them."""
    return await calling.shown(office_of(request), request.match_info["key"], actor_of(request))


async def talk(request: web.Request) -> ShownTalk:
    """Give what is said in a call, as it is written down, and what that suggests."""
    return await talk_said.shown(office_of(request), request.match_info["key"], actor_of(request))


@dataclass(frozen=True, slots=True)
class TypedDraft:
    """What stands in the form of a call, and the version that the page has read."""

    version: Annotated[int, Meta(ge=0)]
    typed: dict[str, object]


@dataclass(frozen=True, slots=True)
class KeptCallDraft:
    """What is kept of the form of a call."""

    version: int
    typed: dict[str, object]


async def draft(request: web.Request) -> KeptCallDraft:
    """Give what was typed in a call."""
    kept = await call_draft.load(office_of(request), request.match_info["key"], actor_of(request))
    return KeptCallDraft(kept.version, dict(kept.typed))


async def keep_draft(request: web.Request, given: TypedDraft) -> KeptCallDraft:
    """Keep what is typed in a call."""
    key, actor = request.match_info["key"], actor_of(request)
    kept = await call_draft.save(office_of(request), key, actor, given.typed, given.version)
    return KeptCallDraft(kept.version, dict(kept.typed))


async def _own(office: AppContext, seat: Seat | None, person: str) -> OwnSeat:
    room, told = office.city.room, await seating.ordered(office, seat)
    return OwnSeat(
        None if seat is None else _shown(office, seat),
        await seating.device_of(office, seat),
        None if told is None else ShownOrder(told.kind, told.target, told.state, told.reason),
        _asker(office, await seating.asked_by(office, seat)),
        room.pauses,
        room.targets,
        room.skills,
        room.extend_s,
        _escalate_to(office, person),
    )


def _escalate_to(office: AppContext, person: str) -> str:
    """Give the skill that somebody's calls are escalated to; "" where it is theirs."""
    skill, known = office.city.room.escalate_to, office.city.organisation.people.get(person)
    return "" if known is not None and skill in known.skills else skill


def _asker(office: AppContext, person: str | None) -> ShownAsker | None:
    if person is None:
        return None
    known = office.city.organisation.people.get(person)
    if known is None:
        return ShownAsker("", person, "")
    return ShownAsker(known.post, known.name, known.name_en)


def _shown(office: AppContext, seat: Seat) -> ShownSeat:
    return ShownSeat(
        seat.name,
        seat.state,
        iso(seat.since),
        seat.reason,
        seat.call,
        iso(seat.until),
        seat.extended,
        seat.next.state,
        seat.next.reason,
        person_name(office.city.organisation, seat.by) or "",
        seat.why,
        person_name(office.city.organisation, seat.next.by) or "",
        seat.next.why,
    )


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/seat", own, "One's own seat in the telephone room", SEATED),
    Route("POST", "/api/seat/online", online, "Take one's seat", SEATED, ("no_seat_left",)),
    Route(
        "POST",
        "/api/seat/act",
        act,
        "Pause, go on, take more time, leave",
        SEATED,
        ("no_seat", "seat_off", "no_wrap_up", "extended_already", "no_pause_reason"),
    ),
    Route(
        "GET",
        "/api/seat/calls/{key}",
        who_calls,
        "Who calls at one's seat",
        SEATED,
        ("no_call", "not_yours"),
    ),
    Route(
        "POST",
        "/api/seat/calls/{key}/order",
        order,
        "Hand a call on, back to a queue, or ask somebody to join it",
        SEATED,
        (
            "no_target",
            "not_talking",
            "nobody_there",
            "nobody_asked",
            "nobody_answered",
            "order_open",
        ),
    ),
    Route(
        "GET",
        "/api/seat/calls/{key}/talk",
        talk,
        "What is said in a call, as it is written down",
        SEATED,
        ("not_yours",),
    ),
    Route(
        "GET",
        "/api/seat/calls/{key}/draft",
        draft,
        "What is typed in a call",
        SEATED,
        ("not_yours",),
    ),
    Route(
        "PUT",
        "/api/seat/calls/{key}/draft",
        keep_draft,
        "Keep what is typed in a call",
        SEATED,
        ("not_yours", "draft_changed"),
    ),
)
