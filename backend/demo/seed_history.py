"""The demo city's past: cases made by walking the workflow with a clock that is moved by hand."""

import heapq
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from backend.desks import acceptance, casework, lights, media
from backend.desks.context import AppContext
from backend.store import cases
from backend.store.past import PAST_KEY
from hotline.case.case import HANDLER, Case
from hotline.case.returns import RETURNS
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.ids import new_id
from hotline.media import Attachment
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from hotline.rights.permissions import COLLECT

OPEN_WITHIN = timedelta(hours=20)
CONNECTOR = "past"
# The role of whom looks on site, and who makes which moves, by what they may do.
COLLECTING = "collector"
ACCEPTS, DISPATCHES, HANDLES = "case.accept", "case.dispatch", "case.handle"
INSPECTS, CLOSES = "case.inspect", "case.close"
# A walk is written down beforehand: (minutes key, action, permission, inputs).
Act = tuple[str, str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SeedPlace:
    """A place of the city where something can be wrong."""

    words: str
    point: Point


@dataclass(frozen=True, slots=True)
class Past:
    """What the past is made of: figures of history.toml, phrases a class, places, a photo."""

    figures: Mapping[str, Any]
    phrases: Mapping[str, Sequence[str]]
    scenes: Sequence[SeedPlace]
    photo: Attachment
    photo_bytes: int


@dataclass(order=True, slots=True)
class _Event:
    at: datetime
    order: int
    act: Callable[[], Awaitable[None]] = field(compare=False)


@dataclass(slots=True)
class _Making:
    """The past while it is made."""

    office: AppContext
    clock: FixedClock
    past: Past
    dice: random.Random
    end: datetime
    events: list[_Event] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)
    made: int = 0

    def plan(self, at: datetime, act: Callable[[], Awaitable[None]]) -> None:
        """Let something happen at an instant of the past."""
        heapq.heappush(self.events, _Event(at, next(self.order), act))

    def wait(self, kind: str) -> timedelta:
        """Give how long somebody took; most are quick, some are late."""
        middle = float(self.past.figures["minutes"][kind])
        return timedelta(minutes=middle * self.dice.lognormvariate(0, 0.6))


async def make_past(
    office: AppContext, past: Past, end: datetime
) -> AsyncIterator[tuple[int, int]]:
    """Fill an empty database with the past up to `end`; yields (cases made, cases in all).

    No notice is written: nobody is told of what never happened. Lights turn at their instants,
    so only those that are still to come wait.
    """
    figures = past.figures
    clock = FixedClock(end - timedelta(days=int(figures["days"])))
    quiet = replace(office, clock=clock, quiet=True)
    await media.stored(quiet, past.photo, past.photo_bytes, media.by_connector(CONNECTOR))
    making = _Making(quiet, clock, past, random.Random(int(figures["seed"])), end)
    total = int(figures["cases"])
    for at, stop in _starts(making, total):
        making.plan(at, _report(making, stop))
    told = 0
    while making.events:
        event = heapq.heappop(making.events)
        await _turn_lights(making, min(event.at, end))
        if event.at > end:
            continue
        clock.move(event.at - clock.now())
        await event.act()
        if making.made != told:
            told = making.made
            yield told, total
    await _turn_lights(making, end)


async def _turn_lights(making: _Making, until: datetime) -> None:
    """Turn every light that was due before an instant, each at its own time."""
    while True:
        due = await lights.first_due(making.office, until)
        if due is None:
            return
        if due > making.clock.now():
            making.clock.move(due - making.clock.now())
        await lights.turn_due(making.office)


def _starts(making: _Making, total: int) -> list[tuple[datetime, str | None]]:
    """Give when each report comes in, and the stage it stays in (None: it runs to its end)."""
    dice, end = making.dice, making.end
    staying = [stage for stage, many in making.past.figures["open"].items() for _ in range(many)]
    dice.shuffle(staying)
    days = int(making.past.figures["days"])
    starts: list[tuple[datetime, str | None]] = []
    for _ in range(total - len(staying)):
        back = timedelta(days=dice.uniform(1.5, days), hours=dice.uniform(-3, 3))
        starts.append((max(end - back, end - timedelta(days=days)), None))
    starts += [(end - OPEN_WITHIN * dice.uniform(0.05, 1), stage) for stage in staying]
    return sorted(starts, key=lambda one: one[0])


def _report(making: _Making, stop: str | None) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        dice, office = making.dice, making.office
        matter = dice.choice(sorted(making.past.phrases))
        scene = dice.choice(making.past.scenes)
        by_collector = dice.random() < making.past.figures["share_by_collector"]
        report = _words(making, matter, scene, by_collector=by_collector)
        receipt = await acceptance.record(office, report, connector=CONNECTOR)
        making.made += 1
        steps = _walk(making, matter, by_collector=by_collector)
        _go_on(making, receipt.number, steps, stop)

    return act


def _words(making: _Making, matter: str, scene: SeedPlace, *, by_collector: bool) -> NewReport:
    dice, now = making.dice, making.clock.now()
    phrase = dice.choice(list(making.past.phrases[matter]))
    collectors = [
        one.code
        for one in making.office.city.organisation.people.values()
        if one.actor().rights.may(COLLECT)
    ]
    phone = f"138{dice.randrange(10**8):08d}"
    channel = Channel.TELEGRAM if by_collector or dice.random() < 0.3 else Channel.CONSOLE
    reporter = dice.choice(collectors) if by_collector else None
    contact = Contact(Channel.PHONE if channel is Channel.CONSOLE else channel, reporter or phone)
    return NewReport(
        channel=channel,
        key=f"{PAST_KEY}{new_id(now)}",
        contact=contact,
        said_at=now,
        text=f"{scene.words}{phrase}",
        place_text=scene.words,
        point=scene.point,
        media=(making.past.photo.sha256,) if channel is Channel.TELEGRAM else (),
        reporter=reporter,
    )


def _walk(making: _Making, matter: str, *, by_collector: bool) -> list[Act]:
    """Give the steps that a case takes to its end."""
    dice, figures = making.dice, making.past.figures
    start: list[Act] = []
    if not by_collector and dice.random() < figures["share_verified"]:
        start = [
            ("file", "ask_verify", ACCEPTS, {}),
            ("verify", "verify_true", INSPECTS, {}),
        ]
    if dice.random() < figures["share_declined"]:
        return [*start, ("file", "decline", ACCEPTS, {})]
    condition = dice.choice(making.office.city.limits.conditions[matter]).key
    kinds = figures["urgency"]
    urgency = dice.choices(list(kinds), list(kinds.values()))[0]
    filed = {"matter": matter, "condition": condition, "urgency": urgency}
    steps: list[Act] = [*start, ("file", "file", ACCEPTS, filed)]
    if dice.random() < figures["share_void"]:
        return [*steps, ("close", "void", CLOSES, {})]
    dispatch: Act = ("dispatch", "dispatch", DISPATCHES, {})
    handle: list[Act] = [
        ("accept", "accept", HANDLES, {}),
        ("handle", "report_done", HANDLES, {}),
        ("close", "ask_check", ACCEPTS, {}),
    ]
    steps.append(dispatch)
    if dice.random() < figures["share_returned"]:
        steps += [("accept", "send_back", HANDLES, {}), dispatch]
    steps += handle
    if dice.random() < figures["share_rework"]:
        steps += [("check", "fail_check", INSPECTS, {}), *handle[1:]]
    return [
        *steps,
        ("check", "pass_check", INSPECTS, {}),
        ("close", "close", CLOSES, {}),
    ]


def _go_on(making: _Making, number: str, steps: list[Act], stop: str | None) -> None:
    if not steps:
        return
    (kind, action, post, given), *rest = steps

    async def act() -> None:
        async with making.office.store.connect() as connection:
            case = await cases.load(connection, number)
        if case.stage == stop and action != "accept":
            return
        await casework.act(
            making.office,
            number,
            action,
            _somebody(making, case, post),
            key=f"{PAST_KEY}{new_id(making.clock.now())}",
            note=str(making.past.figures["notes"].get(action, "")),
            media=(making.past.photo.sha256,) if post == INSPECTS or kind == "handle" else (),
            given=given | _where(making, case, action),
        )
        _go_on(making, number, rest, stop)

    making.plan(making.clock.now() + making.wait(kind), act)


def _where(making: _Making, case: Case, action: str) -> dict[str, Any]:
    """Give the inputs that depend on the case as it stands."""
    if action == "file":
        return {"point": case.point}
    if action == "dispatch":
        rule = making.office.city.routing.route(case.matter, case.cell)
        departments = sorted(making.office.city.organisation.departments)
        known = rule.department and not case.counts.get(RETURNS)
        return {} if known else {"department": making.dice.choice(departments)}
    return {}


def _somebody(making: _Making, case: Case, post: str) -> Actor:
    organisation = making.office.city.organisation
    if post == INSPECTS and (person := case.person_of(COLLECTING)):
        return organisation.person(person).actor()
    if post == HANDLES:
        return making.dice.choice(organisation.handlers_of(case.org_of(HANDLER))).actor()
    several = [one for one in organisation.people.values() if one.actor().rights.may(post)]
    return making.dice.choice(several).actor()
