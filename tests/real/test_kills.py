"""Calls in flight and kills: whoever heard a number or spoke is on record, once.

The callers' side decides what was heard: numbers are matched by ear from the sound.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.media import MediaStore
from backend.store import cases
from backend.store.contacts import contact_ids
from backend.store.jobs import JobRow
from backend.store.rows import CaseMediaRow, CaseRow, ContactRow, ReportRow
from backend.store.session import Store, make_engine
from config.prompts import PROMPTS
from config.settings import ROOT
from hotline.case.case import replay
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.job import TIMERS, UNDERSTANDING
from hotline.media import MediaKind
from hotline.telephone import Plan
from ivr.handset.caller import Caller, Script
from ivr.handset.ear import Ear
from ivr.handset.phone import Call, CallFailed, open_phone
from ivr.pcm import RATE, Samples, read_wav
from ivr.prompts import open_prompts
from tests.real.stack import Stack, running
from tests.real.worker import WorkerProcess
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(1200)]

# So many lines call at once, and so many kills there are; `make soak` has fifty and twenty.
IN_FLIGHT = 50 if FULL else 15
KILLS = 20 if FULL else 6
SEED = 20261122
CLOCK = SystemClock()
SAMPLES = ROOT / "config" / "asterisk" / "samples"
SETTLE_S = 120.0
# Long enough for every part to be back and for a whole call after that.
AFTER_S = 60.0 if FULL else 30.0
# A slow machine may take so long for the calls that the test wants to have been heard.
HEARD_S = 300.0
BLOCK = RATE // 10
TONE = np.exp(2j * np.pi * 1000 * np.arange(BLOCK) / RATE) * np.sqrt(2)
PARTS = ("backend", "ivr", "worker", "postgres")


@dataclass(frozen=True, slots=True)
class Caught:
    """What one caller did and heard."""

    caller: str
    spoke: float
    numbers: tuple[str, ...]


def speech(dice: Random) -> Samples:
    """Give one of the sample reports, each of them longer than four seconds."""
    return read_wav(dice.choice(sorted(SAMPLES.glob("*.wav"))))


async def keep_calling(
    slot: int, stack: Stack, ear: Ear, enough: asyncio.Event, caught: list[Caught]
) -> None:
    """Call again and again until told to stop; some hang up in the middle of their words."""
    dice = Random(SEED + slot)
    phone = await open_phone(CLOCK)
    server = ("127.0.0.1", stack.settings.phone.sip_port)
    number = stack.settings.phone.hotline_number
    turn = 0
    try:
        while not enough.is_set():
            turn += 1
            name = f"139{slot:04d}{turn:04d}"
            cut = 3.4 if dice.random() < 0.3 else None
            script = Script(speech=speech(dice), hang_up_in_speech=cut, longest=75)
            caller = HearingCaller(phone, ear, CLOCK)
            with contextlib.suppress(CallFailed):
                told = await caller.report(server, number, name, script)
                caught.append(Caught(name, caller.spoken_s, tuple(told.numbers)))
    finally:
        phone.close()


async def wait_tone(call: Call) -> bool:
    """Wait for the tone to begin and end; False when the call ended before.

    Fifty callers share this process, so they listen for the tone's pitch alone, a tenth of a
    second at a time, where one caller would compare every prompt.
    """
    assert call.stream is not None
    since, before = call.stream.heard.end, False
    while not call.ended.is_set():
        await asyncio.sleep(BLOCK / RATE)
        if before and call.stream.heard.end - since < BLOCK:
            return True  # the exchange sends nothing while it records
        while call.stream.heard.end - since >= BLOCK:
            block = call.stream.heard.samples(since)[:BLOCK].astype(np.float64)
            since += BLOCK
            energy = float(block @ block)
            is_tone = energy > BLOCK * 300**2 and abs(block @ TONE) ** 2 / energy > BLOCK * 0.8
            if before and not is_tone:
                return True
            before = is_tone
    return False


class HearingCaller(Caller):
    """A caller that speaks after every tone and remembers how long the words were it got out."""

    spoken_s = 0.0

    async def _act(self, call: Call, script: Script) -> None:
        while await wait_tone(call):
            begun = CLOCK.monotonic()
            cut = script.hang_up_in_speech
            await call.say(script.speech if cut is None else script.speech[: int(cut * RATE)])
            self.spoken_s = max(self.spoken_s, CLOCK.monotonic() - begun)
            if cut is not None:
                await call.hang_up()
                return
            await call.press("#")


async def kill_at_random(stack: Stack, second: WorkerProcess, dice: Random) -> None:
    """Kill at random instants: each part once, then whichever of the running ones is drawn.

    With every other kill the second worker goes too.
    """
    for turn in range(KILLS):
        await asyncio.sleep(dice.uniform(0.5, 5.0))
        wanted = [PARTS[turn]] if turn < len(PARTS) else dice.sample(PARTS, len(PARTS))
        while not any(stack.kill(part) for part in wanted):
            await asyncio.sleep(0.2)
        if turn % 2:
            second.kill()


def heard_by(caught: list[Caught]) -> int:
    """Give how many callers heard a number."""
    return sum(len(one.numbers) > 0 for one in caught)


async def until_heard(caught: list[Caught]) -> None:
    """Wait until more than half of the lines have once got a number, or for long enough."""
    until = CLOCK.monotonic() + HEARD_S
    while heard_by(caught) <= IN_FLIGHT / 2 and CLOCK.monotonic() < until:
        await asyncio.sleep(1)


async def all_settled(store: Store, stack: Stack) -> None:
    """Wait until nothing waits on the phone connector's disk; fail with what still does."""
    data = stack.settings.home.data_dir
    until = CLOCK.monotonic() + SETTLE_S
    while True:
        waiting = [path for path in data.glob("spool/**/*.json") if path.parent.name != "stuck"]
        waiting += data.glob("asterisk/**/recording/*.wav")
        if not waiting:
            break
        left = "\n".join(str(path.relative_to(data)) for path in waiting)
        assert CLOCK.monotonic() < until, f"not settled in {SETTLE_S} s:\n{left}\n{stack.said()}"
        await asyncio.sleep(1)
    while await undone(store):
        assert CLOCK.monotonic() < until, f"jobs are left after {SETTLE_S} s:\n{stack.said()}"
        await asyncio.sleep(1)


async def undone(store: Store) -> int:
    """Count the jobs that workers have still to do now; recordings are nobody's in this test."""
    async with store.connect() as connection:
        rows = await connection.execute(
            select(func.count()).where(
                JobRow.queue.in_((TIMERS, UNDERSTANDING)), JobRow.due <= CLOCK.now()
            )
        )
        return int(rows.scalar_one())


async def cases_of(connection: AsyncConnection, caller: str) -> list[tuple[str, str | None]]:
    """Give (number, recording) of every report of a caller."""
    rows = await connection.execute(
        select(CaseRow.number, CaseMediaRow.sha256)
        .join(ReportRow, ReportRow.case_id == CaseRow.id)
        .join(ContactRow, ContactRow.id == ReportRow.contact_id)
        .outerjoin(
            CaseMediaRow,
            (CaseMediaRow.case_id == CaseRow.id) & (CaseMediaRow.kind == MediaKind.RECORDING),
        )
        .where(ContactRow.address == caller)
    )
    return [(row[0], row[1]) for row in rows]


async def test_no_report_is_lost_or_doubled_by_kills(open_folder: Path) -> None:
    dice = Random(SEED)
    with running(open_folder, {"HOTLINE_SPEECH_ENGINE": "none"}) as stack:
        ear = Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN")
        enough, caught = asyncio.Event(), list[Caught]()
        slots = [
            asyncio.create_task(keep_calling(slot, stack, ear, enough, caught))
            for slot in range(IN_FLIGHT)
        ]
        second = WorkerProcess(stack.environment)
        working = asyncio.create_task(second.keep())
        await asyncio.sleep(10)
        await kill_at_random(stack, second, dice)
        await asyncio.sleep(AFTER_S)
        await until_heard(caught)
        enough.set()
        await asyncio.gather(*slots)
        store = Store(make_engine(stack.database().url()))
        await all_settled(store, stack)
        faults = await judged(store, stack, caught)
        await store.close()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert len(stack.killed) == KILLS
    assert heard_by(caught) > IN_FLIGHT / 2
    assert not faults, "\n".join(faults)


async def judged(store: Store, stack: Stack, caught: list[Caught]) -> list[str]:
    """Give everything that is wrong with the record, in words."""
    faults = []
    media = MediaStore(stack.settings.home.data_dir / "media", stack.settings.media)
    async with store.connect() as connection:
        await contact_ids(connection, Plan())
        for one in caught:
            found = await cases_of(connection, one.caller)
            heard = set(one.numbers)
            if len(heard) > 1:
                faults.append(f"{one.caller} heard several numbers: {heard}")
            if (heard or one.spoke >= 3.0) and len(found) != 1:
                faults.append(f"{one.caller} spoke {one.spoke} s, heard {heard}: {found}")
            for number, sha256 in found:
                if heard and number not in heard:
                    faults.append(f"{one.caller} heard {heard}, on record is {number}")
                try:
                    media.find(sha256 or "")
                except HotlineError:
                    faults.append(f"{number} has no recording")
        rows = await connection.execute(select(CaseRow.number))
        for number in rows.scalars():
            case = await cases.load(connection, number)
            if replay(await cases.steps_of(connection, case.id)) != case:
                faults.append(f"{number} is not what its steps make")
    return faults
