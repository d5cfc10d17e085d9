"""What runs beside the hotline: keeps log, media and spool up to date, and makes the backups.

With the log a restore leads to any instant since the oldest backup, and a disk that is lost takes
seconds of work with it instead of a day's.
"""

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from backend.backup.age import LOG, MIRROR, forget_failure, keep_failure, other_home
from backend.backup.basebackup import keepers_store
from backend.backup.compare import Checker
from backend.backup.make import Maker
from backend.backup.manifest import Manifest
from backend.backup.mirror import is_there, mirror_media, mirror_spools
from backend.backup.recover import Source
from backend.backup.repository import Repository, made, repository_of, stamp
from backend.backup.wal import BROKEN_OFF, LogFolder, Reached, log_behind, log_folder, place_of
from backend.cli.progress import Progress, ProgressStep
from backend.cli.running import stop_event
from backend.operations.postgres import KEEPER, Postgres, database_url, embedded
from backend.operations.preflight import NotPossible
from backend.store import walflow
from backend.store.session import Store, make_engine
from backend.store.walflow import Flow
from config.logs import set_up
from config.private import keep_private
from config.settings import Settings, SettingsError, files_named, from_environment
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.queue import reason_of
from hotline.words import say

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
DUE_S: Final = 30.0
# What fails may fail again: a disk that is full is not filled anew every minute.
AGAIN_S: Final = 1800.0
SLOT: Final = "hotline_backup"
# Where only the log does not go on in one life: a receiver that cannot run asks again and again.
GAP_WAIT: Final = timedelta(hours=1)
# A photo's instant is the one at which its request began.
OVERLAP: Final = timedelta(minutes=10)
TROUBLE: Final = (NotPossible, HotlineError, OSError, subprocess.SubprocessError)


@dataclass(slots=True)
class Receiver:
    """PostgreSQL's own receiver of the log."""

    server: Postgres
    process: subprocess.Popen[bytes] | None = None

    def keep_running(self, folder: Path) -> int | None:
        """Start it where it does not run; gives the code with which it ended, if it did."""
        code = None if self.process is None else self.process.poll()
        if self.process is not None and code is None:
            return None
        where = ("-D", str(folder), "-S", SLOT)
        slot = ("--create-slot", "--if-not-exists")
        create = self.server.asking("pg_receivewal", *where, *slot, role=KEEPER)
        subprocess.run(create, check=True, capture_output=True)
        # It ends with its connection, so that it outlives neither the server nor us for long.
        going = ("--no-loop", "--synchronous")
        asked = self.server.asking("pg_receivewal", *where, *going, role=KEEPER)
        self.process = subprocess.Popen(asked)
        return code

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it; what it has received is on disk."""
        if self.process is not None and self.runs:
            self.process.terminate()
            self.process.wait()
        self.process = None


@dataclass(slots=True)
class Follower:
    """Keeps a folder of backups up to date with one hotline."""

    settings: Settings
    repository: Repository
    server: Postgres | None
    store: Store
    clock: Clock
    documents: tuple[Path, ...] = ()
    receiver: Receiver | None = None
    signs: list[Reached] = field(default_factory=list)
    media_since: datetime | None = None
    media_missed: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Follow, and make backups, until cancelled; what fails is tried again."""
        try:
            # What is no trouble that passes ends both, so that a supervisor starts them anew.
            async with asyncio.TaskGroup() as both:
                both.create_task(self._again_and_again(self.look, LOOK_S, LOOK_S))
                both.create_task(self._again_and_again(self.back_up_when_due, DUE_S, AGAIN_S))
        finally:
            self.stop()

    def stop(self) -> None:
        """End what runs for it."""
        if self.receiver is not None:
            self.receiver.stop()

    async def _again_and_again(
        self, work: Callable[[], Awaitable[None]], pause_s: float, after_trouble_s: float
    ) -> None:
        while True:
            pause = pause_s
            try:
                await work()
            except TROUBLE as error:
                log.warning("%s", reason_of(error))
                pause = after_trouble_s
            await self.clock.sleep(pause)

    async def look(self) -> None:
        """Bring everything up to date once."""
        if self.server is not None:
            self.receiver = self.receiver or Receiver(self.server)
            await self._follow_log(self.receiver)
        fresh = await walflow.media_since(self.store, self.media_since)
        await asyncio.to_thread(self.mirror, fresh)

    def mirror(self, fresh: Iterable[str]) -> None:
        """Copy what waits, and fresh media by their hashes; what cannot be is tried again."""
        data, now = self.settings.home.data_dir, self.clock.now()
        if not is_there(data):
            raise NotPossible(f"{data} is not there: nothing of it is copied to the backups")
        waiting = mirror_spools(data, self.repository)
        self.media_missed = mirror_media(data, self.repository, {*fresh, *self.media_missed})
        self.media_since = now - OVERLAP
        self._tell_missed(waiting | self.media_missed)

    def _tell_missed(self, missed: dict[str, str]) -> None:
        """Log each file once, and let the list of checks show one as long as any is missed."""
        data = self.settings.home.data_dir
        for name in missed.keys() - self.told:
            log.warning("%s is not copied to the backups: %s", name, missed[name])
        if not missed:
            forget_failure(data, MIRROR)
        elif missed.keys() != self.told:
            name, reason = min(missed.items())
            keep_failure(data, self.clock.now(), f"{name}: {reason}", MIRROR)
        self.told = set(missed)

    async def _follow_log(self, receiver: Receiver) -> None:
        """Keep the receiver at work, pack what it has finished, and note how far it came."""
        flow = await walflow.flow_of(self.store, SLOT)
        kept = log_folder(self.repository, flow.system, flow.timeline)
        # Nobody keeps the log for a slot that is gone, so what is in the folder ends in a gap.
        ends = flow.is_lost or (not flow.has_slot and bool(kept.segments()))
        if ends and not await self._begin_anew(receiver, kept):
            return
        kept.folder.mkdir(exist_ok=True, mode=0o700)
        for wrong in kept.set_aside(stamp(self.clock.now())) if not receiver.runs else ():
            log.warning("%s has a wrong size and was set aside; it is received anew", wrong)
        self._tell_receiver(await asyncio.to_thread(receiver.keep_running, kept.folder), flow)
        await asyncio.to_thread(kept.seal)
        if flow.flushed:
            self._note_reached(kept, flow.flushed)
        at = self.clock.now()
        self.signs.append(Reached(at, await walflow.sign(self.store)))

    def _tell_receiver(self, code: int | None, flow: Flow) -> None:
        """Let the list of checks show that the receiver ended, until the log flows again."""
        data = self.settings.home.data_dir
        if code is not None:
            reason = f"pg_receivewal ended with code {code}; its reason stands in the log"
            log.warning("%s", reason)
            keep_failure(data, self.clock.now(), reason, LOG)
        elif flow.flushed:
            forget_failure(data, LOG)

    async def _begin_anew(self, receiver: Receiver, kept: LogFolder) -> bool:
        """Put the log aside that ends here; False where the server is not done with it yet."""
        receiver.stop()
        if not await walflow.drop_slot(self.store, SLOT):
            return False
        log.warning("the log that is kept for backups has a gap; a new backup is made")
        if kept.folder.is_dir():
            kept.folder.rename(f"{kept.folder}{BROKEN_OFF}{stamp(self.clock.now())}")
        self.signs.clear()
        return True

    def _note_reached(self, kept: LogFolder, flushed: str) -> None:
        """What is on disk reaches to the newest sign that lies before its end."""
        came = place_of(flushed)
        there = [one for one in self.signs if place_of(one.lsn) <= came]
        if there:
            kept.set_reached(there[-1])
            self.signs = self.signs[len(there) :]

    async def back_up_when_due(self) -> None:
        """Make a backup where it is time, and check it where none was checked for long."""
        flow = await walflow.flow_of(self.store, SLOT) if self.server is not None else None
        if not await asyncio.to_thread(self.is_due, flow):
            return
        data = self.settings.home.data_dir
        newest = self.repository.newest(self.clock.now())
        if newest is not None and (home := other_home(self.settings, newest[1])):
            log.warning(
                "backup %s is of the hotline in %s, and now comes one of ours", newest[0], home
            )
        try:
            with self.repository.alone():
                name, manifest = await self._maker().make()
                log.info("backup %s was made", name)
                await self._check_when_due(name, manifest)
        except TROUBLE as error:
            keep_failure(data, self.clock.now(), reason_of(error))
            raise

    def is_due(self, flow: Flow | None) -> bool:
        """Whether there is no backup of this day, or none that the log goes on from."""
        if self.settings.backup.hour < 0:
            return False
        newest = self.repository.newest(self.clock.now())
        if newest is None:
            return True
        if self.is_of_the_day():
            return True
        if flow is not None and not _is_of_life(newest[1], flow):
            # A hotline that was brought back: nothing since would outlive a second loss.
            return not any(
                _is_of_life(one, flow) and not self._has_waited(one)
                for _, one in self.repository.good()
            )
        return self._has_waited(newest[1]) and not self._goes_on(flow, newest[1])

    def _has_waited(self, made_last: Manifest) -> bool:
        return abs(self.clock.now() - made_last.began_at) >= GAP_WAIT

    def _goes_on(self, flow: Flow | None, made_last: Manifest) -> bool:
        """Whether the log that is kept now goes on from a backup."""
        if flow is None:
            return True
        here = log_folder(self.repository, flow.system, flow.timeline)
        ends = made_last.log
        return ends is not None and log_behind(self.repository, ends, made_last.at) == here

    def is_of_the_day(self) -> bool:
        """Whether there is no backup of this day: one made for the log alone prunes nothing."""
        newest = self.repository.newest(self.clock.now())
        hour = self.settings.backup.hour
        return newest is None or newest[1].began_at < last_time(self.clock.now(), hour)

    def _maker(self) -> Maker:
        maker = Maker(self.settings, self.repository, self.clock, self._shown, self.documents)
        maker.prunes = self.is_of_the_day()
        return maker

    async def _check_when_due(self, name: str, manifest: Manifest) -> None:
        days = self.settings.backup.check_days
        if not days:
            return
        last = self.repository.last_checked()
        if last is None or self.clock.now() - last[1].at >= timedelta(days=days):
            source = Source(self.repository, name, manifest)
            found = await Checker(self.settings, source, self.clock, self._shown).check()
            level = logging.ERROR if found.left else logging.INFO
            log.log(level, "backup %s was checked: %d differ", name, len(found.differences))

    def _shown(self, key: str) -> contextlib.AbstractAsyncContextManager[ProgressStep]:
        return Progress(self.clock).step(say(key, self.settings.home.language))


def _is_of_life(manifest: Manifest, flow: Flow) -> bool:
    """Whether a backup was made in the life that our own server is in."""
    made = manifest.log
    return made is not None and (made.system, made.timeline) == (flow.system, flow.timeline)


def last_time(now: datetime, hour: int) -> datetime:
    """The last instant at which this machine's clock showed an hour."""
    here = now.astimezone()
    at = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at <= here else at - timedelta(days=1)


async def follow(settings: Settings, documents: tuple[Path, ...]) -> None:
    """Follow the hotline of some settings until a signal ends it."""
    stop = stop_event()
    repository = made(repository_of(settings))
    server = None if settings.database.url else embedded(settings)
    store = keepers_store(server) if server else Store(make_engine(database_url(settings)))
    follower = Follower(settings, repository, server, store, SystemClock(), documents)
    try:
        await until_stopped(follower, stop)
    finally:
        await store.close()


async def until_stopped(follower: Follower, stop: asyncio.Event) -> None:
    """Let one follow until it is to stop; raises what ended it before."""
    running, stopped = asyncio.create_task(follower.run()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        running.cancel()
        stopped.cancel()
        await asyncio.gather(running, stopped, return_exceptions=True)


def main() -> None:
    """Follow the hotline of this process's settings."""
    try:
        settings = from_environment()
        set_up(settings.log)
        keep_private(settings.home.data_dir)
        asyncio.run(follow(settings, tuple(files_named())))
    except (SettingsError, NotPossible) as error:
        sys.exit(f"hotline: {error}")


if __name__ == "__main__":
    main()
