"""How a clock was counted: its days from beginning to end, with what was skipped and why."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import end_of, minutes_of, timed
from hotline.case.counting import CountedClock, CountedDay, DayKind, Stretch, count
from hotline.case.limit import Limit, TimeUnit
from tests.cities import calendar
from tests.hotline.case.test_clock_time import ODD, clocks
from tests.hotline.case.test_deadline import local
from tests.hotline.case.test_working_time import calendars, instants, unhurried

# No minute counts on a day off, but by a limit that counts all days: that is told so.
COUNTING = {DayKind.WORKDAY, DayKind.WORKED_WEEKEND, DayKind.NATURAL}
WHOLE = 10_000
amounts = st.one_of(st.integers(1, 20), st.integers(1, 500))
# Working days are bound below, for a drawn day may have but a minute.
drawn_limits = st.builds(Limit, amounts, st.sampled_from(TimeUnit))


def told_of(clock: CaseClock, kept: Calendar, share: float = 0.8, **more: int) -> CountedClock:
    found = count(clock, kept, share, **more)
    assert found is not None
    return found


def counted(start: str, limit: str, **more: int) -> CountedClock:
    return told_of(CaseClock(local(start), limit=limit), calendar(), **more)


def told(days: tuple[CountedDay, ...]) -> list[str]:
    """Give days as one reads them: day, kind, what counted, and what was skipped in brackets."""

    def hours(stretches: tuple[Stretch, ...]) -> str:
        zone = calendar().zone
        spans = ((one.start.astimezone(zone), one.end.astimezone(zone)) for one in stretches)
        return " ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in spans)

    return [
        f"{one.day:%m-%d} {one.kind} {hours(one.counted)} ({hours(one.skipped)}) {one.minutes}"
        for one in days
    ]


def test_a_limit_over_a_weekend_says_why_it_takes_so_long() -> None:
    assert told(counted("2026-11-27 17:00", "4wh").first) == [
        "11-27 workday 17:00-18:00 (18:00-00:00) 60",
        "11-28 weekend  (00:00-00:00) 0",
        "11-29 weekend  (00:00-00:00) 0",
        "11-30 workday 08:00-11:00 (00:00-08:00) 180",
    ]


def test_a_holiday_and_a_weekend_that_is_worked_are_told_apart() -> None:
    """National Day of 2026: the first of October to the seventh; Saturday the tenth is worked."""
    kinds = {one.day: one.kind for one in counted("2026-09-30 17:00", "3wd").first}
    assert kinds[date(2026, 10, 2)] is DayKind.HOLIDAY
    assert kinds[date(2026, 10, 3)] is DayKind.WEEKEND
    assert kinds[date(2026, 10, 8)] is DayKind.WORKDAY
    assert kinds[date(2026, 10, 10)] is DayKind.WORKED_WEEKEND


def test_what_begins_in_the_evening_skips_the_night_and_the_noon() -> None:
    assert told(counted("2026-11-23 19:00", "6wh").first) == [
        "11-23 workday  (19:00-00:00) 0",
        "11-24 workday 08:00-12:00 14:00-16:00 (00:00-08:00 12:00-14:00) 360",
    ]


def test_an_urgent_limit_skips_nothing() -> None:
    whole = counted("2026-11-27 23:30", "24uh")
    assert told(whole.first) == [
        "11-27 natural 23:30-00:00 () 30",
        "11-28 natural 00:00-23:30 () 1410",
    ]
    assert whole.minutes == 24 * 60


def test_a_long_limit_tells_its_first_and_last_days_and_how_many_lie_between() -> None:
    """Two working weeks and more: from Monday the second of November on."""
    folded = counted("2026-11-02 08:00", "40wd", shown=2)
    assert folded.between is not None
    assert [one.day.day for one in (*folded.first, *folded.last)] == [2, 3, 24, 25]
    assert (folded.between.working, folded.between.off) == (36, 14)
    assert folded.between.minutes == 36 * 480
    every = counted("2026-11-02 08:00", "40wd", shown=WHOLE)
    assert (*folded.first, *folded.last) == (*every.first[:2], *every.first[-2:])
    assert every.between is None


@pytest.mark.parametrize(("days", "is_folded"), [(13, False), (14, True)])
def test_two_weeks_are_told_day_by_day(days: int, is_folded: bool) -> None:
    whole = counted("2026-11-02 08:00", f"{days}ud")
    assert (whole.between is not None) is is_folded
    between = whole.between.working if whole.between else 0
    assert len(whole.first) + between + len(whole.last) == days + 1


@unhurried
@given(calendars(), instants, drawn_limits, st.floats(0.1, 0.9))
def test_days_hold_all_time_to_the_end_and_their_minutes_are_the_limit(
    kept: Calendar, start: datetime, limit: Limit, share: float
) -> None:
    if kept.minutes_a_day() < 60 and limit.amount > 20:
        limit = Limit(20, limit.unit)
    clock = CaseClock(start, limit=limit.text)
    whole = told_of(clock, kept, share, shown=WHOLE)
    assert whole.due_at == end_of(start, limit, kept)
    assert whole.warn_at is not None
    assert whole.warn_at == end_of(start, limit, kept, share=share) <= whole.due_at
    assert sum(day.minutes for day in whole.first) == whole.minutes == minutes_of(limit, kept)
    assert_hold_all(whole, kept, start, whole.due_at)
    assert_folded_alike(whole, told_of(clock, kept, share))


@unhurried
@given(st.data(), calendars(earliest=4), st.booleans())
def test_days_of_a_clock_that_was_extended_and_stood_still_hold_all_time(
    data: st.DataObject, kept: Calendar, stands: bool
) -> None:
    """Whatever it stood still for, what counted is its limits; else what is left of them."""
    clock = data.draw(clocks(kept))
    if stands:
        assert clock.started is not None
        later = timedelta(minutes=data.draw(st.integers(0, 9_000)))
        clock = replace(clock, paused=clock.started + later)
    whole = told_of(clock, kept, shown=WHOLE)
    found = timed(clock, kept, 0.8)
    assert (whole.warn_at, whole.due_at) == (found.warn_at, found.due_at)
    left = sum(minutes_of(one, kept) for one in whole.left)
    told = sum(day.minutes for day in whole.first)
    assert told + left == whole.minutes
    assert {day.kind for day in whole.first if day.counted} <= COUNTING
    assert bool(whole.left) <= stands
    assert told == sum(one.minutes for one in whole.counted)
    assert clock.started is not None
    end = whole.due_at
    if clock.paused is not None:
        end = min(clock.paused, whole.legs[-1].end)
    assert end is not None
    if end > clock.started:
        assert_hold_all(whole, kept, clock.started, end)
    for one in whole.counted:
        assert not any(
            max(one.start, pause.start) < min(one.end, pause.end) for pause in clock.pauses
        )
    assert_folded_alike(whole, told_of(clock, kept))


def assert_hold_all(whole: CountedClock, kept: Calendar, start: datetime, end: datetime) -> None:
    parts = sorted(part for day in whole.first for part in _spans(day))
    assert parts[0][0] == start
    assert parts[-1][1] == end
    assert all(one[1] == other[0] for one, other in pairwise(parts))
    for day in whole.first:
        assert all(one.start.astimezone(kept.zone).date() == day.day for one in day.counted)


def assert_folded_alike(whole: CountedClock, folded: CountedClock) -> None:
    left_out = folded.between.minutes if folded.between else 0
    told = sum(day.minutes for day in whole.first)
    assert sum(day.minutes for day in (*folded.first, *folded.last)) + left_out == told
    between = folded.between
    days = between.working + between.off + between.paused if between else 0
    assert len(folded.first) + days + len(folded.last) == len(whole.first)


def _spans(day: CountedDay) -> list[tuple[datetime, datetime]]:
    spans = [(one.start, one.end) for one in (*day.counted, *day.skipped)]
    spans += [(one.start, one.end) for one in day.paused]
    assert all(start < end for start, end in spans)
    assert sum((end - start for start, end in spans), timedelta()) <= timedelta(hours=25)
    return spans


def paused(start: str, limit: str, *pauses: tuple[str, str], **more: Any) -> CountedClock:
    spans = tuple(Pause(local(begins), local(ends), "suspended") for begins, ends in pauses)
    return told_of(CaseClock(local(start), limit=limit, pauses=spans, **more), calendar())


def test_a_pause_is_told_by_its_days_and_holds_the_clock_up() -> None:
    whole = paused("2026-11-23 16:00", "4wh", ("2026-11-23 17:00", "2026-11-25 09:30"))
    assert told(whole.first) == [
        "11-23 workday 16:00-17:00 () 60",
        "11-24 workday  () 0",
        "11-25 workday 09:30-12:00 14:00-14:30 (12:00-14:00) 180",
    ]
    assert [len(day.paused) for day in whole.first] == [1, 1, 1]
    assert whole.due_at == local("2026-11-25 14:30")


def test_of_a_clock_that_stands_still_what_is_left_is_told() -> None:
    at = local("2026-11-23 17:00")
    whole = paused("2026-11-23 16:00", "4wh", paused=at, added=("1wd", "2uh"))
    assert [one.text for one in whole.left] == ["180wm", "1wd", "2uh"]
    assert (whole.due_at, whole.warn_at) == (None, None)
    assert told(whole.first) == ["11-23 workday 16:00-17:00 () 60"]
    over = paused("2026-11-23 16:00", "1wh", paused=at + timedelta(hours=3))
    assert over.left == ()


def test_minutes_of_all_days_beside_a_working_limit_are_told_as_such_on_a_day_off() -> None:
    whole = paused("2026-11-27 23:00", "2uh", added=("4wh",))
    assert told(whole.first) == [
        "11-27 natural 23:00-00:00 () 60",
        "11-28 natural 00:00-01:00 (01:00-00:00) 60",
        "11-29 weekend  (00:00-00:00) 0",
        "11-30 workday 08:00-12:00 (00:00-08:00) 240",
    ]


def test_days_that_are_not_told_are_counted_by_what_they_were() -> None:
    whole = paused("2026-11-02 08:00", "20wd", ("2026-11-11 00:00", "2026-11-14 00:00"))
    assert whole.between is not None
    # From Monday the ninth to Wednesday the 25th.
    assert (whole.between.working, whole.between.paused, whole.between.off) == (10, 3, 4)
    assert whole.between.minutes == 10 * 480


@pytest.mark.parametrize("name", ODD)
def test_kind_1_whatever_was_stored_is_counted_or_is_not(name: str) -> None:
    found = count(ODD[name], calendar(), 0.8)
    assert found is None or sum(one.minutes for one in found.counted) <= found.minutes


def test_kind_2_the_days_of_five_thousand_pauses_take_no_time() -> None:
    start = local("2026-01-05 08:00")
    spans = [start + timedelta(hours=n) for n in range(5_000)]
    many = tuple(Pause(at, at + timedelta(minutes=30)) for at in reversed(spans))
    began = process_time()
    told_of(CaseClock(start, limit="200wd", pauses=many), calendar())
    # Each pause looked at for each day would take minutes; a busy machine takes some times longer.
    assert process_time() - began < 5
