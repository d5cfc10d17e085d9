"""How a clock was counted: its days from beginning to end, with what was skipped and why."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.case.calendar import Calendar
from hotline.case.counting import CountedClock, CountedDay, DayKind, Stretch, count
from hotline.case.deadline import due, minutes_of
from hotline.case.limit import Limit, TimeUnit, parse_limit
from tests.cities import calendar
from tests.hotline.case.test_deadline import local
from tests.hotline.case.test_working_time import calendars, instants, unhurried

WHOLE = 10_000
amounts = st.one_of(st.integers(1, 20), st.integers(1, 500))
# Working days are bound below, for a drawn day may have but a minute.
drawn_limits = st.builds(Limit, amounts, st.sampled_from(TimeUnit))


def counted(start: str, limit: str, **more: int) -> CountedClock:
    return count(local(start), parse_limit(limit), calendar(), 0.8, **more)


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
    whole = count(start, limit, kept, share, shown=WHOLE)
    assert whole.due_at == due(start, limit, kept)
    assert whole.warn_at == due(start, limit, kept, share=share) <= whole.due_at
    assert sum(day.minutes for day in whole.first) == whole.minutes == minutes_of(limit, kept)
    parts = sorted(part for day in whole.first for part in _spans(day))
    assert parts[0][0] == start
    assert parts[-1][1] == whole.due_at
    assert all(one[1] == other[0] for one, other in pairwise(parts))
    for day in whole.first:
        assert all(one.start.astimezone(kept.zone).date() == day.day for one in day.counted)
        assert not day.counted or day.kind is DayKind.NATURAL or kept.is_workday(day.day)
    folded = count(start, limit, kept, share)
    left_out = folded.between.minutes if folded.between else 0
    assert sum(day.minutes for day in (*folded.first, *folded.last)) + left_out == whole.minutes


def _spans(day: CountedDay) -> list[tuple[datetime, datetime]]:
    spans = [(one.start, one.end) for one in (*day.counted, *day.skipped)]
    assert all(start < end for start, end in spans)
    assert sum((end - start for start, end in spans), timedelta()) <= timedelta(hours=25)
    return spans
