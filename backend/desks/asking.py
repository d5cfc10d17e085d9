"""Who is asked after closing (回访), when, and who is not: the notice that asks, and its record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from backend.desks.context import AppContext
from backend.store import contacts, revisits
from backend.store.session import Connection, Transaction
from hotline.case.case import REPORTER, Case
from hotline.case.workflow import NoticeRule
from hotline.channel import Channel
from hotline.city import City
from hotline.ids import new_id
from hotline.notice import CallEnd, Notice, NoticeTask, Outcome, Settled
from hotline.report import Contact
from hotline.revisit import ASKS, Question, Revisit
from hotline.times import next_within

KeyOf = Callable[[Channel, str], str]


def is_asking(task: NoticeTask) -> bool:
    """Tell whether a notice asks after closing."""
    return ASKS in task.values


def may_ask(city: City, at: datetime) -> datetime:
    """Give an instant, or the next one at which people are rung to be asked."""
    return next_within(city.room.revisit.hours, at, city.zone)


async def ask(
    office: AppContext, transaction: Transaction, case: Case, rule: NoticeRule, key_of: KeyOf
) -> list[Notice]:
    """Give the notice that asks who told of a case, by the first channel that they have.

    `key_of` gives a notice's key by channel and address.

    Nobody is asked where the city has no grades, the citizen is one of the office's own, cannot be
    reached, or does not want to be asked.
    """
    if not office.city.room.revisit.grades or case.person_of(REPORTER) is not None:
        return []
    told = await contacts.contacts_of(transaction.connection, case.id)
    reached = [one for one in told if one.address and one.channel in rule.channels]
    for contact in sorted(reached, key=lambda one: rule.channels.index(one.channel))[:1]:
        whose = office.contacts.of(contact.channel, contact.address)
        if await revisits.stopped(transaction.connection, whose) is not None:
            return []
        return [_notice(office, transaction, case, rule, contact, key_of)]
    return []


def _notice(
    office: AppContext,
    transaction: Transaction,
    case: Case,
    rule: NoticeRule,
    contact: Contact,
    key_of: KeyOf,
) -> Notice:
    due = transaction.now + timedelta(hours=rule.after_h)
    ident, channel = new_id(transaction.now), contact.channel
    whose = office.contacts.of(channel, contact.address)
    revisits.add(transaction, ident, case.id, whose, channel)
    matter = office.matters.get(case.matter or "")
    english = contact.language == "en"
    return Notice(
        id=ident,
        key=key_of(channel, contact.address),
        case=case.id,
        channel=channel,
        address=contact.address,
        template=rule.template,
        language=contact.language,
        not_before=may_ask(office.city, due),
        values={
            ASKS: case.stage,
            "number": case.number,
            "place": case.place_text or "",
            "matter": (matter.name_en if english else matter.name) if matter else "",
        },
    )


async def why_not(
    office: AppContext, connection: Connection, task: NoticeTask, number: str
) -> CallEnd | None:
    """Give why somebody is not asked or rung now, or None where they may be.

    Who has answered all, or whose case has moved on, is asked no more.
    """
    contact = office.contacts.of(task.channel, number)
    if await revisits.stopped(connection, contact) is not None:
        return CallEnd.DO_NOT_CALL
    if not is_asking(task):
        return None
    asked = await revisits.load(connection, task.id)
    if asked is None or asked.is_done or task.stage != task.values[ASKS]:
        return CallEnd.NOT_ASKED
    return None


async def asked_now(office: AppContext, task: NoticeTask) -> NoticeTask | Settled:
    """Give what to ask, with the answers that came before; outside of the hours it waits."""
    now = office.clock.now()
    if task.channel is Channel.PHONE and may_ask(office.city, now) != now:
        return Settled(task.id, Outcome.AWAY)
    async with office.store.connect() as connection:
        asked = await revisits.load(connection, task.id)
    return replace(task, values={**task.values, **(answered(asked) if asked else {})})


def answered(asked: Revisit) -> dict[str, str]:
    """Give what a connector has to know of answers that came before."""
    known = asked.counting
    return {one.value: known[one] for one in Question if one in known}
