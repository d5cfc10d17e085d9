"""Calls that were answered on the line: kept, undone, and counted by day, class and article."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import office_of
from backend.api.permissions import CALLING, SEATED
from backend.api.route import Route
from backend.desks import answering
from backend.desks.answering import AnswerTyped
from backend.desks.articles import today_of
from backend.desks.context import AppContext
from backend.store.answer_rows import AnswerCount
from hotline.clock import iso
from hotline.room.answer import CallAnswer
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class AnswerArticle:
    """An article that a caller was told from, as it is called now."""

    id: str
    version: int
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """How a call was answered, and when."""

    articles: list[AnswerArticle]
    matter: str | None
    note: str
    at: Instant


@dataclass(frozen=True, slots=True)
class AnswerOfCall:
    """How a call was answered; null where it was not."""

    answer: ShownAnswer | None


@dataclass(frozen=True, slots=True)
class AnswersQuery:
    """Which days are counted, the last one included; today without any."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How many calls were answered, by day, class and article."""

    counts: list[AnswerCount]


async def answer(request: web.Request, asked: AnswerTyped) -> AnswerOfCall:
    """Keep that a call was answered on the line."""
    office, actor, call = office_of(request), actor_of(request), request.match_info["key"]
    one = await answering.answer(office, call, actor, asked)
    return AnswerOfCall(await _shown(office, one))


async def of_call(request: web.Request) -> AnswerOfCall:
    """Give how a call was answered."""
    office, actor, call = office_of(request), actor_of(request), request.match_info["key"]
    one = await answering.of_call(office, call, actor)
    return AnswerOfCall(None if one is None else await _shown(office, one))


async def undo(request: web.Request) -> None:
    """Let the answer of a call not stand."""
    await answering.undo(office_of(request), request.match_info["key"], actor_of(request))


async def counted(request: web.Request, query: AnswersQuery) -> AnswerCounts:
    """Count the answers of some days."""
    office = office_of(request)
    today = today_of(office)
    until = query.until or today
    return AnswerCounts(await answering.counted(office, query.since or until, until))


async def _shown(office: AppContext, one: CallAnswer) -> ShownAnswer:
    await office.shelf.look(office.store)
    known = office.shelf.articles
    named = [
        AnswerArticle(
            source.id,
            source.version,
            known[source.id].article.title,
            known[source.id].article.title_en,
        )
        for source in one.articles
        if source.id in known
    ]
    return ShownAnswer(named, one.matter, one.note, iso(one.at))


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/api/seat/calls/{key}/answer",
        of_call,
        "How a call was answered on the line",
        SEATED,
        ("not_yours",),
    ),
    Route(
        "POST",
        "/api/seat/calls/{key}/answer",
        answer,
        "Answer a call on the line, without a case",
        SEATED,
        (
            *("not_yours", "no_call", "answer_empty", "no_class", "call_has_case"),
            *("answered_already", "no_article", "article_over"),
        ),
    ),
    Route(
        "POST",
        "/api/seat/calls/{key}/answer/undo",
        undo,
        "Let the answer of a call not stand",
        SEATED,
        ("not_yours", "no_call", "not_open"),
    ),
    Route(
        "GET",
        "/api/calls/answered",
        counted,
        "How many calls were answered on the line, by day, class and article",
        CALLING,
        ("out_of_range",),
    ),
)
