"""Cases on the console: lists, the case page, moves, contacts, and reports that a seat types."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.http import LANGUAGE, answer, body_of, number_in, problem
from backend.api.keys import OFFICE, Route
from backend.desks import acceptance, casework
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries import casefile, inbox
from hotline.case.changes import case_changes
from hotline.errors import Conflict, Invalid, NotFound
from hotline.place.point import Point
from hotline.report import Channel, Contact, NewReport, check_typed
from hotline.telephone import read_telephone
from hotline.words import say

CHOSEN = ("matter", "department", "channel", "urgency")
MAX_NAME = 100
MAX_ADDRESS = 40


async def list_cases(request: web.Request) -> web.Response:
    """Give a page of cases with counts."""
    asked = CaseQuery(
        stages=_several(request, "stage"),
        lights=_several(request, "light"),
        equal={name: _several(request, name) for name in CHOSEN},
        first=request.query.get("from", ""),
        last=request.query.get("to", ""),
        verified=request.query.get("verified", ""),
        words=request.query.get("q", ""),
        mine=request.query.get("mine") == "1",
        open_only=request.query.get("open") == "1",
        sort=request.query.get("sort", CaseQuery().sort),
        limit=number_in(request, "limit", 50, inbox.MAX_ROWS),
        before=request.query.get("before", ""),
    )
    return answer(await inbox.list_cases(request.app[OFFICE], actor_of(request), asked), pack=True)


async def case(request: web.Request) -> web.Response:
    """Give a whole case."""
    number = request.match_info["number"]
    return answer(await casefile.detail(request.app[OFFICE], number, actor_of(request)), pack=True)


@dataclass(frozen=True, slots=True)
class Act:
    """A move, as pressed. `version` is the one that the person was looking at."""

    action: str
    version: int
    key: str
    note: str = ""
    media: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


async def act(request: web.Request) -> web.Response:
    """Make a move; when somebody was faster, say who, and show the case as it stands now."""
    asked = await body_of(request, Act)
    office, actor, number = request.app[OFFICE], actor_of(request), request.match_info["number"]
    key = _own_key(actor.person, asked.key)
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
            given=case_changes(asked.given),
            in_sight=True,
        )
    except Conflict as conflict:
        return await _overtaken(request, number, conflict)
    return answer(await casefile.after_move(office, moved, actor))


async def contact(request: web.Request) -> web.Response:
    """Give a citizen's contact in the open; who looked is written down."""
    number = request.match_info["number"]
    found = await casefile.unmask(request.app[OFFICE], number, actor_of(request))
    return answer({"address": found.address, "name": found.name, "channel": found.channel})


@dataclass(frozen=True, slots=True)
class TypedContact:
    """Who told it, as the seat typed it."""

    address: str
    channel: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class TypedReport:
    """A report that a seat types for somebody."""

    text: str
    key: str
    place_text: str = ""
    point: Point | None = None
    contact: TypedContact | None = None


async def report(request: web.Request) -> web.Response:
    """Take in a report that a seat types; the same key is taken once."""
    typed = await body_of(request, TypedReport)
    office, actor = request.app[OFFICE], actor_of(request)
    if not typed.text.strip():
        raise Invalid("text", "says nothing", code="input_missing")
    if typed.point is not None and not office.knowing.is_near(typed.point):
        raise Invalid("point", "lies outside the city", code="outside_city")
    contact = typed.contact or TypedContact("")
    check_typed(text=typed.text, place_text=typed.place_text, name=contact.name)
    receipt = await acceptance.record(
        office,
        NewReport(
            channel=Channel.CONSOLE,
            key=_own_key(actor.person, typed.key),
            contact=_contact(office, contact),
            said_at=office.clock.now(),
            text=typed.text,
            place_text=typed.place_text,
            point=typed.point,
        ),
        clerk=actor,
    )
    return answer(receipt)


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
    office, actor, language = request.app[OFFICE], actor_of(request), request[LANGUAGE]
    try:
        body: dict[str, Any] = {"detail": await casefile.detail(office, number, actor)}
    except NotFound:
        body = {}
    who = await casefile.last_mover(office, number)
    if who is not None:
        body["message"] = say("error.case_moved_by", language, who=who, number=number)
    moved = Conflict(str(conflict), code="conflict")
    return problem(moved, language, body)


def _several(request: web.Request, name: str) -> tuple[str, ...]:
    return tuple(part for part in request.query.get(name, "").split(",") if part)


def _own_key(person: str, key: str) -> str:
    """A key counts for its person only: nobody can use up another's."""
    if not 8 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("key", "must be between 8 and 100 characters")
    return f"console:{person}:{key}"


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/cases", list_cases, "A page of cases with counts"),
    Route("GET", "/api/cases/{number}", case, "A whole case with its timeline and buttons"),
    Route("POST", "/api/cases/{number}/act", act, "Make a move on a case"),
)
CONTACT_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/cases/{number}/contact", contact, "A citizen's contact, logged"),
)
REPORT_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/reports", report, "Type in a report for somebody"),
)
