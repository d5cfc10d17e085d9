"""Our own telephone: two of them call each other, speak, press keys, and lose packets."""

import asyncio
import random
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from hotline.clock import SystemClock
from ivr.handset import phone as phone_module
from ivr.handset.message import Message, parse, sound_of
from ivr.handset.phone import Call, CallFailed, SipPhone, open_phone
from ivr.handset.rtp import Heard
from ivr.pcm import DECODE, RATE, from_ulaw, to_ulaw
from tests.ivr.fakes import talk

pytestmark = pytest.mark.slow

Phones = tuple[SipPhone, SipPhone]


@pytest_asyncio.fixture
async def phones() -> AsyncIterator[Phones]:
    """Give two telephones."""
    clock = SystemClock()
    one, other = await open_phone(clock), await open_phone(clock)
    yield one, other
    one.close()
    other.close()


async def connect(one: SipPhone, other: SipPhone) -> tuple[Call, Call]:
    """Connect two telephones."""
    taken: asyncio.Queue[Call] = asyncio.Queue()

    async def pick_up(call: Call) -> None:
        call.ring()
        await call.answer()
        await taken.put(call)

    other.on_call = pick_up
    call = await one.call("12345", (other.host, other.port), "13800138000", name='王 "x" \\')
    await call.wait_answer(5)
    return call, await asyncio.wait_for(taken.get(), 5)


def test_mu_law_comes_back_nearly_as_it_was() -> None:
    sound = np.arange(-32000, 32000, 7).astype(np.int16)
    back = from_ulaw(to_ulaw(sound)).astype(int)
    assert np.max(np.abs(back - sound) / (np.abs(sound.astype(int)) + 200)) < 0.06
    assert DECODE[0] == -32124
    assert DECODE[0x80] == 32124
    assert DECODE[0xFF] == 0


async def test_what_one_says_the_other_hears(phones: Phones) -> None:
    call, taken = await connect(*phones)
    sound = talk(0.4)
    await call.say(sound)
    await asyncio.sleep(0.05)
    await call.hang_up()
    assert await taken.wait_end(5)
    assert taken.stream is not None
    heard = taken.stream.heard.samples().astype(float)
    alike = np.correlate(heard, sound.astype(float), "valid").max() / float(
        sound.astype(float) @ sound
    )
    assert alike == pytest.approx(1, abs=0.02)
    assert taken.caller == "13800138000"


async def test_hanging_up_on_the_called_side_ends_both(phones: Phones) -> None:
    call, taken = await connect(*phones)
    await taken.hang_up()
    assert await call.wait_end(5)


async def test_a_key_is_one_event_of_five_packets_or_more_with_one_time_stamp(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, taken = await connect(*phones)
    packets: list[bytes] = []
    assert taken.stream is not None
    real = taken.stream.heard.take

    def note(packet: bytes) -> None:
        packets.append(packet)
        real(packet)

    monkeypatch.setattr(taken.stream.heard, "take", note)
    await call.press("#")
    await call.press("1")
    await call.hang_up()
    events = [p for p in packets if p[1] & 0x7F == 101]
    keys = [p[12] for p in events]
    assert set(keys) == {11, 1}
    for key in (11, 1):
        mine = [p for p in events if p[12] == key]
        assert len({p[4:8] for p in mine}) == 1
        assert mine[0][1] & 0x80
        assert sum(bool(p[13] & 0x80) for p in mine) == 3
    assert {p[4:8] for p in events if p[12] == 11} != {p[4:8] for p in events if p[12] == 1}


async def test_a_key_by_info_is_taken(phones: Phones) -> None:
    call, _ = await connect(*phones)
    await call.press_info("5")
    await call.hang_up()


async def test_a_call_that_is_refused_says_with_what(phones: Phones) -> None:
    one, other = phones

    async def busy(call: Call) -> None:
        call.refuse(486, "Busy Here")

    other.on_call = busy
    call = await one.call("1", (other.host, other.port), "138")
    with pytest.raises(CallFailed) as failed:
        await call.wait_answer(5)
    assert failed.value.status == 486


async def test_a_call_that_nobody_answers_is_cancelled(phones: Phones) -> None:
    one, other = phones
    came: asyncio.Queue[Call] = asyncio.Queue()

    async def let_ring(call: Call) -> None:
        call.ring()
        await came.put(call)

    other.on_call = let_ring
    call = await one.call("1", (other.host, other.port), "138")
    with pytest.raises(CallFailed):
        await call.wait_answer(0.2)
    assert await (await came.get()).wait_end(5)


async def test_lost_packets_are_sent_again(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_module, "FIRST_WAIT", 0.02)
    one, other = phones
    chance, real = random.Random(4), SipPhone._send

    def half(self: SipPhone, data: bytes, peer: tuple[str, int]) -> None:
        if chance.random() < 0.5:
            real(self, data, peer)

    monkeypatch.setattr(SipPhone, "_send", half)
    call, taken = await connect(one, other)
    await call.hang_up()
    assert await taken.wait_end(5)


async def test_many_calls_share_one_telephone(phones: Phones) -> None:
    one, other = phones
    other.on_call = Call.answer
    calls = await asyncio.gather(
        *(one.call("1", (other.host, other.port), f"138{n}", sound=False) for n in range(30))
    )
    await asyncio.gather(*(call.wait_answer(5) for call in calls))
    await asyncio.gather(*(call.hang_up() for call in calls))
    assert all(call.ended.is_set() for call in calls)


@pytest.mark.parametrize(
    "junk", [b"", b"\r\n\r\n", b"\xff\xfe", b"SIP/2.0 abc x\r\n\r\n", b"GET /"]
)
def test_junk_is_no_message(junk: bytes) -> None:
    assert parse(junk) is None


def test_a_message_survives_the_wire() -> None:
    message = Message("INFO", "sip:1@h", headers=[("Via", "x;branch=z9"), ("CSeq", "2 INFO")])
    message.body = "Signal=5\r\n"
    back = parse(message.encode())
    assert back is not None
    assert (back.method, back.branch, back.sequence, back.body) == (
        "INFO",
        "z9",
        (2, "INFO"),
        "Signal=5\r\n",
    )


def test_a_description_without_sound_has_none() -> None:
    assert sound_of("v=0\r\nm=video 1 RTP/AVP 31\r\n") is None


def test_sound_is_laid_out_by_its_time_stamps() -> None:
    heard, loud = Heard(), to_ulaw(np.full(160, 8000, dtype=np.int16))

    def packet(stamp: int, source: int = 1) -> bytes:
        return b"\x80\x00\x00\x01" + stamp.to_bytes(4, "big") + source.to_bytes(4, "big") + loud

    heard.take(packet(2**32 - 160))
    heard.take(packet(0 + 160))
    assert heard.end == 480
    samples = heard.samples()
    assert samples[0] > 7000
    assert not samples[160:320].any()
    assert samples[320] > 7000
    heard.take(packet(7 * RATE, source=2))
    assert heard.end == 640
    assert len(heard.samples(since=400)) == 240


def test_what_is_no_sound_is_not_heard() -> None:
    heard = Heard()
    heard.take(b"\x80\x65" + bytes(20))
    heard.take(b"short")
    assert heard.end == 0
