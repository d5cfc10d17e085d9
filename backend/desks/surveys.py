"""Callers are asked about their call once a seat has hung up: once, and nobody writes an answer."""

from datetime import datetime, time, timedelta
from typing import Final

from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import alarms, callers, surveys
from backend.store.session import Transaction
from hotline.call import CallEvent, CallEventType
from hotline.errors import NotFound
from hotline.people import Actor
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.survey import SurveyTold

ANSWERS: Final = frozenset({CallEventType.SURVEYED, CallEventType.SURVEY_SAID})


async def ask(office: AppContext, key: str) -> SurveyTold:
    """Tell whether a call's caller is asked now, and keep that they are: nobody is asked twice.

    Nor are they where they were about the same case within the plan's days. Raises NotFound for a
    call that is not on record.
    """
    plan = office.city.room.survey

    async def work(transaction: Transaction) -> SurveyTold:
        connection, now = transaction.connection, transaction.now
        call = await callers.call_of(connection, key)
        if call is None:
            raise NotFound(f"no call {key}", code="no_call")
        if not plan.grade:
            return SurveyTold(asks=False)
        case = await surveys.case_about(connection, key, call.contact)
        since = now - timedelta(days=plan.again_days)
        if case is not None and await surveys.was_asked(connection, case, since):
            return SurveyTold(asks=False)
        asks = await surveys.ask(connection, key, case, now)
        if asks:
            transaction.emit_change("call", key)
        return SurveyTold(asks)

    return await office.store.transaction(office.clock.now, work)


async def take(office: AppContext, transaction: Transaction, events: list[CallEvent]) -> None:
    """Keep what callers answered, and tell the duty chief of an answer that asks for it.

    A second answer of a call changes nothing, and so does one that the city has no grade for.
    """
    plan, connection = office.city.room.survey, transaction.connection
    for one in events:
        if one.mark is CallEventType.SURVEY_SAID:
            await surveys.comment(connection, one.key, one.value)
        grade = plan.named(one.value) if one.mark is CallEventType.SURVEYED else None
        if grade is None:
            continue
        if await surveys.answer(connection, one.key, grade.id, one.at) and grade.task:
            told = RoomAlarm(AlarmKind.SURVEY, one.at, one.key, call=one.key)
            await alarms.raise_once(transaction, told)


async def today(office: AppContext, actor: Actor) -> dict[str, int]:
    """Count the callers who were asked since midnight by their answers ("": nothing)."""
    now = office.clock.now().astimezone(office.city.zone)
    midnight = datetime.combine(now.date(), time(), office.city.zone)
    async with office.store.connect() as connection:
        return await surveys.counts(connection, midnight, scope_of(actor))
