"""Leave and proxy (请假、代理): who is away from when until when, and who acts for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.desks.audit import What, record
from backend.store import chats, leaves, outbox, releases
from backend.store.session import Store, Transaction
from hotline.city import City
from hotline.clock import Clock
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.leave import Leave
from hotline.notice import Notice
from hotline.organisation import Organisation, Person
from hotline.people import Actor
from hotline.report import check_length
from hotline.rights.permissions import LEAD_PEOPLE, PEOPLE
from hotline.rights.posts import ORGANISATION, Grant
from hotline.rights.scopes import Everything, InAreas
from hotline.rights.separation import unseparated

MAX_REASON: Final = 200
# Nobody plans farther ahead, and what does is a slip of the pen.
FARTHEST: Final = timedelta(days=730)
# A form takes a while to be filled in.
_JUST_NOW: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LeavePlan:
    """A leave as somebody wants it: from now on without `since`, open without `until`.

    Without a proxy nobody acts for them.
    """

    since: datetime | None
    until: datetime | None
    proxy: str | None
    reason: str


def may_manage(organisation: Organisation, by: Actor, person: str) -> bool:
    """Tell whether somebody sets and ends the leave of a person: their own, or as a chief.

    Nobody who manages or leads people is led by others of their kind, nor is who holds a post whose
    leave is its own.
    """
    known = organisation.people.get(person)
    if known is None:
        return False
    if by.person == person or by.rights.may(PEOPLE):
        return True
    if known.permissions & {PEOPLE, LEAD_PEOPLE} or any(one.post.own_leave for one in known.grants):
        return False
    leading = (one for one in by.rights.grants if LEAD_PEOPLE in one.post.permissions)
    return any(_leads(one, one.org if one.via else by.department, known) for one in leading)


def _leads(grant: Grant, org: str | None, person: Person) -> bool:
    if grant.post.reach == ORGANISATION:
        return person.department == org
    match grant.scope:
        case Everything():
            return True
        case InAreas(beginnings):
            scopes = [one.scope for one in person.grants]
            return all(
                isinstance(one, InAreas)
                and all(area.startswith(beginnings) for area in one.beginnings)
                for one in scopes
            )
        case _:
            return False


def check_may_manage(organisation: Organisation, by: Actor, person: str) -> None:
    """Raise NotFound where somebody is not to know of a person's leave."""
    if not may_manage(organisation, by, person):
        raise NotFound(f"{by.person} is not to know of {person[:80]}", code="no_person")


def proxies_of(organisation: Organisation, person: Person, by: str) -> list[Person]:
    """Give who may act for a person, as far as their posts go: those of their department first.

    `by` is who names them.
    """
    able = [
        one
        for one in organisation.people.values()
        if one.code not in (person.code, by)
        and unseparated(one.permissions | person.permissions, organisation.apart) is None
        and _may_name(organisation, person, one, by)
    ]
    posts = {one.post.id for one in person.grants}
    return sorted(
        able,
        key=lambda one: (
            one.department != person.department,
            not any(one.holds(post) for post in posts),
        ),
    )


def _may_name(organisation: Organisation, absent: Person, proxy: Person, by: str) -> bool:
    """Tell whether somebody may name a proxy of a person: for themselves, or as who manages people.

    Others, who lead them, give nobody more than a post that goes with it lets them have: the proxy
    holds each post of theirs, or one that stands in for it, and an organisation's cases stay in it.
    """
    maker = organisation.people.get(by)
    if maker is None or by == absent.code or PEOPLE in maker.permissions:
        return True
    posts = [one.post for one in absent.grants]
    if any(one.reach == ORGANISATION for one in posts) and proxy.department != absent.department:
        return False
    return all(any(proxy.holds(name) for name in (one.id, *one.stand_ins)) for one in posts)


async def set_leave(
    store: Store, clock: Clock, city: City, person: str, plan: LeavePlan, by: str
) -> Leave:
    """Let a person be away, and tell who acts for them; it counts at once in every process.

    Raises NotFound for a person who is not there, Invalid with the field that is at fault.
    """

    async def work(transaction: Transaction) -> Leave:
        connection, now = transaction.connection, transaction.now
        await releases.lock(connection)
        others = await leaves.not_over(connection, now)
        planned = _planned(city.organisation, others, person, plan, by, now)
        leave = await leaves.add(connection, planned)
        subject = f"{person} → {leave.proxy}" if leave.proxy else person
        await record(transaction, What.LEAVE_SET, by, subject=subject)
        if leave.proxy is not None:
            template = "leave.proxy" if leave.until else "leave.proxy_open"
            await _tell(transaction, city, leave, leave.proxy, template)
        if by != person:
            template = "leave.own" if leave.until else "leave.own_open"
            await _tell(transaction, city, leave, person, template)
        await releases.tell_followers(connection)
        return leave

    return await store.transaction(clock.now, work)


async def end_leave(store: Store, clock: Clock, city: City, leave: int, by: str) -> Leave:
    """Let a leave end now, before it has begun or is over, and tell who acts for them.

    Raises NotFound for one that there is not, Refused for one that is over.
    """

    async def work(transaction: Transaction) -> Leave:
        connection, now = transaction.connection, transaction.now
        await releases.lock(connection)
        found = await find(transaction, leave)
        if found.is_over(now):
            raise Refused(f"the leave {leave} is over", code="leave_over")
        await leaves.end(connection, leave, now, by)
        await record(transaction, What.LEAVE_ENDED, by, subject=found.person)
        for one in (found.proxy, found.person):
            if one is not None and one != by:
                await _tell(transaction, city, found, one, "leave.ended")
        await releases.tell_followers(connection)
        return await find(transaction, leave)

    return await store.transaction(clock.now, work)


async def find(transaction: Transaction, leave: int) -> Leave:
    """Give a leave; NotFound where there is none."""
    found = await leaves.find(transaction.connection, leave)
    if found is None:
        raise NotFound(f"there is no leave {leave}", code="no_leave")
    return found


def _planned(
    organisation: Organisation,
    others: Iterable[Leave],
    person: str,
    plan: LeavePlan,
    by: str,
    now: datetime,
) -> Leave:
    reason = " ".join(plan.reason.split())
    if not reason:
        raise Invalid("reason", "a leave needs it", code="input_missing")
    check_length("reason", reason, MAX_REASON)
    since, until = _span(plan, now)
    leave = Leave(0, person, since, until, plan.proxy or None, reason, by, now)
    met = [one for one in others if one.meets(since, until)]
    absent = organisation.person(person)
    if any(one.person == person for one in met):
        raise Invalid("since", f"{person} is away then already", code="leave_overlap")
    if any(one.proxy == person for one in met):
        raise Invalid("since", f"{person} acts for somebody then", code="leave_is_proxy")
    if leave.proxy is not None:
        _check_proxy(organisation, absent, leave, met)
    return leave


def _span(plan: LeavePlan, now: datetime) -> tuple[datetime, datetime | None]:
    since, until = plan.since or now, plan.until
    if since < now - _JUST_NOW:
        raise Invalid("since", "is past", code="leave_past")
    since = max(since, now)
    if until is not None and until <= since:
        raise Invalid("until", "it ends before it begins", code="leave_span")
    for name, at in (("since", since), ("until", until)):
        if at is not None and at > now + FARTHEST:
            raise Invalid(name, "lies years ahead", code="leave_far")
    return since, until


def _check_proxy(
    organisation: Organisation, absent: Person, leave: Leave, met: list[Leave]
) -> None:
    """Raise Invalid (proxy) for who cannot act for somebody in a span, by the leaves in it."""
    proxy = organisation.people.get(leave.proxy or "")
    if proxy is None:
        raise Invalid("proxy", f"there is no person {str(leave.proxy)[:80]!r}", code="not_listed")
    if proxy.code == absent.code:
        raise Invalid("proxy", "nobody acts for themselves", code="leave_self")
    if proxy.code == leave.made_by:
        raise Invalid("proxy", "nobody names themselves", code="leave_by_proxy")
    if not _may_name(organisation, absent, proxy, leave.made_by):
        raise Invalid("proxy", f"{proxy.code} is of no such post", code="leave_beyond")
    if any(one.person == proxy.code for one in met):
        raise Invalid("proxy", f"{proxy.code} is away then", code="leave_proxy_away")
    worn = proxy.permissions | absent.permissions
    for one in met:
        if one.proxy == proxy.code and one.person in organisation.people:
            worn |= organisation.people[one.person].permissions
    if pair := unseparated(worn, organisation.apart):
        said = f"{proxy.code} would have {pair[0]!r} and {pair[1]!r}"
        raise Invalid("proxy", said, code="leave_apart")


async def _tell(
    transaction: Transaction, city: City, leave: Leave, person: str, template: str
) -> None:
    """Tell somebody in their chats."""
    connection, now = transaction.connection, transaction.now
    for chat in await chats.chats_of(connection, [person]):
        name, name_en = city.organisation.names.get(leave.person, (leave.person, leave.person))
        entry = new_id(now)
        notice = Notice(
            id=entry,
            key=f"leave:{leave.id}:{template}:{chat.channel}:{chat.address}",
            case=None,
            channel=chat.channel,
            address=chat.address,
            template=template,
            language=chat.language,
            not_before=now,
            person=person,
            values={
                "name": name_en if chat.language == "en" else name,
                "since": _local(city, leave.since),
                "until": _local(city, leave.until),
            },
        )
        outbox.add(transaction, notice)


def _local(city: City, at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(city.zone):%Y-%m-%d %H:%M}"
