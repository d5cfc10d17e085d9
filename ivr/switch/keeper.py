"""Keeps the telephone room at the exchange as the office wants it, and tells how it stands."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.client import BackendClient
from hotline.clock import Clock, pause
from hotline.errors import HotlineError, Unavailable
from hotline.room.bulletin import BulletinTold
from hotline.room.exchange import (
    OrderDone,
    RoomOrder,
    RoomSeen,
    RoomWanted,
    SeatWanted,
)
from hotline.room.plan import NO_ROOM
from ivr.manager import Exchange, Message
from ivr.switch.call_backs import CallBackRinger
from ivr.switch.called import interface_of, queue_of, seat_at
from ivr.switch.doors import Door, SeatDoors
from ivr.switch.listens import RoomListens
from ivr.switch.news import RoomNews
from ivr.switch.orders import RoomOrders
from ivr.switch.ringing import RINGS_EVERY_S, RUNG, RingingOrders
from ivr.switch.seen import Member, calls_in, in_line, legs_in, members_in, waiting_in
from ivr.switch.timing import write_timing
from ivr.switch.told import SETTLED_S, RoomEvents
from ivr.switch.watch import RoomWatch

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
LISTEN_AGAIN_S: Final = 2.0
CITY_EVERY_S: Final = 60.0
TELL_S: Final = 1.0
# A telephone that does not answer for so long in a talk is gone.
LOST_S: Final = 10.0
MAX_REASON: Final = 200
SEATS, CITY = "seats", "city"


class RoomKeeper:
    """Looks at the whole exchange again and again: what was missed is put right by the next look.

    It does nothing that is done already, so that it may be ended and begun at any instant.
    """

    def __init__(
        self,
        client: BackendClient,
        exchange: Exchange,
        doors: SeatDoors,
        events: RoomEvents,
        watch: RoomWatch,
        orders: RoomOrders,
        clock: Clock,
        exchange_spool: Path,
        tell: Callable[[], Awaitable[None]],
        news: RoomNews,
        call_backs: CallBackRinger,
        since: Callable[[str], datetime | None],
    ):
        self._client = client
        self._exchange = exchange
        self._doors = doors
        self._events = events
        self._watch = watch
        self._orders = orders
        self._clock = clock
        self._spool = exchange_spool
        self._tell = tell
        self._news = news
        self._call_backs = call_backs
        # Since when a call has waited in all.
        self._since = since
        self._timed: int | None = None
        self._made: dict[str, SeatWanted] = {}
        # How many seats of each queue have said that they take no calls.
        self._away: Counter[int] = Counter()
        # Since when the telephones of seats that talk do not answer.
        self._lost: dict[str, datetime] = {}
        self._bulletin: BulletinTold | None = None
        self._told = asyncio.Event()
        self._turn = 0
        self._done: list[OrderDone] = []
        self._rung = RingingOrders(clock)
        self._listens = RoomListens(exchange, clock)
        self._held_back = False
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        exchange.on_turn = self._wake.set
        exchange.listen(self._rung.names, self._hear)
        exchange.listen(self._listens.names, self._hear_listens)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._keep_plan())
            group.create_task(self._keep())
            group.create_task(self._keep_news())

    async def _keep_news(self) -> None:
        """Make what callers are to hear, beside the looks: a long text is long in the making."""
        while True:
            await self._told.wait()
            self._told.clear()
            try:
                await self.tell_news()
            except HotlineError as error:
                log.info("what callers hear is made later: %s", error)
            except Exception:
                log.exception("making what callers hear failed; tried again")

    async def tell_news(self) -> None:
        """Make what callers are to hear as it was told last."""
        await self._news.bulletin(self._bulletin)
        await self._news.prompts((self._watch.now or NO_ROOM).prompts)
        await self._news.tidy(self._clock.now())

    async def _keep(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.look()
            except Unavailable as error:
                log.info("the room is not told: %s", error)
            except HotlineError as error:
                log.warning("the room is looked at again: %s", error)
            except Exception:
                log.exception("looking at the room failed; tried again")
            seconds = SETTLED_S if self._held_back else LOOK_EVERY_S
            await pause(self._wake, RINGS_EVERY_S if self._is_rung else seconds)

    @property
    def _is_rung(self) -> bool:
        """Whether somebody is rung, or listened to, whose end nobody may tell."""
        return bool(self._rung.there) or self._listens.is_any

    def _hear_listens(self, event: Message) -> None:
        if self._listens.take(event):
            self._wake.set()

    def _hear(self, event: Message) -> None:
        if self._rung.take(event):
            self._wake.set()

    async def _keep_plan(self) -> None:
        """Ask for the plan now and then, at first soon: the backend may not be there yet."""
        while True:
            await self._watch.look()
            await self._clock.sleep(CITY_EVERY_S if self._watch.now else LISTEN_AGAIN_S)

    async def _listen(self) -> None:
        while True:
            # What was told while nobody listened is asked for.
            await self._watch.look()
            self._wake.set()
            try:
                async for command in self._client.commands():
                    if command.get("kind") == SEATS:
                        self._wake.set()
                    elif command.get("kind") == CITY:
                        await self._watch.look()
            except HotlineError as error:
                log.info("no quick commands, looking every while: %s", error)
            await self._clock.sleep(LISTEN_AGAIN_S)

    def away(self, queue: int) -> int:
        """Give how many seats of a queue are there and take no calls."""
        return self._away[queue]

    async def look(self) -> bool:
        """Tell how the room stands, and make it as it is wanted; False where it is not seen."""
        async with self._looking:
            return await self._look()

    async def _look(self) -> bool:
        if not self._exchange.connected.is_set():
            return False
        if self._turn != self._exchange.turn:  # another exchange, perhaps
            self._made.clear()
            self._timed = None
            self._doors.forget()
            self._turn = self._exchange.turn
        await self._time_queues()
        at = self._clock.now()
        channels, queues = await self._exchange.channels(), await self._exchange.queues()
        if channels is None or queues is None:
            return False
        there = await self._doors.seats()
        online = tuple(sorted(one.name for one in there.values() if one.online))
        for order, failed in self._rung.settle(channels):
            self._ends(order, failed)
        done, rings = tuple(self._done), self._rung.there
        # What was told of seats comes first: it says why, which a look does not.
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_S):
                await self._tell()
        legs = self._events.legs(legs_in(channels))
        waiting, not_reached = waiting_in(queues), self._call_backs.told
        listens, listened = self._listens.seen(channels)
        seen = RoomSeen(
            at, calls_in(channels), legs, online, done, rings,
            in_line(waiting, self._since, at), not_reached, listens, listened,
        )  # fmt: skip
        wanted = await self._client.see_room(seen)
        self._done = self._done[len(done) :]
        self._call_backs.taken(not_reached)
        for back in wanted.call_backs:
            self._call_backs.ring(back)
        self._listens.told(listens, listened)
        for order in wanted.begun:
            self._rung.begins(order)
        # Before orders: who is asked or given a call is not listened to by surprise.
        await self._listens.make(wanted.listens, channels)
        await self._do_orders(wanted.orders, channels)
        await self._make(wanted, there, members_in(queues))
        await self._let_go(wanted, there, channels, at)
        await self._news.waits(waiting, self._watch.now or NO_ROOM, at)
        self._bulletin = wanted.bulletin
        self._told.set()
        return True

    async def _let_go(
        self,
        wanted: RoomWanted,
        there: Mapping[str, Door],
        channels: Sequence[Message],
        at: datetime,
    ) -> None:
        """End the talk of a telephone on the desk that does not answer any more.

        It may be silent for as long as its caller speaks, and so is known by this alone.
        """
        desks = {one.name for one in wanted.seats if not one.browser}
        lost = {one for one in desks if one in there and not there[one].online}
        talks = {seat_at(str(one.get("Channel", ""))): one for one in channels}
        self._lost = {one: self._lost.get(one, at) for one in lost & talks.keys()}
        for seat, since in self._lost.items():
            if (at - since).total_seconds() >= LOST_S:
                log.warning("the telephone of %s is gone in a talk", seat)
                await self._exchange.do("Hangup", Channel=str(talks[seat]["Channel"]))

    async def _do_orders(self, orders: tuple[RoomOrder, ...], channels: Sequence[Message]) -> None:
        """Do what is to be done now, before all else: a caller and a seat wait for it."""
        for order in orders:
            failed = await self._orders.do(order, channels)
            if not failed and order.kind in RUNG:
                log.info("%s of %s rings", order.kind, order.call)
                self._rung.begins(order)
            else:
                self._ends(order, failed)
            self._wake.set()

    def _ends(self, order: RoomOrder, failed: str) -> None:
        log.info("%s of %s: %s", order.kind, order.call, failed or "done")
        if not failed:
            self._events.ordered(order)
        self._done.append(OrderDone(order.id, failed[:MAX_REASON]))

    async def _time_queues(self) -> None:
        """Let queues ring as the plan of now has it."""
        plan = self._watch.now
        if plan is None or plan.ring_s == self._timed:
            return
        await asyncio.to_thread(write_timing, self._spool, plan)
        if not await self._exchange.do("QueueReload", Members="no", Rules="no", Parameters="yes"):
            self._timed = plan.ring_s

    async def _make(
        self, wanted: RoomWanted, there: Mapping[str, Door], members: tuple[Member, ...]
    ) -> None:
        self._held_back = False
        names = {one.name for one in wanted.seats}
        self._away = Counter(
            queue
            for one in wanted.seats
            if one.away and one.name in there and there[one.name].online
            for queue in one.queues
        )
        for one in wanted.seats:
            await self._make_door(one, there.get(one.name))
            await self._sit(one, [member for member in members if member.seat == one.name])
        for member in members:
            if member.seat not in names:
                await self._leave(member)
        for name in there.keys() - names:
            await self._doors.drop(name)
            self._made.pop(name, None)

    async def _make_door(self, wanted: SeatWanted, there: Door | None) -> None:
        """Make a seat where it is not there, or not as it is wanted."""
        made = self._made.get(wanted.name)
        if made is not None and there is not None and _same_door(made, wanted):
            return
        await self._doors.put(wanted)
        self._made[wanted.name] = wanted

    async def _sit(self, wanted: SeatWanted, members: list[Member]) -> None:
        """Let a seat sit in its queues, rung or not; who was busy just now is not rung yet."""
        seat, queues = interface_of(wanted.name), {member.queue for member in members}
        free = self._events.since(wanted.name) >= SETTLED_S
        rung = wanted.rung and free and not any(member.occupied for member in members)
        self._held_back = self._held_back or (wanted.rung and not free)
        for number in sorted(set(wanted.queues) - queues):
            await self._do(
                "QueueAdd", Queue=queue_of(number), Interface=seat, MemberName=wanted.name,
                Paused="false" if rung else "true",
            )  # fmt: skip
        for member in members:
            if member.queue not in wanted.queues:
                await self._leave(member)
            elif member.paused == rung and (rung or not wanted.rung):
                paused = "false" if rung else "true"
                await self._do("QueuePause", Queue=queue_of(member.queue), Interface=seat,
                               Paused=paused)  # fmt: skip

    async def _leave(self, member: Member) -> None:
        await self._do("QueueRemove", Queue=queue_of(member.queue),
                       Interface=interface_of(member.seat))  # fmt: skip

    async def _do(self, action: str, **fields: str) -> None:
        """Have something done; what is not done is found undone by the next look."""
        failed = await self._exchange.do(action, **fields)
        if failed:
            log.warning("%s %s: %s", action, fields.get("Interface"), failed)


def _same_door(made: SeatWanted, wanted: SeatWanted) -> bool:
    """Tell whether a seat's telephone may stay as it is."""
    asked = replace(made, rung=wanted.rung, queues=wanted.queues, away=wanted.away)
    return asked == wanted
