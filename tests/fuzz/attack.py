"""Makes requests of a seed, sends them, and keeps what must never be answered."""

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from aiohttp.web import AbstractRoute

from tests.fuzz import poison
from tests.fuzz.send import Got, Sent, send
from tests.fuzz.shapes import Shaper, body_of
from tests.fuzz.world import SLOW_S, World

AT_ONCE: Final = 12
JSON: Final = "Content-Type: application/json"
HANDSHAKE: Final = (
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
_HOLE: Final = re.compile(r"\{(\w+)(?::[^}]*)?\}")
# A method that the route has not got is a request too.
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")


@dataclass(slots=True)
class Found:
    """What came of it: how many answers of each status, by route, and every fault."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[Sent, Got]] = field(default_factory=list)


def path_of(route: AbstractRoute) -> str:
    """Give a route's path, with its holes."""
    assert route.resource is not None
    return route.resource.canonical


def allowed(route: AbstractRoute, world: World) -> list[str]:
    """Give who may ask for a route, as its guard has it."""
    guard = inspect.getclosurevars(route.handler).nonlocals
    if connectors := guard.get("connectors"):
        return sorted(connectors)
    posts = guard.get("posts")
    staff = world.office.city.organisation
    return [one for one in world.sessions if posts is None or staff.person(one).post in posts]


class Maker:
    """Makes one request after the other; the same seed makes the same ones."""

    def __init__(self, seed: int, world: World):
        self._random = Random(seed)
        self._world = world
        self._shaper = Shaper(self._random, world.known)
        self._routes = list(world.app.router.routes())
        self._bodies = {id(route): body_of(route) for route in self._routes}

    def next(self) -> Sent:
        """Give the next request, to any route, from anybody, with anything."""
        random = self._random
        route = random.choice(self._routes)
        path = path_of(route)
        who = self._who(route)
        method = random.choice(METHODS) if random.random() < 0.05 else route.method
        headers, body = self._body(route)
        if random.random() < 0.08:
            headers = (*headers, *HANDSHAKE, "Connection: Upgrade")
        if random.random() < 0.15:
            headers = (*headers, *random.sample(poison.HEADERS, random.randint(1, 2)))
        slow = random.random() < 0.004 and bool(body)
        return Sent(
            method=method,
            target=self._target(path),
            headers=headers,
            body=body,
            rest_s=SLOW_S * random.choice((0.5, 3)) if slow else 0.0,
            route=f"{route.method} {path}",
            who=who,
        )

    def _who(self, route: AbstractRoute) -> str:
        """Mostly somebody who may come in here at all."""
        everybody = self._world.everybody
        return self._random.choice(
            everybody if self._random.random() < 0.15 else allowed(route, self._world)
        )

    def _target(self, path: str) -> str:
        def filled(hole: re.Match[str]) -> str:
            known = self._world.known.get(hole[1], [])
            right = known and self._random.random() < 0.85
            return self._random.choice(known if right else poison.PATHS)

        target = _HOLE.sub(filled, path)
        if self._random.random() < 0.3:
            target += f"?{self._random.choice(poison.QUERIES)}"
        return target.replace(" ", "%20")

    def _body(self, route: AbstractRoute) -> tuple[tuple[str, ...], bytes]:
        random, kind = self._random, self._bodies[id(route)]
        if route.method == "GET" and random.random() < 0.9:
            return (), b""
        if kind is None or random.random() < 0.1:
            content = random.choice(poison.TYPES) if random.random() < 0.5 else "application/json"
            return (f"Content-Type: {content}",), random.choice(poison.BODIES)
        return (JSON,), poison.said(self._shaper.of(kind), random)


async def attack(world: World, seed: int, count: int) -> Found:
    """Send `count` requests of a seed, and then look whether anything was left broken."""
    found, maker = Found(), Maker(seed, world)
    requests = iter([maker.next() for _ in range(count)])
    await asyncio.gather(*(_work(world, requests, found) for _ in range(AT_ONCE)))
    for sent in _plain(world):
        await _one(world, sent, found)
    return found


async def _work(world: World, requests: Iterator[Sent], found: Found) -> None:
    for sent in requests:
        await _one(world, sent, found)


async def _one(world: World, sent: Sent, found: Found) -> None:
    named = replace(sent, headers=(*world.headers_of(sent.who), *sent.headers))
    got = await send(world.port, named)
    found.sent += 1
    found.statuses[got.status] += 1
    found.routes[sent.route] += 1
    if got.wrong:
        found.faults.append((sent, got))
    if got.status in (200, 401) and sent.who in world.sessions and _may_end(sent):
        await world.enter(sent.who)


def _may_end(sent: Sent) -> bool:
    """Whether a request may have ended the session of who sent it."""
    return sent.method == "POST" and "/api/log" in sent.target


def _plain(world: World) -> Iterator[Sent]:
    """What everybody sees first: poison that was kept shows itself here."""
    for route in world.app.router.routes():
        path = path_of(route)
        if route.method != "GET":
            continue
        for who in allowed(route, world):
            for number in world.known["number"] if "{number}" in path else [""]:
                target = _HOLE.sub(number or "x", path)
                yield Sent("GET", target, route=f"GET {path}", who=who)
