"""What callers are told of the room: the duty chief's bulletin, and that it is overloaded."""

import asyncio
import logging
import os
import wave
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from backend.client import BackendClient
from hotline.clock import iso
from hotline.errors import HotlineError
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.bulletin import BulletinTold
from hotline.room.plan import RoomPlan
from ivr.fallback import Speak, by_espeak, speak_to
from ivr.flows.bulletin import OnAir
from ivr.switch.seen import InQueue

log = logging.getLogger(__name__)

FOLDER: Final = "bulletin"
ZH, EN = "zh_CN", "en"


class RoomNews:
    """Keeps what a call finds: the bulletin as sounds, and whether callers wait for too long.

    `since` gives since when a call has waited in all, None for one that nobody told of.
    """

    def __init__(
        self,
        client: BackendClient,
        exchange_spool: Path,
        since: Callable[[str], datetime | None],
        speak: Speak = by_espeak,
    ):
        self._client = client
        self._folder = exchange_spool / FOLDER
        self._since = since
        self._speak = speak
        self._told: BulletinTold | None = None
        self._long_since: datetime | None = None
        self._alarm: RoomAlarm | None = None
        self.on_air: OnAir | None = None
        self.is_overloaded = False

    async def bulletin(self, told: BulletinTold | None) -> None:
        """Let callers hear this from now on; what cannot be made is tried at the next look."""
        if told == self._told:
            return
        self.on_air = None
        if told is not None:
            sounds = await self._sounds(told)
            self.on_air = OnAir(told.id, sounds, told.case)
        self._told = told

    async def _sounds(self, told: BulletinTold) -> dict[str, str]:
        """Give the sound of each language, as the exchange finds it."""
        wanted = {one: text for one, text in ((ZH, told.text), (EN, told.text_en)) if text}
        if told.sound:
            body = await self._client.media(told.sound)
            path = self._folder / f"{told.id}.wav"
            await asyncio.to_thread(self._keep, path, lambda: path.write_bytes(body))
            return dict.fromkeys((ZH, EN), str(path.with_suffix("")))
        made = {}
        for language, text in wanted.items():
            path = self._folder / f"{told.id}-{language}.wav"
            if await asyncio.to_thread(self._keep, path, self._spoken(path, text, language)):
                made[language] = str(path.with_suffix(""))
        return made

    def _spoken(self, path: Path, text: str, language: str) -> Callable[[], object]:
        return lambda: speak_to(path, text, language, self._speak)

    def _keep(self, path: Path, make: Callable[[], object]) -> bool:
        """Make a sound that the exchange may read; false where it cannot be made."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            make()
        except (OSError, EOFError, wave.Error) as error:
            log.warning("a bulletin is not spoken, callers hear of it in general: %r", error)
            return False
        if os.getuid() == 0:  # the exchange is a servant of root's, whose folder this is
            for one in (path.parent, path):
                os.chown(one, self._folder.parent.stat().st_uid, -1)
        return True

    async def waits(self, waiting: Iterable[InQueue], plan: RoomPlan, now: datetime) -> None:
        """Take who waits; the duty chief is told once when they have waited for too long."""
        there = list(waiting)
        begun = (self._since(one.call) or now - timedelta(seconds=one.seconds) for one in there)
        longest = max(((now - at).total_seconds() for at in begun), default=0.0)
        if longest <= plan.overload_wait_s:
            self._long_since, self.is_overloaded = None, False
        else:
            self._long_since = self._long_since or now
            for_s = (now - self._long_since).total_seconds()
            if not self.is_overloaded and for_s >= plan.overload_for_s:
                self.is_overloaded = True
                about = f"overload {iso(self._long_since)}"
                self._alarm = RoomAlarm(AlarmKind.OVERLOAD, now, about, str(len(there)))
        await self._raise_alarm()

    async def _raise_alarm(self) -> None:
        """Tell the duty chief what is due; a backend that is away is told at the next look."""
        if self._alarm is None:
            return
        try:
            await self._client.alarm(self._alarm)
        except HotlineError as error:
            log.warning("the duty chief is not told of the overload: %s", error)
            return
        self._alarm = None
