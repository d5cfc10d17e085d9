"""Callers who misuse the hotline: the list, and what is done about one."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from backend.api.guard import actor_of
from backend.api.office_keys import ident_of, office_of
from backend.api.permissions import RESTRICTING, SEATED
from backend.api.route import Route
from backend.desks import nuisance
from backend.desks.nuisance import NuisanceAsked
from backend.queries.names import person_name
from hotline.clock import iso
from hotline.people import masked
from hotline.room.nuisance import NuisanceLevel
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class ShownNuisance:
    """What is held against a number, by whom; `counts` says whether it does now."""

    id: str
    address: str
    level: NuisanceLevel
    reason: str
    asked_by: str
    asked_at: Instant
    until: Instant
    agreed_by: str
    ended_by: str
    ended_at: Instant | None
    counts: bool


async def listed(request: web.Request) -> list[ShownNuisance]:
    """Give all that were asked for, the newest first."""
    office = office_of(request)
    found, now = await nuisance.listed(office)
    staff = office.city.organisation
    return [
        ShownNuisance(
            str(one.id),
            masked(address),
            one.level,
            one.reason,
            person_name(staff, one.asked_by) or "",
            iso(one.asked_at),
            iso(one.until),
            person_name(staff, one.agreed_by) or "",
            person_name(staff, one.ended_by) or "",
            iso(one.ended_at),
            one.counts(now),
        )
        for one, address in found
    ]


async def ask(request: web.Request, asked: NuisanceAsked) -> None:
    """Ask that something be held against the number of a call."""
    await nuisance.ask(office_of(request), actor_of(request), asked)


async def agree(request: web.Request) -> None:
    """Agree as the second person."""
    await nuisance.agree(office_of(request), actor_of(request), ident_of(request))


async def end(request: web.Request) -> None:
    """End it."""
    await nuisance.end(office_of(request), actor_of(request), ident_of(request))


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/nuisance", listed, "Callers who misuse the hotline", RESTRICTING),
    Route(
        "POST",
        "/api/nuisance",
        ask,
        "Ask that something be held against a caller",
        SEATED,
        ("input_missing", "out_of_range", "no_call", "not_yours", "withheld", "asked_already"),
    ),
    Route(
        "POST",
        "/api/nuisance/{id}/agree",
        agree,
        "Agree as the second person",
        RESTRICTING,
        ("not_found", "same_person", "not_open"),
    ),
    Route(
        "POST",
        "/api/nuisance/{id}/end",
        end,
        "Hold nothing against the caller any more",
        RESTRICTING,
        ("not_found", "not_open"),
    ),
)
