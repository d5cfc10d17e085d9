"""A telephone room in which callers ask to be rung back, and the citizens' telephones."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hotline.clock import SystemClock
from ivr.handset.message import user_of
from ivr.handset.phone import Call, SipPhone, open_phone
from tests.bench.ground import Ground
from tests.bench.room import BenchRoom, city_of_seats
from tests.real.stack import free_ports

CLOCK: Final = SystemClock()
# Who keeps the only seat.
TALKER: Final = "13800000000"
RULE: Final = """[call_back]
offer_wait_s = 0
tries_min = [0, 10, 30]
hours = ["00:00-24:00"]
missed_after_s = 1
soon_s = 20
"""
STATES: Final = (
    "SELECT coalesce(string_agg(state || ' ' || tries, ',' ORDER BY id), '') FROM call_back"
)
TALKING: Final = "SELECT count(*) FROM seat WHERE state = 'talking'"
CALLING: Final = "SELECT count(*) FROM call_back WHERE state = 'calling'"
# Of each call for which a seat was rung: who called, since when they waited in all, when it was
# first rung for them, and how often one answered.
SERVED: Final = """
SELECT coalesce(string_agg(concat_ws(' ', t.address,
 extract(epoch FROM coalesce(b.since, m.queued)), extract(epoch FROM m.rung), m.times,
 (b.id IS NOT NULL)::int), ','), '')
 FROM (SELECT call_key, min(at) FILTER (WHERE mark = 'queued') AS queued,
  min(at) FILTER (WHERE mark = 'seat_ringing') AS rung,
  count(*) FILTER (WHERE mark = 'seat_answered') AS times FROM call_mark GROUP BY call_key) m
 JOIN call c ON c.key = m.call_key JOIN contact t ON t.id = c.contact_id
 LEFT JOIN call_back b ON b.leg = c.key AND b.source = 'asked'
 WHERE m.rung IS NOT NULL AND t.address <> '13800000000'
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A caller whom a seat was rung for: since when they waited, and how often one answered."""

    caller: str
    since: float
    rung: float
    times: int
    is_back: bool


def served(here: Ground) -> list[Served]:
    """Give everybody whom a seat was rung for, the first first."""
    found = []
    for one in filter(None, here.ask(SERVED).split(",")):
        caller, since, rung, times, is_back = one.split(" ")
        found.append(Served(caller, float(since), float(rung), int(times), is_back == "1"))
    return sorted(found, key=lambda one: one.rung)


@dataclass(slots=True)
class Citizens:
    """Everybody's telephone behind the trunk: who was rung when, and what they do then."""

    phone: SipPhone
    # From which they call themselves.
    own: SipPhone
    engaged: set[str] = field(default_factory=set)
    machines: set[str] = field(default_factory=set)
    rung: list[str] = field(default_factory=list)
    up: dict[str, int] = field(default_factory=dict)
    most: int = 0
    slow_s: float = 0.3

    async def take(self, call: Call) -> None:
        """Be engaged, answer as a machine, or answer and press a key."""
        assert call.invite is not None
        number = user_of(call.invite.target)
        self.rung.append(number)
        self.up[number] = self.up.get(number, 0) + 1
        self.most = max(self.most, self.up[number])
        try:
            if number in self.engaged:
                call.refuse(486)
                return
            call.ring()
            if await call.wait_end(self.slow_s):
                return
            await call.answer()
            if number not in self.machines and not await call.wait_end(1.5):
                await call.press("5")
            await call.wait_end(300)
        finally:
            self.up[number] -= 1


def prepare(folder: Path, port: int) -> dict[str, str]:
    """Make the city, whose trunk leads to the citizens' telephones."""
    given = city_of_seats(folder)
    room = folder / "city" / "room.toml"
    text = re.sub(r"\[call_back\]\n(?:\w+ = .*\n)+", lambda _: RULE, room.read_text("utf-8"))
    room.write_text(text, "utf-8")
    return {**given, "HOTLINE_PHONE_TRUNK": f"127.0.0.1:{port}"}


@asynccontextmanager
async def engaged(here: Ground, room: BenchRoom, phone: SipPhone) -> AsyncIterator[None]:
    """Let one seat talk and the others rest: whoever calls meanwhile waits for long."""
    await room.act("pause", "break", besides=1)
    talk = await calls(here, phone, TALKER)
    await here.until(lambda: here.ask(TALKING) == "1", "the talk of the only seat")
    yield
    await talk.hang_up()
    await room.act("resume", besides=1)


@asynccontextmanager
async def citizens(port: int) -> AsyncIterator[Citizens]:
    """Give the citizens' telephones."""
    phone = await open_phone(CLOCK, port=port)
    there = Citizens(phone, await open_phone(CLOCK))
    phone.on_call = there.take
    yield there
    there.own.close()
    phone.close()


def trunk_port() -> int:
    """Give a port for the citizens' telephones."""
    return free_ports(1)[0]


async def asks(here: Ground, phone: SipPhone, caller: str, stays_s: float = 40) -> None:
    """Let somebody ask to be rung back, and hang up when the hotline does."""
    call = await calls(here, phone, caller)
    for key, wait_s in (("3", 1.5), ("1", 1.5), ("#", 0.0)):
        await call.press(key)
        if wait_s:
            await asyncio.sleep(wait_s)
    if not await call.wait_end(stays_s):
        await call.hang_up()


async def calls(here: Ground, phone: SipPhone, caller: str) -> Call:
    """Let somebody call."""
    server = ("127.0.0.1", here.settings.phone.sip_port)
    call = await phone.call(here.settings.phone.hotline_number, server, caller)
    await call.wait_answer(60)
    await asyncio.sleep(0.5)
    return call


async def waits(here: Ground, phone: SipPhone, caller: str) -> None:
    """Let somebody wait on the line, and talk until the seat hangs up."""
    call = await calls(here, phone, caller)
    await call.press("0")
    await call.wait_end(300)


async def watch_flights(here: Ground, most: list[int]) -> None:
    """Look again and again how many are on their way."""
    while True:
        most.append(int(await asyncio.to_thread(here.ask, CALLING)))
        await asyncio.sleep(0.2)
