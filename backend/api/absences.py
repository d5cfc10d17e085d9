"""Leave and proxy on the console: one's own, and that of the people whom one leads or manages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from aiohttp import web

from backend.api import codes
from backend.api.guard import actor_of
from backend.api.listeners import LISTENERS
from backend.api.office_keys import OFFICE, office_of
from backend.api.permissions import EVERYBODY
from backend.api.route import Route
from backend.desks import absence
from backend.desks.absence import LeavePlan
from backend.desks.context import AppContext
from backend.queries import away
from backend.queries.away import LeaveForm, LeaveList, ShownLeave
from hotline.errors import Invalid, NotFound
from hotline.leave import Leave

_LONGEST_ID: Final = 18


@dataclass(frozen=True, slots=True)
class LeaveGiven:
    """A leave as it is set: instants with their offsets; "" for from now on, for open, for none."""

    reason: str
    since: str = ""
    until: str = ""
    proxy: str = ""


async def leaves(request: web.Request) -> LeaveList:
    """Give the leaves of those whom one may let go: oneself, and whom one leads or manages."""
    return await away.listed(office_of(request), actor_of(request))


async def form(request: web.Request) -> LeaveForm:
    """Give what a leave of a person is set by, with the cases that lie with them."""
    office, by, person = office_of(request), actor_of(request), request.match_info["person"]
    absence.check_may_manage(office.city.organisation, by, person)
    return await away.form_of(office, person, by)


async def set_leave(request: web.Request, given: LeaveGiven) -> ShownLeave:
    """Let a person be away; who acts for them is told, and sees their cases from then on."""
    office, by, person = office_of(request), actor_of(request), request.match_info["person"]
    absence.check_may_manage(office.city.organisation, by, person)
    plan = LeavePlan(
        _instant("since", given.since), _instant("until", given.until), given.proxy, given.reason
    )
    made = await absence.set_leave(office.store, office.clock, office.city, person, plan, by.person)
    return await _changed(request, made)


async def end(request: web.Request) -> ShownLeave:
    """End a leave now."""
    office, by, told = office_of(request), actor_of(request), request.match_info["leave"]
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= _LONGEST_ID else 0
    found = await away.find(office, number)
    if found is None or not absence.may_manage(office.city.organisation, by, found.person):
        raise NotFound(f"no leave {told[:40]} for {by.person}", code="no_leave")
    ended = await absence.end_leave(office.store, office.clock, office.city, number, by.person)
    return await _changed(request, ended)


async def _changed(request: web.Request, leave: Leave) -> ShownLeave:
    """Go on by a leave at once, and let the consoles of whom it concerns read again."""
    await request.app[OFFICE].look()
    for person in (leave.person, leave.proxy):
        if person is not None:
            request.app[LISTENERS].reload_of(person)
    office: AppContext = office_of(request)
    return away.shown(office, leave)


def _instant(name: Literal["since", "until"], told: str) -> datetime | None:
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told[:64])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid(name, "is no instant with its offset", code="leave_time")
    try:
        at.timestamp()
    except (OverflowError, OSError, ValueError):
        raise Invalid(name, "is no instant", code="leave_time") from None
    return at


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/leaves", leaves, "Leave of those whom one may let go", EVERYBODY),
    Route(
        "GET",
        "/api/people/{person}/leave",
        form,
        "What a leave of a person is set by",
        EVERYBODY,
        ("no_person",),
    ),
    Route(
        "POST",
        "/api/people/{person}/leave",
        set_leave,
        "Let a person be away",
        EVERYBODY,
        codes.OF_LEAVE,
    ),
    Route(
        "POST",
        "/api/leaves/{leave}/end",
        end,
        "End a leave",
        EVERYBODY,
        ("no_leave", "leave_over"),
    ),
)
