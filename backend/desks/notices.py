"""Who is told of a step, by which channel, and how an attempt to tell them ended."""

from collections.abc import Collection, Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from backend.desks import asking
from backend.desks.authorization import may_see
from backend.desks.binding import lacks_factor
from backend.desks.context import AppContext
from backend.desks.queues import NOTICES, UNTOLD
from backend.store import chats, contacts, jobs, links, outbox
from backend.store.jobs import Job
from backend.store.links import Along
from backend.store.session import Transaction
from hotline.case.case import HANDLER, Case, Step
from hotline.case.transition import notice_key
from hotline.case.workflow import CITIZEN, Move, NoticeRule
from hotline.channel import Channel
from hotline.errors import NotFound
from hotline.form.beside import NOTE
from hotline.form.types import shown_value
from hotline.ids import id_of, new_id
from hotline.notice import (
    AS_CARD,
    SPOKEN,
    CallEnd,
    Notice,
    NoticeState,
    NoticeTask,
    Outcome,
    Settled,
)
from hotline.organisation import DEPARTMENT
from hotline.people import Actor
from hotline.queue import caught, one_line, reason_of
from hotline.rights.scopes import covers
from hotline.telephone import canonical, read_telephone

# How long to wait before the next try, by the number of tries made; then a visible failure.
CHAT_WAITS = (5, 15, 60, 300, 900)
MAX_WAIT_S = 86_400.0  # whatever a channel asks for
# How long to wait while the far side of a channel is away, which counts as no try.
CHAT_AWAY_S, CALL_AWAY_S = 15, 120
# What is not wanted, or not asked any more, is no failure.
UNWANTED: Final = (CallEnd.DO_NOT_CALL, CallEnd.NOT_ASKED)
# Why the office's own are not sent to somebody of its; the console says it in words.
WITHOUT_FACTOR = "chat_without_factor"
OF_NO_NOTICE = "it is of no notice"
# A connector says which notice its answer is for, and not which of its processes it comes from.
LEASED_TO = "connector"


async def of_step(
    office: AppContext, transaction: Transaction, before: Case, case: Case, step: Step, move: Move
) -> list[Notice]:
    """Give the notices of a step, addressed; nobody without a channel is left waiting unseen."""
    found: list[Notice] = []
    form = office.city.rules(case.release).form
    for rule in move.notices:
        if not rule.is_told(before, case, form):
            continue
        if rule.asks:
            key_of = partial(notice_key, step, rule)
            found += await asking.ask(office, transaction, case, rule, key_of)
            continue
        if rule.who == CITIZEN:
            found += await _to_citizens(office, transaction, case, step, rule)
            continue
        lay_with = before if rule.former else case
        persons = _of_post(office, case, rule) if rule.post else _of_role(office, lay_with, rule)
        found += await _to_people(office, transaction, case, step, rule, persons)
    return found


async def _to_citizens(
    office: AppContext, transaction: Transaction, case: Case, step: Step, rule: NoticeRule
) -> list[Notice]:
    told = []
    for one in await _citizens(office, transaction, case):
        contact = one.contact
        if contact.channel not in rule.channels or not contact.address:
            continue
        told.append(
            Notice(
                id=new_id(transaction.now),
                key=notice_key(step, rule, contact.channel, contact.address),
                case=one.case,
                channel=contact.channel,
                address=contact.address,
                template=rule.template,
                language=contact.language,
                not_before=office.city.may_ring(transaction.now)
                if contact.channel is Channel.PHONE
                else transaction.now,
                values=_values(office, case, step, rule, contact.language)
                | _asks(rule)
                | _spoken(office, case, rule, contact.channel)
                | ({} if one.case == case.id else _of_leading(case, one)),
            )
        )
    return told


async def _citizens(office: AppContext, transaction: Transaction, case: Case) -> list[Along]:
    """Give who told of a case, and whose cases go along with it; each address once.

    A case with which none goes costs nothing.
    """
    connection = transaction.connection
    own = await contacts.contacts_of(connection, case.id)
    found = [Along(case.id, case.number, one) for one in own]
    known = office.city.known.links.values()
    kinds = [one.id for one in known if one.goes_along and case.counts.get(one.count)]
    if kinds:
        found += await links.going_along(connection, case.id, kinds)
    each = {(one.contact.channel, one.contact.address): one for one in reversed(found)}
    return list(reversed(each.values()))


def _of_leading(case: Case, one: Along) -> dict[str, str]:
    """What is told of a case that goes along: its own number, and with whom the other one lies."""
    return {"number": one.number, DEPARTMENT: case.org_of(HANDLER) or ""}


def _of_role(office: AppContext, case: Case, rule: NoticeRule) -> list[str]:
    """Give the people of whom a role in a case is, or who have it, or who act for them."""
    persons: list[str] = []
    for lies_with in case.having(rule.who):
        persons += [one.code for one in office.city.organisation.handlers_of(lies_with.org)]
        if lies_with.org is None and lies_with.person is not None:
            persons.append(lies_with.person)
    there = (_there(office, one, case) for one in persons)
    return [one for one in there if _may_know(office, one, case)]


def _there(office: AppContext, person: str, case: Case) -> str:
    """Give who is told what is for somebody: who acts for them while they are away.

    A proxy who did not get their rights, and may not see the case by own ones, does not act.
    """
    stand_in = office.city.organisation.stand_in(person, office.clock.now())
    if stand_in == person or _may_know(office, stand_in, case):
        return stand_in
    return person


def _may_know(office: AppContext, person: str, case: Case) -> bool:
    """Tell whether somebody may see a case by any post that runs, or as somebody's proxy."""
    organisation, now = office.city.organisation, office.clock.now()
    held = organisation.people[person].posts_at(now) if person in organisation.people else []
    for post in (None, *(one.id for one in held)):
        known = organisation.actor(person, now, post)
        if known is not None and may_see(case, known):
            return True
    return False


def _of_post(office: AppContext, case: Case, rule: NoticeRule) -> list[str]:
    """Give the people who have a post now and may see a case by it, or who act for them."""
    now = office.clock.now()
    return [
        _there(office, one.code, case)
        for one in office.city.organisation.people.values()
        if any(
            grant.post.id == rule.post
            and grant.runs(now)
            and covers(grant.scope, case.assigned, case.cell or "")
            for grant in one.grants
        )
    ]


def _values(
    office: AppContext, case: Case, step: Step, rule: NoticeRule, language: str
) -> dict[str, str]:
    """Give what the words of a notice name: the case, the step's own words, fields as people read
    them."""
    form = office.city.rules(case.release).form
    named = {
        name: shown_value(form.fields[name], form.value_of(case, name), language)
        for name in rule.fields
        if name in form.fields
    }
    return {**named, "number": case.number, NOTE: step.note}


def _spoken(office: AppContext, case: Case, rule: NoticeRule, channel: Channel) -> dict[str, str]:
    """What a caller hears of the fields of a notice, where data has a prompt for what they say."""
    if channel is not Channel.PHONE:
        return {}
    form = office.city.rules(case.release).form
    fields = [form.fields[name] for name in rule.fields if name in form.fields]
    chosen = [one.option(form.value_of(case, one.id)) for one in fields]
    prompts = " ".join(one.prompt for one in chosen if one is not None and one.prompt)
    return {SPOKEN: prompts} if prompts else {}


async def _to_people(
    office: AppContext,
    transaction: Transaction,
    case: Case,
    step: Step,
    rule: NoticeRule,
    persons: Sequence[str],
) -> list[Notice]:
    bound = await chats.chats_of(transaction.connection, list(dict.fromkeys(persons)))
    return [
        Notice(
            id=new_id(transaction.now),
            key=notice_key(step, rule, chat.channel, chat.address),
            case=case.id,
            channel=chat.channel,
            address=chat.address,
            template=rule.template,
            language=chat.language,
            not_before=transaction.now,
            person=chat.person,
            values={**_values(office, case, step, rule, chat.language), **_asks(rule)},
        )
        for chat in bound
        if chat.channel in rule.channels and chat.person != step.person
    ]


def _asks(rule: NoticeRule) -> dict[str, str]:
    return {AS_CARD: "yes"} if rule.card else {}


async def lease(
    office: AppContext,
    channels: list[Channel],
    address: str | None,
    limit: int,
    asking: Collection[str] = (),
) -> list[NoticeTask]:
    """Lease notices to a connector; the department of the case comes by its name.

    A citizen whom the city does not ring is a visible failure, and so is a notice that no connector
    ever came back from, and one of the office to a chat that lacks the second factor that its
    person is asked for, who has one of the permissions `asking`.
    """
    leased, kept = await _leased(office, channels, address, limit), list[NoticeTask]()
    untold = await _without_factor(office, leased, asking)
    for task in leased:
        ready = await caught(_ready(office, task, untold))
        if isinstance(ready, NoticeTask):
            kept.append(ready)
        elif isinstance(ready, Settled):
            await settle(office, ready)
        else:
            await settle(office, Settled(task.id, Outcome.RETRY, reason_of(ready)))
    return kept


async def _without_factor(
    office: AppContext, leased: Sequence[NoticeTask], asking: Collection[str]
) -> set[tuple[str, Channel, str]]:
    """Give the chats, with their people, that were bound without the factor that is asked for.

    They are looked at as notices go: who binds the chat anew meanwhile is told.
    """
    people = {one.person for one in leased if one.person is not None} if asking else set[str]()
    if not people:
        return set()
    async with office.store.connect() as connection:
        bound = await chats.chats_of(connection, sorted(people))
    return {
        (one.person, one.channel, one.address) for one in bound if lacks_factor(office, one, asking)
    }


async def _leased(
    office: AppContext, channels: list[Channel], address: str | None, limit: int
) -> list[NoticeTask]:
    now = office.clock.now()
    until = now + timedelta(seconds=NOTICES.lease_s)
    tries: dict[UUID, int] = {}
    async with office.store.connect() as connection:
        for channel in channels:
            some = await jobs.lease(
                *(connection, NOTICES.name, LEASED_TO, now, until, limit - len(tries)),
                lane=channel,
                also=None if address is None else outbox.at_address(channel, address),
            )
            for one in some:
                notice = id_of(one.ref)
                if notice is None or str(notice) != one.ref:
                    # One that nobody can be told of holds up none of the others.
                    await caught(_of_none(office, one))
                elif one.tries > _most(office, channel) + 1:
                    await caught(_lost(office, one))
                else:
                    tries[notice] = one.tries
        return await outbox.tasks_of(connection, tries) if tries else []


async def _of_none(office: AppContext, job: Job) -> None:
    async def work(transaction: Transaction) -> None:
        if await jobs.die(transaction.connection, job, OF_NO_NOTICE, transaction.now):
            transaction.emit_change("health", NOTICES.name)

    await office.store.transaction(office.clock.now, work)


async def _lost(office: AppContext, job: Job) -> None:
    """Fail what was leased so often and never told of: it ends whoever tries to deliver it."""

    async def work(transaction: Transaction) -> None:
        if await jobs.is_held(transaction.connection, job):
            await _fail(transaction, job, job.reason or UNTOLD)

    await office.store.transaction(office.clock.now, work)


async def _fail(transaction: Transaction, job: Job, reason: str) -> None:
    connection, now, notice = transaction.connection, transaction.now, UUID(job.ref)
    await jobs.die(connection, job, one_line(reason), now)
    await outbox.settle(connection, notice, NoticeState.FAILED, now=now, error=reason)
    transaction.emit_change("notice", job.ref)


async def _ready(
    office: AppContext, task: NoticeTask, untold: Container[tuple[str, Channel, str]]
) -> NoticeTask | Settled:
    if task.person is not None and (task.person, task.channel, task.address) in untold:
        return Settled(task.id, Outcome.FAILED, WITHOUT_FACTOR)
    if asking.is_asking(task) or task.channel is Channel.PHONE:
        # What was written down by an earlier version may stand in another spelling.
        if task.channel is Channel.PHONE:
            task = replace(task, address=canonical(task.address, office.city.telephone))
        async with office.store.connect() as connection:
            why = await asking.why_not(office, connection, task, task.address)
        if why is None and task.channel is Channel.PHONE:
            why = await _why_not_rung(office, task.address)
        if why is not None:
            return Settled(task.id, Outcome.FAILED, why)
    if asking.is_asking(task):
        return await asking.asked_now(office, _named(office, task))
    return _named(office, task)


def _waits(office: AppContext, channel: Channel, *, asks: bool = False) -> tuple[int, ...]:
    if channel is not Channel.PHONE:
        return CHAT_WAITS
    if asks:
        return tuple(60 * one for one in office.city.room.revisit.tries_min)
    return office.city.call_waits


def _most(office: AppContext, channel: Channel) -> int:
    """Give how often a notice of a channel is tried again at the most."""
    return max(len(_waits(office, channel)), len(_waits(office, channel, asks=True)))


async def _why_not_rung(office: AppContext, number: str) -> CallEnd | None:
    """Give why a number is not rung, or None where it may be."""
    read = read_telephone(number, office.city.telephone)
    if read is None:
        return CallEnd.NOT_DIALABLE
    if not office.city.rings(read.number):
        return CallEnd.MAY_NOT_RING if read.known else CallEnd.NOT_DIALABLE
    now = office.clock.now().astimezone(office.city.zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with office.store.connect() as connection:
        rung = await outbox.calls_since(connection, number, midnight)
    return CallEnd.DAY_LIMIT if rung > office.city.calls.a_day else None


def _named(office: AppContext, task: NoticeTask) -> NoticeTask:
    name = office.city.organisation.named(task.values.get(DEPARTMENT), task.language)
    return replace(task, values={**task.values, DEPARTMENT: name})


async def settle(
    office: AppContext, answer: Settled, channels: Container[Channel] = frozenset(Channel)
) -> None:
    """Take a connector's answer: sent, tried again later, or a failure that the duty chief sees.

    Answers for notices of other channels than the connector's own count for nothing.
    """

    async def work(transaction: Transaction) -> None:
        job = await jobs.leased(transaction.connection, NOTICES.name, str(answer.id), lock=True)
        waiting = await outbox.waiting(transaction.connection, answer.id)
        if job is not None and waiting is not None and waiting[0] in channels:
            await _settled(office, transaction, job, waiting, answer)

    await office.store.transaction(office.clock.now, work)


async def _settled(
    office: AppContext,
    transaction: Transaction,
    job: Job,
    waiting: tuple[Channel, bool],
    answer: Settled,
) -> None:
    connection, now, (channel, asks) = transaction.connection, transaction.now, waiting
    waits, away = _waits(office, channel, asks=asks), answer.outcome is Outcome.AWAY
    if answer.detail in UNWANTED:
        transaction.end_job(job.queue, job.ref)
        await outbox.settle(
            *(connection, answer.id, NoticeState.DROPPED),
            now=now,
            error=answer.detail,
            tries=job.tries,
        )
        transaction.emit_change("notice", job.ref)
        return
    if answer.outcome is Outcome.FAILED or (
        answer.outcome is Outcome.RETRY and job.tries > len(waits)
    ):
        await _fail(transaction, job, answer.detail)
        return
    transaction.emit_change("notice", job.ref)
    if answer.outcome is Outcome.SENT:
        transaction.end_job(job.queue, job.ref)
        await outbox.settle(
            *(connection, answer.id, NoticeState.SENT),
            now=now,
            message=answer.message,
            words=answer.words,
            tries=job.tries,
        )
        return
    due = _next_try(office, channel, waits[job.tries - 1 :], answer, now)
    if asks:
        due = asking.may_ask(office.city, due)
    if away:
        await jobs.give_back(connection, job, due)
    else:
        await jobs.put_off(connection, job, due, one_line(answer.detail))
    await outbox.settle(
        *(connection, answer.id, NoticeState.WAITING),
        now=now,
        error=answer.detail,
        away=away,
    )


def _next_try(
    office: AppContext, channel: Channel, waits: Sequence[int], answer: Settled, now: datetime
) -> datetime:
    if answer.outcome is Outcome.AWAY:
        wait = CALL_AWAY_S if channel is Channel.PHONE else CHAT_AWAY_S
    else:
        wait = waits[0]
    next_try = now + timedelta(seconds=max(wait, min(answer.retry_after or 0, MAX_WAIT_S)))
    return office.city.may_ring(next_try) if channel is Channel.PHONE else next_try


async def try_again(office: AppContext, notice: UUID, actor: Actor) -> None:
    """Put a failed notice back into the outbox at a person's wish."""

    async def work(transaction: Transaction) -> None:
        connection, now = transaction.connection, transaction.now
        if not await jobs.revive(connection, NOTICES.name, str(notice), now):
            raise NotFound(f"no failed notice {notice} for {actor.person}", code="no_notice")
        await outbox.try_again(connection, notice)
        transaction.emit_change("notice", str(notice))

    await office.store.transaction(office.clock.now, work)
