"""What a seat hears as it answers on the real exchange, and its caller does not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from config.prompts import PROMPTS
from hotline.call import CallEventType as Mark
from ivr.handset.ear import Ear
from ivr.prompts import open_prompts
from tests.real.exchanges import CLOCK, Phoned, make_exchange, phoned_to
from tests.real.rings import Ring
from tests.real.seats import hears, open_seat, tone, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
SEAT_HZ = 1000
# From the seat's answer to when it hears its caller: the words, and a moment.
TOLD_S, ORDINARY_S = 2.0, 1.2


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """An Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """A phone connector that keeps the exchange's room."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        yield phoned


@pytest.mark.parametrize(
    ("keys", "words", "most_s"),
    [("", [], ORDINARY_S), ("9", ["seat_language"], TOLD_S)],
)
async def test_a_seat_alone_hears_a_beep_and_what_is_out_of_the_ordinary(
    phoned: Phoned, keys: str, words: list[str], most_s: float
) -> None:
    ear = Ear(open_prompts(PROMPTS), "zh_CN")
    seat = await open_seat("seat001")
    await phoned.keeps(wanted(seat.name))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted(seat.name, 1, 2))
    call = await phoned.caller.phone.call("12345", phoned.server, "13800138000")
    await call.wait_answer()
    for key in keys:
        await call.press(key)
    talk = await seat.ringing()
    speaking = asyncio.ensure_future(call.say(tone(440, 8)))
    await talk.answer()
    at = CLOCK.monotonic()
    await phoned.until(lambda: hears(talk, 440, 0.3), 10)
    assert CLOCK.monotonic() - at < most_s
    at_seat, at_caller = Ring(talk, ear), Ring(call, ear)
    assert at_seat.span("seat_beep") is not None
    heard = [one for one in ("seat_language", "seat_case") if at_seat.span(one) is not None]
    assert heard == words
    assert at_caller.span("seat_beep") is None
    assert Mark.SEAT_ANSWERED in phoned.backend.marks(list(phoned.backend.rings)[-1])
    speaking.cancel()
    await call.hang_up()
    seat.phone.close()
