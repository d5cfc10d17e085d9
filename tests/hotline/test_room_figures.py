"""The room's figures by half hours: parts sum to the day, and to a naive recount of the calls."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call import CallEvent
from hotline.call import CallEventType as Mark
from hotline.room.figures import (
    ROOM,
    Answering,
    DayFigures,
    RoomFigures,
    SeatSpan,
    day_figures,
    summed,
)
from hotline.room.half_hours import HALF_HOUR, HalfHours, half_hours_of
from hotline.room.offered import CameOf, Offer, offers_of
from hotline.room.seat import SeatState

RULE = Answering(15, 5)
ZONE = ZoneInfo("Asia/Shanghai")
DAY = half_hours_of(date(2026, 11, 23), ZONE)
SKILLS = ("general", "english")
SEATS = ("seat001", "seat002", "seat011")


def at(seconds: float) -> datetime:
    """So long after the day has begun."""
    return DAY.start + timedelta(seconds=seconds)


def call(*marks: tuple[float, Mark, str], key: str = "k") -> list[CallEvent]:
    """A call by its marks."""
    return [CallEvent(key, mark, at(seconds), value) for seconds, mark, value in marks]


def offered(*marks: tuple[float, Mark, str]) -> Offer:
    """A call as it was offered to the room."""
    room, _ = offers_of(call(*marks), {})
    assert room is not None
    return room


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 46),
        (date(2026, 10, 25), "Europe/Berlin", 50),
        (date(2026, 10, 4), "Australia/Lord_Howe", 47),
        (date(2018, 11, 4), "America/Sao_Paulo", 46),  # midnight itself is left out
        (date(2026, 11, 23), "Asia/Kathmandu", 48),
    ],
)
def test_a_day_has_as_many_half_hours_as_its_clocks_show(day: date, zone: str, count: int) -> None:
    halves = half_hours_of(day, ZoneInfo(zone))
    assert len(halves.starts) == count
    assert {one.astimezone(ZoneInfo(zone)).date() for one in halves.starts} == {day}
    assert halves.end == half_hours_of(day + timedelta(days=1), ZoneInfo(zone)).start


@given(
    st.dates(date(1971, 1, 1), date(2037, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Asia/Shanghai"]),
)
def test_every_instant_lies_in_one_half_hour_of_one_day(day: date, zone: str) -> None:
    halves = half_hours_of(day, ZoneInfo(zone))
    places = [halves.place_of(one) for one in halves.starts]
    assert places == list(range(len(places)))
    assert halves.place_of(halves.end) is None
    whole = halves.parts_of(halves.start - HALF_HOUR, halves.end + HALF_HOUR)
    assert sum((time for _, time in whole), timedelta()) == halves.end - halves.start


QUEUED = (10, Mark.QUEUED, "general")


def test_a_call_is_offered_once_where_its_caller_began_to_wait() -> None:
    one = offered(
        QUEUED, (12, Mark.KEY, "9"), (13, Mark.QUEUED, "english"),
        (20, Mark.SEAT_ANSWERED, "seat001"), (80, Mark.SEAT_LEFT, "seat001"),
        (80, Mark.QUEUED, "chief"), (90, Mark.SEAT_ANSWERED, "seat002"),
        (1900, Mark.SEAT_LEFT, "seat002"), (1901, Mark.ENDED, ""),
    )  # fmt: skip
    assert (one.at, one.whom, one.came_of) == (at(10), "english", CameOf.ANSWERED)
    assert one.waited == timedelta(seconds=10)
    assert one.talked == timedelta(seconds=60 + 1810)
    assert one.is_over


def test_what_came_of_who_was_never_answered() -> None:
    left, ended = (20, Mark.QUEUE_LEFT, "hangup"), (21, Mark.ENDED, "")
    assert offered(QUEUED).came_of is CameOf.WAITS
    assert offered(QUEUED, left, ended).came_of is CameOf.ABANDONED
    assert offered(QUEUED, left, ended).waited == timedelta(seconds=10)
    words = (15, Mark.RECORDED, "4.0")
    assert offered(QUEUED, words, ended).came_of is CameOf.SERVED
    rung_back = (15, Mark.CALL_BACK, "")
    assert offered(QUEUED, rung_back, left, ended).came_of is CameOf.SERVED
    told = (18, Mark.STATUS_TOLD, "20261234")
    assert offered(QUEUED, told, left, ended).came_of is CameOf.SERVED
    waited_on = (60, Mark.QUEUE_LEFT, "hangup"), (60, Mark.ENDED, "")
    assert offered(QUEUED, told, *waited_on).came_of is CameOf.ABANDONED
    before = offered((5, Mark.STATUS_TOLD, "20261234"), QUEUED, left, ended)
    assert before.came_of is CameOf.ABANDONED
    assert offers_of(call((1, Mark.RECORDED, "4.0"), (2, Mark.ENDED, "")), {}) == (None, ())


def test_a_seat_has_what_rang_there_and_its_own_part_of_the_times() -> None:
    events = call(
        QUEUED, (11, Mark.SEAT_RINGING, "seat001"), (31, Mark.SEAT_MISSED, "seat001 no_answer"),
        (31, Mark.SEAT_RINGING, "seat002"), (35, Mark.SEAT_ANSWERED, "seat002"),
        (40, Mark.HELD, "seat002"), (60, Mark.UNHELD, "seat002"), (95, Mark.SEAT_LEFT, "seat002"),
        (95, Mark.ENDED, ""),
    )  # fmt: skip
    wrote = timedelta(seconds=12)
    room, seats = offers_of(events, {("k", "seat002"): wrote})
    missed, took = seats
    assert (missed.whom, missed.came_of) == ("seat001", CameOf.MISSED)
    assert (took.waited, took.talked, took.held, took.wrote) == (
        timedelta(seconds=4), timedelta(seconds=40), timedelta(seconds=20), wrote,
    )  # fmt: skip
    assert room is not None
    assert (room.waited, room.talked, room.held) == (timedelta(seconds=25), took.talked, took.held)
    _, (_, writes) = offers_of(events, {("k", "seat002"): None})
    assert not writes.is_over


def test_a_talk_that_nobody_told_the_end_of_ends_with_its_call_and_open_ones_are_told_apart() -> (
    None
):
    talks = call(QUEUED, (20, Mark.SEAT_ANSWERED, "seat001"))
    room, (seat,) = offers_of(talks, {})
    assert room is not None
    assert not room.is_over
    assert not seat.is_over
    ended, _ = offers_of([*talks, *call((50, Mark.ENDED, ""))], {})
    assert ended is not None
    assert (ended.is_over, ended.talked) == (True, timedelta(seconds=30))
    figures = RoomFigures()
    figures.take(room, RULE)
    figures.take(ended, RULE)
    assert (figures.answered, figures.over, figures.handling_s) == (2, 1, 30.0)


def test_rates_leave_out_who_gave_up_before_anybody_could_answer() -> None:
    figures = RoomFigures()
    for waited, came_of in (
        (3, CameOf.ABANDONED), (30, CameOf.ABANDONED), (15, CameOf.ANSWERED), (16, CameOf.ANSWERED),
        (40, CameOf.SERVED), (9, CameOf.WAITS),
    ):  # fmt: skip
        figures.take(Offer("", at(0), came_of, timedelta(seconds=waited), True), RULE)
    assert (figures.offered, figures.abandoned, figures.short) == (6, 2, 1)
    assert figures.service_level == pytest.approx(1 / 3)
    assert figures.abandonment == pytest.approx(1 / 3)
    assert figures.answer_s == 15.5
    assert figures.longest == timedelta(seconds=40)
    assert (
        RoomFigures().service_level is RoomFigures().occupancy is RoomFigures().handling_s is None
    )


def _marks(draw: st.DrawFn, begins: float, seats: Iterable[str]) -> list[tuple[float, Mark, str]]:
    now, told = begins, [(begins, Mark.QUEUED, draw(st.sampled_from(SKILLS)))]
    pauses = st.floats(0, 2500).map(lambda one: round(one, 3))
    for seat in seats:
        now += draw(pauses)
        told.append((now, Mark.SEAT_RINGING, seat))
        now += draw(pauses)
        if not draw(st.booleans()):
            told.append((now, Mark.SEAT_MISSED, f"{seat} no_answer"))
            continue
        told.append((now, Mark.SEAT_ANSWERED, seat))
        if draw(st.booleans()):
            told.append((now, Mark.HELD, seat))
            now += draw(pauses)
            told.append((now, Mark.UNHELD, seat))
        now += draw(pauses)
        told.append((now, Mark.SEAT_LEFT, seat))
    if draw(st.booleans()):
        told.append((now, Mark.RECORDED, "3.0"))
    if draw(st.booleans()):
        now += draw(pauses)
        told.append((now, Mark.ENDED, ""))
    return told


@st.composite
def _days(draw: st.DrawFn) -> list[list[CallEvent]]:
    calls = []
    for number in range(draw(st.integers(0, 12))):
        begins = round(draw(st.floats(-3600, 90_000)), 3)
        seats = draw(st.lists(st.sampled_from(SEATS), unique=True, max_size=3))
        calls.append(call(*_marks(draw, begins, seats), key=f"k{number}"))
    return calls


def _reckoned(halves: HalfHours, calls: list[list[CallEvent]]) -> DayFigures:
    figures = day_figures(halves, RULE)
    for one in calls:
        figures.take(*offers_of(one, {}))
    return figures


@given(_days(), st.lists(st.integers(1, 47), unique=True, max_size=6))
def test_any_split_of_a_day_sums_to_the_day_and_to_a_naive_recount(
    calls: list[list[CallEvent]], cuts: list[int]
) -> None:
    whole = _reckoned(DAY, calls)
    edges = [0, *sorted(cuts), 48]
    parts = [
        HalfHours(DAY.start + low * HALF_HOUR, DAY.start + high * HALF_HOUR)
        for low, high in pairwise(edges)
    ]
    split = [_reckoned(part, calls) for part in parts]
    assert summed(one.room.total(ROOM) for one in split) == whole.room.total(ROOM)
    for skill in SKILLS:
        assert summed(one.skills.total(skill) for one in split) == whole.skills.total(skill)
    for seat in SEATS:
        assert summed(one.seats.total(seat) for one in split) == whole.seats.total(seat)
    of_skills = summed(whole.skills.total(one) for one in whole.skills.of)
    assert of_skills == whole.room.total(ROOM)
    assert _naively(calls) == _counted(whole.room.total(ROOM))


def _counted(total: RoomFigures) -> dict[str, float]:
    told = {
        "offered": total.offered, "answered": total.answered, "abandoned": total.abandoned,
        "served": total.served, "waits": total.waits, "within": total.within,
        "waited": total.waited.total_seconds(),
        "handled": (total.talked + total.held).total_seconds(),
    }  # fmt: skip
    return {name: round(value, 3) for name, value in told.items() if value}


def _naively(calls: list[list[CallEvent]]) -> dict[str, float]:
    """Count the calls of the day as somebody would who reads their records one by one."""
    found: dict[str, float] = defaultdict(float)
    for events in calls:
        queued = next(one.at for one in events if one.mark is Mark.QUEUED)
        if not DAY.start <= queued < DAY.end:
            continue
        marks = {one.mark for one in events}
        took = [one for one in events if one.mark is Mark.SEAT_ANSWERED]
        left = {one.value: one.at for one in events if one.mark is Mark.SEAT_LEFT}
        found["offered"] += 1
        if took:
            waited = (took[0].at - queued).total_seconds()
            found["answered"] += 1
            found["waited"] += waited
            found["within"] += waited <= 15
            if Mark.ENDED in marks:
                found["handled"] += sum((left[one.value] - one.at).total_seconds() for one in took)
        elif Mark.RECORDED in marks:
            found["served"] += 1
        else:
            found["abandoned" if Mark.ENDED in marks else "waits"] += 1
    return {name: round(value, 3) for name, value in found.items() if value}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SEATS), st.sampled_from(list(SeatState)),
            st.integers(-7200, 90_000), st.integers(0, 90_000),
        )
    )
)  # fmt: skip
def test_what_seats_did_lies_in_the_half_hours_in_which_they_did_it(
    told: list[tuple[str, SeatState, int, int]],
) -> None:
    spans = [
        SeatSpan(name, state, at(since), at(since + time)) for name, state, since, time in told
    ]
    figures = day_figures(DAY, RULE)
    figures.spend(spans, dict.fromkeys(SEATS, SKILLS))
    total, counts = figures.room.total(ROOM), (SeatState.OFF,)
    inside = (
        min(one.until, DAY.end) - max(one.since, DAY.start)
        for one in spans
        if one.state not in counts
    )
    assert total.ready + total.busy + total.paused == sum(
        (time for time in inside if time > timedelta()), timedelta()
    )
    assert summed(figures.seats.total(seat) for seat in SEATS) == total
    assert all(figures.skills.total(skill) == total for skill in SKILLS)
    for half in figures.room.of.get(ROOM, ()):
        assert half.ready + half.busy + half.paused <= len(spans) * HALF_HOUR


def test_occupancy_is_of_the_time_in_which_seats_took_calls() -> None:
    figures = day_figures(DAY, RULE)
    spans = [(SeatState.READY, 0, 300), (SeatState.TALKING, 300, 400), (SeatState.PAUSED, 400, 900)]
    figures.spend(
        [SeatSpan("seat001", what, at(since), at(until)) for what, since, until in spans], {}
    )
    assert figures.seats.total("seat001").occupancy == 0.25
