"""Cases on the console: lists, the case page, moves, contacts, and reports that a seat types."""

from dataclasses import dataclass, replace
from dataclasses import field as default
from typing import Annotated, Final

from aiohttp import web

from backend.api import codes
from backend.api.guard import ActKey, actor_of, own_key
from backend.api.http import LANGUAGE, Problem, answer, problem_of
from backend.api.list_query import ListQuery, query_asked
from backend.api.office_keys import office_of
from backend.api.permissions import REPORTING, UNMASKING, WORKING
from backend.api.route import Route
from backend.desks import acceptance, call_draft, casework
from backend.desks.context import AppContext
from backend.queries import casefile, inbox
from backend.queries.case_records import CasePage, OpenContact, OpenedCase
from backend.queries.case_timeline import NEWEST
from backend.queries.clock_records import CaseClocks
from backend.queries.neighbours import Neighbour, neighbours_of
from hotline.channel import Channel
from hotline.errors import Conflict, Forbidden, Invalid
from hotline.place.fix import Fix
from hotline.place.point import Point
from hotline.report import Contact, NewReport, Receipt, check_typed
from hotline.telephone import read_telephone
from hotline.wire import Meta
from hotline.words import say

MAX_NAME: Final = 100
MAX_ENTRIES: Final = 100_000
MAX_ADDRESS: Final = 40


async def list_cases(request: web.Request, query: ListQuery) -> CasePage:
    """Give a page of cases with counts."""
    return await inbox.list_cases(office_of(request), actor_of(request), query_asked(query))


@dataclass(frozen=True, slots=True)
class PageQuery:
    """How many of the newest entries of a case's timeline are wanted."""

    newest: Annotated[int, Meta(ge=1, le=MAX_ENTRIES)] = NEWEST


async def case(request: web.Request, query: PageQuery) -> OpenedCase:
    """Give a case with its timeline; of a long one the beginning and the newest entries."""
    number = request.match_info["number"]
    return await casefile.detail(office_of(request), number, actor_of(request), query.newest)


async def clocks(request: web.Request) -> CaseClocks:
    """Give how the clocks of a case were counted, day by day, in the reader's language."""
    number, language = request.match_info["number"], request[LANGUAGE]
    return await casefile.clocks(office_of(request), number, actor_of(request), language)


async def near(request: web.Request) -> list[Neighbour]:
    """Give what else was told of near a case."""
    number = request.match_info["number"]
    return await neighbours_of(office_of(request), number, actor_of(request))


@dataclass(frozen=True, slots=True)
class Act:
    """A move, as pressed. `version` is the one that was looked at; `fix` is where the person is."""

    action: str
    version: int
    key: ActKey
    note: str = ""
    media: tuple[str, ...] = ()
    given: dict[str, object] = default(default_factory=dict)
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Overtaken(Problem):
    """Somebody was faster; `now` is the case as it stands, where one may still see it."""

    now: OpenedCase | None = None


async def act(request: web.Request, asked: Act) -> OpenedCase | web.Response:
    """Make a move; when somebody was faster, say who, and show the case as it stands now."""
    office, actor, number = office_of(request), actor_of(request), request.match_info["number"]
    key = own_key(actor.person, asked.key)
    try:
        moved = await casework.act(
            office,
            number,
            asked.action,
            actor,
            key=key,
            version=asked.version,
            note=asked.note,
            media=asked.media,
            given=asked.given,
            fix=asked.fix,
            in_sight=True,
        )
    except Conflict as conflict:
        return await _overtaken(request, number, conflict)
    return await casefile.after_move(office, moved, actor)


@dataclass(frozen=True, slots=True)
class UnmaskAsked:
    """Why a contact is looked at: a reason of the city's by its code, or words, or both."""

    reason: Annotated[str, Meta(max_length=40)] = ""
    words: Annotated[str, Meta(max_length=500)] = ""


async def contact(request: web.Request, asked: UnmaskAsked) -> OpenContact:
    """Give a citizen's contact in the open; who looked, and why, is written down."""
    number = request.match_info["number"]
    found = await casefile.unmask(
        office_of(request), number, actor_of(request), asked.reason, asked.words
    )
    return OpenContact(found.channel, found.address, found.name)


@dataclass(frozen=True, slots=True)
class TypedContact:
    """Who told it, as the seat typed it."""

    address: str
    channel: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class TypedReport:
    """A report that a seat types for somebody; `call` is the key of the call that told it."""

    text: str
    key: ActKey
    place_text: str = ""
    point: Point | None = None
    contact: TypedContact | None = None
    call: Annotated[str, Meta(max_length=200)] = ""


async def report(request: web.Request, typed: TypedReport) -> Receipt:
    """Take in a report that a seat types; the same key is taken once."""
    office, actor = office_of(request), actor_of(request)
    if not typed.text.strip():
        raise Invalid("text", "says nothing", code="input_missing")
    if typed.point is not None and not office.knowing.is_near(typed.point):
        raise Invalid("point", "lies outside the city", code="outside_city")
    contact = typed.contact or TypedContact("")
    check_typed(text=typed.text, place_text=typed.place_text, name=contact.name)
    channel = Channel.PHONE if typed.call else Channel.CONSOLE
    key = own_key(actor.person, typed.key)
    if typed.call:
        try:
            await call_draft.load(office, typed.call, actor)
        except Forbidden:
            # One that was taken is answered again, however long the call is over.
            return await acceptance.taken(office, channel, key, actor)
    return await acceptance.record(
        office,
        NewReport(
            channel=channel,
            key=key,
            contact=_contact(office, contact),
            said_at=office.clock.now(),
            text=typed.text,
            place_text=typed.place_text,
            point=typed.point,
            call=typed.call or None,
            is_emergency=bool(typed.call) and await call_draft.is_emergency(office, typed.call),
        ),
        clerk=actor,
    )


def _contact(office: AppContext, typed: TypedContact) -> Contact:
    """Give the contact that a seat typed; Invalid where its telephone number is none."""
    name, address = typed.name.strip()[:MAX_NAME], typed.address.strip()
    if typed.channel != Channel.PHONE:
        return Contact(Channel.CONSOLE, address[:MAX_ADDRESS], name)
    if not address:
        return Contact(Channel.PHONE, "", name)
    read = read_telephone(address, office.city.telephone)
    if read is None or not read.known:
        raise Invalid(
            "phone", f"{address[:MAX_ADDRESS]!r} is no telephone number", code="bad_phone"
        )
    # An extension cannot be dialled with the number; whoever rings by hand sees it.
    named = f"{name} #{read.extension}".strip() if read.extension else name
    return Contact(Channel.PHONE, read.number, named)


async def _overtaken(request: web.Request, number: str, conflict: Conflict) -> web.Response:
    """Say who was faster, and how the case stands now; NotFound where that took it out of sight."""
    office, actor, language = office_of(request), actor_of(request), request[LANGUAGE]
    told = problem_of(Conflict(str(conflict), code="conflict"), language)
    now = await casefile.detail(office, number, actor)
    who = await casefile.last_mover(office, number)
    if who is not None:
        message = say("error.case_moved_by", language, who=who, number=number)
        told = replace(told, message=message)
    return answer(Overtaken(told.code, told.message, now=now), status=409)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/cases", list_cases, "A page of cases with counts", WORKING, packed=True),
    Route(
        "GET",
        "/api/cases/{number}",
        case,
        "A whole case with its timeline and buttons",
        WORKING,
        ("no_case",),
        packed=True,
    ),
    Route(
        "GET",
        "/api/cases/{number}/clocks",
        clocks,
        "How the time of a case was counted",
        WORKING,
        ("no_case",),
        packed=True,
    ),
    Route(
        "GET",
        "/api/cases/{number}/near",
        near,
        "Open cases near a case, and ended ones that came in lately",
        WORKING,
        ("no_case",),
        packed=True,
    ),
    Route(
        "POST",
        "/api/cases/{number}/act",
        act,
        "Make a move on a case",
        WORKING,
        codes.OF_MOVE,
        gives=OpenedCase,
        problems={409: Overtaken},
    ),
    Route(
        "POST",
        "/api/reports",
        report,
        "Type in a report for somebody",
        REPORTING,
        codes.OF_TYPED_REPORT,
    ),
    Route(
        "POST",
        "/api/cases/{number}/contact",
        contact,
        "A citizen's contact, logged",
        UNMASKING,
        ("no_case", "not_found", "input_missing", "not_listed"),
    ),
)
