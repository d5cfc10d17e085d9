"""Callers who wait for a person: ten a second to sixty seats, 150 at once, and how soon it pops."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import aiohttp

from hotline.ids import born
from tests.bench.calls import Rung, quiet, ring
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.people import feed_of, of_the_centre, signed_in
from tests.bench.room import SEATS, BenchRoom, SeatSession, manned, marked

RATE, RATE_S = 10.0, 60.0
HALF: Final = 0.5
LONGEST_S: Final = 600.0
WAITING: Final = 150
ARRIVE: Final = 10.0
# One caller alone: the next one would come when nobody does any more.
ONE_S: Final = 2.0
TALKING: Final = "SELECT count(*) FROM seat WHERE state = 'talking'"
# As long as callers hear where they stand twice; then half of them have had enough.
BORED_S: Final = 75.0
POPS_A_S, POPS_S, POP_SEATS, CONSOLES = 1.0, 60.0, 10, 200
POP_S: Final = 0.3
# Clocks tell milliseconds.
TICK_S: Final = 0.002
RANG: Final = """
SELECT string_agg(e.id || ' ' || e.seat || ' ' || t.address, ',') FROM seat_event e
 JOIN call c ON c.key = e.call JOIN contact t ON t.id = c.contact_id WHERE e.state = 'ringing'
"""
WAITS: Final = """
SELECT count(*) FROM (SELECT call_key FROM call_mark GROUP BY call_key
 HAVING bool_or(mark = 'queued') AND NOT bool_or(mark IN ('queue_left', 'ended'))) waiting
"""


async def queue_rate(
    ground: Ground, seats: int = SEATS, rate: float = RATE, seconds: float = RATE_S
) -> int:
    """Let callers come evenly to a room that has just enough seats; none may get lost."""
    async with manned(ground, seats) as room:
        cpu, begun = ground.cpu_s("backend"), CLOCK.monotonic()
        rung = await _ring(ground, seconds, rate, LONGEST_S)
        used, took = ground.cpu_s("backend") - cpu, CLOCK.monotonic() - begun
        failed = await _failed(room, rung)
        told = await room.told()
    answered = marked(ground, rung, "seat_answered")
    note(f"queue_rate: {rung.begun} calls in {took:.0f} s, {told['answered']} answered at seats")
    failed += int(told["failed"]) + rung.begun - answered
    show("queue_rate", failed, "failed calls",
         f"0 of {rung.begun}, {rate:g}/s for {seconds:g} s to {seats} seats", None)  # fmt: skip
    versus = f"{HALF:g} of a core, from the first ring to the last hang-up, {took:.0f} s"
    show("queue_rate_backend", used / took, "of a core", versus, used / took / HALF)
    return failed


async def queue_waiting(
    ground: Ground, many: int = WAITING, seats: int = SEATS, bored_s: float = BORED_S
) -> int:
    """Let many wait at once for one seat that talks, half of them until others are back."""
    async with manned(ground, seats, patient=1) as room:
        await room.act("pause", "break", besides=1)
        talking = asyncio.create_task(_ring(ground, ONE_S / 2, 1 / ONE_S, bored_s + ARRIVE))
        await ground.until(lambda: ground.ask(TALKING) == "1", "the talk of the only seat")
        half, seconds = many // 2, many / 2 / ARRIVE
        leaving = asyncio.create_task(_ring(ground, seconds, ARRIVE, bored_s))
        staying = asyncio.create_task(_ring(ground, seconds, ARRIVE, LONGEST_S))
        async with asyncio.timeout(60 + 2 * bored_s):
            while int(ground.ask(WAITS)) < 2 * half:
                if leaving.done():
                    raise BenchFailed(f"never {2 * half} waited at once")
                await CLOCK.sleep(0.5)
            note(f"queue_150: {2 * half} wait")
            left = await leaving
            await room.act("resume", besides=1)
            served, first = await staying, await talking
        failed = await _failed(room, left) + await _failed(room, served)
        failed += await _failed(room, first)
        told = await room.told()
    failed += served.begun - marked(ground, served, "seat_answered")
    failed += left.begun - marked(ground, left, "queue_left") + int(told["failed"])
    versus = f"0 of {left.begun + served.begun} that wait at once, half served, half hung up"
    show("queue_150", failed, "lost calls", versus, None)
    return failed


async def ring_to_pop(
    ground: Ground, seats: int = POP_SEATS, seconds: float = POPS_S, consoles: int = CONSOLES
) -> float:
    """Measure from the ring at a seat's telephone to the message on its owner's live feed."""
    centre = await of_the_centre(ground)
    base = f"http://127.0.0.1:{ground.settings.web.port}"
    async with manned(ground, seats) as room, AsyncExitStack() as stack:
        others = [await stack.enter_async_context(signed_in(base, *one)) for one in centre[:5]]
        pages = [Page(await stack.enter_async_context(feed_of(one.browser))) for one in room.seats]
        for turn in range(consoles - seats):
            browser = others[turn % len(others)]
            pages.append(Page(await stack.enter_async_context(feed_of(browser))))
        listening = [asyncio.create_task(page.listen()) for page in pages]
        rung = await _ring(ground, seconds, POPS_A_S * seats / POP_SEATS, LONGEST_S)
        failed = await _failed(room, rung)
        await ground.settled()
        told = await room.told()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    if failed:
        raise BenchFailed(f"{failed} calls of {rung.begun} failed")
    waits = _pops(ground, told["rung"], room.seats, pages)
    value = waits[int(len(waits) * 0.95)]
    note(f"ring_to_pop: {len(waits)} rings, median {waits[len(waits) // 2]:.3f} s,"
         f" longest {waits[-1]:.3f} s")  # fmt: skip
    versus = f"{POP_S:g} s, {consoles} consoles, {seats} of them seats"
    show("ring_to_pop_p95", value, "s", versus, value / POP_S)
    return value


async def rate(ground: Ground) -> None:
    """Measure at full size."""
    await queue_rate(ground)


async def waiting(ground: Ground) -> None:
    """Measure at full size."""
    await queue_waiting(ground)


async def pops(ground: Ground) -> None:
    """Measure at full size."""
    await ring_to_pop(ground)


@dataclass(slots=True)
class Page:
    """A live feed: what was told of seats, and when."""

    socket: aiohttp.ClientWebSocketResponse
    told: list[tuple[str, float, float]] = field(default_factory=list)

    async def listen(self) -> None:
        """Take messages until cancelled."""
        async for message in self.socket:
            heard = CLOCK.now().timestamp()
            said = json.loads(message.data)
            if said["kind"] == "seat":
                changed = datetime.fromisoformat(said["at"]).timestamp()
                self.told.append((said["seat"], changed, heard))


def _pops(
    ground: Ground, rings: list[list[str]], seats: Sequence[SeatSession], pages: Sequence[Page]
) -> list[float]:
    """Give the seconds from each ring to the message of the change that tells of it.

    A telephone may be told later than the page: that is no wait.
    """
    began = {(seat, caller): float(at) for seat, caller, at in rings}
    page_of = {one.line[0]: page for one, page in zip(seats, pages, strict=False)}
    waits = []
    for told in ground.ask(RANG).split(","):
        ident, name, caller = told.split(" ")
        changed = born(UUID(ident)).timestamp() - TICK_S
        heard = min((at for seat, since, at in page_of[name].told if since >= changed), default=0.0)
        if not heard or (name, caller) not in began:
            raise BenchFailed(f"{name} was never told that {caller} rings, or does not ring")
        waits.append(max(0.0, heard - began[name, caller]))
    if len(waits) != len(rings):
        raise BenchFailed(f"{len(rings)} rings, {len(waits)} on record")
    return sorted(waits)


async def _ring(ground: Ground, seconds: float, rate: float, stay_s: float) -> Rung:
    number = ground.settings.phone.hotline_number
    return await ring(ground, number, seconds, "--rate", str(rate), "--stay", str(stay_s))


async def _failed(room: BenchRoom, rung: Rung) -> int:
    """Count the calls that did not end in order, or are not on record with an end."""
    await quiet(room.ground)
    await room.settled()
    ended = marked(room.ground, rung, "ended")
    note(f"{rung.begun} begun, {rung.done} done, {ended} on record with an end")
    return rung.begun - min(rung.done, ended, rung.on_record(room.ground))
