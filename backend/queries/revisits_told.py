"""What citizens were asked after closing and answered, as a console is shown it (回访).

It is told by a route of its own: no page of a case has it, whoever reads that.
"""

from dataclasses import dataclass
from typing import Final

from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.queries.names import person_name
from backend.store import casefile, cases, orders, outbox, revisits
from backend.store.orders import OrderState
from hotline.clock import iso
from hotline.people import Actor
from hotline.revisit import Question, Revisit, RevisitAnswer, RevisitChoice
from hotline.wire import Instant

MOST_UNREACHED: Final = 100


@dataclass(frozen=True, slots=True)
class RevisitAnswered:
    """An answer, by its value and the names of a grade; `person_name` is who wrote it down."""

    question: Question
    value: str
    name: str
    name_en: str
    at: Instant
    person_name: str | None


@dataclass(frozen=True, slots=True)
class ShownRevisit:
    """What was asked, and how far that is.

    `state` is the notice's that asks, `error` why it reached nobody, `next` when it is tried.
    `answers` are all that were given, oldest first: the newest to a question counts.
    """

    id: str
    channel: str
    made_at: Instant
    state: str
    error: str
    tries: int
    next: Instant | None
    answers: list[RevisitAnswered]


@dataclass(frozen=True, slots=True)
class ShownStop:
    """Since when who told of a case is not to be rung or asked, why, and who wrote it down."""

    since: Instant
    reason: str
    made_by: str | None


@dataclass(frozen=True, slots=True)
class ShownDialled:
    """A call that a seat has placed to the citizen: by whom, how far it is, why it failed."""

    call: str
    person_name: str | None
    at: Instant
    state: OrderState
    reason: str


@dataclass(frozen=True, slots=True)
class RevisitsTold:
    """What was asked about a case, the newest first, and whether its citizen may be.

    `dialled` are the calls that seats have placed to them.
    """

    asked: list[ShownRevisit]
    dialled: list[ShownDialled]
    stop: ShownStop | None
    grades: list[RevisitChoice]


async def told(office: AppContext, number: str) -> RevisitsTold:
    """Give what was asked about a case, to who may know of it."""
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        asked = await revisits.of_case(connection, case.id)
        sent = await outbox.states_of(connection, [one.id for one in asked])
        calls = await orders.dialled_of(connection, number)
        told_by = await casefile.first_contact(connection, case.id)
        stop = await revisits.stopped(connection, told_by[0]) if told_by else None
    grades = office.city.room.revisit.grades
    staff = office.city.organisation
    return RevisitsTold(
        [_shown(office, one, sent.get(one.id)) for one in asked],
        [
            ShownDialled(
                one.call, person_name(staff, one.person), iso(one.at), one.state, one.reason
            )
            for one in calls
        ],
        None
        if stop is None
        else ShownStop(iso(stop[2]), stop[0], person_name(staff, stop[1] or None)),
        [RevisitChoice(one.id, one.name, one.name_en) for one in grades],
    )


def _shown(office: AppContext, one: Revisit, sent: outbox.NoticeStands | None) -> ShownRevisit:
    return ShownRevisit(
        id=str(one.id),
        channel=one.channel,
        made_at=iso(one.made_at),
        state=sent.state if sent else "",
        error=sent.error if sent else "",
        tries=sent.tries if sent else 0,
        next=iso(sent.next) if sent and sent.next else None,
        answers=[_answer(office, answer) for answer in one.answers],
    )


def _answer(office: AppContext, one: RevisitAnswer) -> RevisitAnswered:
    grade = office.city.room.revisit.grade(one.value)
    return RevisitAnswered(
        question=one.question,
        value=one.value,
        name=grade.name if grade else "",
        name_en=grade.name_en if grade else "",
        at=iso(one.at),
        person_name=person_name(office.city.organisation, one.person or None),
    )


@dataclass(frozen=True, slots=True)
class ListedRevisit:
    """A case whose citizen the machine asked in vain: since when, by which channel, and why."""

    number: str
    made_at: Instant
    channel: str
    error: str
    tries: int


async def unreached(office: AppContext, actor: Actor) -> list[ListedRevisit]:
    """Give the cases in sight whose citizens a person is to ask (人工回访), the newest first."""
    async with office.store.connect() as connection:
        found = await revisits.unreached(connection, scope_of(actor), MOST_UNREACHED)
    return [
        ListedRevisit(one.number, iso(one.made_at), one.channel, one.error, one.tries)
        for one in found
    ]
