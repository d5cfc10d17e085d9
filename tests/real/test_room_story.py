"""A seat of the console takes calls through all that runs, and nothing killed drops one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from config.prompts import PROMPTS
from hotline.call import CallEventType
from hotline.clock import SystemClock
from hotline.room.seat import SeatState
from ivr.handset.caller import Caller
from ivr.handset.ear import Ear
from ivr.handset.phone import Call, open_phone
from ivr.prompts import open_prompts
from tests.real.people import Seat, give_accounts, signed_in
from tests.real.record import on_record
from tests.real.seats import SeatPhone, hears, open_seat, tone
from tests.real.stack import Stack, running
from tests.real.talks import CALLER_HZ, SEAT_HZ, THIRD_HZ, hear_each_other, rated
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(180)]

CLOCK = SystemClock()
# As the telephone room promises it: so long after a start its picture is right.
RIGHT_S = 5.0


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline without speech."""
    settings = {"HOTLINE_SPEECH_ENGINE": "none", "HOTLINE_PHONE_SEATS_HOST": "127.0.0.1"}
    with running(open_folder, settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def passwords(stack: Stack) -> dict[str, str]:
    """Give everybody an account, once."""
    return asyncio.run(give_accounts(stack))


@pytest_asyncio.fixture
async def acceptor(stack: Stack, passwords: dict[str, str]) -> AsyncIterator[Seat]:
    """Give somebody of the telephone room at their console."""
    async with signed_in(stack, "acceptor1", passwords["acceptor1"]) as seat:
        yield seat


@pytest_asyncio.fixture
async def citizen() -> AsyncIterator[Caller]:
    """Give somebody with a telephone."""
    phone = await open_phone(CLOCK)
    yield Caller(phone, Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN"), CLOCK)
    phone.close()


async def online(stack: Stack, acceptor: Seat) -> SeatPhone:
    """Take the seat, and sign its telephone in as soon as the exchange knows it."""
    line = (await acceptor.ask("POST", "/api/seat/online", {"device": "phone"}))["line"]
    seat = await open_seat(line["name"])
    seat.password = line["password"]
    async with asyncio.timeout(RIGHT_S):
        while await seat.sign_in(server(stack), seat.password) != 200:
            await asyncio.sleep(0.1)
    return seat


def server(stack: Stack) -> tuple[str, int]:
    return ("127.0.0.1", stack.settings.phone.sip_port)


async def calls(stack: Stack, citizen: Caller, number: str) -> Call:
    call = await citizen.phone.call(stack.settings.phone.hotline_number, server(stack), number)
    await call.wait_answer()
    return call


async def state(acceptor: Seat, wanted: SeatState, within_s: float = RIGHT_S) -> dict[str, str]:
    """Wait until one's seat is in a state; give it."""
    until = CLOCK.monotonic() + within_s
    while (seat := (await acceptor.ask("GET", "/api/seat"))["seat"])["state"] != wanted:
        assert CLOCK.monotonic() < until, seat
        await asyncio.sleep(0.05)
    return dict(seat)


async def talks(
    stack: Stack, acceptor: Seat, citizen: Caller, number: str, seat: SeatPhone
) -> tuple[Call, Call]:
    """Let somebody call and the seat answer; gives both ends."""
    call = await calls(stack, citizen, number)
    talk = await seat.ringing(20)
    await state(acceptor, SeatState.RINGING, 1.0)
    await talk.answer()
    await state(acceptor, SeatState.TALKING, 2.0)
    return call, talk


async def until_marked(stack: Stack, number: str, mark: CallEventType) -> None:
    """Wait until something has happened in a caller's only call, and is on record."""
    async with asyncio.timeout(30), on_record(stack) as record:
        while mark not in await record.marks(number):
            await asyncio.sleep(0.1)


async def test_a_seat_rings_talks_and_wraps_up_and_all_of_it_is_on_record(
    stack: Stack, acceptor: Seat, citizen: Caller
) -> None:
    seat = await online(stack, acceptor)
    call, talk = await talks(stack, acceptor, citizen, "13900000001", seat)
    told = await state(acceptor, SeatState.TALKING)
    await asyncio.gather(call.say(tone(CALLER_HZ, 1)), talk.say(tone(SEAT_HZ, 1)))
    assert hears(talk, CALLER_HZ)
    assert hears(call, SEAT_HZ)
    await call.hang_up()
    wrapping = await state(acceptor, SeatState.WRAP_UP, 1.0)
    assert wrapping["call"] == told["call"]
    # Nobody is rung while they write, however long a caller waits.
    waiting = await calls(stack, citizen, "13900000002")
    await asyncio.sleep(8)
    assert seat.calls.empty()
    await acceptor.ask("POST", "/api/seat/act", {"what": "resume"})
    ring = await seat.ringing(RIGHT_S)
    ring.refuse(486)
    paused = await state(acceptor, SeatState.PAUSED, 1.0)
    assert paused["reason"] == "refused"
    await waiting.hang_up()
    for number in ("13900000001", "13900000002"):
        await until_marked(stack, number, CallEventType.ENDED)
    await acceptor.ask("POST", "/api/seat/act", {"what": "off"})
    seat.phone.close()


async def test_a_seat_asks_the_duty_chief_who_takes_the_caller_over(
    stack: Stack, acceptor: Seat, citizen: Caller, passwords: dict[str, str]
) -> None:
    async with signed_in(stack, "chief1", passwords["chief1"]) as chief:
        seat, other = await online(stack, acceptor), await online(stack, chief)
        # The chief takes everybody's calls too: not this one.
        await chief.ask("POST", "/api/seat/act", {"what": "pause", "reason": "break"})
        call, talk = await talks(stack, acceptor, citizen, "13930000001", seat)
        await chief.ask("POST", "/api/seat/act", {"what": "resume"})
        key = (await state(acceptor, SeatState.TALKING))["call"]
        await orders(acceptor, key, "consult", "chief")
        asked = await other.ringing(10)
        assert (await state(chief, SeatState.RINGING, 1.0))["call"] == key
        await asked.answer()
        await state(chief, SeatState.TALKING, 2.0)
        await hear_each_other(talk, SEAT_HZ, asked, THIRD_HZ)
        await state(acceptor, SeatState.TALKING)
        shown = await chief.ask("GET", f"/api/seat/calls/{key}")
        assert "13930000001" in str(shown)
        await answered(acceptor)
        await orders(acceptor, key, "complete")
        assert await talk.wait_end(10)
        await state(acceptor, SeatState.WRAP_UP, 2.0)
        await hear_each_other(call, CALLER_HZ, asked, THIRD_HZ)
        assert (await state(chief, SeatState.TALKING))["call"] == key
        await asked.hang_up()
        assert await rated(call)
        await state(chief, SeatState.WRAP_UP, 2.0)
        await until_marked(stack, "13930000001", CallEventType.ENDED)
        await accounted(stack)
        for one in (acceptor, chief):
            await one.ask("POST", "/api/seat/act", {"what": "off"})
        seat.phone.close()
        other.phone.close()


async def orders(acceptor: Seat, key: str, kind: str, target: str = "") -> None:
    """Let the exchange do something with one's call, and wait until it is done, or rings."""
    wanted = {"kind": kind, "target": target}
    told = await acceptor.ask("POST", f"/api/seat/calls/{key}/order", wanted)
    async with asyncio.timeout(10):
        while told["order"]["state"] in ("new", "given"):
            await asyncio.sleep(0.1)
            told = await acceptor.ask("GET", "/api/seat")
    came = "rings" if kind == "consult" else "done"
    assert (told["order"]["kind"], told["order"]["state"]) == (kind, came), told["order"]


async def answered(acceptor: Seat) -> None:
    """Wait until one is told that who was asked has answered."""
    async with asyncio.timeout(5):
        while (await acceptor.ask("GET", "/api/seat"))["order"]["state"] != "done":
            await asyncio.sleep(0.1)


# Killed together; `make soak` also kills them one by one.
KILLED = [("ivr", "backend"), ("postgres",), *([("ivr",), ("backend",)] if FULL else [])]


@pytest.mark.parametrize("parts", KILLED, ids="-".join)
async def test_parts_that_are_killed_end_no_call_and_the_room_is_right_within_seconds(
    stack: Stack, acceptor: Seat, citizen: Caller, parts: tuple[str, ...]
) -> None:
    seat = await online(stack, acceptor)
    first = 13_910_000_001 + 10 * KILLED.index(parts)
    talking, waits = str(first), str(first + 1)
    call, talk = await talks(stack, acceptor, citizen, talking, seat)
    waiting = await calls(stack, citizen, waits)
    await until_marked(stack, waits, CallEventType.QUEUED)
    await killed(stack, *parts)
    await asyncio.gather(call.say(tone(CALLER_HZ, 1)), talk.say(tone(SEAT_HZ, 1)))
    assert hears(talk, CALLER_HZ)
    assert hears(call, SEAT_HZ)
    assert not waiting.ended.is_set()
    await talk.hang_up()
    assert await rated(call)
    async with asyncio.timeout(30):
        await in_state(acceptor, SeatState.WRAP_UP, SeatState.READY, SeatState.RINGING)
    await acceptor.ask("POST", "/api/seat/act", {"what": "resume"})
    ring = await seat.ringing(20)
    await ring.answer()
    await state(acceptor, SeatState.TALKING)
    await waiting.hang_up()
    for number in (talking, waits):
        await until_marked(stack, number, CallEventType.ENDED)
    await accounted(stack)
    await acceptor.ask("POST", "/api/seat/act", {"what": "off"})
    seat.phone.close()


async def test_an_exchange_that_is_killed_in_a_talk_leaves_no_call_open_and_no_seat_busy(
    stack: Stack, acceptor: Seat, citizen: Caller
) -> None:
    seat = await online(stack, acceptor)
    talking, waits = "13920000001", "13920000002"
    await talks(stack, acceptor, citizen, talking, seat)
    await calls(stack, citizen, waits)
    await until_marked(stack, waits, CallEventType.QUEUED)
    await killed(stack, "asterisk")
    # A telephone signs in again by itself; the seat's password is still good.
    await again(stack, seat)
    await state(acceptor, SeatState.WRAP_UP)
    for number in (talking, waits):
        await until_marked(stack, number, CallEventType.ENDED)
    await accounted(stack)
    await acceptor.ask("POST", "/api/seat/act", {"what": "resume"})
    call, talk = await talks(stack, acceptor, citizen, "13920000003", seat)
    await talk.hang_up()
    assert await rated(call)
    await until_marked(stack, "13920000003", CallEventType.ENDED)
    await acceptor.ask("POST", "/api/seat/act", {"what": "off"})
    seat.phone.close()


async def killed(stack: Stack, *parts: str) -> None:
    """Kill parts at once as a power cut would, and wait until others run in their place."""
    old = {part: stack.pid(part) for part in parts}
    assert all(stack.kill(part) for part in parts)
    async with asyncio.timeout(60):
        while any(stack.pid(part) in (None, old[part]) for part in parts):
            await asyncio.sleep(0.05)


async def again(stack: Stack, seat: SeatPhone) -> None:
    """Sign a seat's telephone in at an exchange that has just started."""
    async with asyncio.timeout(30):
        while await seat.sign_in(server(stack), seat.password) != 200:
            await asyncio.sleep(0.1)


async def accounted(stack: Stack) -> None:
    """Every call has its end, and no seat is in one."""
    async with asyncio.timeout(30), on_record(stack) as record:
        while await record.unended() or await record.busy_seats():
            await asyncio.sleep(0.1)


async def in_state(acceptor: Seat, *wanted: SeatState) -> None:
    """Wait until the office answers, and one's seat is in one of these states."""
    while True:
        try:
            if (await acceptor.ask("GET", "/api/seat"))["seat"]["state"] in wanted:
                return
        except (OSError, AssertionError):  # it is not back yet, or its database is not
            pass
        await asyncio.sleep(0.1)
