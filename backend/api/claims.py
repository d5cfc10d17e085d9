"""Claims: an opened case page says again and again that somebody is at work on the case."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from backend.api.guard import SIGNED_IN, ActKey, actor_of
from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import WORKING
from backend.api.route import Route
from backend.desks import claims, signin
from backend.queries.case_records import AtWork
from backend.queries.claims import at_work
from config.settings import Settings

# So often a page speaks within one lease: one word may be lost.
WORDS_A_LEASE: Final = 3
LEAST_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page on which a case is open, by a key of its own."""

    tab: ActKey


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who is at work on a case, oneself among them; the page says so again after `again_s`."""

    again_s: float
    claims: list[AtWork]


@dataclass(frozen=True, slots=True)
class Left:
    """That one is at work no more was heard, whatever case it was."""


def lease_of(settings: Settings) -> timedelta:
    """Give how long a claim lasts without a word of its page."""
    return timedelta(seconds=max(settings.web.claim_s, WORDS_A_LEASE * LEAST_S))


async def claim(request: web.Request, page: OpenedPage) -> Claimed:
    """Let others see that one is at work on a case, until the page is silent for a lease."""
    office, signed_in, number = office_of(request), request[SIGNED_IN], request.match_info["number"]
    session, lease = signin.name_of(signed_in.cookie), lease_of(request.app[SETTINGS])
    await claims.claim(office, signed_in.actor, session, number, page.tab, lease)
    async with office.store.connect() as connection:
        found = await at_work(office, connection, [number])
    return Claimed(lease.total_seconds() / WORDS_A_LEASE, found.get(number, []))


async def end(request: web.Request, page: OpenedPage) -> Left:
    """Let others see that one is at work on a case no more, on this page."""
    number, lease = request.match_info["number"], lease_of(request.app[SETTINGS])
    await claims.end(office_of(request), actor_of(request), number, page.tab, lease)
    return Left()


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/api/cases/{number}/claim",
        claim,
        "Say that one is at work on a case",
        WORKING,
        ("no_case", "many_claims"),
    ),
    Route(
        "POST",
        "/api/cases/{number}/claim/end",
        end,
        "Say that one is at work on a case no more",
        WORKING,
    ),
)
