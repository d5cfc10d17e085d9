"""Rings citizens for notices: leased from the outbox, said by phone, settled with what happened."""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from backend.client import BackendClient
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.errors import HotlineError, Unavailable
from hotline.notice import CallEnd, NoticeTask, Outcome, Settled
from hotline.queue import FINAL, Lanes, Patience, Tries, is_away, reason_of
from hotline.revisit import RevisitSaid
from hotline.room.alarm import AlarmKind, RoomAlarm
from ivr.flows.notice import can_say
from ivr.manager import Exchange
from ivr.prompts import Prompts

log = logging.getLogger(__name__)

AT_ONCE = 3
EVERY_SECONDS = 2.0
# Ringing and saying together stay below the outbox's lease of 90 seconds.
RING_SECONDS = 30.0
SAY_SECONDS = 58.0
PATIENCE = Patience(waits=(1, 5, 15), longest_s=85)


@dataclass(slots=True)
class Pending:
    """A notice on its way; `told` is set by the call's own thread, `said` are answers to bring."""

    task: NoticeTask
    done: threading.Event
    told: bool = False
    said: list[RevisitSaid] = field(default_factory=list)


class Callout:
    """Leases, rings, settles; how often and when is the backend's rule."""

    def __init__(
        self,
        client: BackendClient,
        exchange: Exchange,
        prompts: Prompts,
        clock: Clock,
        own_number: str,
        is_dear: Callable[[str], bool] = lambda _number: False,
    ):
        self._client = client
        self._exchange = exchange
        self._prompts = prompts
        self._clock = clock
        self._own_number = own_number
        self._is_dear = is_dear
        self._pending: dict[str, Pending] = {}
        self._unsettled: dict[str, Settled] = {}
        # What was answered and could not be brought yet: before it is, nothing is settled.
        self._said: dict[str, list[RevisitSaid]] = {}
        self._telling = Tries(clock, PATIENCE)
        self._reached = Tries(clock, PATIENCE)

    def pending(self, notice: str) -> Pending | None:
        """Give the notice that a call we placed is for."""
        return self._pending.get(notice)

    async def run(self) -> None:
        """Work until cancelled; a call that lasts holds up no other."""
        lanes = Lanes(self._clock, PATIENCE, AT_ONCE)
        try:
            while True:
                try:
                    await self._start(lanes)
                except Unavailable as error:
                    log.info("the outbox is out of reach: %s", error)
                except Exception:
                    log.exception("calling out failed; tried again")
                await self._clock.sleep(EVERY_SECONDS)
        finally:
            await lanes.stop()

    async def work_once(self) -> bool:
        """Lease some notices and deliver them; false where there was nothing to do."""
        lanes = Lanes(self._clock, PATIENCE, AT_ONCE)
        started = await self._start(lanes)
        await lanes.settle()
        if lanes.away is not None:
            raise lanes.away
        return started

    async def _start(self, lanes: Lanes) -> bool:
        """Start what can be rung now; false where there was nothing to do."""
        await self._settle()
        if not self._exchange.connected.is_set() or lanes.free <= 0:
            return False
        tasks = await self._client.lease_notices([Channel.PHONE], limit=lanes.free)
        for task in tasks:
            lanes.start(str(task.id), partial(self._handle, task))
        return bool(tasks)

    async def _handle(self, task: NoticeTask) -> None:
        """Ring for one notice, and tell at once how it ended, whatever the others do.

        One whose answer could not be told comes again after a while: it is not rung again.
        """
        if str(task.id) in self._pending:
            return
        if str(task.id) not in self._unsettled:
            self._unsettled[str(task.id)] = await self._deliver(task)
        await self._settle()

    async def _settle(self) -> None:
        """Tell how attempts ended, each by itself; what cannot be told now is told later."""
        for ident, answer in list(self._unsettled.items()):
            if not self._telling.is_due(ident):
                continue
            self._telling.begin(ident)
            try:
                await self._bring(ident)
                await self._client.settle_notices([answer])
            except FINAL:
                # Nobody would take it later either; the notice is leased again after a while.
                log.exception("the answer of notice %s is refused", ident)
            except HotlineError as error:
                if is_away(error):
                    self._telling.take_back(ident)
                    raise
                log.warning("the answer of notice %s is told later: %s", ident, error)
                continue
            self._unsettled.pop(ident, None)
            self._telling.forget(ident)

    async def _bring(self, ident: str) -> None:
        """Bring the answers of a call, in their order; one that is refused is none."""
        waiting = self._said.get(ident, [])
        while waiting:
            try:
                await self._client.revisit(waiting[0])
            except FINAL:
                log.exception("an answer of notice %s is refused", ident)
            waiting.pop(0)
        self._said.pop(ident, None)

    async def _deliver(self, task: NoticeTask) -> Settled:
        if not can_say(task, self._prompts):
            return Settled(task.id, Outcome.FAILED, CallEnd.NO_WORDS)
        pending = self._pending[str(task.id)] = Pending(task, threading.Event())
        self._reached.begin(task.key)
        try:
            await self._tell_dear(task)
            end = await self._exchange.place_call(
                task.address, self._own_number, str(task.id), RING_SECONDS
            )
            # Without word from the exchange the call may be up all the same: the flow tells.
            if end in (CallEnd.ANSWERED, CallEnd.UNTOLD):
                await self._until_said(pending)
            return self._outcome(pending, end)
        except Exception as error:
            log.exception("notice %s was not rung", task.id)
            return Settled(task.id, Outcome.RETRY, reason_of(error))
        finally:
            if pending.said:
                self._said[str(task.id)] = pending.said
            del self._pending[str(task.id)]

    async def _tell_dear(self, task: NoticeTask) -> None:
        """Tell the duty chief of a call that costs much; it is rung all the same."""
        if not self._is_dear(task.address):
            return
        try:
            await self._client.alarm(_dear(task, self._clock.now()))
        except HotlineError as error:
            log.warning("the duty chief is not told of a dear call: %s", error)

    def _outcome(self, pending: Pending, end: CallEnd) -> Settled:
        """Give the true reason: what cannot be dialled is not tried again, nor a missing answer.

        A call that the exchange told nothing of, or found no way out for, counts only where others
        rang meanwhile.
        """
        task = pending.task
        if end is CallEnd.NOT_DIALABLE:
            self._reached.forget(task.key)
            return Settled(task.id, Outcome.FAILED, end)
        if end in (CallEnd.UNTOLD, CallEnd.LINE_AWAY) and not pending.told:
            away = self._reached.unanswered(task.key)
            return Settled(task.id, Outcome.AWAY if away else Outcome.RETRY, end)
        self._reached.served(task.key)
        if pending.told:
            return Settled(task.id, Outcome.SENT, CallEnd.ANSWERED)
        return Settled(task.id, Outcome.RETRY, CallEnd.HUNG_UP if end is CallEnd.ANSWERED else end)

    async def _until_said(self, pending: Pending) -> None:
        await asyncio.to_thread(pending.done.wait, SAY_SECONDS)


def _dear(task: NoticeTask, at: datetime) -> RoomAlarm:
    """Give the alarm of a call that costs much: one a notice, however often it rings."""
    return RoomAlarm(AlarmKind.DEAR_CALL, at, f"{task.key}/{task.address}"[:200], task.address)
