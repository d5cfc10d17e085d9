"""A phone connector that dies or hangs in the middle of a call comes back and tells the number."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from config.settings import ROOT
from hotline.clock import SystemClock
from ivr.handset.phone import open_phone
from ivr.pcm import read_wav
from tests.real.record import Record, eventually, on_record
from tests.real.rings import Ears, make_ears, ring
from tests.real.stack import Stack, running

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
SPOKEN = read_wav(ROOT / "config/asterisk/samples/rubbish.wav")


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """Run a whole hotline."""
    with running(open_folder, {"HOTLINE_SPEECH_ENGINE": "none"}) as stack:
        journal = stack.settings.home.data_dir / "spool" / "numbers.log"
        until = CLOCK.monotonic() + 60
        while not journal.stat().st_size:
            assert CLOCK.monotonic() < until, stack.said()
            CLOCK.wait(0.2)
        yield stack


@pytest.fixture(scope="module")
def ears() -> Ears:
    """Give ears."""
    return make_ears()


@pytest.mark.parametrize(
    ("trouble", "instant"),
    [("killed", "the words"), ("killed", "the number"), ("hung", "the words")],
)
async def test_a_caller_hears_the_number_whatever_becomes_of_the_connector(
    stack: Stack, ears: Ears, trouble: str, instant: str
) -> None:
    caller = f"1390000{crc32((trouble + instant).encode()) % 10_000:04d}"
    befalls = {"killed": stack.kill, "hung": stack.hang}[trouble]
    phone = await open_phone(CLOCK)
    one = await ring(stack, phone, caller, ears.zh)
    await one.hears("beep")
    saying = asyncio.create_task(one.says(SPOKEN))
    if instant == "the words":
        await asyncio.sleep(2)
        befalls("ivr")
    await saying
    await one.presses("#")
    if instant == "the number":
        await one.hears("recorded")
        befalls("ivr")
    await one.to_the_end()
    phone.close()
    said = set(one.numbers())
    told = [key for key in ("recorded", "trouble", "goodbye", "too_short") if one.span(key)]
    assert len(said) == 1, f"heard {told}; {stack.said()}"
    async with on_record(stack) as record:
        assert await _numbers(record, caller) == said


async def _numbers(record: Record, caller: str) -> set[str]:
    found = await eventually(lambda: record.reports(caller), bool)
    return {report.number for report in found}
