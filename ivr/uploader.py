"""Brings to the backend what waits on disk: numbers leased ahead, calls, reports, marks."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from backend.client import BackendClient
from hotline.call import CallMark, CallNote, CallRing
from hotline.clock import Clock
from hotline.errors import Conflict, HotlineError, Invalid
from hotline.queue import FINAL, Lanes, Patience, Tries, is_away, reason_of
from hotline.report import Channel, Contact, MediaKind, NewReport, Receipt
from ivr.numbers import BLOCK, Numbers
from ivr.office import DoorOffice
from ivr.papers import SpokenReport
from ivr.spool import NOTES, REPORTS, RINGS, Spool, note_name

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.3
NOTES_AT_ONCE = 200
# Some ten minutes, then a report is set aside; a long recording takes its time to travel.
PATIENCE = Patience(waits=(1, 2, 5, 15, 30, 60, 120, 300), longest_s=150)
ERRANDS = Patience(waits=(1, 2, 5), longest_s=60)
REPORTS_AT_ONCE, RINGS_AT_ONCE, ERRANDS_AT_ONCE = 8, 4, 2


class Uploader:
    """Brings what waits side by side: what is refused or hangs holds up nothing else.

    Everything it sends may be sent again after a kill at any instant.
    """

    def __init__(
        self,
        client: BackendClient,
        spool: Spool,
        numbers: Numbers,
        office: DoorOffice,
        clock: Clock,
    ):
        self._client = client
        self._spool = spool
        self._numbers = numbers
        self._office = office
        self._clock = clock
        self._reports = Lanes(clock, PATIENCE, REPORTS_AT_ONCE)
        self._rings = Lanes(clock, PATIENCE, RINGS_AT_ONCE)
        self._errands = Lanes(clock, ERRANDS, ERRANDS_AT_ONCE)
        self._note_tries = Tries(clock, PATIENCE)
        self._sent: list[CallNote] = []

    async def run(self) -> None:
        """Work until cancelled; what was in memory is on disk afterwards."""
        try:
            while True:
                try:
                    await self._start()
                    self._errands.start("notes", self._bring_notes)
                except Exception:
                    log.exception("the spool could not be looked through; tried again")
                with suppress(TimeoutError):
                    async with asyncio.timeout(ROUND_SECONDS):
                        await self._office.work.wait()
                self._office.work.clear()
        finally:
            for lanes in self._lanes:
                await lanes.stop()
            self._keep(self._office.take_notes())

    async def bring(self) -> None:
        """Bring everything that is due, once; raises Unavailable where the backend is away."""
        for lanes in self._lanes:
            lanes.look_again()
        await self._start()
        for lanes in self._lanes:
            await lanes.settle()
        self._errands.start("notes", self._bring_notes)
        await self._errands.settle()
        for lanes in self._lanes:
            if lanes.away is not None:
                raise lanes.away

    @property
    def _lanes(self) -> tuple[Lanes, Lanes, Lanes]:
        return self._rings, self._reports, self._errands

    async def _start(self) -> None:
        """Start bringing what is due: numbers, calls and reports, oldest first."""
        if self._numbers.is_low:
            self._errands.start("numbers", self._lease)
        for ring in await asyncio.to_thread(self._spool.rings):
            self._rings.start(
                ring.key,
                partial(self._bring_ring, ring),
                partial(self._spool.set_aside, RINGS, ring.key),
            )
        for report in await asyncio.to_thread(self._spool.reports):
            self._reports.start(
                report.key,
                partial(self._bring_report, report),
                partial(self._spool.set_aside, REPORTS, report.key),
            )

    async def _lease(self) -> None:
        fresh = await self._client.lease_numbers(BLOCK)
        await asyncio.to_thread(self._numbers.add, fresh)

    async def _bring_ring(self, ring: CallRing) -> None:
        try:
            await self._client.ring(ring)
        except Invalid as error:
            if error.field != "at":
                raise
            await self._client.ring(replace(ring, at=self._clock.now()))
        self._spool.drop_ring(ring.key)

    async def _bring_report(self, report: SpokenReport) -> None:
        """Report first, then its recording: the case is in the inbox while the sound travels."""
        receipt = await self._hand_in(report)
        recording = Path(report.recording) if report.recording else None
        if recording is not None and await asyncio.to_thread(recording.is_file):
            stored = await self._client.upload(recording, MediaKind.RECORDING)
            await self._client.attach(
                receipt.number, stored.sha256, MediaKind.RECORDING, f"{report.key}:recording"
            )
            await asyncio.to_thread(_delete_with_siblings, recording, report.key)
        self._spool.drop_report(report.key)
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
        kept = await asyncio.to_thread(self._spool.notes)
        fresh = self._office.take_notes()
        try:
            await self._send_notes([*kept, *fresh])
        finally:
            # What was not dropped on the way waits on disk, also where this work is cut short.
            self._keep([note for note in fresh if note not in self._sent])
            self._sent.clear()

    async def _send_notes(self, notes: list[CallNote]) -> None:
        due = [
            note
            for note in notes
            if not self._spool.has_ring(note.key) and self._note_tries.is_due(note_name(note))
        ]
        for start in range(0, len(due), NOTES_AT_ONCE):
            bundle = due[start : start + NOTES_AT_ONCE]
            try:
                await self._client.note_call(bundle)
            except HotlineError as error:
                if is_away(error):
                    raise
                await self._send_one_by_one(bundle)
            else:
                for note in bundle:
                    self._arrived(note)

    async def _send_one_by_one(self, notes: list[CallNote]) -> None:
        """Find the mark that spoils a bundle: it alone waits, or is set aside."""
        for note in notes:
            name = note_name(note)
            self._note_tries.begin(name)
            try:
                await self._client.note_call([note])
            except HotlineError as error:
                if is_away(error):
                    self._note_tries.take_back(name)
                    raise
                log.exception("a mark is refused: %s", note.mark, extra={"call": note.key})
                if isinstance(error, FINAL) or self._note_tries.is_spent(name):
                    self._spool.keep_note(note)
                    self._spool.set_aside(NOTES, name, reason_of(error))
                    self._arrived(note)
            else:
                self._arrived(note)

    def _arrived(self, note: CallNote) -> None:
        """A mark needs no more bringing."""
        self._sent.append(note)
        self._note_tries.forget(note_name(note))
        self._spool.drop_note(note)
        if note.mark is CallMark.ENDED:
            self._spool.end_call(note.key)

    def _keep(self, notes: list[CallNote]) -> None:
        for note in notes:
            self._spool.keep_note(note)


def _delete_with_siblings(recording: Path, key: str) -> None:
    """Delete a call's recordings, once the backend has the one that counts."""
    for path in recording.parent.glob(f"{key}_*.wav"):
        path.unlink(missing_ok=True)
    recording.unlink(missing_ok=True)
