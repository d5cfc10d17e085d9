"""What callers hear of the real exchange, and what is on record after each way to end a call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Concatenate

import numpy as np
import pytest

from config.settings import ROOT
from hotline.clock import SystemClock
from hotline.number import groups
from ivr.handset.phone import CallFailed, SipPhone, open_phone
from ivr.pcm import RATE, Samples, read_wav
from tests.real.record import Record, eventually, on_record
from tests.real.rings import Ears, Ring, make_ears, ring
from tests.real.stack import Stack, running
from tests.real.trouble import frozen, kept_down

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
SAMPLES = ROOT / "config/asterisk/samples"
SPOKEN = read_wav(SAMPLES / "rubbish.wav")
SPOKEN_EN = read_wav(SAMPLES / "rubbish_en.wav")[: 5 * RATE]
NAME = 'O"Neil"; DROP\\ <sip:1@1>\x07 坏🎧'
SEVERAL_LINES = 'x\r\nContent-Length: 9\r\n\r\n"y\nz'

Ringing = Callable[..., Awaitable[Ring]]
Act = Callable[Concatenate[Ringing, ...], Awaitable[list[Ring]]]


def hiss(seconds: float) -> Samples:
    """Give a noise as loud as a street."""
    noise = np.random.default_rng(12345).normal(0, 1500, int(seconds * RATE))
    sound: Samples = noise.clip(-8000, 8000).astype(np.int16)
    return sound


# --- how people call, by the name that the tests know the call by


async def speaks_and_asks_later(call: Ringing) -> list[Ring]:
    first = await call()
    await first.hears("speak")
    await first.hears("beep")
    await first.says(SPOKEN)
    await first.presses("#")
    await first.hears("again")
    await first.hangs_up()
    second = await call()
    await second.hears_something()
    await second.presses("1")
    await second.hears("status_intro")
    await second.hears("stage_reported")
    await second.hangs_up()
    return [first, second]


async def falls_silent(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears("beep")
    await one.says(SPOKEN)
    await one.to_the_end()
    return [one]


async def hangs_up_in_the_words(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears("beep")
    await one.says(SPOKEN[: int(3.6 * RATE)])
    await one.hangs_up()
    return [one]


async def hangs_up_in_the_greeting(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears_something()
    await asyncio.sleep(1.5)
    await one.hangs_up()
    return [one]


async def hangs_up_in_the_prompt(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears("greeting")
    await asyncio.sleep(2)
    await one.hangs_up()
    return [one]


async def hangs_up_in_the_number(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears("beep")
    await one.says(SPOKEN)
    await one.presses("#")
    await one.hears("recorded")
    await asyncio.sleep(1)
    await one.hangs_up()
    return [one]


async def says_nothing(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears("too_short")
    await one.hears("goodbye")
    await one.to_the_end()
    return [one]


async def stands_in_noise(call: Ringing) -> list[Ring]:
    one = await call()
    street = asyncio.create_task(keep_hissing(one))
    for answer in ("too_short", "goodbye"):
        await one.hears("beep")
        await asyncio.sleep(4)
        await one.presses("#")
        await one.hears(answer)
    await one.to_the_end()
    await street
    return [one]


async def keep_hissing(one: Ring) -> None:
    while not one.call.ended.is_set():
        await one.says(hiss(0.2))


async def speaks_english(call: Ringing) -> list[Ring]:
    first = await call()
    ears = make_ears()
    await first.hears_something()
    await first.presses("9")
    first.ear = ears.en
    await first.hears("speak")
    await first.hears("beep")
    await first.says(SPOKEN_EN)
    await first.presses("#")
    await first.hears("again")
    await first.hangs_up()
    second = await call()
    second.ear = ears.en
    await second.hears("greeting")
    await second.presses("1")
    await second.hears("stage_reported")
    await second.hangs_up()
    return [first, second]


async def asks_without_a_case(call: Ringing) -> list[Ring]:
    one = await call()
    await one.hears_something()
    await one.presses("1")
    await one.hears("no_case")
    await one.hangs_up()
    return [one]


async def shows_a_hostile_name(call: Ringing) -> list[Ring]:
    with pytest.raises(CallFailed):
        await call(name=SEVERAL_LINES)
    one = await call(name=NAME)
    await one.hears("greeting")
    await one.hangs_up()
    return [one]


CALLERS: dict[Act, str] = {
    act: f"1380000{place:04d}"
    for place, act in enumerate(
        (
            speaks_and_asks_later, falls_silent, hangs_up_in_the_words, hangs_up_in_the_greeting,
            hangs_up_in_the_prompt, hangs_up_in_the_number, says_nothing, stands_in_noise,
            speaks_english, asks_without_a_case, shows_a_hostile_name,
        )
    )
}  # fmt: skip


# --- everybody calls at once, so that the tests of a call only look


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline without its recogniser: what was said is not the matter here."""
    with running(open_folder, {"HOTLINE_SPEECH_ENGINE": "none"}) as stack:
        yield stack


@pytest.fixture(scope="module")
def ears() -> Ears:
    """Ears for both languages."""
    return make_ears()


@pytest.fixture(scope="module")
def made(stack: Stack, ears: Ears) -> dict[Act, list[Ring] | BaseException]:
    """All calls, made at the same time."""
    return asyncio.run(make_calls(stack, ears))


async def make_calls(stack: Stack, ears: Ears) -> dict[Act, list[Ring] | BaseException]:
    def of(phone: SipPhone, caller: str) -> Ringing:
        async def call(name: str = "") -> Ring:
            return await ring(stack, phone, caller, ears.zh, name)

        return call

    with closing(await open_phone(CLOCK)) as phone:
        acts = [act(of(phone, caller)) for act, caller in CALLERS.items()]
        ended = await asyncio.gather(*acts, return_exceptions=True)
    return dict(zip(CALLERS, ended, strict=True))


Made = Callable[[Act], list[Ring]]


@pytest.fixture
def calls(made: dict[Act, list[Ring] | BaseException]) -> Made:
    """Gives the calls of somebody, or raises what went wrong in them."""

    def of(act: Act) -> list[Ring]:
        rings = made[act]
        if isinstance(rings, BaseException):
            raise rings
        return rings

    return of


@pytest.fixture
async def record(stack: Stack) -> AsyncIterator[Record]:
    """What is on record."""
    async with on_record(stack) as record:
        yield record


@pytest.fixture
async def phone() -> AsyncIterator[SipPhone]:
    """A telephone for one test."""
    with closing(await open_phone(CLOCK)) as phone:
        yield phone


async def one_report(record: Record, caller: str) -> str:
    """Wait for a caller's report with its recording; gives its number. It must be the only one."""
    kept = await eventually(
        lambda: record.reports(caller), lambda found: found and found[0].recording
    )
    assert len(kept) == 1, kept
    assert kept[0].recording, "it has no recording"
    return kept[0].number


async def on_record_only(record: Record, caller: str) -> None:
    """The call is on record, ended, and has made no report."""
    ended = await eventually(lambda: record.calls(caller), bool)
    assert len(ended) == 1
    assert await record.reports(caller) == []


# --- what is heard


def test_greeting_and_prompt_are_short_enough_as_they_are_heard(calls: Made) -> None:
    one = calls(speaks_and_asks_later)[0]
    greeting, speak, beep = (one.span(key) for key in ("greeting", "speak", "beep"))
    assert greeting is not None
    assert speak is not None
    assert beep is not None
    assert greeting[1] - one.begins_s() <= 6.0
    assert speak[1] - greeting[1] <= 8.0
    assert beep[0] - speak[1] < 2.0


async def test_the_number_is_read_back_twice_in_two_groups_of_four(
    calls: Made, record: Record
) -> None:
    one = calls(falls_silent)[0]
    number = await one_report(record, CALLERS[falls_silent])
    assert one.numbers() == [number, number]
    assert one.ear.groups(one.sound) == [*groups(number)] * 2
    assert one.span("recorded")
    assert one.span("goodbye")


async def test_key_one_tells_the_state_of_the_newest_case(calls: Made, record: Record) -> None:
    one = calls(speaks_and_asks_later)[1]
    assert one.numbers() == [await one_report(record, CALLERS[speaks_and_asks_later])]
    assert not one.span("greeting"), "the key cuts the greeting off"


def test_key_one_tells_who_never_reported_that_there_is_no_case(calls: Made) -> None:
    assert calls(asks_without_a_case)[0].numbers() == []


async def test_key_nine_turns_to_english_and_is_remembered(calls: Made, record: Record) -> None:
    first, second = calls(speaks_english)
    number = await one_report(record, CALLERS[speaks_english])
    assert first.numbers() == [number]
    assert first.span("recorded")
    assert second.numbers() == [number]


async def test_the_key_ends_the_report_as_silence_does(calls: Made, record: Record) -> None:
    one = calls(speaks_and_asks_later)[0]
    assert one.numbers() == [await one_report(record, CALLERS[speaks_and_asks_later])]


async def test_who_hangs_up_after_three_seconds_of_speech_has_reported(
    calls: Made, record: Record
) -> None:
    calls(hangs_up_in_the_words)
    await one_report(record, CALLERS[hangs_up_in_the_words])


async def test_who_hangs_up_at_the_number_has_reported_once(calls: Made, record: Record) -> None:
    one = calls(hangs_up_in_the_number)[0]
    await one_report(record, CALLERS[hangs_up_in_the_number])
    assert one.numbers() == [], "it was not said to its end"


@pytest.mark.parametrize("act", [hangs_up_in_the_greeting, hangs_up_in_the_prompt])
async def test_who_hangs_up_before_the_tone_is_on_record_without_a_report(
    calls: Made, record: Record, act: Act
) -> None:
    calls(act)
    await on_record_only(record, CALLERS[act])


@pytest.mark.parametrize("act", [says_nothing, stands_in_noise])
async def test_silence_and_noise_are_asked_again_and_make_no_report(
    calls: Made, record: Record, act: Act, stack: Stack
) -> None:
    one = calls(act)[0]
    assert one.numbers() == []
    await on_record_only(record, CALLERS[act])
    left = stack.settings.home.data_dir / "asterisk/spool/recording"
    assert not list(left.glob(f"*_{CALLERS[act]}*.wav"))


async def test_a_hostile_name_is_only_a_name(calls: Made, record: Record) -> None:
    calls(shows_a_hostile_name)
    await on_record_only(record, CALLERS[shows_a_hostile_name])
    assert await record.names(CALLERS[shows_a_hostile_name]) == [NAME.replace("\x07", "")]


# --- parts that are away


async def test_with_the_backend_away_the_number_is_said_and_the_report_comes_once(
    calls: Made, stack: Stack, phone: SipPhone, ears: Ears, record: Record
) -> None:
    caller = "13900000001"
    with frozen(stack, "backend"):
        one = await ring(stack, phone, caller, ears.zh)
        await one.presses("1")
        await one.hears("status_later")
        await one.hears("beep")
        await one.says(SPOKEN)
        await one.presses("#")
        await one.hears("again")
        await one.hangs_up()
        assert await record.reports(caller) == []
    assert one.numbers() == [await one_report(record, caller)]
    assert len(await eventually(lambda: record.calls(caller), bool)) == 1


async def test_with_the_phone_connector_away_the_exchange_takes_the_report_alone(
    calls: Made, stack: Stack, phone: SipPhone, ears: Ears, record: Record
) -> None:
    speaking, ringing = "13900000002", "13900000003"
    one = await ring(stack, phone, speaking, ears.zh)
    await one.hears("beep")
    saying = asyncio.create_task(one.says(np.tile(SPOKEN, 2)))
    await asyncio.sleep(3.5)
    with kept_down(stack, "ivr"):
        other = await ring(stack, phone, ringing, ears.zh)
        await other.hears("beep")
        await other.says(SPOKEN)
        await other.presses("#")
        for each in (one, other):
            await each.hears("trouble")
            await each.to_the_end()
            assert not each.numbers()
    await saying
    for caller in (speaking, ringing):
        await one_report(record, caller)
        assert len(await eventually(partial(record.calls, caller), bool)) == 1
