"""Whether the backend lives and can work, for watchdogs; how all parts are, for the duty chief."""

from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from backend import health
from backend.api import codes
from backend.api.guard import actor_of
from backend.api.http import LANGUAGE
from backend.api.keys import SETTINGS
from backend.api.office_keys import office_of
from backend.api.permissions import ANYONE, OPERATING
from backend.api.route import Route
from backend.desks import aside
from backend.operations.preflight import is_running
from backend.queries import aside_items
from backend.queries.aside_items import AsideItem
from backend.store import feed
from hotline.health import Finding, Ref, State
from hotline.queue import caught
from hotline.words import say

MAX_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Well:
    """That it is well."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a part of the hotline is, in the reader's words; `many` is how much lies aside."""

    check: str
    state: State
    title: str
    found: str
    means: str
    todo: str
    many: int
    items: list[AsideItem]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How every part is."""

    checks: list[HealthCheck]


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """How many items are tried again."""

    many: int


async def alive(_: web.Request) -> Well:
    """Say that the process answers."""
    return Well()


async def ready(request: web.Request) -> Well:
    """Say that the database answers too; otherwise 503."""
    async with office_of(request).store.connect() as connection:
        await feed.last(connection)
    return Well()


async def parts(request: web.Request) -> HealthReport:
    """Give every check: how it is, what that means, what to do, and what lies aside."""
    return HealthReport([await _told(request, one) for one in await _found(request)])


async def again(request: web.Request, asked: Ref) -> TriedAgain:
    """Try again one item that lies aside, or with no `ref` all of a queue that a check shows."""
    office = office_of(request)
    if asked.ref:
        await aside.bring_back(office, await aside_items.named(office, actor_of(request), asked))
        return TriedAgain(1)
    items = [item for one in await _found(request) for item in one.items]
    refs = [Ref(one.queue, one.ref) for one in items if one.queue == asked.queue]
    # One that somebody else has brought back meanwhile, or that cannot be, holds up no other.
    ends = [await caught(aside.bring_back(office, ref)) for ref in refs]
    return TriedAgain(ends.count(None))


async def _found(request: web.Request) -> list[Finding]:
    office, settings = office_of(request), request.app[SETTINGS]
    base = health.Base(office.store)
    is_up = is_running(settings)
    return await health.look(health.Ground(settings, office.clock, base, is_up, office.city))


async def _told(request: web.Request, finding: Finding) -> HealthCheck:
    name, language = finding.check, request[LANGUAGE]
    office, actor, items = office_of(request), actor_of(request), finding.items[:MAX_SHOWN]
    calm = finding.state in (State.RIGHT, State.OFF)
    return HealthCheck(
        check=name,
        state=finding.state,
        title=say(f"health.{name}", language),
        found=say(f"health.{name}_{finding.what}", language, **finding.values),
        means=say(f"health.{name}_means", language),
        todo="" if calm else say(f"health.{name}_todo", language),
        many=len(finding.items),
        items=await aside_items.shown(office, actor, items, language, health.why_aside),
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", alive, "The process answers", ANYONE),
    Route("GET", "/readyz", ready, "The process and its database answer", ANYONE),
    Route("GET", "/api/health", parts, "How every part is, and what lies aside", OPERATING),
    Route(
        "POST",
        "/api/health/again",
        again,
        "Try again one item, or all of a queue",
        OPERATING,
        codes.OF_AGAIN,
    ),
)
