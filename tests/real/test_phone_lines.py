"""Who may have how many of the real exchange's lines, and what it makes of who calls."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.clock import SystemClock
from ivr.handset.phone import Call
from tests.real.exchanges import Phoned, lines_taken, make_exchange, phoned_to
from tests.real.rings import ANSWER_S, PATIENCE_S

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
CALLER_LINES, WITHHELD_LINES, OPEN_LINES = 2, 3, 6


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an exchange with few lines."""
    config = make_exchange(
        open_folder, caller_lines=CALLER_LINES, withheld_lines=WITHHELD_LINES,
        open_lines=OPEN_LINES,
    )  # fmt: skip
    with asterisk.running(config) as running:
        yield running


async def rings(phoned: Phoned, *callers: str) -> list[Call]:
    """Ring up, one after the other, and stay."""
    calls = []
    for caller in callers:
        call = await phoned.caller.phone.call("12345", phoned.server, caller)
        await call.wait_answer(ANSWER_S)
        calls.append(call)
    return calls


def hears(phoned: Phoned, call: Call, prompt: str) -> bool:
    """Say whether a prompt was heard whole."""
    assert call.stream is not None
    return phoned.caller.ear.heard(call.stream.heard.samples(), prompt)


async def is_turned_away(phoned: Phoned, caller: str) -> bool:
    """Ring up, and give whether the caller hears that all lines are busy, to the end."""
    (call,) = await rings(phoned, caller)
    await phoned.until(lambda: hears(phoned, call, "busy") or hears(phoned, call, "greeting"))
    if hears(phoned, call, "greeting"):
        await hang_up(phoned, [call])
        return False
    return await call.wait_end(PATIENCE_S)


async def hang_up(phoned: Phoned, calls: list[Call]) -> None:
    """End calls, and wait until the exchange knows."""
    others = lines_taken(phoned.exchange) - len(calls)
    await asyncio.gather(*(call.hang_up() for call in calls))
    await phoned.until(lambda: lines_taken(phoned.exchange) <= others)


async def test_m10_one_caller_takes_no_more_than_a_few_lines_and_others_are_served(
    exchange: Pbx, tmp_path: Path
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        calls = await rings(phoned, *["13800138000"] * CALLER_LINES)
        assert await is_turned_away(phoned, "13800138000")
        assert not await is_turned_away(phoned, "13900139000")
        await hang_up(phoned, calls)
        assert not await is_turned_away(phoned, "13800138000")


async def test_m10_withheld_numbers_share_their_lines(exchange: Pbx, tmp_path: Path) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        calls = await rings(phoned, *["anonymous"] * WITHHELD_LINES)
        assert await is_turned_away(phoned, "line7")
        assert not await is_turned_away(phoned, "13900139000")
        await hang_up(phoned, calls)


async def test_m10_with_all_lines_taken_a_caller_is_told_in_words(
    exchange: Pbx, tmp_path: Path
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        calls = await rings(phoned, *(f"1380013800{n}" for n in range(OPEN_LINES)))
        assert await is_turned_away(phoned, "13900139000")
        await hang_up(phoned, calls)
        await phoned.until(lambda: len(phoned.backend.rings) == OPEN_LINES + 1)
        assert "13900139000" in {ring.caller for ring in phoned.backend.rings.values()}


@pytest.mark.parametrize(
    ("shown", "caller", "name"),
    [
        ("+8613800138001", "+8613800138001", ""),
        ("008613800138001", "008613800138001", ""),
        ("+86-138-0013-8001", "+8613800138001", ""),
        ("line7", "", "line7"),
        ("gate-3b.hall2", "", "gate-3b.hall2"),
        ("anonymous", "", ""),
    ],
)
async def test_fault_3_and_5_who_calls_is_a_number_as_a_whole_or_a_name(
    exchange: Pbx, tmp_path: Path, shown: str, caller: str, name: str
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        calls = await rings(phoned, shown)
        await hang_up(phoned, calls)
        await phoned.until(lambda: bool(phoned.backend.rings))
        (ring,) = phoned.backend.rings.values()
    assert (ring.caller, ring.caller_name) == (caller, name)
