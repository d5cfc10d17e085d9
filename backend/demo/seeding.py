"""Filling an empty database with a past of any size: walks drawn in pieces, written by COPY."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any, Final

from backend.city import make_city
from backend.city_files import CityFiles
from backend.demo.history import Past
from backend.demo.walk import MAX_DRAWN, Walk, Walker
from backend.desks.context import CityKnowledge, Places
from backend.desks.timers import LOOK_AGAIN
from backend.former import log_fault
from backend.store import bulk, feed, partitions
from backend.store.cases import case_row, may_be_understood, step_row, timer_row
from backend.store.contacts import ContactIds
from backend.store.jobs import job_row
from backend.store.media import link_row
from backend.store.numbers import skip_serials
from backend.store.past import PAST_KEY, forget
from backend.store.reports import report_row
from backend.store.session import Connection, Store
from backend.triage import load_knowing
from config.settings import Settings
from hotline.case.timers import timers_of
from hotline.catalogue import MatterClass
from hotline.channel import Channel
from hotline.city import City
from hotline.errors import Refused
from hotline.job import TRIAGE_JOB, UNDERSTANDING, TriageJob
from hotline.media import MediaKind
from hotline.number import make_number
from hotline.report import Contact, NewReport
from hotline.rights.permissions import COLLECT
from hotline.wire import keep

PIECE: Final = 500
IN_USE: Final = "in_use"
# Numbers of telephones that no two citizens share: this has no factor in common with 10^8.
_STRIDE: Final = 48_271_793
_TABLES: Final = ("cases", "report", "step", "case_media", "job")
Rows = dict[str, list[dict[str, Any]]]
Piece = dict[str, bytes]
Ask = Callable[[int], asyncio.Future[Piece]]


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """How many cases are made by which dice, up to when, in which span of history.toml.

    `serial` is before the first number's.
    """

    cases: int
    seed: int
    end: datetime
    span: str = "seed"
    serial: int = 0


@dataclass(frozen=True, slots=True)
class SeedProcesses:
    """How many processes make the pieces, and what each learns the city from."""

    many: int
    settings: Settings
    files: CityFiles


@dataclass(frozen=True, slots=True)
class WalkedCity:
    """A city's rules, classes and places, as far as a walk needs them."""

    city: City
    matters: Mapping[str, MatterClass]
    knowing: Places


@dataclass(frozen=True, slots=True)
class Seeder:
    """Makes pieces of a past: each from dice of its own, so in any order and in any process."""

    office: CityKnowledge
    past: Past
    contacts: ContactIds
    plan: SeedPlan

    @property
    def citizens(self) -> int:
        """How many citizens report."""
        return max(1, int(self.plan.cases * self.past.figures["citizens_a_case"]))

    def people(self, first: int) -> Piece:
        """Give a piece of the citizens, and with the first one the collectors."""
        last = min(first + PIECE, self.citizens)
        known = [self._citizen(one) for one in range(first, last)]
        if first == 0:
            known += [Contact(Channel.TELEGRAM, code) for code in self._collectors()]
        return {"contact": bulk.copied("contact", map(self.contacts.row, known))}

    def cases(self, first: int) -> Piece:
        """Give a piece of the cases, with all that hangs on them."""
        dice = random.Random(f"{self.plan.seed}/{first}")
        walker = Walker(self.office, self.past, dice, self.plan.end)
        rows: Rows = {}
        for one in range(first, min(first + PIECE, self.plan.cases)):
            self._add_case(rows, walker, one)
        return {table: bulk.copied(table, several) for table, several in rows.items()}

    def _add_case(self, rows: Rows, walker: Walker, one: int) -> None:
        report, walk = self._drawn(walker, one)
        at = report.said_at
        contact = self.contacts.of(report.contact.channel, report.contact.address)
        row = report_row(report, contact, walk.case.id, at)
        _put(rows, "cases", case_row(walk.case))
        _put(rows, "report", {**row, "id": walker.new_id(at)})
        _add_steps(rows, walk)
        _add_jobs(rows, walk, self.plan.end)

    def _drawn(self, walker: Walker, one: int) -> tuple[NewReport, Walk]:
        """Give a report and its walk, drawn anew where it does not have the light it is to have."""
        dice, span = walker.dice, self.past.spans[self.plan.span]
        at, stay = self._start(dice, one)
        first = self._walked(walker, one, at, stay)
        light = span.lights[one % len(span.lights)] if stay else ""
        if light in ("", first[1].case.light):
            return first
        for _ in range(MAX_DRAWN):
            # Most limits are short: the younger the likelier, so that each has its chance.
            age = timedelta(days=span.open_days) * dice.random() ** 3
            drawn = self._walked(walker, one, self.plan.end - age, stay)
            if (drawn[1].case.stage, drawn[1].case.light) == (stay, light):
                return drawn
        return first

    def _walked(
        self, walker: Walker, one: int, at: datetime, stay: str | None
    ) -> tuple[NewReport, Walk]:
        matter = walker.dice.choice(sorted(self.past.phrases))
        report = self._report(walker.dice, matter, at, one)
        number = make_number(self.plan.serial + one + 1, self.office.city.number_length)
        return report, walker.walk(report, number, at, matter, stay)

    def _start(self, dice: random.Random, one: int) -> tuple[datetime, str | None]:
        """Give when a case came in, and the stage that it stays in (None: it goes to its end)."""
        span, total, end = self.past.spans[self.plan.span], self.plan.cases, self.plan.end
        young = timedelta(days=span.open_days)
        staying = max(1, round(total * span.share_open))
        if one >= total - staying:
            turn = one - (total - staying)
            stages = span.stages(self.office.city.workflow)
            return end - young * (1 - (turn + dice.random()) / staying), stages[turn % len(stages)]
        before = timedelta(days=span.days) - young
        return end - young - before * (1 - (one + dice.random()) / (total - staying)), None

    def _report(self, dice: random.Random, matter: str, at: datetime, one: int) -> NewReport:
        scene = dice.choice(list(self.past.scenes))
        words = f"{scene.words}{dice.choice(list(self.past.phrases[matter]))}"
        reporter, contact = None, self._citizen(dice.randrange(self.citizens))
        if dice.random() < self.past.figures["share_by_collector"]:
            reporter = dice.choice(self._collectors())
            contact = Contact(Channel.TELEGRAM, reporter)
        by_chat = contact.channel is Channel.TELEGRAM
        return NewReport(
            channel=Channel.TELEGRAM if by_chat else Channel.CONSOLE,
            key=f"{PAST_KEY}{self.plan.serial + one}",
            contact=contact,
            said_at=at,
            text=words,
            place_text=scene.words,
            point=scene.point,
            media=(self.past.photo.sha256,) if by_chat else (),
            reporter=reporter,
        )

    def _citizen(self, one: int) -> Contact:
        """Give a citizen; always the same one, for cases are made in several processes."""
        dice, figures = random.Random(f"{self.plan.seed}:{one}"), self.past.figures
        name = ""
        if dice.random() < figures["share_named"]:
            given = dice.choices(figures["given_names"], k=dice.choice((1, 2)))
            name = dice.choice(figures["family_names"]) + "".join(given)
        if dice.random() < figures["share_by_chat"]:
            return Contact(Channel.TELEGRAM, f"{10**9 + one}", name)
        return Contact(Channel.PHONE, f"138{one * _STRIDE % 10**8:08d}", name)

    def _collectors(self) -> list[str]:
        people = self.office.city.organisation.people.values()
        return [one.code for one in people if one.actor().rights.may(COLLECT)]


def _put(rows: Rows, table: str, row: dict[str, Any]) -> None:
    rows.setdefault(table, []).append(row)


def _add_steps(rows: Rows, walk: Walk) -> None:
    for step, move in zip(walk.steps, walk.moves, strict=True):
        _put(rows, "step", step_row(step, f"{PAST_KEY}{step.case}/{step.seq}"))
        for sha256 in step.media:
            kind = MediaKind.PHOTO if move is None else move.evidence
            link = link_row(step.case, sha256, kind, f"{step.id}:{sha256}", step.at)
            _put(rows, "case_media", link)


def _add_jobs(rows: Rows, walk: Walk, now: datetime) -> None:
    """Add the timers still to come, and the words that no person has decided on."""
    case = walk.case
    for name, at in timers_of(case, walk.rules).items():
        # What something stood against is looked at again, as it is where it could not be done.
        due = at if at > now else now + LOOK_AGAIN
        _put(rows, "job", {**timer_row(case, name, at, now), "due": due})
    if may_be_understood(case):
        body = keep(TRIAGE_JOB, TriageJob())
        _put(rows, "job", job_row(UNDERSTANDING, case.number, now, now, body, case=case.id))


async def seed(
    store: Store,
    seeder: Seeder,
    several: SeedProcesses | None = None,
    *,
    anew: bool = False,
) -> AsyncIterator[int]:
    """Fill an empty database, whole or not at all; yields how many cases there are so far.

    Without `several` processes a thread of this one makes the pieces. Raises Refused for a database
    that holds cases, and where a hotline runs on it. With `anew` what was made of a past before is
    taken away, and other cases stay beside the new one.
    """
    async with store.begin() as connection:
        await _check(connection, anew=anew)
        last = await skip_serials(connection, 0, seeder.plan.cases)
        plan = replace(seeder.plan, serial=last - seeder.plan.cases)
        seeder = replace(seeder, plan=plan)
        photo = seeder.past.photo
        about = {"sha256": photo.sha256, "mime": photo.mime, "size": seeder.past.photo_bytes}
        file = {**about, "stored_at": plan.end, "hint_lon": None, "hint_lat": None}
        file |= {"hint_metres": None, "taken_at": None}
        await bulk.copy_new(connection, "media", bulk.copied("media", [file]))
        days = timedelta(days=seeder.past.spans[plan.span].days)
        await partitions.cover(connection, partitions.STEPS, plan.end - days, plan.end)
        with _makers(seeder, several) as ask:
            async for done in _written(connection, seeder, ask, several.many if several else 1):
                yield done
        await bulk.analyze(connection)


async def _check(connection: Connection, *, anew: bool) -> None:
    # Held by the sequencer of whichever backend runs, and given up by one that was killed.
    if not await feed.lock_for_now(connection):
        raise Refused("a hotline runs on this database: stop it first", code=IN_USE)
    if anew:
        await forget(connection)
    elif not await bulk.is_empty(connection):
        raise Refused("the database holds cases already: seed an empty one", code="not_empty")


async def _written(
    connection: Connection, seeder: Seeder, ask: Ask, processes: int
) -> AsyncIterator[int]:
    for first in range(0, seeder.citizens, PIECE):
        for table, body in (await asyncio.to_thread(seeder.people, first)).items():
            await bulk.copy_new(connection, table, body)
    firsts = iter(range(0, seeder.plan.cases, PIECE))
    waiting = [ask(first) for _, first in zip(range(processes + 1), firsts, strict=False)]
    done = 0
    while waiting:
        piece = await waiting.pop(0)
        waiting += [ask(first) for _, first in zip(range(1), firsts, strict=False)]
        for table in _TABLES:
            if table in piece:
                await bulk.copy_in(connection, table, piece[table])
        done = min(done + PIECE, seeder.plan.cases)
        yield done


@contextmanager
def _makers(seeder: Seeder, several: SeedProcesses | None) -> Iterator[Ask]:
    """Give what has a piece of the cases made, by processes of their own where there are several.

    A thread makes them for few cases: a process takes seconds to know the city.
    """
    if several is None or several.many == 1:
        yield lambda first: asyncio.ensure_future(asyncio.to_thread(seeder.cases, first))
        return
    given = (several, seeder.past, seeder.contacts, seeder.plan)
    made = ProcessPoolExecutor(several.many, get_context("spawn"), _get_ready, given)
    try:
        loop = asyncio.get_running_loop()
        yield lambda first: loop.run_in_executor(made, _made, first)
    finally:
        made.shutdown(cancel_futures=True)


# What a process of several makes pieces with.
_READY: Final[list[Seeder]] = []


def _get_ready(several: SeedProcesses, past: Past, contacts: ContactIds, plan: SeedPlan) -> None:
    known = load_knowing(several.settings, several.files)
    office = WalkedCity(make_city(several.files, log_fault), known.matters, known)
    _READY.append(Seeder(office, past, contacts, plan))


def _made(first: int) -> Piece:
    return _READY[0].cases(first)
