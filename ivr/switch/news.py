"""What callers are told of the room: the duty chief's bulletin, and that it is overloaded."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from backend.client import BackendClient
from hotline.clock import iso
from hotline.errors import HotlineError
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.bulletin import BulletinTold
from hotline.room.call_back import is_leg
from hotline.room.plan import OwnPrompt, RoomPlan
from ivr.fallback import Speak, by_espeak
from ivr.flows.bulletin import OnAir
from ivr.switch.seen import InQueue
from ivr.switch.sounds import SpokenSounds

log = logging.getLogger(__name__)

FOLDER: Final = "own"
ZH, EN = "zh_CN", "en"
BETWEEN_TURNS: Final = timedelta(seconds=30)
TIDY_EVERY: Final = timedelta(hours=1)


class RoomNews:
    """Keeps what a call finds: the bulletin as sounds, and whether callers wait for too long.

    `own` are the files of prompts in the city's own words, by the names of those they stand for.
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
        self._sounds = SpokenSounds(client, exchange_spool / FOLDER, speak)
        self._since = since
        self._told: BulletinTold | None = None
        self._own_told: tuple[OwnPrompt, ...] = ()
        self.own: dict[str, str] = {}
        self._tidied: datetime | None = None
        self._long_since: datetime | None = None
        self._long_at: datetime | None = None
        self._alarm: RoomAlarm | None = None
        self.on_air: OnAir | None = None
        self.is_overloaded = False

    async def bulletin(self, told: BulletinTold | None) -> None:
        """Let callers hear this from now on; what cannot be made is tried at the next look."""
        if told == self._told:
            return
        self.on_air = None
        if told is not None:
            self.on_air = await self._on_air(told)
        self._told = told

    async def prompts(self, told: tuple[OwnPrompt, ...]) -> None:
        """Let callers hear these in the stead of others from now on."""
        if told == self._own_told:
            return
        made = {}
        for one in told:
            path = await self._sounds.of(
                f"{one.language}-{one.id}", one.text, one.language, one.sound
            )
            if path:
                made[one.name] = path
        self.own, self._own_told = made, told

    async def tidy(self, now: datetime) -> None:
        """Take away once an hour what callers heard and hear no more."""
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            await self._sounds.tidy(self._used(), now)

    def _used(self) -> set[str]:
        heard = self.on_air.sounds.values() if self.on_air else ()
        return {*self.own.values(), *heard}

    async def _on_air(self, told: BulletinTold) -> OnAir:
        wanted = {ZH: told.text, EN: told.text_en}
        if told.sound:
            path = await self._sounds.of(told.id, "", ZH, told.sound)
            return OnAir(told.id, dict.fromkeys(wanted, path) if path else {}, told.case)
        made = {}
        for language, text in wanted.items():
            path = await self._sounds.of(f"{told.id}-{language}", text, language)
            if path:
                made[language] = path
        return OnAir(told.id, made, told.case)

    async def waits(self, waiting: Iterable[InQueue], plan: RoomPlan, now: datetime) -> None:
        """Take who waits; the duty chief is told once when they have waited for too long."""
        # Who is rung back has not waited on the line for as long as they have in all.
        there = [one for one in waiting if not is_leg(one.call)]
        begun = (self._since(one.call) or now - timedelta(seconds=one.seconds) for one in there)
        longest = max(((now - at).total_seconds() for at in begun), default=0.0)
        if longest <= plan.overload_wait_s:
            # Who hears how it stands is in no queue meanwhile, and waits all the same.
            if self._long_at is None or now - self._long_at > BETWEEN_TURNS:
                self._long_since, self.is_overloaded = None, False
        else:
            self._long_since, self._long_at = self._long_since or now, now
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
