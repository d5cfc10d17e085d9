"""A seat of a test: an ordinary SIP telephone that signs in, and what its calls sound like."""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field

import numpy as np

from hotline.clock import SystemClock
from hotline.room.exchange import SeatWanted
from ivr.handset.message import VIA_BRANCH, Message, describe
from ivr.handset.phone import DISCARD_PORT, Address, Call, SipPhone, open_phone
from ivr.handset.sign_in import CHALLENGED, answer_of, sign_in
from ivr.pcm import RATE, Samples

CLOCK = SystemClock()
PASSWORD = "geheim"


def wanted(name: str, *queues: int, rung: bool = True, password: str = PASSWORD) -> SeatWanted:
    """Give a seat as the office wants it."""
    told = f"{name}:hotline:{password}".encode()
    secret = hashlib.md5(told).hexdigest()
    return SeatWanted(name, rung, queues or (1,), secret, name, browser=False)


@dataclass(slots=True)
class SeatPhone:
    """A telephone at a seat, and the calls that rang on it."""

    name: str
    phone: SipPhone
    password: str = PASSWORD
    calls: asyncio.Queue[Call] = field(default_factory=asyncio.Queue)

    async def sign_in(
        self, server: Address, password: str = PASSWORD, seconds: int = 60, contact: str = ""
    ) -> int:
        """Sign in (0 seconds: out); gives SIP's status."""
        return await sign_in(self.phone, server, self.name, password, seconds, contact)

    async def ringing(self, within_s: float = 15.0) -> Call:
        """Wait for a call, and ring."""
        async with asyncio.timeout(within_s):
            call = await self.calls.get()
        call.ring()
        return call


async def open_seat(name: str) -> SeatPhone:
    """Give a telephone for a seat that is not signed in yet."""
    seat = SeatPhone(name, await open_phone(CLOCK))
    seat.phone.on_call = seat.calls.put
    return seat


async def dial(phone: SipPhone, server: Address, name: str, password: str, number: str) -> int:
    """Let a seat's telephone dial by itself; gives SIP's last answer, 0 for none."""
    target, call_id = f"sip:{number}@{server[0]}:{server[1]}", secrets.token_hex(8)
    tag, told = secrets.token_hex(4), ""
    for turn in (1, 2):
        branch = f"{VIA_BRANCH}{secrets.token_hex(8)}"
        asked = Message("INVITE", target, body=describe(phone.host, DISCARD_PORT))
        asked.headers = [
            ("Via", f"SIP/2.0/UDP {phone.host}:{phone.port};branch={branch};rport"),
            ("From", f"<sip:{name}@{phone.host}>;tag={tag}"), ("To", f"<{target}>"),
            ("Call-ID", call_id), ("CSeq", f"{turn} INVITE"), ("Max-Forwards", "70"),
            ("Contact", f"<sip:{name}@{phone.host}:{phone.port}>"),
            ("Content-Type", "application/sdp"),
        ]  # fmt: skip
        if told:
            parts = dict(re.findall(r'(\w+)="?([^",]*)"?', told))
            asked.headers.append(("Authorization", answer_of(parts, name, password, asked)))
        answer = await phone.exchange(asked, server)
        if answer is None or answer.status != CHALLENGED:
            return 0 if answer is None else answer.status
        told = answer.get("WWW-Authenticate")
    return CHALLENGED


def tone(hz: int, seconds: float) -> Samples:
    """Give a sound of one pitch."""
    at = np.arange(int(seconds * RATE)) / RATE
    sound: Samples = (8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)
    return sound


def hears(call: Call, hz: int, seconds: float = 0.5) -> bool:
    """Tell whether a pitch stands out in what was heard of a call last."""
    assert call.stream is not None
    sound = call.stream.heard.samples()[-int(seconds * RATE) :]
    if len(sound) < RATE // 4:
        return False
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    pitch = np.fft.rfftfreq(len(sound), 1 / RATE)
    near = power[np.abs(pitch - hz) < 20].max()
    return bool(near > 20 * np.median(power) and near > 0.2 * power.max())
