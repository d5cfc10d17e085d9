"""Bringing a backup back: made ready beside what is there, then put in its place whole."""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.backup import dump
from backend.backup.dump import DUMP
from backend.backup.files import (
    Damaged,
    Told,
    copy_file,
    copy_medium,
    files_below,
    judged,
    require_room,
    settle,
)
from backend.backup.lives import LivesReached, keep_lives, lives_reached
from backend.backup.make import OWN, SPOOLS, Shown, counter, is_wanted, media_below, media_list
from backend.backup.recover import (
    Goal,
    Source,
    clear,
    last_timeline,
    recovered,
    require_usable,
    room_for,
    verify_files,
)
from backend.backup.repository import MARKER, media_file, repository_of, stamp
from backend.operations.postgres import embedded
from backend.operations.preflight import NotPossible
from backend.operations.swap import COMING, begin_swap, finish_swap
from backend.store.numbers import skip_feed, skip_serials
from backend.store.session import Store, make_engine
from config.private import make_way
from config.settings import Settings
from hotline.clock import Clock

# More than a large city tells in a day: nobody hears a number that another was told since.
SKIPPED: Final = 10_000
# Each report makes some: a console that slept sees a gap, and reads its lists again.
SKIPPED_CHANGES: Final = 1_000_000
# The backup's files are as private as they were.
CLOSED: Final = 0o700


@dataclass(slots=True)
class Restorer:
    """One restore; the data folder must be held by us.

    `lost` are the photos and recordings that are missing or damaged in the backup: everything else
    is brought back without them.
    """

    settings: Settings
    source: Source
    clock: Clock
    shown: Shown
    lost: list[Path] = field(default_factory=list)

    async def restore(self, at: datetime | None, *, replace: bool) -> str:
        """Bring a backup back as it was at an instant, else as far as is kept.

        Gives the name of the folder with what was there before, empty where nothing was.
        """
        data, url = self.settings.home.data_dir, self.settings.database.url
        require_usable(self.source)
        if self.source.manifest.log is None and at not in (None, self.source.manifest.at):
            told = self.source.manifest.at.isoformat()
            raise NotPossible(f"{self.source.name} is a dump: it leads to {told} only")
        if url:
            await self._require_empty(url)
        self._require_place(replace=replace)
        with judged("the backup cannot be restored"):
            coming = data / COMING
            clear(coming)
            require_room(data, room_for(self.source) + self.source.manifest.media_bytes)
            make_way(coming)
            try:
                await self._make_ready(coming, at)
                await asyncio.to_thread(settle, coming)
            except BaseException:
                clear(coming)
                raise
            name = stamp(self.clock.now())
            before = data / begin_swap(data, name)
            finish_swap(data)
        return before.name if before.is_dir() else ""

    def _require_place(self, *, replace: bool) -> None:
        data = self.settings.home.data_dir
        server = embedded(self.settings)
        if server.pid() is not None:
            raise NotPossible(f"a PostgreSQL runs in {server.data}; stop the hotline first")
        if (server.data.exists() or (data / "media").exists()) and not replace:
            raise NotPossible(
                f"there is a hotline in {data}; with --replace it is put aside and kept"
            )
        mounted = [one.name for one in data.iterdir() if one.is_mount()]
        if mounted:
            raise NotPossible(f"{data / mounted[0]} is a disk of its own: it cannot be put aside")

    async def _make_ready(self, coming: Path, at: datetime | None) -> None:
        async with self.shown("backup.step_verify") as step:
            await asyncio.to_thread(verify_files, self.source, counter(step))
        async with self.shown("backup.step_media") as step:
            await asyncio.to_thread(self._bring_media, coming, counter(step))
        async with self.shown("backup.step_spool"):
            await asyncio.to_thread(self._bring_own, coming)
        async with self.shown("backup.step_recover") as step:
            if self.settings.database.url:
                await self._fill_elsewhere(self.settings.database.url, coming)
            else:
                goal = Goal(at, beyond=self._last_timeline())
                where = coming / "postgres"
                async with recovered(self.source, where, goal, counter(step)) as server:
                    await self._skip_numbers(server.url(), coming)

    async def _require_empty(self, url: str) -> None:
        if self.source.manifest.log is not None:
            raise NotPossible(
                f"{self.source.name} is of our own server: restore it without database.url"
            )
        await dump.require_empty(url)

    async def _fill_elsewhere(self, url: str, coming: Path) -> None:
        await asyncio.to_thread(dump.fill_empty, self.source.folder / DUMP, url)
        await self._skip_numbers(url, coming)

    def _know_lives(self) -> list[Path]:
        """The folders that know of the lives before: of this backup, our backups, and our data."""
        ours = repository_of(self.settings).folder
        found = [self.source.repository.folder, self.settings.home.data_dir]
        return [*found, ours] if (ours / MARKER).is_file() else found

    def _last_timeline(self) -> int:
        """The newest life of the backup's server that is known here; 0 for a dump."""
        log = self.source.manifest.log
        if log is None:
            return 0
        kept = {repository_of(self.settings), self.source.repository}
        known = lives_reached(self._know_lives()).timeline
        return max(known, *(last_timeline(one, log.system) for one in kept))

    async def _skip_numbers(self, url: str, coming: Path) -> None:
        """Go on beyond what any life before has told, and let the next restore know."""
        folders = self._know_lives()
        known = lives_reached(folders)
        store = Store(make_engine(url, pool_size=1))
        try:
            async with store.begin() as connection:
                serial = await skip_serials(connection, known.serial, SKIPPED)
                feed = await skip_feed(connection, known.feed, SKIPPED_CHANGES)
        finally:
            await store.close()
        timeline = max(known.timeline, self._last_timeline() + 1)
        reached = LivesReached(serial, feed, timeline)
        # What lies in the data folder now is put aside: the new one knows it instead.
        beside = {one for one in folders if one != self.settings.home.data_dir}
        keep_lives([*beside, coming], reached)

    def _bring_media(self, coming: Path, told: Callable[[int], None]) -> None:
        """Copy what the backup names, and what came into the shared folder since."""
        repository = self.source.repository
        wanted = {sha256 for sha256, _ in media_list(repository, self.source.name)}
        began = self.source.manifest.began_at.timestamp()
        for sha256, path in media_below(repository.folder):
            if sha256 in wanted or path.stat().st_mtime >= began:
                wanted.discard(sha256)
                if not _bring_medium(path, media_file(coming, sha256), told):
                    self.lost.append(path)
        self.lost += [repository.media_file(sha256) for sha256 in sorted(wanted)]

    def _bring_own(self, coming: Path) -> None:
        """Copy secrets and what waited: in the backup's time, and when it was seen last."""
        own = self.source.folder / OWN / "data"
        for path, _ in files_below(own):
            _lay(path, coming / path.relative_to(own))
        mirror = self.source.repository.mirror
        for spool in SPOOLS:
            for path, _ in files_below(mirror / spool):
                name = path.relative_to(mirror)
                # What came twice is taken in once; what was left out would be lost.
                if is_wanted(name) and not (coming / name).exists():
                    _lay(path, coming / name)


def _bring_medium(path: Path, target: Path, told: Told) -> bool:
    """Copy one file; False where the disk cannot read it, or it is not what its name says."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=CLOSED)
    try:
        copy_medium(path, target, told)
    except Damaged:
        return False
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False
    return True


def _lay(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=CLOSED)
    copy_file(source, target)
