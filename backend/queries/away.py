"""Who is away and who acts for them, as the console shows it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from backend.desks import absence
from backend.desks.authorization import may_see, scope_of, waiting_for
from backend.desks.context import AppContext
from backend.queries.city_meta import Called
from backend.store import cases
from backend.store import leaves as kept
from hotline.case.light import Light
from hotline.clock import iso
from hotline.leave import Leave
from hotline.organisation import Organisation, Person
from hotline.people import Actor
from hotline.rights.scopes import Waiting, person_token
from hotline.wire import Instant

# The latest are shown; all of them stand in the database for good.
MOST: Final = 200


class LeaveState(StrEnum):
    """How a leave stands: it is to come, runs, is over, or was ended before it began."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class ShownLeave:
    """A leave with its people; `until` is null while it is open, `proxy` where nobody acts."""

    id: int
    state: LeaveState
    person: Called
    since: Instant
    until: Instant | None
    proxy: Called | None
    reason: str
    made_by: Called
    made_at: Instant
    ended_at: Instant | None
    ended_by: Called | None


@dataclass(frozen=True, slots=True)
class LeaveList:
    """Leaves, the latest first, and the people for whom one may set one, oneself first."""

    leaves: list[ShownLeave]
    people: list[Called]


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A case that lies with somebody."""

    number: str
    stage: str
    light: Light
    due: Instant | None


@dataclass(frozen=True, slots=True)
class LeaveForm:
    """Who may act for somebody, and the cases that lie with them, as far as they may be seen."""

    proxies: list[Called]
    tasks: list[OpenTask]


async def listed(office: AppContext, by: Actor) -> LeaveList:
    """Give the leaves of those whom somebody may let go."""
    organisation = office.city.organisation
    people = [
        one
        for one in organisation.people.values()
        if absence.may_manage(organisation, by, one.code)
    ]
    people.sort(key=lambda one: one.code != by.person)
    async with office.store.connect() as connection:
        found = await kept.of_people(connection, [one.code for one in people], MOST)
    return LeaveList([shown(office, one) for one in found], [_called(one) for one in people])


async def form_of(office: AppContext, person: str, by: Actor) -> LeaveForm:
    """Give what a leave of a person is set by."""
    organisation = office.city.organisation
    absent = organisation.person(person)
    # By all posts that they hold now, in whichever of them they work.
    holding = replace(absent.actor(), rights=absent.actor().rights.at(office.clock.now()))
    waiting = waiting_for(office.city.known, holding)
    lying = tuple((stage, _own(tokens, person)) for stage, tokens in waiting.lying)
    async with office.store.connect() as connection:
        scope = scope_of(holding)
        found = await cases.lying_with(connection, scope, Waiting(lying=lying))
    seen = [one for one in found if by.person == person or may_see(one, by)]
    tasks = [
        OpenTask(one.number, one.stage, one.light, iso(one.stage_clock.due_at)) for one in seen
    ]
    proxies = absence.proxies_of(organisation, absent, by.person)
    return LeaveForm([_called(one) for one in proxies], tasks)


async def find(office: AppContext, leave: int) -> Leave | None:
    """Give a leave, or None."""
    async with office.store.connect() as connection:
        return await kept.find(connection, leave)


def shown(office: AppContext, leave: Leave) -> ShownLeave:
    """Give a leave as the console shows it."""
    organisation, now = office.city.organisation, office.clock.now()
    if leave.ends is not None and leave.ends <= leave.since:
        state = LeaveState.DROPPED
    elif leave.is_over(now):
        state = LeaveState.OVER
    else:
        state = LeaveState.RUNNING if leave.runs(now) else LeaveState.COMING
    return ShownLeave(
        id=leave.id,
        state=state,
        person=_named(organisation, leave.person),
        since=iso(leave.since),
        until=iso(leave.until),
        proxy=None if leave.proxy is None else _named(organisation, leave.proxy),
        reason=leave.reason,
        made_by=_named(organisation, leave.made_by),
        made_at=iso(leave.made_at),
        ended_at=iso(leave.ended_at),
        ended_by=None if leave.ended_at is None else _named(organisation, leave.ended_by),
    )


def _own(tokens: frozenset[str], person: str) -> frozenset[str]:
    """What lies with an organisation lies with its others too."""
    roles = {one.partition(":")[0] for one in tokens}
    return tokens & {person_token(role, person) for role in roles}


def _called(person: Person) -> Called:
    return Called(person.code, person.name, person.name_en)


def _named(organisation: Organisation, code: str) -> Called:
    return Called(code, *organisation.names.get(code, (code, code)))
