"""What citizens answer after closing: written once, kept with every change, and followed up.

No answer is written or changed by anybody of the office but a seat that hears it on the telephone.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.desks import audit, notices
from backend.desks.audit import What
from backend.desks.context import AppContext
from backend.store import casefile, cases, outbox, revisits
from backend.store.session import Transaction
from hotline.case.case import Case
from hotline.case.transition import transition
from hotline.errors import Invalid, NotFound, Refused
from hotline.people import Actor, machine_for
from hotline.revisit import (
    Question,
    Revisit,
    RevisitAnswer,
    RevisitChoice,
    RevisitEnd,
    RevisitSaid,
    RevisitTold,
    Solved,
)
from hotline.room.plan import RevisitPlan
from hotline.sanitize import sanitize_line, says_something

# A wish of the citizen's own; the console says it in words.
BY_THEMSELVES: Final = "by_themselves"


async def answer(office: AppContext, said: RevisitSaid) -> RevisitTold:
    """Take an answer from whom was asked; gives what counts now.

    The same once more changes nothing, another one is kept beside the first within the plan's
    time, and is too late after it. Raises NotFound (no_revisit) for a chat or number that was not
    asked so, Invalid for what is no answer.
    """
    contact = office.contacts.of(said.channel, said.address)

    async def work(transaction: Transaction) -> RevisitTold:
        asked = await revisits.load(transaction.connection, said.revisit, lock=True)
        if asked is None or asked.contact != contact:
            raise NotFound(f"nobody was asked so: {said.revisit}", code="no_revisit")
        key = said.key or f"{said.question}:{len(asked.answers)}"
        return await take(office, transaction, asked, said.question, said.value, key)

    return await office.store.transaction(office.clock.now, work)


async def take(
    office: AppContext,
    transaction: Transaction,
    asked: Revisit,
    question: Question,
    value: str,
    key: str,
    person: str = "",
) -> RevisitTold:
    """Take an answer to what was asked and is locked; `person` is the seat that wrote it down."""
    plan = office.city.room.revisit
    _check(plan, question, value)
    case = await cases.load_by_id(transaction.connection, asked.case, lock=True)
    end = await _keep(
        transaction, asked, RevisitAnswer(question, value, transaction.now, person), key, plan
    )
    now = await revisits.load(transaction.connection, asked.id)
    assert now is not None, "it is locked"
    follows = wants_chief(plan, now)
    if end in (RevisitEnd.TAKEN, RevisitEnd.CHANGED):
        if question is Question.NEVER and asked.contact is not None:
            reason = BY_THEMSELVES if not person else str(asked.id)
            await revisits.stop(
                transaction.connection, asked.contact, reason, person, transaction.now
            )
        if follows:
            await _follow_up(office, transaction, case, f"revisit:{asked.id}")
    grades = tuple(RevisitChoice(one.id, one.name, one.name_en) for one in plan.grades)
    return RevisitTold(end, case.number, now.counting, follows, grades)


async def _follow_up(office: AppContext, transaction: Transaction, case: Case, key: str) -> None:
    """Let the duty chief have a locked case whose citizen is not content; once.

    A case that has gone on meanwhile, or goes by rules that know nothing of it, stays as it is.
    """
    rules = office.city.rules(case.release)
    rows = (one for one in rules.workflow.moves if one.unhappy and case.stage in one.source)
    move = next(rows, None)
    if move is None:
        return
    who = machine_for(move.permission)
    steps = await cases.steps_of(transaction.connection, case.id)
    moved, step = transition(case, move.action, who, transaction.now, rules, steps=steps)
    cases.add_step(transaction, case, moved, step, rules, key=f"{key}:{moved.version}")
    for notice in await notices.of_step(office, transaction, case, moved, step, move):
        outbox.add(transaction, notice)


async def _keep(
    transaction: Transaction, asked: Revisit, given: RevisitAnswer, key: str, plan: RevisitPlan
) -> RevisitEnd:
    connection, first = transaction.connection, asked.first(given.question)
    same = asked.counting.get(given.question) == given.value
    if same or await revisits.is_known(connection, asked.id, key):
        return RevisitEnd.KNOWN
    if first is not None and given.at - first.at > timedelta(hours=plan.change_h):
        return RevisitEnd.LATE
    await revisits.answer(connection, asked.id, key, given)
    return RevisitEnd.TAKEN if first is None else RevisitEnd.CHANGED


def _check(plan: RevisitPlan, question: Question, value: str) -> None:
    match question:
        case Question.IS_SOLVED:
            good = value in set(Solved)
        case Question.IS_CONTENT:
            good = plan.grade(value) is not None
        case Question.NEVER:
            good = value == ""
    if not good:
        raise Invalid("value", f"{value[:40]!r} answers nothing")


def wants_chief(plan: RevisitPlan, asked: Revisit) -> bool:
    """Tell whether the answers that count are for the duty chief to follow up."""
    counting = asked.counting
    grade = plan.grade(counting.get(Question.IS_CONTENT, ""))
    return counting.get(Question.IS_SOLVED) == Solved.NO or bool(grade and grade.low)


async def write(
    office: AppContext, number: str, ident: UUID, actor: Actor, question: Question, value: str
) -> None:
    """Write down what a citizen answers a seat on the telephone, with the seat's name.

    Raises NotFound (no_revisit) for what was not asked about the case, Refused (too_late) for a
    change behind its time.
    """

    async def work(transaction: Transaction) -> None:
        asked = await revisits.load(transaction.connection, ident, lock=True)
        case = await cases.load(transaction.connection, number)
        if asked is None or asked.case != case.id:
            raise NotFound(f"nobody was asked so about {number}", code="no_revisit")
        key = f"{actor.person}:{question}:{len(asked.answers)}"
        told = await take(office, transaction, asked, question, value, key, actor.person)
        if told.end is RevisitEnd.LATE:
            raise Refused("the time for changes is over", code="too_late")
        if told.end is not RevisitEnd.KNOWN:
            await audit.record(
                transaction, What.REVISIT_WRITTEN, actor.person, case=case.id, subject=str(ident)
            )

    await office.store.transaction(office.clock.now, work)


async def stop(
    office: AppContext, number: str, actor: Actor, reason: str, *, ends: bool = False
) -> None:
    """Write down that who told of a case is not to be rung, or with `ends` that they may be.

    Raises NotFound (no_contact) for a case of nobody who can be reached.
    """
    why = sanitize_line(reason)
    if not says_something(why):
        raise Invalid("reason", "says nothing", code="input_missing")

    async def work(transaction: Transaction) -> None:
        connection, now = transaction.connection, transaction.now
        case = await cases.load(connection, number)
        found = await casefile.first_contact(connection, case.id)
        if found is None or not found[1].address:
            raise NotFound(f"nobody can be reached about {number}", code="no_contact")
        change = revisits.allow if ends else revisits.stop
        if await change(connection, found[0], why, actor.person, now):
            what = What.DO_NOT_CALL_ENDED if ends else What.DO_NOT_CALL_SET
            await audit.record(transaction, what, actor.person, case=case.id, reason=why)

    await office.store.transaction(office.clock.now, work)
