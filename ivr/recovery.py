"""Adopts what calls left behind while this connector was away: recordings, notes, open calls."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.clock import Clock
from hotline.queue import Patience, Tries
from hotline.room.call_back import BUSY_LINES
from ivr.flows.intake import MIN_SPEECH_HUNG_UP
from ivr.gateway import SpooledGateway
from ivr.recording import Named, named, speech_in
from ivr.spool import LIVE, NOTES, Spool, ended_calls
from ivr.spool_records import SpokenReport

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
# A file is at rest when nobody has written to it for this long: a little with the exchange's word
# that the call is over, longer than a recording may be silent without it.
REST_SECONDS = 2.0
REST_SECONDS_UNTOLD = 20.0

PATIENCE = Patience(waits=(2, 10, 60, 300), longest_s=60)

LiveCalls = Callable[[], Awaitable[frozenset[str] | None]]


class OrphanRecovery:
    """Looks through the exchange's spool; everything it does may be cut short and done again."""

    def __init__(
        self,
        exchange_spool: Path,
        spool: Spool,
        office: SpooledGateway,
        clock: Clock,
        language: str,
        live_calls: LiveCalls,
    ):
        self._recordings = exchange_spool / "recording"
        self._notes = exchange_spool / "note"
        self._spool = spool
        self._office = office
        self._clock = clock
        self._language = language
        self._live_calls = live_calls
        self._untold_since: float | None = None
        self._tries = Tries(clock, PATIENCE)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.recover()
            except Exception:
                log.exception("sweeping failed; tried again")
            await self._clock.sleep(EVERY_SECONDS)

    async def recover(self) -> int:
        """Adopt everything at rest; give how many reports were found."""
        told = await self._live_calls()
        if self._is_too_early(told):
            return 0
        busy = self._office.live | (told or frozenset())
        rest = REST_SECONDS if told is not None else REST_SECONDS_UNTOLD
        found = await asyncio.to_thread(self._recover_recordings, busy, rest)
        await asyncio.to_thread(self._recover_events, busy, rest)
        await asyncio.to_thread(self._close_calls, busy, known=told is not None)
        if found:
            self._office.work.set()
        return found

    def _is_too_early(self, told: frozenset[str] | None) -> bool:
        """Say whether the exchange may yet tell which calls are up: it is asked anew at a start.

        A call that outlives its connector goes on with the next one; a recording that was adopted
        before that would leave its caller without the number.
        """
        now = self._clock.monotonic()
        if told is not None:
            self._untold_since = None
            return False
        if self._untold_since is None:
            self._untold_since = now
        return now - self._untold_since < REST_SECONDS_UNTOLD

    def _recover_recordings(self, busy: frozenset[str], rest: float) -> int:
        groups: dict[Named, list[Path]] = defaultdict(list)
        for path in self._recordings.glob("*.wav"):
            name = named(path)
            if name is not None and name.key not in busy:
                groups[name].append(path)
        return sum(
            self._one(name.key, partial(self._recover, name, paths, rest))
            for name, paths in groups.items()
        )

    def _one(self, key: str, work: Callable[[], int]) -> int:
        """Adopt one thing that was left; one that cannot be waits, and the others are adopted."""
        if not self._tries.is_due(key):
            return 0
        self._tries.begin(key)
        try:
            found = work()
        except Exception:
            log.exception("what was left could not be adopted; tried again", extra={"call": key})
            return 0
        self._tries.forget(key)
        return found

    def _recover(self, name: Named, paths: list[Path], rest: float) -> int:
        """Make a report of a call's best recording; give 1 where it holds one."""
        if self._spool.has_report(name.key) or not all(self._rests(p, rest) for p in paths):
            return 0
        # A call that this connector took and finished while we looked has its report by now.
        seconds, best = max((speech_in(path), path) for path in paths)
        said_at = _changed(best)
        self._put_on_record(name, said_at)
        if seconds < MIN_SPEECH_HUNG_UP:
            for path in paths:
                path.unlink(missing_ok=True)
            return 0
        self._spool.keep_report(
            SpokenReport(
                key=name.key, caller=name.caller, language=self._language, said_at=said_at,
                number=None, recording=str(best), seconds_of_speech=round(seconds, 2),
            )
        )  # fmt: skip
        log.warning("adopted a recording of %.1f s of speech", seconds, extra={"call": name.key})
        return 1

    def _recover_events(self, busy: frozenset[str], rest: float) -> None:
        for path in self._notes.glob("*.txt"):
            name = named(path)
            if name is None or name.key in busy or not self._rests(path, rest):
                continue
            self._one(path.name, partial(self._recover_event, name, path))

    def _recover_event(self, name: Named, path: Path) -> int:
        if not any(self._recordings.glob(f"{name.key}_*.wav")):
            if BUSY_LINES in path.read_text("utf-8", "replace").split():
                self._spool.keep_note(
                    CallEvent(name.key, CallEventType.TURNED_AWAY, name.at, BUSY_LINES)
                )
            self._put_on_record(name, _changed(path))
        path.unlink(missing_ok=True)
        return 0

    def _put_on_record(self, name: Named, ended_at: datetime) -> None:
        """Tell of a call that the backend may not know; what it knows is taken once."""
        self._spool.keep_ring(CallRing(name.key, name.caller, name.at))
        self._spool.keep_note(CallEvent(name.key, CallEventType.ENDED, ended_at, "adopted"))
        self._spool.end_call(name.key)

    def _close_calls(self, busy: frozenset[str], *, known: bool) -> None:
        """End the calls of an earlier process that are no longer up.

        A call that has ended is not lost because nobody could be told of its end yet.
        """
        live = self._spool.names(LIVE)
        ended = self._office.ended_of(live) | ended_calls(self._spool.names(NOTES))
        for key in live:
            began = None if key in busy | ended else self._spool.began(key)
            if began is None:
                continue
            age = (self._clock.now() - began).total_seconds()
            if (not known and age < 600) or age < REST_SECONDS_UNTOLD:
                continue
            self._spool.keep_note(CallEvent(key, CallEventType.ENDED, self._clock.now(), "lost"))
            self._spool.end_call(key)

    def _rests(self, path: Path, seconds: float) -> bool:
        try:
            return (self._clock.now() - _changed(path)).total_seconds() >= seconds
        except FileNotFoundError:
            return False


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
