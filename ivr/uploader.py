"""Brings to the backend what waits on disk: numbers leased ahead, calls, reports, marks."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backend.client import BackendClient
from hotline.call import CallMark, CallNote
from hotline.errors import Conflict, HotlineError, Invalid, Refused, TooLarge, Unavailable
from hotline.report import Channel, Contact, MediaKind, NewReport, Receipt
from ivr.numbers import BLOCK, Numbers
from ivr.office import DoorOffice
from ivr.spool import SpokenReport, Spool

log = logging.getLogger(__name__)

# What the backend will not take however often it is asked.
PERMANENT = (Invalid, Refused, Conflict, TooLarge)
ROUND_SECONDS = 0.3
LONGEST_PAUSE = 5.0
NOTES_AT_ONCE = 200


class Uploader:
    """One loop; everything it sends may be sent again after a kill at any instant."""

    def __init__(self, client: BackendClient, spool: Spool, numbers: Numbers, office: DoorOffice):
        self._client = client
        self._spool = spool
        self._numbers = numbers
        self._office = office

    async def run(self) -> None:
        """Work until cancelled; what was in memory is on disk afterwards."""
        pause = ROUND_SECONDS
        try:
            while True:
                pause = await self._round(pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._office.work.wait()
                self._office.work.clear()
        finally:
            self._keep(self._office.take_notes())

    async def _round(self, pause: float) -> float:
        """Bring everything once; give how long to wait before the next time."""
        try:
            await self.bring()
        except Unavailable as error:
            log.info("the backend is away, what waits stays on disk: %s", error)
            self._keep(self._office.take_notes())
            return min(max(pause, 0.5) * 2, LONGEST_PAUSE)
        except Exception:
            log.exception("bringing failed; tried again")
            return LONGEST_PAUSE
        return ROUND_SECONDS

    async def bring(self) -> None:
        """Bring numbers, calls, reports and marks, in this order; raises Unavailable."""
        if self._numbers.is_low:
            fresh = await self._client.lease_numbers(BLOCK)
            await asyncio.to_thread(self._numbers.add, fresh)
        for ring in await asyncio.to_thread(self._spool.rings):
            await self._client.ring(ring)
            self._spool.drop_ring(ring.key)
        for report in await asyncio.to_thread(self._spool.reports):
            await self._bring_report(report)
        await self._bring_notes()

    async def _bring_report(self, report: SpokenReport) -> None:
        try:
            await self._submit(report)
        except PERMANENT:
            log.exception("a report is refused and set aside", extra={"call": report.key})
            self._spool.set_report_aside(report.key)

    async def _submit(self, report: SpokenReport) -> None:
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
        except (Conflict, Invalid):
            if report.number is None:
                raise
            log.exception("number %s is refused", report.number, extra={"call": report.key})
            return await self._client.submit(replace(new, number=None))

    async def _bring_notes(self) -> None:
        """Bring marks in bundles; one of a call that is not on record yet waits for it."""
        kept = await asyncio.to_thread(self._spool.notes)
        fresh = self._office.take_notes()
        late = [note for note in fresh if self._spool.has_ring(note.key)]
        self._keep(late)
        notes = [n for n in [*kept, *fresh] if not self._spool.has_ring(n.key)]
        for start in range(0, len(notes), NOTES_AT_ONCE):
            await self._send_notes(notes[start : start + NOTES_AT_ONCE], notes[start:])
        for note in kept:
            if note in notes:
                self._spool.drop_note(note)

    async def _send_notes(self, bundle: list[CallNote], rest: list[CallNote]) -> None:
        try:
            await self._client.note_call(bundle)
        except Unavailable:
            self._keep(rest)
            raise
        except HotlineError:
            await self._send_one_by_one(bundle)
        for note in bundle:
            if note.mark is CallMark.ENDED:
                self._spool.end_call(note.key)

    async def _send_one_by_one(self, notes: list[CallNote]) -> None:
        """Find the mark that spoils a bundle, and let go of it alone."""
        for note in notes:
            try:
                await self._client.note_call([note])
            except Unavailable:
                self._keep(notes)
                raise
            except HotlineError:
                log.exception("a mark is refused: %s", note.mark, extra={"call": note.key})

    def _keep(self, notes: list[CallNote]) -> None:
        for note in notes:
            self._spool.keep_note(note)


def _delete_with_siblings(recording: Path, key: str) -> None:
    """Delete a call's recordings, once the backend has the one that counts."""
    for path in recording.parent.glob(f"{key}_*.wav"):
        path.unlink(missing_ok=True)
    recording.unlink(missing_ok=True)
