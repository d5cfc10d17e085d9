"""Shuts out for a while who tries to sign in at the exchange again and again, and fails."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from backend.client import BackendClient
from config.networks import Network
from hotline.clock import Clock, pause
from hotline.errors import HotlineError
from hotline.room.alarm import AlarmKind, RoomAlarm
from ivr.manager import Exchange
from ivr.switch.doors import SeatDoors
from ivr.switch.timing import write_for_exchange

log = logging.getLogger(__name__)

# Read by config/asterisk/conf/acl.conf where it is there.
FILE: Final = "shut-out.conf"
FAILURES: Final = ("InvalidAccountID", "InvalidPassword", "ChallengeResponseFailed")
# The proxy that leads browsers here, and the demo's callers.
OWN: Final = frozenset({"127.0.0.1", "::1"})
WITHIN_S: Final = 60.0
LOOK_S: Final = 1.0
# More than these are not kept in mind: the newest are.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class ShutOutRule:
    """Who fails `tries` times in a minute is shut out for `seconds`, but never the trusted.

    0 tries: nobody is. Anybody can write a trusted address on what they send.
    """

    tries: int = 20
    seconds: float = 600.0
    trusted: Sequence[Network] = ()

    def is_trusted(self, address: str) -> bool:
        """Tell whether an address is never shut out: this machine's proxy, and the trunk."""
        told = ip_address(address)
        return address in OWN or any(
            told.version == one.version and told in one for one in self.trusted
        )


@dataclass(slots=True)
class ShutOuts:
    """Counts what fails by address, and has the exchange refuse whoever fails too often."""

    rule: ShutOutRule
    client: BackendClient
    exchange: Exchange
    doors: SeatDoors
    clock: Clock
    spool: Path
    until: dict[str, float] = field(default_factory=dict)
    _failed: dict[str, deque[float]] = field(default_factory=dict)
    _alarms: list[RoomAlarm] = field(default_factory=list)
    _written: frozenset[str] | None = None
    _turn: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take that somebody was not let in."""
        address = address_of(str(event.get("RemoteAddress", "")))
        if not address or not self.rule.tries or self.rule.is_trusted(address):
            return
        now = self.clock.monotonic()
        if address not in self._failed and len(self._failed) >= MOST:
            del self._failed[next(iter(self._failed))]
        tries = self._failed.setdefault(address, deque(maxlen=self.rule.tries))
        tries.append(now)
        if len(tries) == self.rule.tries and now - tries[0] <= WITHIN_S:
            self._shut(address, now)

    def _shut(self, address: str, now: float) -> None:
        del self._failed[address]
        if address in self.until:
            return
        log.warning("%s is shut out for %g s", address, self.rule.seconds)
        if len(self.until) >= MOST:
            del self.until[next(iter(self.until))]
        self.until[address] = now + self.rule.seconds
        at = self.clock.now()
        self._alarms = [*self._alarms[-MOST:], _alarm(address, at)]
        self._changed.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.look()
            except HotlineError as error:
                log.info("who is shut out is told again: %s", error)
            except Exception:
                log.exception("shutting out failed; tried again")
            await pause(self._changed, self._wait())

    def _wait(self) -> float:
        ends = min(self.until.values(), default=math.inf) - self.clock.monotonic()
        return max(0.0, min(ends, LOOK_S))

    async def look(self) -> None:
        """Have the exchange refuse who is shut out now, and tell the office of who is new."""
        now = self.clock.monotonic()
        self.until = {one: until for one, until in self.until.items() if until > now}
        await self._write(frozenset(self.until))
        while self._alarms:
            await self.client.alarm(self._alarms[0])
            del self._alarms[0]

    async def _write(self, shut: frozenset[str]) -> None:
        """Write who is refused, where it is others than before or another exchange."""
        turn = self.exchange.turn
        if not self.exchange.connected.is_set() or (shut, turn) == (self._written, self._turn):
            return
        lines = "".join(f"deny = {one}/{_whole(one)}\n" for one in sorted(shut))
        await asyncio.to_thread(write_for_exchange, self.spool, FILE, lines)
        await self.doors.reload("acl")
        self._written, self._turn = shut, turn


def _alarm(address: str, at: datetime) -> RoomAlarm:
    return RoomAlarm(AlarmKind.SHUT_OUT, at, f"{address} {at:%Y-%m-%d}", address)


def _whole(address: str) -> int:
    return 32 if ip_address(address).version == 4 else 128


def address_of(told: str) -> str:
    """Give the address that the exchange tells as IPV4/UDP/192.0.2.1/5060, or ""."""
    parts = told.split("/")
    if len(parts) != 4:
        return ""
    try:
        return str(ip_address(parts[2].strip("[]")))
    except ValueError:
        return ""
