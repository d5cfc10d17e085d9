"""How the clocks of a case were counted, as people read it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.queries.clock_records import (
    CaseClocks,
    ClockAccount,
    LeftOutDays,
    ShownDay,
    ShownStretch,
)
from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, CaseClock
from hotline.case.clock_time import limits_of
from hotline.case.counting import CountedClock, CountedDay, DaysBetween, Stretch, count
from hotline.case.limit import Limit
from hotline.case.limits import LIMIT_NAMES
from hotline.case.workflow import Rules
from hotline.clock import iso
from hotline.words import say


def accounts_of(case: Case, rules: Rules, language: str) -> CaseClocks:
    """Give how the clocks of a case were counted, in a language."""
    found = []
    for kind in sorted(case.clocks, key=_order):
        clock = case.clocks[kind]
        if clock.due_at is not None and not _is_told(kind, case):
            found.append(_Account(kind, case, rules, language).account(clock, clock.due_at))
    return CaseClocks(case.number, case.version, found)


def _order(kind: str) -> tuple[bool, bool, str]:
    return kind != HANDLING_CLOCK, kind != STAGE_CLOCK, kind


def _is_told(kind: str, case: Case) -> bool:
    """Tell whether a clock is the stage's, which another one tells of."""
    own = case.stage_clock
    return kind == STAGE_CLOCK and any(
        replace(other, started=own.started) == own
        for name, other in case.clocks.items()
        if name != STAGE_CLOCK
    )


class _Account:
    """Tells of one clock of a case."""

    def __init__(self, kind: str, case: Case, rules: Rules, language: str):
        self._kind, self._case, self._rules = kind, case, rules
        self._words = _Words(language, rules.calendar.zone)

    def account(self, clock: CaseClock, due_at: datetime) -> ClockAccount:
        """Give the account of a clock that is due."""
        calendar, start = self._rules.calendar, clock.origin
        limit = next(iter(limits_of(clock)), None)
        counted = None
        if limit is not None and start is not None:
            counted = count(start, limit, calendar, self._rules.limits.yellow_share)
        working = limit is not None and limit.is_working
        provisional = (
            working and counted is not None and calendar.is_provisional(counted.start, due_at)
        )
        between = counted.between if counted else None
        return ClockAccount(
            kind=self._kind,
            name=self._name(),
            limit=clock.limit,
            working=working,
            minutes=counted.minutes if counted else None,
            counted_from=iso(start),
            started=iso(clock.started),
            warn_at=iso(clock.warn_at),
            due_at=iso(due_at),
            stopped=iso(clock.stopped),
            calendar=clock.calendar,
            counted_by=calendar.mark,
            provisional=provisional,
            text=self._text(counted, due_at),
            notes=[
                *self._words.notes(clock, counted, calendar, due_at),
                *([self._words.say("provisional")] if provisional else []),
            ],
            first=self._words.days(counted.first if counted else ()),
            between=self._words.left_out(between) if between else None,
            last=self._words.days(counted.last if counted else ()),
        )

    def _name(self) -> str:
        if self._kind in LIMIT_NAMES:
            return self._words.say(self._kind)
        if self._kind != STAGE_CLOCK:
            return self._words.say("other", kind=self._kind)
        stage = self._rules.workflow.stages.get(self._case.stage)
        name = stage.named(self._words.language) if stage else self._case.stage
        return self._words.say("stage", stage=name)

    def _text(self, counted: CountedClock | None, due_at: datetime) -> str:
        if counted is None:
            return self._words.say("unknown", due=self._words.instant(due_at))
        return self._words.sum_up(counted, due_at)


class _Words:
    """Says times, days and clocks in a language, by the wall clock of the city."""

    def __init__(self, language: str, zone: ZoneInfo):
        self.language, self._zone = language, zone

    def say(self, key: str, **values: object) -> str:
        return say(f"clock.{key}", self.language, **values)

    def instant(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return self.say("instant", day=self._day(local), time=f"{local:%H:%M}")

    def _day(self, day: datetime) -> str:
        weekday = self.say(f"weekday_{day.weekday()}")
        return self.say("day", year=day.year, month=day.month, day=day.day, weekday=weekday)

    def sum_up(self, counted: CountedClock, due_at: datetime) -> str:
        limit = self._limit(counted.limit)
        about = {"limit": limit, "start": self.instant(counted.start), "due": self.instant(due_at)}
        if counted.limit.is_working:
            return self.say("working", minutes=counted.minutes, **about)
        return self.say("natural", **about)

    def _limit(self, limit: Limit) -> str:
        return self.say(f"limit_{limit.unit}", amount=limit.amount)

    def notes(
        self, clock: CaseClock, counted: CountedClock | None, calendar: Calendar, due_at: datetime
    ) -> Iterator[str]:
        """Say what there is to know of a clock beside its days."""
        if clock.warn_at is not None:
            yield self.say("warns", at=self.instant(clock.warn_at))
        if clock.counted_from is not None:
            yield self.say("kept", start=self.instant(clock.counted_from))
        if clock.stopped is not None:
            yield self.say("stopped", at=self.instant(clock.stopped))
        if counted is None:
            return
        if counted.limit.is_working and clock.calendar not in calendar.marks:
            yield self.say("calendar_gone", old=clock.calendar or "?", new=calendar.mark)
        if counted.due_at != due_at:
            yield self.say("differs", counted=self.instant(counted.due_at))

    def days(self, days: Iterable[CountedDay]) -> list[ShownDay]:
        return [
            ShownDay(
                day=one.day.isoformat(),
                kind=one.kind,
                minutes=one.minutes,
                counted=_stretches(one.counted),
                skipped=_stretches(one.skipped),
                text=self._line(one),
            )
            for one in days
        ]

    def _line(self, one: CountedDay) -> str:
        about = {"day": self._day(datetime.combine(one.day, datetime.min.time()))}
        if not one.counted:
            return self.say(f"skipped_{one.kind}", **about)
        about["hours"] = self._hours(one.counted)
        line = self.say(f"counted_{one.kind}", minutes=one.minutes, **about)
        if not one.skipped:
            return line
        return self.say("outside", line=line, hours=self._hours(one.skipped))

    def _hours(self, stretches: Iterable[Stretch]) -> str:
        return self.say("list_mark").join(self._span(one) for one in stretches)

    def _span(self, one: Stretch) -> str:
        start, end = one.start.astimezone(self._zone), one.end.astimezone(self._zone)
        # The end of a day is not the beginning of the next, to a reader.
        ends = "24:00" if end.date() > start.date() else f"{end:%H:%M}"
        return f"{start:%H:%M}–{ends}"

    def left_out(self, between: DaysBetween) -> LeftOutDays:
        told = {"working": between.working, "off": between.off, "minutes": between.minutes}
        return LeftOutDays(**told, text=self.say("between", **told))


def _stretches(stretches: Iterable[Stretch]) -> list[ShownStretch]:
    return [ShownStretch(iso(one.start), iso(one.end), one.minutes) for one in stretches]
