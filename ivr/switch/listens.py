"""Lets the duty chief's seat listen to another one's talk, as the office wants it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hotline.clock import Clock
from hotline.room.listening import (
    KEYS,
    ListenEnd,
    ListenOver,
    ListenSeen,
    ListenWanted,
    ListenWay,
)
from ivr.line import CHANNEL_UP
from ivr.manager import Exchange, Message, call_key
from ivr.switch.called import interface_of, seat_at

log = logging.getLogger(__name__)

# The line to a chief's telephone is known by this, and the listening's id.
LINE: Final = "listen-"
CONTEXT: Final = "listens"
RING_S: Final = 20.0
# What is begun is not seen at once: its line is on its way.
BEGINS_S: Final = 1.5
KEY_PRESSED, LINE_ENDS = "DTMFEnd", "Hangup"


@dataclass(slots=True)
class _Listening:
    """A listening whose line is there, or on its way; `way` is as it was last wanted or turned."""

    wanted: ListenWanted
    spied: str
    since: float
    way: ListenWay
    is_on: bool = False
    turned: ListenWay | None = None


class RoomListens:
    """Knows which listenings are up; each is rung for once, whoever dies."""

    names = (KEY_PRESSED, LINE_ENDS)

    def __init__(self, exchange: Exchange, clock: Clock):
        self._exchange = exchange
        self._clock = clock
        self._there: dict[str, _Listening] = {}
        self._over: dict[str, ListenOver] = {}

    @property
    def is_any(self) -> bool:
        """Whether there is one, or one that is over and not told yet."""
        return bool(self._there or self._over)

    def take(self, event: Message) -> bool:
        """Take a key that the chief pressed, or that their line ended; tells whether it counts."""
        ident = str(event.get("Uniqueid", "")).removeprefix(LINE)
        one = self._there.get(ident)
        if one is None:
            return False
        if event.get("Event") == KEY_PRESSED:
            way = KEYS.get(str(event.get("Digit", "")))
            if way is None or way is one.way:
                return False
            one.way = one.turned = way
        return True

    def seen(
        self, channels: Iterable[Message]
    ) -> tuple[tuple[ListenSeen, ...], tuple[ListenOver, ...]]:
        """Give how far each is by the lines that are up, and which are over and were not told."""
        lines = {str(one.get("Uniqueid", "")): one for one in channels}
        names = {str(one.get("Channel", "")) for one in lines.values()}
        for ident, one in list(self._there.items()):
            line = lines.get(f"{LINE}{ident}")
            if line is not None:
                one.is_on = str(line.get("ChannelState", "")) == CHANNEL_UP
            elif self._clock.monotonic() - one.since >= BEGINS_S:
                gone = ListenEnd.HUNG_UP if one.spied in names else ListenEnd.CALL_OVER
                self._ends(ident, gone if one.is_on else ListenEnd.NO_ANSWER)
        seen = tuple(ListenSeen(ident, one.is_on, one.turned) for ident, one in self._there.items())
        return seen, tuple(self._over.values())

    def told(self, seen: Iterable[ListenSeen], over: Iterable[ListenOver]) -> None:
        """Take that the office has heard of these."""
        for done in over:
            self._over.pop(done.id, None)
        for one in seen:
            there = self._there.get(one.id)
            if there is not None and there.turned is one.turned:
                there.turned = None

    async def make(self, wanted: Iterable[ListenWanted], channels: Iterable[Message]) -> None:
        """Begin, turn and end listenings so that those that are wanted are up, and no others."""
        lines = {str(one.get("Uniqueid", "")): one for one in channels}
        asked = {one.id: one for one in wanted}
        for one in asked.values():
            if one.id in self._over:
                continue
            if one.id in self._there:
                await self._turn(self._there[one.id], one, lines)
            elif one.begun:
                self._adopt(one, lines)
            else:
                await self._begin(one, lines)
        for ident in self._there.keys() - asked.keys():
            self._ends(ident, ListenEnd.STOPPED)
        for unique, line in lines.items():
            if unique.startswith(LINE) and unique.removeprefix(LINE) not in self._there:
                await self._exchange.do("Hangup", Channel=str(line.get("Channel", "")))

    async def _begin(self, one: ListenWanted, lines: dict[str, Message]) -> None:
        spied = line_of(one, lines.values())
        if not spied:
            self._over[one.id] = ListenOver(one.id, ListenEnd.CALL_OVER)
            return
        failed = await self._exchange.do(
            "Originate", Channel=interface_of(one.by), Context=CONTEXT, Exten=one.way.value,
            Priority="1", Timeout=str(int(RING_S * 1000)), CallerID=f"<{one.seat}>",
            Async="true", ChannelId=f"{LINE}{one.id}", Variable=f"SPIED={spied}",
        )  # fmt: skip
        log.info("%s listens to %s: %s", one.by, spied, failed or "rung")
        if failed:
            self._over[one.id] = ListenOver(one.id, ListenEnd.FAILED)
        else:
            self._there[one.id] = _Listening(one, spied, self._clock.monotonic(), one.way)

    def _adopt(self, one: ListenWanted, lines: dict[str, Message]) -> None:
        """Take up what another connector has begun; it is over where its line is not there."""
        if f"{LINE}{one.id}" in lines:
            since = self._clock.monotonic()
            self._there[one.id] = _Listening(one, line_of(one, lines.values()), since, one.way)
        else:
            self._over[one.id] = ListenOver(one.id, ListenEnd.FAILED)

    async def _turn(
        self, there: _Listening, wanted: ListenWanted, lines: dict[str, Message]
    ) -> None:
        """Turn to the way that is wanted, unless the chief's own key was heard here since."""
        line = lines.get(f"{LINE}{wanted.id}")
        if wanted.way is there.wanted.way or there.turned is not None or line is None:
            return
        there.wanted = wanted
        if wanted.way is there.way:
            return
        there.way = wanted.way
        failed = await self._exchange.do(
            "Redirect", Channel=str(line.get("Channel", "")), Context=CONTEXT,
            Exten=wanted.way.value, Priority="1",
        )  # fmt: skip
        log.info("%s turns to %s: %s", wanted.by, wanted.way, failed or "done")

    def _ends(self, ident: str, why: ListenEnd) -> None:
        self._there.pop(ident, None)
        self._over[ident] = ListenOver(ident, why)


def line_of(one: ListenWanted, channels: Iterable[Message]) -> str:
    """Give the whole name of the line of a seat that talks in a call, or "" where it does not."""
    for line in channels:
        name = str(line.get("Channel", ""))
        up = str(line.get("ChannelState", "")) == CHANNEL_UP
        if up and seat_at(name) == one.seat and call_key(str(line.get("Linkedid", ""))) == one.call:
            return name
    return ""
