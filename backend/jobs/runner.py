"""What a worker does all the time: lights, understanding, and what is looked after by the clock."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from backend.desks import (
    aside,
    bundling,
    executor,
    recounting,
    retention,
    seating,
    timers,
    triage,
)
from backend.desks.context import ContextSource
from backend.jobs.calendar import CalendarWatch
from backend.jobs.log_keeper import LogKeeper, Signing
from backend.jobs.loop import Loop
from backend.jobs.own_clock import OwnClock
from backend.jobs.partitioning import PartitionKeeper
from backend.jobs.sequencer import ChangeAnnouncer
from backend.store.field_indexes import index_fields
from backend.store.plan_keeping import keep_to_plan
from hotline.health import BEAT_S, WORKER, Beat

# What is due later than this is looked for again before.
LOOK_EVERY_S: Final = 0.2
KEEP_EVERY_S: Final = 30.0
ABSENT_EVERY_S: Final = 2.0
PARTS_EVERY_S: Final = 60.0
RETENTION_EVERY_S: Final = 60.0
# It looks at every open case.
LATE_EVERY_S: Final = 60.0
LOG_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the processes that do the office's jobs; any number may run.

    `lives` is called as long as its loop turns. One whose clock is more than `astray` off the
    database's does nothing by it: it would turn lights early and take what others have leased.
    `kept` says how long what is in a table is, where that is not for ever. At `night`, an hour of
    the city's day, what was kept long enough goes, and its files by `drop_file`; -1: never.
    It does not by a clock that stands more than `ahead` of what was believed last.
    Without `signing` the log grows and nobody signs it.
    """

    source: ContextSource
    lives: Callable[[], object] = lambda: None
    astray: timedelta = timedelta(seconds=5)
    kept: Mapping[str, timedelta] = field(default_factory=dict)
    night: int = -1
    ahead: timedelta = timedelta(days=30)
    drop_file: retention.DropFile | None = None
    signing: Signing | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for loop in self._loops():
                group.create_task(loop.run(), name=loop.name)
            group.create_task(ChangeAnnouncer(self.source.now.store).run(), name="announcer")

    def _loops(self) -> list[Loop]:
        source, clock = self.source, self.source.now.clock
        own = OwnClock(source.now.store, clock, self.astray)
        judged = own.only_by_it
        keeper = PartitionKeeper(source.now.store, clock, self.kept)
        logged = LogKeeper(source.now.store, clock, self.signing)

        def new() -> Awaitable[int]:
            return triage.look_at_new(source.now)

        def left() -> Awaitable[int]:
            return executor.right_clocks(source.now)

        def anew() -> Awaitable[int]:
            return recounting.recount_due(source.now)

        def along() -> Awaitable[int]:
            return bundling.end_due(source.now)

        def late() -> Awaitable[int]:
            return recounting.recount_behind(source.now)

        def turned() -> Awaitable[int]:
            return seating.turn_due(source.now)

        def absent() -> Awaitable[int]:
            return seating.leave_absent(source.now)

        def indexed() -> Awaitable[int]:
            return index_fields(source.now.store, source.now.city.form.narrowing)

        return [
            Loop("fields", indexed, KEEP_EVERY_S, clock),
            Loop("own clock", own.judge, BEAT_S, clock),
            Loop("timers", judged(self._do_timers), LOOK_EVERY_S, clock),
            Loop("seats", judged(turned), LOOK_EVERY_S, clock),
            Loop("absent", judged(absent), ABSENT_EVERY_S, clock),
            Loop("understanding", judged(new), LOOK_EVERY_S, clock),
            Loop("recounting", judged(anew), LOOK_EVERY_S, clock),
            Loop("along", judged(along), LOOK_EVERY_S, clock),
            Loop("late calendars", judged(late), LATE_EVERY_S, clock),
            Loop("clocks", judged(left), KEEP_EVERY_S, clock),
            Loop("parts", judged(keeper.keep), PARTS_EVERY_S, clock),
            Loop("retention", judged(self._let_go), RETENTION_EVERY_S, clock),
            Loop("log", judged(logged.append), LOG_EVERY_S, clock),
            Loop("checkpoints", judged(logged.sign), LOG_EVERY_S, clock),
            Loop("calendar", CalendarWatch(source).look, KEEP_EVERY_S, clock),
            Loop("contacts", self._keep_contacts, KEEP_EVERY_S, clock),
            Loop("beat", partial(self._beat, own), BEAT_S, clock),
        ]

    async def _do_timers(self) -> int:
        """Do what is due, and what will be before the next look at its very instant."""
        now = self.source.now.clock.now()
        due = await timers.first_due(self.source.now, now + timedelta(seconds=LOOK_EVERY_S))
        if due is None:
            return 0
        await self.source.now.clock.sleep(max(0.0, (due - now).total_seconds()))
        return await timers.work_due(self.source.now)

    async def _let_go(self) -> int:
        """Erase what was kept long enough, where it is time, and take its files from the disk."""
        await retention.run_night(self.source.now, self.night, self.ahead)
        if self.drop_file is None:
            return 0
        return await retention.drop_files(self.source.now, self.drop_file)

    async def _keep_contacts(self) -> int:
        return await keep_to_plan(self.source.now.store.engine, self.source.now.contacts)

    async def _beat(self, own: OwnClock) -> int:
        """Give a sign of life, as one who works only where it does."""
        self.lives()
        if await own.is_right():
            await aside.beat(self.source.now, Beat(WORKER, self.source.now.clock.now()))
        return 0
