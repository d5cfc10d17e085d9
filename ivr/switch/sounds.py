"""Sounds that the city makes for itself: fetched where they were recorded, else spoken here."""

import asyncio
import hashlib
import logging
import os
import wave
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from backend.client import BackendClient
from hotline.errors import NotFound
from ivr.fallback import Speak, keep_recorded, speak_to

# A call that hears a sound may go on for some time.
KEPT_S = 86_400.0

log = logging.getLogger(__name__)


class SpokenSounds:
    """Makes sounds in a folder that the exchange reads; what was made before is made once."""

    def __init__(self, client: BackendClient, folder: Path, speak: Speak):
        self._client = client
        self._folder = folder
        self._speak = speak

    async def of(self, name: str, text: str, language: str, recorded: str = "") -> str:
        """Give where a sound lies, without its ending; "" where nobody can speak it.

        `recorded` is the SHA-256 of a recording. Raises what a backend that is away raises.
        """
        if not recorded and not text:
            return ""
        made_of = hashlib.sha256(f"{language} {text}".encode()).hexdigest()
        path = self._folder / f"{name}-{(recorded or made_of)[:16]}.wav"
        if path.is_file():
            return str(path.with_suffix(""))
        try:
            body = await self._client.media(recorded) if recorded else None
        except NotFound as error:
            log.warning("%s has no recording: %s", name, error)
            return ""
        made = await asyncio.to_thread(self._keep, path, text, language, body)
        return str(path.with_suffix("")) if made else ""

    async def tidy(self, used: Collection[str], now: datetime) -> None:
        """Take away what nobody has heard for a day, but for what is used."""
        await asyncio.to_thread(self._tidy, used, now.timestamp() - KEPT_S)

    def _tidy(self, used: Collection[str], before: float) -> None:
        for one in self._folder.glob("*.*"):
            if str(one.with_suffix("")) in used:
                one.touch()
            elif one.stat().st_mtime < before:
                one.unlink(missing_ok=True)

    def _keep(self, path: Path, text: str, language: str, body: bytes | None) -> bool:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            if body is None:
                speak_to(part, text, language, self._speak)
            else:
                keep_recorded(part, body)
            if os.getuid() == 0:  # the exchange is a servant of root's, whose folder this is
                for one in (path.parent, part):
                    os.chown(one, self._folder.parent.stat().st_uid, -1)
            part.replace(path)
        except (OSError, EOFError, wave.Error) as error:
            log.warning("%s is not spoken: %r", path.stem, error)
            return False
        return True
