"""Understanding ends, also where it hangs, and waits for no thread of anybody else."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.desks import acceptance, triage
from backend.desks.context import AppContext
from backend.desks.triage_runner import TriageRunner
from backend.store import cases, jobs
from hotline.channel import Channel
from hotline.intake.result import TriageResult
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.cities import MONDAY
from tests.fakes.knowing import FakeTriageService

WORDS = "路灯不亮"


class Hanging(FakeTriageService):
    """Hangs on some words until it is let go."""

    def __init__(self) -> None:
        super().__init__(TriageResult(unsure=False))
        self.released = threading.Event()

    def understand(self, text: str, point: Point | None = None) -> TriageResult:
        """Hang, or understand."""
        if "hangs" in text:
            self.released.wait(60)
        return super().understand(text, point)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """Ends what hangs when the test does."""
    knowing = Hanging()
    yield knowing
    knowing.released.set()


async def record(office: AppContext, key: str, words: str) -> str:
    contact = Contact(Channel.TELEGRAM, key)
    report = NewReport(Channel.TELEGRAM, key, contact, MONDAY, text=words)
    return (await acceptance.record(office, report)).number


async def test_words_wait_for_no_thread_of_other_work(office: AppContext, hanging: Hanging) -> None:
    """The limit counted from the asking: behind other work every report became unsure."""
    office = replace(office, knowing=hanging)
    busy = threading.Event()
    loop = asyncio.get_running_loop()
    taken = [loop.run_in_executor(None, busy.wait, 60) for _ in range(64)]
    try:
        number = await record(office, "1", WORDS)
        await triage.look_at_new(office)
        async with office.store.connect() as connection:
            case = await cases.load(connection, number)
        assert (case.understood, case.unsure) == (True, False)
    finally:
        busy.set()
        await asyncio.gather(*taken)


async def test_words_that_hang_hold_up_nobody(office: AppContext, hanging: Hanging) -> None:
    office = replace(office, knowing=hanging, thinking=TriageRunner(longest_s=0.1))
    bad = [await record(office, str(turn), f"{WORDS} hangs {turn}") for turn in range(3)]
    good = await record(office, "good", WORDS)
    assert await triage.look_at_new(office) == 4
    async with office.store.connect() as connection:
        aside = [one.ref for one, _ in await jobs.dead(connection, 9)]
        seen = [await cases.load(connection, number) for number in (*bad, good)]
    assert aside == bad
    assert [case.understood for case in seen] == [True] * 4
    assert [case.unsure for case in seen] == [True, True, True, False]
