"""Whether the backend lives and can work, for watchdogs; how all parts are, for the duty chief."""

from typing import Any, Final

from aiohttp import web

from backend import health
from backend.api.http import LANGUAGE, answer, body_of
from backend.api.keys import OFFICE, SETTINGS, Route
from backend.desks import aside
from backend.desks.queues import caught
from backend.store import feed
from hotline.clock import iso
from hotline.health import Finding, Ref, State
from hotline.queue import Aside
from hotline.words import say

MAX_SHOWN: Final = 100


async def alive(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say that the database answers too; otherwise 503."""
    async with request.app[OFFICE].store.connect() as connection:
        await feed.last(connection)
    return answer({"status": "ok"})


async def parts(request: web.Request) -> web.Response:
    """Give every check: how it is, what that means, what to do, and what lies aside."""
    found = await _found(request)
    return answer({"checks": [_told(one, request[LANGUAGE]) for one in found]})


async def again(request: web.Request) -> web.Response:
    """Try again one item that lies aside, or with no `ref` all of a queue that a check shows."""
    asked = await body_of(request, Ref)
    office = request.app[OFFICE]
    if asked.ref:
        await aside.bring_back(office, asked)
        return answer({"many": 1})
    items = [item for one in await _found(request) for item in one.items]
    refs = [Ref(one.queue, one.ref) for one in items if one.queue == asked.queue]
    # One that somebody else has brought back meanwhile, or that cannot be, holds up no other.
    ends = [await caught(aside.bring_back(office, ref)) for ref in refs]
    return answer({"many": ends.count(None)})


async def _found(request: web.Request) -> list[Finding]:
    office, settings = request.app[OFFICE], request.app[SETTINGS]
    base = health.Base(office.store)
    return await health.look(health.Ground(settings, office.clock, base, office.city))


def _told(finding: Finding, language: str) -> dict[str, Any]:
    name = finding.check
    calm = finding.state in (State.RIGHT, State.OFF)
    return {
        "check": name,
        "state": finding.state,
        "title": say(f"health.{name}", language),
        "found": say(f"health.{name}_{finding.what}", language, **finding.values),
        "means": say(f"health.{name}_means", language),
        "todo": "" if calm else say(f"health.{name}_todo", language),
        "many": len(finding.items),
        "items": [_item(item, language) for item in finding.items[:MAX_SHOWN]],
    }


def _item(item: Aside, language: str) -> dict[str, Any]:
    return {
        "queue": item.queue,
        "queue_name": say(f"health.queue_{item.queue}", language),
        "ref": item.ref,
        "reason": item.reason or say("health.no_reason", language),
        "since": iso(item.since),
    }


DUTY_ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/health", parts, "How every part is, and what lies aside"),
    Route("POST", "/api/health/again", again, "Try again one item, or all of a queue"),
)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", alive, "The process answers"),
    Route("GET", "/readyz", ready, "The process and its database answer"),
)
