"""Clocks with pauses and added limits end where one counts minute by minute, whatever they hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import apart, end_of, legs_of, limits_of, timed
from hotline.case.limit import Limit, TimeUnit, parse_limit
from tests.cities import calendar
from tests.hotline.case.minutes import MINUTE, by_minutes, due_by_minutes, works
from tests.hotline.case.test_deadline import local
from tests.hotline.case.test_working_time import calendars, instants, unhurried

SHARE = 0.8
amounts = st.integers(1, 90)
NAMES = ("um", "uh", "wm", "wm", "wh")
texts = st.builds("{}{}".format, amounts, st.sampled_from(NAMES))


def short(kept: Calendar, text: str) -> str:
    """A limit that one can count minute by minute: a drawn day may have but a minute."""
    limit = parse_limit(text)
    return "7wm" if limit.is_working and kept.minutes_a_day() < 120 else text


@st.composite
def pauses_from(draw: st.DrawFn, origin: datetime) -> tuple[Pause, ...]:
    """Some spans around an instant, in any order: apart, meeting, one in another, empty."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        start = origin + MINUTE * draw(st.integers(-600, 6_000))
        end = start + MINUTE * draw(st.sampled_from([0, 1, 30, 240, 1_440, 5_000]))
        found.append(Pause(start, end, "handling"))
        if draw(st.booleans()):
            found.append(Pause(end, end + MINUTE * draw(st.integers(1, 300))))
    return tuple(draw(st.permutations(found)))


@st.composite
def clocks(draw: st.DrawFn, kept: Calendar) -> CaseClock:
    """A clock of a drawn limit, with what was added and where it stood still."""
    at = draw(instants.map(lambda at: at.replace(second=0, microsecond=0)))
    limits = [short(kept, one) for one in draw(st.lists(texts, min_size=1, max_size=3))]
    first, *added = limits
    return CaseClock(at, limit=first, added=tuple(added), pauses=draw(pauses_from(at)))


@unhurried
@given(st.data(), calendars(earliest=4))
def test_a_clock_is_due_where_one_counts_minute_by_minute(
    data: st.DataObject, kept: Calendar
) -> None:
    clock = data.draw(clocks(kept))
    found = timed(clock, kept, SHARE)
    assert found.due_at == due_by_minutes(clock, kept)
    assert found.calendar == kept.mark
    assert found.warn_at is not None
    assert found.due_at is not None
    assert found.warn_at <= found.due_at


@unhurried
@given(st.data(), calendars(earliest=4), st.floats(0.05, 1.0))
def test_it_warns_when_its_share_of_what_was_added_last_is_used_up(
    data: st.DataObject, kept: Calendar, share: float
) -> None:
    clock = data.draw(clocks(kept))
    *before, last = limits_of(clock)
    start = clock.started if not before else due_by_minutes(_without_last(clock), kept)
    assert start is not None
    sized = last.amount * {"m": 1, "h": 60}[last.unit[1]] * share
    minutes = round(sized)
    assume(minutes > 0 and (last.is_working or minutes == sized))
    warn_at = timed(clock, kept, share).warn_at
    assert warn_at == by_minutes(clock.pauses, kept, start, minutes, working=last.is_working)


def _without_last(clock: CaseClock) -> CaseClock:
    return replace(clock, added=clock.added[:-1])


def stood_still(pauses: tuple[Pause, ...]) -> list[tuple[datetime, datetime]]:
    """Give the spans of pauses, those that meet as one."""
    found: list[tuple[datetime, datetime]] = []
    for one in apart(pauses):
        if found and found[-1][1] == one.start:
            found[-1] = (found[-1][0], one.end)
        else:
            found.append((one.start, one.end))
    return found


@unhurried
@given(st.data(), calendars(), instants)
def test_what_counted_between_its_beginning_and_its_end_is_its_limit(
    data: st.DataObject, kept: Calendar, origin: datetime
) -> None:
    """With seconds, too: what was counted of each leg, the pauses taken away, is that limit."""
    limits = [short(kept, one) for one in data.draw(st.lists(texts, min_size=1, max_size=3))]
    pauses = data.draw(pauses_from(origin.replace(microsecond=0)))
    clock = CaseClock(origin, limit=limits[0], added=tuple(limits[1:]), pauses=pauses)
    at = origin
    for leg in legs_of(clock, kept):
        assert leg.start == at
        at, counted = leg.end, leg.end - leg.start
        gone = [(max(start, leg.start), min(end, leg.end)) for start, end in stood_still(pauses)]
        gone = [(start, end) for start, end in gone if start < end]
        stood = sum((end - start for start, end in gone), timedelta())
        if leg.limit.is_working:
            counted = kept.worked(leg.start, leg.end)
            stood = sum((kept.worked(*span) for span in gone), timedelta())
        wanted = leg.limit.amount * {"m": MINUTE, "h": 60 * MINUTE}[leg.limit.unit[1]]
        assert counted - stood == wanted
        assert all(not start < at < end for start, end in stood_still(pauses))


@unhurried
@given(st.data(), calendars(earliest=4))
def test_the_order_of_pauses_and_how_they_are_cut_change_nothing(
    data: st.DataObject, kept: Calendar
) -> None:
    clock = data.draw(clocks(kept))
    halves = [
        half
        for one in clock.pauses
        for mid in [one.start + (one.end - one.start) / 2]
        for half in (Pause(mid, one.end), Pause(one.start, mid), Pause(one.end, one.start))
    ]
    other = replace(clock, pauses=tuple(halves))
    assert timed(other, kept, SHARE) == replace(timed(clock, kept, SHARE), pauses=other.pauses)


def test_a_pause_that_begins_at_the_very_end_changes_nothing() -> None:
    start, at = local("2026-11-23 10:00"), local("2026-11-23 12:00")
    clock = CaseClock(start, limit="2wh", pauses=(Pause(at, local("2026-11-25 00:00")),))
    assert timed(clock, calendar(), SHARE).due_at == at
    # What is added to it runs when the pause is over.
    longer = replace(clock, added=("1wh",))
    assert timed(longer, calendar(), SHARE).due_at == local("2026-11-25 09:00")
    # Nor does one that begins after work, as the limit was used up with the day.
    evening = Pause(local("2026-11-23 18:00"), local("2026-11-24 18:00"))
    assert end_of(local("2026-11-23 16:00"), parse_limit("2wh"), calendar(), [evening]) == local(
        "2026-11-23 18:00"
    )


def test_a_pause_outside_working_time_is_none_to_a_clock_that_works() -> None:
    night = Pause(local("2026-11-23 18:00"), local("2026-11-24 08:00"))
    for limit, due in (("2wh", "2026-11-24 09:00"), ("2uh", "2026-11-24 09:00")):
        clock = CaseClock(local("2026-11-23 17:00"), limit=limit, pauses=(night,))
        assert timed(clock, calendar(), SHARE).due_at == local(due)
    assert timed(replace(clock, limit="2wh", pauses=()), calendar(), SHARE).due_at == local(
        "2026-11-24 09:00"
    )


def test_a_clock_that_is_paused_is_due_never() -> None:
    clock = CaseClock(
        *(local("2026-11-23 10:00"), local("2026-11-23 11:36"), local("2026-11-23 12:00"), "2wh"),
        paused=local("2026-11-23 11:00"),
    )
    stands = timed(clock, calendar(), SHARE)
    assert (stands.warn_at, stands.due_at, stands.calendar) == (None, None, calendar().mark)
    assert [leg.end for leg in legs_of(clock, calendar())] == [local("2026-11-23 12:00")]


def test_what_was_added_is_counted_on_from_where_the_limit_ended() -> None:
    """A day by the calendar on top of two urgent hours that ended at night."""
    clock = CaseClock(local("2026-11-27 23:00"), limit="2uh", added=("1wd", "30um"))
    legs = [(leg.limit.text, leg.end) for leg in legs_of(clock, calendar())]
    assert legs == [
        ("2uh", local("2026-11-28 01:00")),
        ("1wd", local("2026-11-30 18:00")),
        ("30um", local("2026-11-30 18:30")),
    ]
    warned = timed(clock, calendar(), 0.5)
    assert warned.warn_at == local("2026-11-30 18:15")


EARLY, LATE = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
# Clocks as no rule makes them.
ODD: dict[str, CaseClock] = {
    "nothing": CaseClock(),
    "no limit": CaseClock(EARLY),
    "no beginning": CaseClock(limit="2wh"),
    "no length": CaseClock(LATE, limit="0wh"),
    "not a number": CaseClock(LATE, limit="１wh"),
    "a limit without end": CaseClock(local("2026-11-23 10:00"), limit="9" * 5_000 + "wd"),
    "a limit of ages": CaseClock(local("2026-11-23 10:00"), limit="9999999wd"),
    "natural ages": CaseClock(local("2026-11-23 10:00"), limit="9999999ud"),
    "ages are added": CaseClock(local("2026-11-23 10:00"), limit="1wd", added=("9999999wd",)),
    "something else was added": CaseClock(local("2026-11-23 10:00"), limit="1wd", added=("x",)),
    "the first instant": CaseClock(EARLY, limit="2wh"),
    "the last instant": CaseClock(LATE, limit="2wh"),
    "the last instant by day and night": CaseClock(LATE, limit="2uh"),
    "paused for ever": CaseClock(
        local("2026-11-23 10:00"), limit="2wh", pauses=(Pause(EARLY, LATE),)
    ),
    "ended before it began": CaseClock(
        local("2026-11-23 10:00"), limit="2wh", pauses=(Pause(LATE, EARLY),)
    ),
    "without zones": CaseClock(
        datetime(2026, 11, 23),  # noqa: DTZ001
        limit="2wh",
        pauses=(Pause(datetime(2026, 1, 1), LATE),),  # noqa: DTZ001
    ),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_kind_1_no_clock_that_was_stored_raises(name: str, zone: str) -> None:
    kept = replace(calendar(), zone=type(calendar().zone)(zone))
    found = timed(ODD[name], kept, SHARE)
    assert (found.warn_at is None) == (found.due_at is None)
    again = timed(found, kept, SHARE)
    assert again == found


def test_what_cannot_be_counted_keeps_its_instants_and_takes_the_mark() -> None:
    """So nobody tries it again and again."""
    due = local("2026-11-24 10:00")
    clock = CaseClock(local("2026-11-23 10:00"), due, due, "9999999wd", "old")
    assert timed(clock, calendar(), SHARE) == replace(clock, calendar=calendar().mark)


def test_kind_2_five_thousand_pauses_take_no_time() -> None:
    start = local("2026-01-05 08:00")
    spans = [start + timedelta(hours=n) for n in range(5_000)]
    many = tuple(Pause(at, at + timedelta(minutes=30)) for at in reversed(spans))
    clock = CaseClock(start, limit="200wd", pauses=many)
    began = process_time()
    found = timed(clock, calendar(), SHARE)
    assert process_time() - began < 1
    assert found.due_at is not None
    assert found.due_at > start + timedelta(days=300)


@given(st.integers(0, 10**12), st.sampled_from(TimeUnit))
def test_a_limit_that_is_read_is_written_alike(amount: int, unit: TimeUnit) -> None:
    limit = Limit(amount, unit)
    if amount > 0:
        assert parse_limit(limit.text) == limit
    else:
        assert limits_of(CaseClock(limit=limit.text)) == ()


def test_the_reference_itself_looks_at_the_wall() -> None:
    """It would prove nothing if it asked what it is to prove."""
    assert not works(calendar(), local("2026-11-23 12:00"))
    clock = CaseClock(local("2026-11-23 11:00"), limit="2wh", pauses=())
    assert due_by_minutes(clock, calendar()) == local("2026-11-23 15:00")
