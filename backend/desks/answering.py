"""Answering a call on the line (即时答复): kept instead of a case, undone, and counted."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from backend.desks.articles import today_of
from backend.desks.audit import What, record
from backend.desks.call_draft import is_own
from backend.desks.context import AppContext
from backend.store import answer_rows, article_rows, callers, seats
from backend.store.answer_rows import AnswerCount
from backend.store.session import Connection, Transaction
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from hotline.form.beside import NOTE
from hotline.ids import new_id
from hotline.knowledge.article import ArticleState
from hotline.people import Actor
from hotline.room.answer import LONGEST_NOTE, MOST_SOURCES, AnswerSource, CallAnswer
from hotline.sanitize import says_something
from hotline.wire import EARLIEST, Meta

LATEST: Final = 2100


@dataclass(frozen=True, slots=True)
class AnswerTyped:
    """How a call was answered: from which articles, or in which words; one of both is needed.

    `key` makes the same press, sent twice, one answer.
    """

    key: Annotated[str, Meta(min_length=8, max_length=100)]
    articles: Annotated[tuple[AnswerSource, ...], Meta(max_length=MOST_SOURCES)] = ()
    matter: Annotated[str, Meta(max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=LONGEST_NOTE)] = ""


async def answer(office: AppContext, call: str, actor: Actor, asked: AnswerTyped) -> CallAnswer:
    """Keep that a call was answered; no case comes of it.

    Raises Forbidden for a call of another seat, Refused where it is answered already, where a case
    came of it, and where an article has ended or was taken out.
    """
    if not asked.articles and not says_something(asked.note):
        raise Invalid(NOTE, "says nothing", code="answer_empty")
    if asked.matter is not None and asked.matter not in office.matters:
        raise Invalid("matter", f"there is no class {asked.matter!r}", code="no_class")

    async def work(transaction: Transaction) -> CallAnswer:
        connection = transaction.connection
        await _check_own(transaction, call, actor)
        before = await answer_rows.by_key(connection, call, asked.key)
        if before is not None:
            return before
        if await answer_rows.has_case(connection, call):
            raise Refused(f"a case came of {call}", code="call_has_case")
        if await answer_rows.of_call(connection, call) is not None:
            raise Refused(f"{call} is answered", code="answered_already")
        for source in asked.articles:
            await _check_told(office, transaction, source)
        seat = await seats.of_person(connection, actor.person)
        one = CallAnswer(
            id=new_id(transaction.now),
            call=call,
            seat=seat.name if seat else "",
            person=actor.person,
            matter=asked.matter,
            articles=tuple(dict.fromkeys(asked.articles)),
            note=asked.note.strip(),
            at=transaction.now,
        )
        await answer_rows.add(connection, one, asked.key)
        await record(transaction, What.CALL_ANSWERED, actor.person, subject=call)
        transaction.emit_change("call", call)
        return one

    return await office.store.transaction(office.clock.now, work)


async def undo(office: AppContext, call: str, actor: Actor) -> None:
    """Let the answer of a call not stand: what was typed in the call is there to go on with."""

    async def work(transaction: Transaction) -> None:
        connection = transaction.connection
        await _check_own(transaction, call, actor)
        if await answer_rows.of_call(connection, call) is None:
            raise Refused(f"{call} is not answered", code="not_open")
        await answer_rows.undo(connection, call, actor.person, transaction.now)
        await record(transaction, What.ANSWER_UNDONE, actor.person, subject=call)
        transaction.emit_change("call", call)

    await office.store.transaction(office.clock.now, work)


async def of_call(office: AppContext, call: str, actor: Actor) -> CallAnswer | None:
    """Give how a call was answered to whose it is; None where it was not."""
    async with office.store.connect() as connection:
        if not await is_own(connection, call, actor, office.clock.now()):
            raise Forbidden(f"the call {call} is not {actor.person}'s", code="not_yours")
        return await answer_rows.of_call(connection, call)


async def counted(office: AppContext, since: date, until: date) -> list[AnswerCount]:
    """Count the answers of some days of the city, the last one included."""
    for name, day in (("since", since), ("until", until)):
        if not EARLIEST.year <= day.year <= LATEST:
            raise Invalid(name, f"is not between {EARLIEST.year} and {LATEST}", code="out_of_range")
    zone = office.city.zone
    begin, end = (datetime.combine(day, time(), zone) for day in (since, until + timedelta(days=1)))
    async with office.store.connect() as connection:
        return await answer_rows.counts(connection, begin, end, zone)


async def count_today(office: AppContext, connection: Connection) -> int:
    """Count the calls that were answered since the city's midnight."""
    begin = datetime.combine(today_of(office), time(), office.city.zone)
    return await answer_rows.count(connection, begin, begin + timedelta(days=1))


async def _check_own(transaction: Transaction, call: str, actor: Actor) -> None:
    """Refuse calls of others alike, whether they are there or not; hold one's own."""
    connection = transaction.connection
    if not await is_own(connection, call, actor, transaction.now):
        raise Forbidden(f"the call {call} is not {actor.person}'s", code="not_yours")
    if not await callers.hold(connection, call):
        raise NotFound(f"no call {call}", code="no_call")


async def _check_told(office: AppContext, transaction: Transaction, source: AnswerSource) -> None:
    """Raise Refused for an article that may not be read out today, NotFound for none."""
    connection = transaction.connection
    now = await article_rows.load(connection, source.id)
    if now is None or source.version > now.version:
        raise NotFound(f"no article {source.id} {source.version}", code="no_article")
    if now.article.state(today_of(office), retired=now.retired) is not ArticleState.VALID:
        title = now.article.title
        raise Refused(f"{source.id} does not count today", code="article_over", title=title)
