"""A seat's states: acts of a person, events of the exchange, in any order."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import Refused
from hotline.room import seat as states
from hotline.room.seat import Seat, SeatState
from tests.cities import MONDAY

WRAP_UP = timedelta(seconds=20)
CALL, OTHER = "h1-100-1", "h1-100-2"


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def off() -> Seat:
    return Seat("seat001", "acceptor1", SeatState.OFF, MONDAY)


def ready() -> Seat:
    return states.go_online(off(), MONDAY)


def talking() -> Seat:
    rung = states.rings(ready(), CALL, MONDAY + after(1))
    return states.answers(rung, CALL, MONDAY + after(3))


def test_a_call_is_rung_answered_left_and_written_behind() -> None:
    seat = talking()
    assert (seat.state, seat.call) == (SeatState.TALKING, CALL)
    seat = states.is_left(seat, CALL, MONDAY + after(60), WRAP_UP)
    assert (seat.state, seat.until) == (SeatState.WRAP_UP, MONDAY + after(80))
    assert not seat.is_rung
    assert states.turns(seat, MONDAY + after(79)) == seat
    assert states.turns(seat, MONDAY + after(80)).state is SeatState.READY


def test_who_does_not_take_a_call_is_paused_and_not_rung_again() -> None:
    rung = states.rings(ready(), CALL, MONDAY + after(1))
    missed = states.stops_ringing(rung, CALL, MONDAY + after(20), "no_answer")
    assert (missed.state, missed.reason) == (SeatState.PAUSED, "no_answer")
    assert states.resume(missed, MONDAY + after(30)).is_rung


def test_a_caller_who_hangs_up_while_it_rings_leaves_the_seat_as_it_was() -> None:
    rung = states.rings(ready(), CALL, MONDAY + after(1))
    assert states.stops_ringing(rung, CALL, MONDAY + after(5), "").is_rung


@pytest.mark.parametrize(
    ("wish", "then"),
    [
        (lambda seat, at: states.pause(seat, "meal", at), SeatState.PAUSED),
        (states.go_off, SeatState.OFF),
    ],
)
def test_what_is_wished_for_in_a_call_comes_behind_it(
    wish: Callable[[Seat, datetime], Seat], then: SeatState
) -> None:
    seat = wish(talking(), MONDAY + after(10))
    assert seat.state is SeatState.TALKING
    seat = states.is_left(seat, CALL, MONDAY + after(60), WRAP_UP)
    assert states.turns(seat, MONDAY + after(90)).state is then


def test_more_time_is_had_once() -> None:
    seat = states.is_left(talking(), CALL, MONDAY + after(60), WRAP_UP)
    seat = states.extend(seat, after(15))
    assert seat.until == MONDAY + after(95)
    with pytest.raises(Refused) as refused:
        states.extend(seat, after(15))
    assert refused.value.code == "extended_already"


def test_what_is_told_late_changes_nothing() -> None:
    seat = states.is_left(talking(), CALL, MONDAY + after(60), WRAP_UP)
    assert states.answers(seat, CALL, MONDAY + after(3)) == seat
    assert states.rings(seat, CALL, MONDAY + after(1)) == seat


def test_a_second_call_does_not_take_a_seat_that_talks() -> None:
    assert states.rings(talking(), OTHER, MONDAY + after(10)).call == CALL
    assert states.is_left(talking(), OTHER, MONDAY + after(10), WRAP_UP).call == CALL


def test_a_seat_that_is_off_can_be_neither_paused_nor_resumed() -> None:
    with pytest.raises(Refused) as refused:
        states.pause(off(), "meal", MONDAY)
    assert refused.value.code == "seat_off"
    with pytest.raises(Refused):
        states.resume(off(), MONDAY)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["rings", "answers", "missed", "gone", "left", "online", "off", "pause"]),
        st.sampled_from([CALL, OTHER]),
        st.integers(0, 100),
    ),
    max_size=30,
)


@given(EVENTS)
def test_no_order_of_events_leaves_a_seat_that_cannot_be_left(
    events: list[tuple[str, str, int]],
) -> None:
    """Whatever comes in whichever order: once its call is over and its time is, it can be ready."""
    seat = ready()
    for kind, call, second in events:
        at = MONDAY + after(second)
        match kind:
            case "rings":
                seat = states.rings(seat, call, at)
            case "answers":
                seat = states.answers(seat, call, at)
            case "missed":
                seat = states.stops_ringing(seat, call, at, "no_answer")
            case "gone":
                seat = states.stops_ringing(seat, call, at, "")
            case "left":
                seat = states.is_left(seat, call, at, WRAP_UP)
            case "online":
                seat = states.go_online(seat, at)
            case "off":
                seat = states.go_off(seat, at)
            case "pause" if seat.state is not SeatState.OFF:
                seat = states.pause(seat, "meal", at)
        assert (seat.state in states.BUSY) <= bool(seat.call)
        assert (seat.state is SeatState.WRAP_UP) == (seat.until is not None)
    end = MONDAY + after(1000)
    seat = states.stops_ringing(seat, seat.call, end, "")
    seat = states.is_left(seat, seat.call, end, WRAP_UP)
    seat = states.turns(seat, end + WRAP_UP)
    if seat.state is not SeatState.OFF:
        assert states.resume(seat, end + WRAP_UP).is_rung


def test_a_clock_that_is_set_back_holds_no_seat_in_its_state() -> None:
    hour = after(3600)
    seat = states.is_left(talking(), CALL, MONDAY - hour, WRAP_UP)
    assert seat.state is SeatState.WRAP_UP
    seat = states.is_left(talking(), CALL, MONDAY + after(60), WRAP_UP)
    assert states.turns(seat, MONDAY + after(59)) == seat
    assert states.turns(seat, MONDAY - hour).state is SeatState.READY
    assert states.rings(ready(), CALL, MONDAY - hour).state is SeatState.RINGING


def test_who_leaves_while_a_call_rings_is_off_behind_it_missed_or_not() -> None:
    leaving = states.go_off(states.rings(ready(), CALL, MONDAY + after(1)), MONDAY + after(2))
    assert leaving.state is SeatState.RINGING
    missed = states.stops_ringing(leaving, CALL, MONDAY + after(20), "no_answer")
    assert missed.state is SeatState.OFF
    talks = states.answers(states.rings(leaving, CALL, MONDAY + after(3)), CALL, MONDAY + after(4))
    assert states.is_left(talks, CALL, MONDAY + after(60), WRAP_UP).state is SeatState.OFF


@pytest.mark.parametrize("why", ["refused", "no_answer"])
def test_who_misses_a_call_and_does_not_come_back_is_off_after_a_while(why: str) -> None:
    missed = states.stops_ringing(
        states.rings(ready(), CALL, MONDAY), CALL, MONDAY + after(20), why
    )
    assert (missed.state, missed.reason) == (SeatState.PAUSED, why)
    assert states.turns(missed, MONDAY + after(319)) == missed
    assert states.turns(missed, MONDAY + after(320)).state is SeatState.OFF
    by_choice = states.pause(ready(), "meal", MONDAY)
    assert states.turns(by_choice, MONDAY + after(7200)) == by_choice
