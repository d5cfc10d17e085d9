"""Following releases: a running process goes on by the one that counts as soon as it does."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from backend.city_files import CATALOGUE, MAPS
from backend.current import CurrentRelease, Know, fetch_current, read_release
from backend.desks.context import AppContext, ContextSource, TriageService
from backend.layers import Layers, make_layers
from backend.store import releases, staff
from backend.store.contacts import contact_ids
from backend.store.session import listen
from hotline.city import City
from hotline.clock import pause
from hotline.release import differing

log = logging.getLogger(__name__)
# A notification may be lost, so it looks by itself too.
POLL_S: Final = 1.0
# After so many looks a release is tried once more that could not be read.
LOOKS_ASIDE: Final = 60

Hear = Callable[[CurrentRelease], None]
# The number of an activation, and that of the last change of people.
Counted = tuple[int, int]
NOTHING: Final = (0, 0)


@dataclass(slots=True)
class ReleaseFollower:
    """Puts another context in the place of the one of now, whenever another release counts.

    The same when people come, change or go.

    A release that cannot be read here is told of in the log, once, and the one before goes on.
    """

    release: CurrentRelease
    know: Know
    source: ContextSource
    heard: list[Hear] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # What could not be read, for how many looks it is left alone, and what was told of it.
    unread: Counted = NOTHING
    aside: int = 0
    told: tuple[Counted, str] = (NOTHING, "")

    async def run(self) -> None:
        """Follow until cancelled; a lost database is waited for."""
        while True:
            try:
                await self._follow()
            except Exception as error:
                self._tell(error)
            self.woken.clear()
            await pause(self.woken, POLL_S)

    async def look(self) -> None:
        """Go on by the release that counts, if it is another one."""
        async with self.turn:
            store = self.source.now.store
            async with store.connect() as connection:
                counts = await releases.current(connection)
                here = (self.release.city.activation, self.release.city.staffed)
                there = (counts.seq, await staff.mark(connection)) if counts else here
                if there == here:
                    return
                if there == self.unread and self.aside > 0:
                    self.aside -= 1
                    return
                fetched = await fetch_current(connection, self.source.now.clock.now())
                there = (fetched.counts.seq, fetched.staff.mark)  # it may be later by now
            try:
                release = await asyncio.to_thread(read_release, fetched)
                known, layers = await self._known(release), await self._layers(release)
            except Exception:
                self.unread, self.aside = there, LOOKS_ASIDE
                raise
            await self._swap(release, known, layers)
            self.unread, self.told = NOTHING, (NOTHING, "")
            log.info("the release %s counts", release.files.release)

    def _tell(self, error: Exception) -> None:
        """Say why there is nothing to go on by, where it was not said yet."""
        why = (self.unread, repr(error))
        if why != self.told:
            self.told = why
            goes_on = self.release.files.release
            log.error("%s goes on: what counts is not followed", goes_on, exc_info=error)

    async def _follow(self) -> None:
        async with self.source.now.store.alone() as connection:
            await listen(connection, releases.ACTIVATED, self.woken.set)
            while True:
                self.woken.clear()
                await self.look()
                await pause(self.woken, POLL_S)

    async def _layers(self, release: CurrentRelease) -> Layers:
        before = self.release.files.maps
        # What a release does not change is the same in both (backend.city_files).
        if all(before[name] is layer for name, layer in release.files.maps.items()):
            return self.source.now.layers
        return await asyncio.to_thread(make_layers, release.files.maps)

    async def _known(self, release: CurrentRelease) -> TriageService:
        changed = differing(self.release.manifest, release.manifest)
        is_moved = release.city.centre != self.release.city.centre
        if is_moved or any(one in MAPS or one.startswith(CATALOGUE) for one in changed):
            return await asyncio.to_thread(self.know, release.files)
        return self.source.now.knowing

    async def _swap(self, release: CurrentRelease, known: TriageService, layers: Layers) -> None:
        before = self.source.now
        fresh = replace(
            before,
            city=release.city,
            files=release.files,
            layers=layers,
            knowing=known,
            matters=known.matters,
        )
        if release.city.telephone != before.city.telephone:
            async with before.store.connect() as connection:
                fresh = replace(fresh, contacts=await contact_ids(connection, fresh.city.telephone))
        _fit(fresh, release.city)
        self.source.now = fresh
        for hear in self.heard:
            hear(release)
        self.release = release


def _fit(context: AppContext, city: City) -> None:
    """Let go on by a city what lasts from one release to the next."""
    context.numbers.length = city.number_length
    context.tally.end_in(city.ends)
