"""Saying how a clock was counted, in a language and by the wall clock of the city."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Final

from backend.queries.clock_records import LeftOutDays, ShownDay, ShownPause, ShownStretch
from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.counting import CountedClock, CountedDay, DaysBetween, Stretch
from hotline.case.limit import Limit
from hotline.case.limits import LIMIT_NAMES
from hotline.case.workflow import Workflow
from hotline.clock import iso
from hotline.words import known, say

# Of more stretches than these the short line tells from when to when.
STRETCHES_TOLD: Final = 3
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
# The units of a span of time, the largest first; of a long one the smallest are left away.
_UNITS: Final = (("limit_ud", 24 * 60), ("limit_uh", 60), ("limit_um", 1))
UNITS_TOLD: Final = 2


def clock_name(kind: str, language: str) -> str:
    """Give what a kind of clocks beside that of the stage is called."""
    if kind in LIMIT_NAMES:
        return say(f"clock.{kind}", language)
    if known(f"clock.kind_{kind}", language):
        return say(f"clock.kind_{kind}", language)
    return say("clock.other", language, kind=kind)


class ClockWords:
    """Says times, days and clocks of one city."""

    def __init__(self, language: str, calendar: Calendar, workflow: Workflow):
        self.language = language
        self._calendar, self._zone, self._workflow = calendar, calendar.zone, workflow

    def say(self, key: str, **values: object) -> str:
        """Give a sentence about clocks."""
        return say(f"clock.{key}", self.language, **values)

    def instant(self, at: datetime) -> str:
        """Give an instant with its day."""
        local = at.astimezone(self._zone)
        return self.say("instant", day=self._day(local), time=f"{local:%H:%M}")

    def _soon(self, at: datetime) -> str:
        """Give an instant for the short line: the sentences below it tell the year."""
        local = at.astimezone(self._zone)
        weekday = self.say(f"weekday_{local.weekday()}")
        day = self.say("short_day", month=local.month, day=local.day, weekday=weekday)
        return self.say("instant", day=day, time=f"{local:%H:%M}")

    def _day(self, day: datetime) -> str:
        weekday = self.say(f"weekday_{day.weekday()}")
        return self.say("day", year=day.year, month=day.month, day=day.day, weekday=weekday)

    def stage(self, stage: str) -> str:
        """Give what a stage is called."""
        found = self._workflow.stages.get(stage)
        return found.named(self.language) if found else stage

    def short(self, counted: CountedClock, clock: CaseClock, stage: str) -> str:
        """Say in one line how a clock was counted; its case lies in a stage."""
        first, *added = counted.limits
        parts = [self._limit(first)]
        if added:
            parts.append(self.say("short_added", limits=self._limits(added)))
        natural = not any(one.is_working for one in counted.limits)
        parts.append(self._counted(counted.counted, natural=natural))
        line = self.say("comma").join(parts)
        told = [line, *self._pauses(counted.pauses)]
        if clock.paused is not None:
            about = {"at": self._soon(clock.paused), "by": self.stage(stage)}
            told.append(self.say("short_stands", **about))
            if counted.left:
                told.append(self.say("short_left", limits=self._limits(counted.left)))
        return self.say("semicolon").join(told)

    def _counted(self, stretches: Sequence[Stretch], *, natural: bool) -> str:
        if not stretches:
            return self.say("short_nothing")
        joined = list(_joined(stretches))
        if len(joined) <= STRETCHES_TOLD and all(end - start < DAY for start, end in joined):
            spans = [self._span(start, end) for start, end in joined]
            return self.say("short_counted", hours=self._and(spans))
        about = {"start": self._soon(joined[0][0]), "end": self._soon(joined[-1][1])}
        if natural:
            return self.say("short_natural", **about)
        days = len({one.start.astimezone(self._zone).date() for one in stretches})
        return self.say("short_days", days=days, **about)

    def _pauses(self, pauses: Sequence[Pause]) -> Iterator[str]:
        """Say how long a clock stood still in each stage."""
        ordered = sorted(pauses, key=lambda one: one.stage)
        for stage, several in groupby(ordered, key=lambda one: one.stage):
            whole = sum((one.end - one.start for one in several), timedelta())
            key = "short_paused" if stage else "short_paused_somewhere"
            yield self.say(key, length=self.length(whole), by=self.stage(stage))

    def length(self, length: timedelta) -> str:
        """Say how long something took, by its two largest units."""
        left = length // MINUTE
        parts: list[str] = []
        for key, size in _UNITS:
            if left >= size or (size == 1 and not parts):
                parts.append(self.say(key, amount=left // size))
                left %= size
            elif parts:
                break
        return " ".join(parts[:UNITS_TOLD])

    def sum_up(self, counted: CountedClock) -> str:
        """Say in a sentence how a clock was counted."""
        about = {"limit": self._limits(counted.limits), "start": self.instant(counted.start)}
        if counted.due_at is None:
            return self.say("stands", **about)
        about["due"] = self.instant(counted.due_at)
        kinds = {one.is_working for one in counted.limits}
        if kinds == {True}:
            return self.say("working", minutes=counted.minutes, **about)
        return self.say("natural" if kinds == {False} else "mixed", **about)

    def _limits(self, limits: Iterable[Limit]) -> str:
        return self.say("plus").join(self._limit(one) for one in limits)

    def _limit(self, limit: Limit) -> str:
        return self.say(f"limit_{limit.unit}", amount=limit.amount)

    def notes(
        self, clock: CaseClock, counted: CountedClock | None, due_at: datetime | None
    ) -> Iterator[str]:
        """Say what there is to know of a clock beside its days."""
        if clock.warn_at is not None:
            yield self.say("warns", at=self.instant(clock.warn_at))
        if clock.counted_from is not None:
            yield self.say("kept", start=self.instant(clock.counted_from))
        if counted is not None:
            for leg in counted.legs[1:]:
                about = {"limit": self._limit(leg.limit), "start": self.instant(leg.start)}
                yield self.say("extended" if counted.due_at else "to_extend", **about)
            yield from self._stood(counted.pauses)
        if clock.stopped is not None:
            yield self.say("stopped", at=self.instant(clock.stopped))
        if counted is None:
            return
        working = any(one.is_working for one in counted.limits)
        if working and clock.calendar not in self._calendar.marks:
            yield self.say("calendar_gone", old=clock.calendar or "?", new=self._calendar.mark)
        if counted.due_at != due_at and counted.due_at is not None:
            yield self.say("differs", counted=self.instant(counted.due_at))

    def _stood(self, pauses: Sequence[Pause]) -> Iterator[str]:
        """Tell the first pauses one by one, and how many more there are."""
        for one in pauses[:STRETCHES_TOLD]:
            key = "stood" if one.stage else "stood_somewhere"
            about = {"start": self.instant(one.start), "end": self.instant(one.end)}
            yield self.say(key, by=self.stage(one.stage), **about)
        if len(pauses) > STRETCHES_TOLD:
            yield self.say("stood_more", many=len(pauses) - STRETCHES_TOLD)

    def days(self, days: Iterable[CountedDay]) -> list[ShownDay]:
        """Give days as they are shown."""
        return [
            ShownDay(
                day=one.day.isoformat(),
                kind=one.kind,
                minutes=one.minutes,
                counted=_stretches(one.counted),
                skipped=_stretches(one.skipped),
                paused=[self.pause(pause) for pause in one.paused],
                text=self._line(one),
            )
            for one in days
        ]

    def pause(self, one: Pause) -> ShownPause:
        """Give a pause as it is shown."""
        return ShownPause(iso(one.start), iso(one.end), one.stage, self.stage(one.stage))

    def _line(self, one: CountedDay) -> str:
        about = {"day": self._day(datetime.combine(one.day, datetime.min.time()))}
        paused = [pause for pause in one.paused if pause.end - pause.start >= MINUTE]
        if one.counted:
            about["hours"] = self._hours(one.counted)
            line = self.say(f"counted_{one.kind}", minutes=one.minutes, **about)
        elif paused:
            return self.say("day_paused", hours=self._hours(paused), **about)
        else:
            return self.say(f"skipped_{one.kind}", **about)
        if one.skipped:
            line = self.say("outside", line=line, hours=self._hours(one.skipped))
        if paused:
            line = self.say("paused", line=line, hours=self._hours(paused))
        return line

    def _hours(self, stretches: Sequence[Stretch | Pause]) -> str:
        return self.say("list_mark").join(self._span(*one) for one in _joined(stretches))

    def _span(self, start: datetime, end: datetime) -> str:
        start, end = start.astimezone(self._zone), end.astimezone(self._zone)
        # The end of a day is not the beginning of the next, to a reader.
        ends = "24:00" if end.date() > start.date() and end.time() == time() else f"{end:%H:%M}"
        return f"{start:%H:%M}–{ends}"

    def _and(self, parts: Sequence[str]) -> str:
        *before, last = parts
        if not before:
            return last
        return self.say("and", first=self.say("list_mark").join(before), last=last)

    def left_out(self, between: DaysBetween, *, natural: bool) -> LeftOutDays:
        """Give how many days are not told; `natural` where it runs by day and night."""
        told = {
            "working": between.working,
            "off": between.off,
            "paused": between.paused,
            "minutes": between.minutes,
        }
        key = "between_natural" if natural else "between"
        key = f"{key}_paused" if between.paused else key
        length = self.length(MINUTE * between.minutes)
        return LeftOutDays(**told, text=self.say(key, length=length, **told))


def _joined(stretches: Sequence[Stretch | Pause]) -> Iterator[tuple[datetime, datetime]]:
    """Give stretches, as one where they meet: by day and night each day has its own."""
    start, end = stretches[0].start, stretches[0].end
    for one in stretches[1:]:
        if one.start > end:
            yield start, end
            start = one.start
        end = one.end
    yield start, end


def _stretches(stretches: Iterable[Stretch]) -> list[ShownStretch]:
    return [ShownStretch(iso(one.start), iso(one.end), one.minutes) for one in stretches]
