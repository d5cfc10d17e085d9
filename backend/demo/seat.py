"""The demo's seat: takes the call that nobody else takes, and writes it down as a seat does."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.demo.accounts import DemoAccount
from backend.demo.login import DemoLogin
from backend.store import seats
from backend.store.session import Store
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.rights.permissions import LEAD_ROOM, TAKE_CALLS, TYPE_REPORTS
from hotline.room.seat import SeatState

READY_S: Final = 15.0
LOOK_S: Final = 0.25
# What the telephone tells.
READY: Final = b"ready\n"
ANSWERED: Final = b"answered\n"


@dataclass(frozen=True, slots=True)
class SeatVoice:
    """What the demo's seat says first, and at the end of a talk."""

    asks: Path
    thanks: Path


class NoSeatHere(HotlineError):
    """The demo's seat cannot sit down; the words say why."""

    code = "no_seat_here"


def who_sits(accounts: Sequence[DemoAccount]) -> DemoAccount | None:
    """Give whose seat the demo takes: the last who only sits, for the first ones are the user's."""
    able = [one for one in accounts if one.rights.may(TAKE_CALLS) and one.rights.may(TYPE_REPORTS)]
    only = [one for one in able if not one.rights.may(LEAD_ROOM)]
    fit = only or able
    return fit[-1] if fit else None


async def is_manned(store: Store) -> bool:
    """Tell whether anybody sits at a telephone."""
    async with store.connect() as connection:
        return bool(await seats.all_on(connection))


async def is_talked(store: Store) -> bool:
    """Tell whether somebody talks at a seat."""
    async with store.connect() as connection:
        return any(one.state is SeatState.TALKING for one in await seats.all_on(connection))


async def told(phone: Process, what: bytes) -> bool:
    """Wait until a telephone tells something; False where it ends without."""
    assert phone.stdout is not None
    while line := await phone.stdout.readline():
        if line == what:
            return True
    return False


class DemoSeat:
    """Somebody at a SIP telephone, who takes one call."""

    def __init__(
        self, login: DemoLogin, store: Store, clock: Clock, environment: Mapping[str, str]
    ):
        self._login = login
        self._store = store
        self._clock = clock
        self._environment = environment

    @asynccontextmanager
    async def seated(self, voice: SeatVoice) -> AsyncIterator[Process]:
        """Sit down for a while; gives the telephone, which tells what happens by lines."""
        line = await self._login.seat_online()
        before = await self._line_at(line["name"])
        phone = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ivr.handset.seat", "--name", line["name"]),
            *("--asks", str(voice.asks), "--thanks", str(voice.thanks)),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=dict(self._environment),
        )  # fmt: skip
        try:
            assert phone.stdin is not None
            phone.stdin.write(f"{line['password']}\n".encode())
            await self._until_there(phone, line["name"], before)
            yield phone
        finally:
            if phone.returncode is None:
                with suppress(ProcessLookupError):
                    phone.terminate()
            await phone.wait()
            with suppress(HotlineError):
                await self._login.seat_off()

    async def write_down(self, text: str) -> str:
        """Make a report of the call that one has taken; gives its number."""
        call = await self._login.seat_call()
        return await self._login.report(call, text)

    async def _until_there(self, phone: Process, name: str, before: datetime | None) -> None:
        """Wait until the exchange has told that the telephone is there: from then on it is rung."""
        if not await told(phone, READY):
            raise NoSeatHere("the telephone could not sign in")
        until = self._clock.monotonic() + READY_S
        while self._clock.monotonic() < until:
            if await self._line_at(name) != before:
                return
            await self._clock.sleep(LOOK_S)
        raise NoSeatHere("the exchange does not tell of the telephone")

    async def _line_at(self, name: str) -> datetime | None:
        async with self._store.connect() as connection:
            return (await seats.lines(connection)).get(name)
