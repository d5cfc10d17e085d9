"""Brings what callers said to their answer behind a call: stored, told of, and deleted here."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from backend.client import BackendClient
from hotline.call import CallEvent, CallEventType
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.media import MediaKind
from hotline.queue import Patience, Tries
from ivr.flows.survey import COMMENT
from ivr.gateway import SpooledGateway

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
PATIENCE: Final = Patience(waits=(2, 10, 60, 300), longest_s=150)


class SpokenComments:
    """Looks through the exchange's recordings; whatever it does may be cut short and done again.

    A comment outlives whoever recorded it: its name says of which call it is.
    """

    def __init__(
        self, recordings: Path, client: BackendClient, office: SpooledGateway, clock: Clock
    ):
        self._recordings = recordings
        self._client = client
        self._office = office
        self._clock = clock
        self._tries = Tries(clock, PATIENCE)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.bring()
            await self._clock.sleep(EVERY_S)

    async def bring(self) -> None:
        """Bring each of calls that are over; one that cannot be waits, and holds up no other."""
        for path in await asyncio.to_thread(lambda: sorted(self._recordings.glob(f"{COMMENT}*"))):
            key = path.stem.removeprefix(COMMENT)
            if key in self._office.live or not self._tries.is_due(key):
                continue
            self._tries.begin(key)
            try:
                await self._bring(key, path)
            except (HotlineError, OSError) as error:
                log.warning("a comment is brought later: %s", error, extra={"call": key})
            else:
                self._tries.forget(key)

    async def _bring(self, key: str, path: Path) -> None:
        stored = await self._client.upload(path, MediaKind.RECORDING)
        said = CallEvent(key, CallEventType.SURVEY_SAID, self._clock.now(), stored.sha256)
        await self._client.note_call([said])
        await asyncio.to_thread(path.unlink, missing_ok=True)
