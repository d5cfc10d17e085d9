"""What citizens are asked after closing, and who does not want to be rung, on the console."""

from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import REVISITING, SEATED
from backend.api.route import Route
from backend.desks import dialling, revisits
from backend.queries import casefile, revisits_told
from backend.queries.revisits_told import ListedRevisit, RevisitsTold
from hotline.revisit import Question
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Why a citizen is not to be rung any more, or with `ends` that they may be again."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    ends: bool = False


@dataclass(frozen=True, slots=True)
class AnswerWritten:
    """What a seat hears on the telephone."""

    question: Question
    value: Annotated[str, Meta(max_length=40)]


@dataclass(frozen=True, slots=True)
class DialAsked:
    """Why somebody is rung who does not want to be, or outside of the hours; "" for neither."""

    reason: Annotated[str, Meta(max_length=200)] = ""


async def dial(request: web.Request, asked: DialAsked) -> RevisitsTold:
    """Ring the citizen of a case: one's own telephone first, then theirs."""
    office, actor, number = office_of(request), actor_of(request), request.match_info["number"]
    await casefile.check_in_sight(office, number, actor)
    await dialling.dial(office, actor, number, asked.reason)
    return await revisits_told.told(office, number)


async def told(request: web.Request) -> RevisitsTold:
    """Give what was asked about a case and answered."""
    office, number = office_of(request), request.match_info["number"]
    await casefile.check_in_sight(office, number, actor_of(request))
    return await revisits_told.told(office, number)


async def write(request: web.Request, written: AnswerWritten) -> RevisitsTold:
    """Write down what a citizen answers on the telephone: an answer that is there stays beside."""
    office, actor, number = office_of(request), actor_of(request), request.match_info["number"]
    await casefile.check_in_sight(office, number, actor)
    await revisits.write(office, number, ident_of(request), actor, written.question, written.value)
    return await revisits_told.told(office, number)


async def stop(request: web.Request, asked: StopAsked) -> RevisitsTold:
    """Write down that who told of a case is not to be rung, or may be again."""
    office, actor, number = office_of(request), actor_of(request), request.match_info["number"]
    await casefile.check_in_sight(office, number, actor)
    await revisits.stop(office, number, actor, asked.reason, ends=asked.ends)
    return await revisits_told.told(office, number)


async def unreached(request: web.Request) -> list[ListedRevisit]:
    """Give the cases whose citizens a person is to ask, as the machine reached nobody."""
    return await revisits_told.unreached(office_of(request), actor_of(request))


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/revisits/unreached", unreached, "Whom a person is to ask", REVISITING),
    Route(
        "GET",
        "/api/cases/{number}/revisits",
        told,
        "What the citizen was asked after closing",
        REVISITING,
        ("no_case",),
    ),
    Route(
        "POST",
        "/api/cases/{number}/revisits/{id}/answer",
        write,
        "Write down what the citizen answers on the telephone",
        SEATED,
        ("no_case", "no_revisit", "not_found", "too_late"),
    ),
    Route(
        "POST",
        "/api/cases/{number}/dial",
        dial,
        "Ring the citizen of a case",
        SEATED,
        ("no_case", "no_contact", "no_seat", "seat_busy", *dialling.NOT_NOW),
    ),
    Route(
        "POST",
        "/api/cases/{number}/do-not-call",
        stop,
        "Write down that the citizen is not to be rung",
        SEATED,
        ("no_case", "no_contact", "input_missing"),
    ),
)
