"""Brings to the backend what waits on disk: numbers leased ahead, calls, reports, marks."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from backend.client import BackendClient
from hotline.call import CallEvent, CallEventType
from hotline.channel import Channel
from hotline.clock import Clock, pause
from hotline.errors import Conflict, HotlineError, Invalid
from hotline.media import MediaKind
from hotline.queue import FINAL, NO_ANSWER, Lanes, Patience, Tries, is_away, reason_of
from hotline.report import Contact, NewReport, Receipt
from ivr.backlog import Backlog
from ivr.gateway import SpooledGateway
from ivr.numbers import BLOCK, NumberReserve
from ivr.spool import NOTES, REPORTS, RINGS, Spool, call_of_note, note_name
from ivr.spool_records import SpokenReport

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.3
NOTES_AT_ONCE = 200
# Some ten minutes, then a report is set aside; a long recording takes its time to travel.
PATIENCE = Patience(waits=(1, 2, 5, 15, 30, 60, 120, 300), longest_s=150)
ERRANDS = Patience(waits=(1, 2, 5), longest_s=60)
REPORTS_AT_ONCE, RINGS_AT_ONCE, ERRANDS_AT_ONCE = 8, 4, 2
Named = tuple[str, CallEvent]
"""A mark with the name of its file."""


class Uploader:
    """Brings what waits side by side: what is refused or hangs holds up nothing else.

    Everything it sends may be sent again after a kill at any instant.
    """

    def __init__(
        self,
        client: BackendClient,
        spool: Spool,
        numbers: NumberReserve,
        office: SpooledGateway,
        clock: Clock,
    ):
        self._client = client
        self._spool = spool
        self._numbers = numbers
        self._office = office
        self._clock = clock
        self._reports = Backlog(
            spool, REPORTS, self._bring_report, clock, PATIENCE, REPORTS_AT_ONCE
        )
        self._rings = Backlog(spool, RINGS, self._bring_ring, clock, PATIENCE, RINGS_AT_ONCE)
        # What is told while marks are brought is brought behind them, not in the next round.
        self._errands = Lanes(clock, ERRANDS, ERRANDS_AT_ONCE, freed=office.work_if_told)
        self._note_tries = Tries(clock, PATIENCE)
        self._sent: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled; what was in memory is on disk afterwards."""
        try:
            while True:
                try:
                    await self._start()
                    self._errands.start("notes", self._bring_notes)
                except Exception:
                    log.exception("the spool could not be looked through; tried again")
                await pause(self._office.work, ROUND_SECONDS)
                self._office.work.clear()
        finally:
            for lanes in self._lanes:
                await lanes.stop()
            self._keep(self._office.take_notes())

    async def bring_notes(self) -> None:
        """Bring the marks that are known by now; what cannot be brought waits as ever."""
        for _ in range(2):  # who was at it already may have begun before the last one
            self._errands.start("notes", self._bring_notes)
            await self._errands.settle()

    async def bring(self) -> None:
        """Bring everything that is due, once; raises Unavailable where the backend is away."""
        for lanes in self._lanes:
            lanes.look_again()
        await self._start()
        await self._rings.work_off()
        await self._reports.work_off()
        await self._errands.settle()
        self._errands.start("notes", self._bring_notes)
        await self._errands.settle()
        for lanes in self._lanes:
            if lanes.away is not None:
                raise lanes.away

    @property
    def _lanes(self) -> tuple[Lanes, Lanes, Lanes]:
        return self._rings.lanes, self._reports.lanes, self._errands

    async def _start(self) -> None:
        """Start bringing what is due: numbers, calls and reports, oldest first."""
        if self._numbers.is_low:
            self._errands.start("numbers", self._lease)
        await self._rings.look()
        await self._reports.look()

    async def _lease(self) -> None:
        fresh = await self._client.lease_numbers(BLOCK)
        await asyncio.to_thread(self._numbers.add, fresh)

    async def _bring_ring(self, name: str) -> None:
        ring = await asyncio.to_thread(self._spool.ring, name)
        if ring is None:
            return
        try:
            await self._client.ring(ring)
        except Invalid as error:
            if error.field != "at":
                raise
            await self._client.ring(replace(ring, at=self._clock.now()))
        self._spool.drop(RINGS, name)

    async def _bring_report(self, name: str) -> None:
        """Report first, then its recording: the case is in the inbox while the sound travels."""
        report = await asyncio.to_thread(self._spool.report, name)
        if report is None:
            return
        receipt = await self._hand_in(report)
        recording = Path(report.recording) if report.recording else None
        if recording is not None and await asyncio.to_thread(recording.is_file):
            stored = await self._client.upload(recording, MediaKind.RECORDING)
            await self._client.attach(
                receipt.number, stored.sha256, MediaKind.RECORDING, f"{report.key}:recording"
            )
            await asyncio.to_thread(_delete_with_siblings, recording, report.key)
        self._spool.drop(REPORTS, name)
        log.info("report %s brought", receipt.number, extra={"call": report.key})

    async def _hand_in(self, report: SpokenReport) -> Receipt:
        """Submit a report; one whose number another has is taken all the same, under a new one."""
        new = NewReport(
            channel=Channel.PHONE,
            key=report.key,
            contact=Contact(Channel.PHONE, report.caller, language=report.language),
            said_at=report.said_at,
            text=report.text,
            language=report.language,
            number=report.number,
            call=report.key,
            seconds_of_speech=report.seconds_of_speech or None,
            is_emergency=report.is_emergency,
        )
        try:
            return await self._client.submit(new)
        except (Conflict, Invalid) as error:
            about = error.field if isinstance(error, Invalid) else "number"
            if about == "said_at":  # spoken while this machine's clock was wrong
                return await self._client.submit(replace(new, said_at=self._clock.now()))
            if report.number is None or about != "number":
                raise
            log.exception("number %s is refused", report.number, extra={"call": report.key})
            return await self._client.submit(replace(new, number=None))

    async def _bring_notes(self) -> None:
        """Bring marks in bundles; one of a call that is not on record yet waits for it."""
        fresh = self._office.take_notes()
        try:
            waiting, names = await asyncio.to_thread(self._marks)
            for start in range(0, len(names), NOTES_AT_ONCE):
                bundle = names[start : start + NOTES_AT_ONCE]
                await self._send_notes(await asyncio.to_thread(self._read, bundle))
            now = [(note_name(note), note) for note in fresh if note.key not in waiting]
            for start in range(0, len(now), NOTES_AT_ONCE):
                await self._send_notes(now[start : start + NOTES_AT_ONCE])
        finally:
            # What was not sent on the way waits on disk, also where this work is cut short.
            self._keep([note for note in fresh if note_name(note) not in self._sent])
            self._sent.clear()

    def _marks(self) -> tuple[frozenset[str], list[str]]:
        """Give the calls that are not on record yet, and the marks of others that are due."""
        names = [name for name in self._spool.names(NOTES) if self._note_tries.is_due(name)]
        waiting = frozenset(self._spool.names(RINGS))
        return waiting, [name for name in names if call_of_note(name) not in waiting]

    def _read(self, names: list[str]) -> list[Named]:
        return [(name, note) for name in names if (note := self._spool.note(name)) is not None]

    async def _send_notes(self, notes: list[Named]) -> None:
        """Send a bundle; those that were tried before go alone, and spoil none."""
        alone = [one for one in notes if self._note_tries.made(one[0])]
        bundle = [one for one in notes if not self._note_tries.made(one[0])]
        if bundle:
            try:
                await self._client.note_call([note for _, note in bundle])
            except HotlineError as error:
                if is_away(error):
                    raise
                alone = bundle + alone
            else:
                for name, note in bundle:
                    self._arrived(name, note)
        for name, note in alone:
            await self._send_alone(name, note)

    async def _send_alone(self, name: str, note: CallEvent) -> None:
        """Send the mark that may spoil a bundle: it alone waits, or is set aside."""
        self._note_tries.begin(name)
        try:
            await self._client.note_call([note])
        except HotlineError as error:
            if is_away(error):
                self._note_tries.take_back(name)
                raise
            if isinstance(error, NO_ANSWER):
                self._note_tries.unanswered(name)
                raise
            log.exception("a mark is refused: %s", note.mark, extra={"call": note.key})
            if isinstance(error, FINAL) or self._note_tries.is_spent(name):
                self._spool.keep_note(note)
                self._spool.set_aside(NOTES, name, reason_of(error))
                self._arrived(name, note)
        else:
            self._arrived(name, note)

    def _arrived(self, name: str, note: CallEvent) -> None:
        """A mark needs no more bringing."""
        self._sent.add(name)
        self._note_tries.served(name)
        self._spool.drop(NOTES, name)
        if note.mark is CallEventType.ENDED:
            self._spool.end_call(note.key)

    def _keep(self, notes: list[CallEvent]) -> None:
        """Keep marks on disk; while it has no room they stay in memory, and are sent from there."""
        for note in notes:
            try:
                self._spool.keep_note(note)
            except OSError as error:
                log.warning("a mark cannot be kept on disk: %s", error, extra={"call": note.key})
                self._office.give_back(note)


def _delete_with_siblings(recording: Path, key: str) -> None:
    """Delete a call's recordings, once the backend has the one that counts."""
    for path in recording.parent.glob(f"{key}_*.wav"):
        path.unlink(missing_ok=True)
    recording.unlink(missing_ok=True)
