"""Who is rung back when: nobody overtakes or is rung for no seat, and every way has its end."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hotline.call import CallEvent, CallEventType
from hotline.errors import Refused
from hotline.notice import CallEnd
from hotline.room import call_back as rules
from hotline.room.call_back import (
    BUSY_LINES,
    OPEN,
    CallBack,
    CallBackSource,
    CallBackState,
    due_now,
)
from hotline.room.exchange import InLine
from hotline.room.plan import CallBackRule

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
RULE = CallBackRule()
SOURCES = tuple(CallBackSource)
ENDS = tuple(CallEnd)


def asked(number: int = 1, since: datetime = NOW, **more: Any) -> CallBack:
    """Somebody who asked to be rung back."""
    one = CallBack(
        id=UUID(int=number), contact=UUID(int=number), number=f"1380000{number:04d}",
        language="zh_CN", source=CallBackSource.ASKED, call=f"x-{number}", queue=1, priority=10,
        since=since, state=CallBackState.WAITING, due=since,
    )  # fmt: skip
    return replace(one, **more)


def ago(seconds: float) -> datetime:
    """An instant so many seconds before now."""
    return NOW - timedelta(seconds=seconds)


def line(call: str, seconds: float, queue: int = 1, priority: int = 10) -> InLine:
    """Somebody who has waited on the line for so many seconds."""
    return InLine(call, queue, priority, ago(seconds))


SEAT = frozenset({1})


def test_who_asked_has_the_place_that_they_had_on_the_line() -> None:
    rows = [asked(1, ago(60)), asked(2, ago(20))]
    waiting = [line("a", 90), line("b", 40)]
    for seats, rung in ((1, []), (2, [1]), (3, [1]), (4, [1, 2])):
        found = due_now(rows, waiting, [SEAT] * seats, NOW)
        assert [one.id.int for one in found] == rung, seats


def test_who_hung_up_goes_behind_all_who_wait_and_who_asked() -> None:
    rows = [asked(1, ago(900), source=CallBackSource.MISSED), asked(2, ago(5))]
    assert [one.id.int for one in due_now(rows, [line("a", 1)], [SEAT] * 2, NOW)] == [2]
    assert [one.id.int for one in due_now(rows, [line("a", 1)], [SEAT] * 3, NOW)] == [2, 1]


def test_who_is_on_their_way_has_a_seat_and_no_other_is_rung_for_it() -> None:
    flying = rules.rings(asked(1, ago(60)), NOW)
    assert due_now([flying, asked(2, ago(90))], [], [SEAT], NOW) == []
    in_queue = [InLine(flying.leg, 1, 10, flying.since)]
    rung = due_now([flying, asked(2, ago(90))], in_queue, [SEAT] * 2, NOW)
    assert [one.id.int for one in rung] == [2]


def test_a_seat_that_can_do_less_is_taken_first_and_none_is_taken_twice() -> None:
    both, one_only = frozenset({1, 2}), frozenset({1})
    rows = [asked(1, ago(60)), asked(2, ago(30), queue=2)]
    assert len(due_now(rows, [], [both, one_only], NOW)) == 2
    assert [one.id.int for one in due_now(rows, [], [both], NOW)] == [1]
    assert [one.id.int for one in due_now(rows, [], [frozenset({2})], NOW)] == [2]


def test_a_number_is_rung_at_nought_ten_and_thirty_minutes_and_then_no_more() -> None:
    one, at, rung = asked(), NOW, list[float]()
    while one.is_open:
        assert due_now([one], [], [SEAT], at - timedelta(seconds=1)) == [] or not rung
        rung.append((at - NOW).total_seconds() / 60)
        one = rules.failed(
            rules.rings(one, at), CallEnd.NO_ANSWER, RULE, at + timedelta(seconds=30)
        )
        at = one.due
    assert rung == [0, 10, 30]
    assert (one.state, one.tries, one.reason) == (CallBackState.UNREACHED, 3, CallEnd.NO_ANSWER)


@pytest.mark.parametrize("end", rules.NO_TRY)
def test_a_way_out_that_is_away_is_no_try(end: CallEnd) -> None:
    one = rules.failed(rules.rings(asked(), NOW), end, RULE, NOW)
    assert (one.state, one.tries, one.first_at) == (CallBackState.WAITING, 0, None)
    assert one.due == NOW + rules.AWAY
    second = rules.failed(rules.rings(asked(), NOW), CallEnd.BUSY, RULE, NOW)
    away = rules.failed(rules.rings(second, second.due), end, RULE, second.due)
    assert (away.tries, away.first_at) == (1, NOW)


@pytest.mark.parametrize("end", rules.FINAL)
def test_a_number_that_may_not_be_rung_ends_at_once(end: CallEnd) -> None:
    one = rules.failed(rules.rings(asked(), NOW), end, RULE, NOW)
    assert (one.state, one.reason) == (CallBackState.NOT_RUNG, end)


def test_what_was_handed_out_and_never_begun_is_no_try_and_what_was_cut_off_is_one() -> None:
    flying = rules.rings(asked(), NOW)
    soon, late = NOW + timedelta(seconds=5), NOW + rules.BEGUN
    assert rules.seen(flying, [], RULE, soon) == flying
    assert rules.seen(flying, [], RULE, late).tries == 0
    up = rules.seen(flying, [flying.leg], RULE, late)
    assert (up.is_up, up.state) == (True, CallBackState.CALLING)
    cut = rules.seen(up, [], RULE, late)
    assert (cut.state, cut.tries, cut.reason) == (CallBackState.WAITING, 1, CallEnd.HUNG_UP)
    waiting = asked()
    assert rules.seen(waiting, [], RULE, late) == waiting


def test_a_seat_that_answers_ends_it_in_our_call_or_in_their_own() -> None:
    flying = rules.rings(asked(), NOW)
    assert rules.met(flying, flying.leg, NOW).state is CallBackState.MET
    assert rules.met(asked(), "x-1795744800-7", NOW).state is CallBackState.CALLED_IN
    over = rules.met(flying, flying.leg, NOW)
    assert rules.failed(over, CallEnd.HUNG_UP, RULE, NOW) == over
    assert rules.left_words(over, NOW) == over
    assert rules.left_words(flying, NOW).state is CallBackState.LEFT_WORDS


def test_people_act_on_what_waits_alone() -> None:
    one = asked(due=NOW + timedelta(minutes=9))
    now = rules.ring_now(one, NOW)
    assert (now.due, now.at_once) == (NOW, True)
    assert rules.done(one, "P1", "by mobile", NOW).state is CallBackState.BY_HAND
    assert rules.drop(one, "P1", "wrong number", NOW).said == "wrong number"


@pytest.mark.parametrize(
    ("state", "code"), [(CallBackState.MET, "not_open"), (CallBackState.CALLING, "call_back_rings")]
)
@pytest.mark.parametrize(
    "act",
    [
        lambda one: rules.ring_now(one, NOW),
        lambda one: rules.done(one, "P1", "", NOW),
        lambda one: rules.drop(one, "P1", "", NOW),
    ],
)
def test_nobody_acts_on_what_rings_or_has_ended(
    state: CallBackState, code: str, act: Callable[[CallBack], CallBack]
) -> None:
    with pytest.raises(Refused) as refused:
        act(asked(state=state))
    assert refused.value.code == code


def test_the_hours_are_the_citys() -> None:
    day = CallBackRule(hours=((8 * 60, 20 * 60),))
    assert day.is_open(NOW, "Asia/Shanghai")  # 09:00
    assert not day.is_open(NOW + timedelta(hours=12), "Asia/Shanghai")


def events(*marks: tuple[CallEventType, float, str]) -> list[CallEvent]:
    """Events of one call."""
    return [CallEvent("x-1795744800-7", m, NOW + timedelta(seconds=at), v) for m, at, v in marks]


T = CallEventType
RING, OVER, EARLY = (T.RING, 0, ""), (T.ENDED, 40, ""), (T.ENDED, 9, "")


@pytest.mark.parametrize(
    ("marks", "source"),
    [
        ((RING, OVER), CallBackSource.MISSED),
        ((RING, (T.QUEUED, 6, "general"), OVER), CallBackSource.MISSED),
        ((RING, EARLY), None),
        ((RING,), None),
        ((RING, (T.SEAT_ANSWERED, 9, "seat001"), OVER), None),
        ((RING, (T.RECORDED, 9, "4.0"), OVER), None),
        ((RING, (T.CASE_JOINED, 9, "20260411"), OVER), None),
        ((RING, (T.CALL_BACK, 9, ""), OVER), None),
        ((RING, (T.STATUS_TOLD, 9, ""), OVER), None),
        ((RING, (T.STATUS_TOLD, 9, ""), (T.QUEUED, 20, "general"), OVER), CallBackSource.MISSED),
        ((RING, (T.TURNED_AWAY, 1, "refuse"), OVER), None),
        ((RING, (T.TURNED_AWAY, 1, BUSY_LINES), EARLY), CallBackSource.BUSY),
    ],
)
def test_a_call_that_nobody_served_is_rung_back(
    marks: tuple[tuple[CallEventType, float, str], ...], source: CallBackSource | None
) -> None:
    assert rules.missed(events(*marks), RULE) is source


def test_our_own_call_is_never_rung_back_for() -> None:
    leg = rules.rings(asked(), NOW).leg
    marks = [CallEvent(leg, T.RING, NOW), CallEvent(leg, T.ENDED, NOW + timedelta(seconds=60))]
    assert rules.missed(marks, RULE) is None


SEATS = st.lists(st.frozensets(st.integers(1, 3), min_size=1), max_size=6)
WAITS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3), st.sampled_from((5, 10, 20))))
ROWS = st.lists(
    st.tuples(
        st.integers(0, 300), st.integers(1, 3), st.sampled_from(SOURCES), st.booleans(),
        st.sampled_from((5, 10)), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, WAITS, SEATS)
def test_no_line_and_no_seats_let_anybody_overtake_or_ring_for_no_seat(
    told: list[tuple[int, int, CallBackSource, bool, int, bool]],
    waits: list[tuple[int, int, int]],
    seats: list[frozenset[int]],
) -> None:
    rows = []
    for place, (seconds, queue, source, flies, priority, is_due) in enumerate(told):
        one = asked(place, ago(seconds), queue=queue, source=source, priority=priority)
        one = rules.rings(one, ago(5)) if flies else one
        rows.append(one if is_due else replace(one, due=NOW + timedelta(seconds=1)))
    waiting = [line(f"w{at}", *one) for at, one in enumerate(waits)]
    found = due_now(rows, waiting, seats, NOW)
    flying = [one for one in rows if one.state is CallBackState.CALLING]
    for queue in (1, 2, 3):
        there = sum(queue in seat for seat in seats)
        rung = [one for one in found if one.queue == queue]
        there_already = [one for one in flying if one.queue == queue]
        assert not rung or len(rung) + len(there_already) <= there
        for one in rung:
            # Everybody of the queue who goes before has a seat of their own.
            before = [w for w in waiting if w.queue == queue and w.rank <= one.rank]
            earlier = [r for r in rows if _is_due(r) and r.queue == queue and r.rank < one.rank]
            assert {r.id for r in earlier} <= {r.id for r in rung}
            assert len(before) + len(earlier) + len(there_already) < there
    assert not found or len(found) + len(flying) <= len(seats)
    assert all(_is_due(one) for one in found)


def _is_due(one: CallBack) -> bool:
    return one.state is CallBackState.WAITING and one.due <= NOW


@dataclass
class Room:
    """A telephone room as it goes on: who waits, who talks, who is to be rung."""

    now: datetime = NOW
    seats: list[str] = field(default_factory=lambda: [""] * 2)
    rows: dict[int, CallBack] = field(default_factory=dict)
    line: list[InLine] = field(default_factory=list)
    made: int = 0
    ends: list[tuple[int, CallEnd, int]] = field(default_factory=list)


class GoesOn(RuleBasedStateMachine):
    """Whatever happens in whatever order: places are kept, tries are three, all comes to an end."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()

    @rule(number=st.integers(1, 6))
    def somebody_asks(self, number: int) -> None:
        room = self.room
        if any(one.is_open and one.number.endswith(str(number)) for one in room.rows.values()):
            return
        room.made += 1
        one = replace(asked(room.made, room.now), number=f"1380000000{number}")
        room.rows[room.made] = one

    @rule()
    def somebody_waits(self) -> None:
        self.room.made += 1
        self.room.line.append(InLine(f"w{self.room.made}", 1, 10, self.room.now))

    @rule(seconds=st.integers(1, 400))
    def time_goes_on(self, seconds: int) -> None:
        self.room.now += timedelta(seconds=seconds)

    @rule(seat=st.integers(0, 1))
    def a_seat_hangs_up(self, seat: int) -> None:
        self.room.seats[seat] = ""

    @rule()
    def the_queue_gives_calls_to_seats(self) -> None:
        room = self.room
        for place, talks in enumerate(room.seats):
            if talks or not room.line:
                continue
            first = min(room.line, key=lambda one: one.rank)
            room.line.remove(first)
            room.seats[place] = first.call
            for key, one in room.rows.items():
                if one.leg == first.call:
                    # Nobody who was there before is passed.
                    assert all(first.since <= other.since for other in room.line)
                    room.rows[key] = rules.met(one, first.call, room.now)

    @rule()
    def the_office_looks(self) -> None:
        room = self.room
        free = [SEAT for talks in room.seats if not talks]
        before = sum(one.state is CallBackState.CALLING for one in room.rows.values())
        found = due_now(list(room.rows.values()), room.line, free, room.now)
        assert not found or before + len(found) <= len(free)
        for one in found:
            room.rows[one.id.int] = rules.rings(one, room.now)

    @precondition(lambda self: any(one.leg for one in self.room.rows.values()))
    @rule(end=st.sampled_from(ENDS), data=st.data())
    def a_telephone_answers_or_not(self, end: CallEnd, data: st.DataObject) -> None:
        room = self.room
        up = [one for one in room.rows.values() if one.state is CallBackState.CALLING]
        legs = {one.call for one in room.line}
        ringing = [one for one in up if one.leg not in legs]
        if not ringing:
            return
        one = data.draw(st.sampled_from(sorted(ringing, key=lambda one: one.id.int)))
        if end is CallEnd.ANSWERED:
            room.line.append(InLine(one.leg, 1, 10, one.since))
            room.rows[one.id.int] = rules.seen(one, [one.leg], RULE, room.now)
        else:
            room.rows[one.id.int] = rules.failed(one, end, RULE, room.now)
            room.ends.append((one.id.int, end, one.tries))

    @rule()
    def who_was_rung_hangs_up_in_the_queue(self) -> None:
        room = self.room
        for one in list(room.rows.values()):
            if one.is_up and one.is_open:
                room.line = [other for other in room.line if other.call != one.leg]
                if one.leg not in room.seats:
                    room.rows[one.id.int] = rules.seen(one, [], RULE, room.now)
                return

    @invariant()
    def one_number_has_one_that_is_open(self) -> None:
        numbers = [one.number for one in self.room.rows.values() if one.state in OPEN]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def tries_are_three_at_most_and_each_by_the_clock(self) -> None:
        for one in self.room.rows.values():
            assert one.tries <= len(RULE.tries_min)
            counted = [end for key, end, _ in self.room.ends if key == one.id.int]
            if one.state is CallBackState.WAITING and one.tries and counted:
                assert one.first_at is not None
                if counted[-1] not in rules.NO_TRY:
                    planned = timedelta(minutes=RULE.tries_min[one.tries])
                    assert one.due >= one.first_at + planned

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        for one in self.room.rows.values():
            assert one.is_open == (one.ended_at is None)
            assert one.is_open or rules.met(one, "x-1795744800-7", self.room.now) == one


TestRoomGoesOn = GoesOn.TestCase
TestRoomGoesOn.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
