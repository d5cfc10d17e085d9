"""Telephones that send nothing while nobody speaks: their silence ends a report like any other."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from config.settings import ROOT
from hotline.call import CallEventType
from hotline.clock import SystemClock
from ivr.handset.phone import Call
from ivr.pcm import RATE, Samples, read_wav, write_wav
from ivr.recording import named, speech_in
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.rings import ANSWER_S

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
SPOKEN = read_wav(ROOT / "config/asterisk/samples/rubbish.wav")
# Four seconds of silence, and what a loaded machine may add; the longest recording is 120 s.
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


async def speaking(phoned: Phoned, caller: str, words: Samples) -> Call:
    """Ring up, wait for the tone, speak, and send no more."""
    call = await phoned.caller.phone.call("12345", phoned.server, caller)
    await call.wait_answer(ANSWER_S)
    assert call.stream is not None
    assert await phoned.caller.wait_prompt(call, "beep", PATIENCE_S) is not None
    call.stream.suppresses_silence = True
    await call.say(words)
    return call


@pytest.mark.parametrize("seconds", [5.0, 9.5])
async def test_fault_7_a_caller_whose_sound_stops_hears_the_number(
    exchange: Pbx, tmp_path: Path, seconds: float
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        words = read_long(seconds)
        call = await speaking(phoned, "13800138000", words)
        assert await phoned.caller.wait_prompt(call, "recorded", PATIENCE_S) is not None
        await call.hang_up()
        await phoned.until(lambda: bool(phoned.backend.attached))
        (number,) = phoned.backend.numbers.values()
        (key,) = phoned.backend.rings
        await phoned.until(lambda: CallEventType.ENDED in phoned.backend.marks(key))
        heard = tmp_path / "heard.wav"
        heard.write_bytes(phoned.backend.recording_of(number))
        assert speech_in(heard) >= speech_of(words, tmp_path) - 0.5


async def test_fault_7_the_exchange_alone_hears_it_as_well(exchange: Pbx, tmp_path: Path) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        phoned.serving.cancel()
        await asyncio.gather(phoned.serving, return_exceptions=True)
        call = await speaking(phoned, "13800138001", read_long(5.0))
        folder = exchange.config.spool / "recording"
        assert await phoned.caller.wait_prompt(call, "trouble", PATIENCE_S) is not None
        await call.hang_up()
        (path,) = [p for p in folder.glob("*.wav") if named(p)]
        assert len(read_wav(path)) < 20 * RATE
        path.unlink()


def read_long(seconds: float) -> Samples:
    """Give words of a length."""
    whole: Samples = np.tile(SPOKEN, 3)[: int(seconds * RATE)]
    return whole


def speech_of(words: Samples, folder: Path) -> float:
    """Give the seconds of speech in some words."""
    path = folder / "said.wav"
    write_wav(path, words)
    return speech_in(path)
