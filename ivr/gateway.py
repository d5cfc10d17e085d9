"""The backend over HTTP for a call's own thread, and our own disk while it is away."""

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeVar

from backend.client import BackendClient
from hotline.brief import CaseBrief
from hotline.call import CallEvent, CallEventType, CallKnown, CallRing
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import CallBackAsked
from hotline.errors import HotlineError, Unavailable
from hotline.queue import FINAL
from hotline.revisit import RevisitSaid
from ivr.numbers import NumberReserve
from ivr.spool import Spool
from ivr.spool_records import SpokenReport

log = logging.getLogger(__name__)
T = TypeVar("T")

# A caller waits this long for the backend, and after a failure nobody waits for a while.
PATIENCE_SECONDS = 1.0
PAUSE_AFTER_FAILURE = 2.0
URGENT = frozenset({CallEventType.EMERGENCY})


class SpooledGateway:
    """The backend over HTTP, and our own disk where it does not answer in time."""

    def __init__(
        self,
        client: BackendClient,
        spool: Spool,
        numbers: NumberReserve,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
    ):
        self._client = client
        self._spool = spool
        self._numbers = numbers
        self._clock = clock
        self._loop = loop
        self._down_until = 0.0
        self._lock = threading.Lock()
        self._notes: list[CallEvent] = []
        self._is_told = False
        self._live: set[str] = set()
        self._ended: set[str] = set()
        # Calls that were hung up while a thread was busy with them.
        self._gone: set[str] = set()
        self.work = asyncio.Event()

    @property
    def live(self) -> frozenset[str]:
        """The calls that this process is busy with."""
        with self._lock:
            return frozenset(self._live)

    def ring(self, call: CallRing) -> CallKnown | None:
        """Put a call on record before a word is said; None where only our disk knows of it."""
        with self._lock:
            self._live.add(call.key)
        self._spool.begin_call(call.key, call.at)
        try:
            return self._ask(self._client.ring(call))
        except HotlineError as error:
            log.warning("call kept on disk: %s", error, extra={"call": call.key})
            self._spool.keep_ring(call)
            return None

    def newest_case(self, caller: str) -> CaseBrief | None:
        """Give the caller's newest case; Unavailable where the backend cannot be asked."""
        if not caller:
            return None
        return self._ask(self._client.newest_case(Channel.PHONE, caller))

    def own_cases(self, caller: str) -> list[CaseBrief]:
        """Give the caller's newest case, and behind it the others that are open, newest first."""
        return self._ask(self._client.own_cases(Channel.PHONE, caller)) if caller else []

    def status(self, key: str, number: str, tail: str) -> CaseBrief | None:
        """Give the case of a number to who knows its reporter's last four digits.

        Refused where there were too many tries.
        """
        return self._ask(self._client.status(key, number, tail))

    def survey(self, key: str) -> bool:
        """Tell whether the caller is to be asked about the call; False where nobody can tell."""
        try:
            return self._ask(self._client.survey(key)).asks
        except HotlineError as error:
            log.warning("nobody is asked: %s", error, extra={"call": key})
            return False

    def call_back(self, asked: CallBackAsked) -> None:
        """Have a caller rung back; Refused where nobody is now, or not at this number."""
        self._ask(self._client.call_back(asked))

    def revisit(self, said: RevisitSaid) -> bool:
        """Bring what a citizen answers after closing; False where it has to be brought later."""
        try:
            self._ask(self._client.revisit(said))
        except FINAL as error:
            log.warning("an answer is refused: %s", error)
        except HotlineError as error:
            log.warning("an answer is brought later: %s", error)
            return False
        return True

    def note(self, key: str, mark: CallEventType, value: str = "") -> None:
        """Add a mark to the call; never waits. What somebody acts upon is brought at once."""
        with self._lock:
            self._notes.append(CallEvent(key, mark, self._clock.now(), value))
        if mark in URGENT:
            self._wake()

    def tell(self, event: CallEvent) -> None:
        """Add what the exchange told of a call, at its own time; brought at once."""
        with self._lock:
            self._notes.append(event)
            self._is_told = True
        self.work.set()

    def take_notes(self) -> list[CallEvent]:
        """Give the marks that nobody has sent yet."""
        with self._lock:
            notes, self._notes = self._notes, []
            self._is_told = False
        return notes

    def work_if_told(self) -> None:
        """Have what was told brought, where nobody has taken it yet."""
        if self._is_told:
            self.work.set()

    def give_back(self, note: CallEvent) -> None:
        """Take a mark back that could neither be sent nor kept on disk."""
        with self._lock:
            self._notes.append(note)

    def take_number(self) -> str | None:
        """Give a number for a new report, or None where none is left."""
        number = self._numbers.take()
        if self._numbers.is_low:
            self._wake()
        return number

    def keep_report(self, report: SpokenReport) -> None:
        """Keep a report durably; when this returns it may be promised to the caller."""
        self._spool.keep_report(report)
        self._wake()

    def kept_report(self, key: str) -> SpokenReport | None:
        """Give a call's report that waits on our disk, or None."""
        return self._spool.report(key)

    def end(self, key: str) -> None:
        """The call is over."""
        self.note(key, CallEventType.ENDED)
        with self._lock:
            self._live.discard(key)
            self._gone.discard(key)
            self._ended.add(key)

    def wait(self, key: str) -> None:
        """The call goes on in the exchange, and no thread of ours is busy with it."""
        with self._lock:
            self._live.discard(key)
            gone = key in self._gone
            self._gone.discard(key)
        if gone:
            self.end(key)

    def begins(self, key: str) -> None:
        """A call that a seat places goes on in the exchange; its end is told by that."""
        self._spool.begin_call(key, self._clock.now())

    def hung_up(self, key: str, at: datetime) -> None:
        """The exchange has ended a call; one that a thread is busy with is ended by that."""
        with self._lock:
            if key in self._live:
                self._gone.add(key)
                return
            if key in self._ended:
                return
        if self._spool.began(key) is not None:
            with self._lock:
                self._ended.add(key)
            self.tell(CallEvent(key, CallEventType.ENDED, at))

    def ended_of(self, calls: Iterable[str]) -> frozenset[str]:
        """Give which of the calls that are not settled yet ended here; the others are forgotten."""
        with self._lock:
            self._ended.intersection_update(calls)
            return frozenset(self._ended)

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self.work.set)

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        """Ask the backend from a call's thread, and not at all just after it was away."""
        if self._clock.monotonic() < self._down_until:
            question.close()
            raise Unavailable("the backend was away a moment ago")
        asked = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return asked.result(PATIENCE_SECONDS)
        except TimeoutError:
            asked.cancel()
            self._down_until = self._clock.monotonic() + PAUSE_AFTER_FAILURE
            raise Unavailable("the backend is slow") from None
        except Unavailable:
            self._down_until = self._clock.monotonic() + PAUSE_AFTER_FAILURE
            raise
