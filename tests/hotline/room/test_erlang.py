"""Erlang's formulas: against tables, against each other, and against a queue that is simulated."""

import heapq
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.room.erlang import Traffic, seats_needed, service

HALF_HOUR = 1800.0


def test_a_table_of_erlang_c() -> None:
    """100 calls in half an hour of 180 s each are 10 erlangs; 14 seats take 88.8 % within 20 s."""
    traffic = Traffic(100, HALF_HOUR, 180)
    assert traffic.erlangs == pytest.approx(10)
    met = service(14, traffic, 20)
    assert met.within == pytest.approx(0.8883, abs=5e-4)
    assert met.wait_s == pytest.approx(7.84, abs=0.05)
    assert met.busy == pytest.approx(10 / 14)
    assert seats_needed(traffic, 20, 0.8) == 14
    assert service(10, traffic, 20).within == 0.0


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 300), st.floats(30, 400), st.integers(1, 40), st.floats(1, 60))
def test_without_impatience_a_is_c(calls: float, handle: float, spare: int, within: float) -> None:
    """The more patient callers are, the nearer A comes to C."""
    patient = Traffic(calls, HALF_HOUR, handle)
    nearly = Traffic(calls, HALF_HOUR, handle, 1e9)
    seats = int(patient.erlangs * 1.05) + 1 + spare
    expected, found = service(seats, patient, within), service(seats, nearly, within)
    assert found.within == pytest.approx(expected.within, abs=1e-5)
    assert found.wait_s == pytest.approx(expected.wait_s, rel=1e-3, abs=1e-6)
    assert found.abandoned < 1e-4


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 3000), st.floats(30, 400), st.floats(10, 600), st.integers(0, 300))
def test_shares_are_shares(calls: float, handle: float, patience: float, seats: int) -> None:
    """Whatever comes, shares lie between 0 and 1, and one seat more is never worse."""
    traffic = Traffic(calls, HALF_HOUR, handle, patience)
    few, more = service(seats, traffic, 15), service(seats + 1, traffic, 15)
    for met in (few, more):
        assert -1e-9 <= met.within <= 1 + 1e-9
        assert 0 <= met.abandoned <= 1
        assert 0 <= met.busy <= 1
        assert met.within + met.abandoned <= 1 + 1e-6
    assert more.within >= few.within - 1e-9
    assert more.abandoned <= few.abandoned + 1e-9


@pytest.mark.parametrize(("calls", "seats"), [(100, 9), (100, 12), (1000, 98), (20, 1)])
def test_a_is_what_a_simulated_queue_does(calls: float, seats: int) -> None:
    """A queue of 30,000 calls, drawn by itself, meets the formula within its own spread."""
    traffic = Traffic(calls, HALF_HOUR, 180, 90)
    met = service(seats, traffic, 15)
    within, abandoned = _simulated(seats, traffic, 15, 30_000)
    assert within == pytest.approx(met.within, abs=0.025)
    assert abandoned == pytest.approx(met.abandoned, abs=0.025)


def _simulated(seats: int, traffic: Traffic, within_s: float, many: int) -> tuple[float, float]:
    """Draw calls in order: each takes the seat that is free first, unless it has hung up."""
    dice, at = Random(7), 0.0
    free = [0.0] * seats
    in_time = gone = 0
    assert traffic.patience_s is not None
    for _ in range(many):
        at += dice.expovariate(traffic.calls / traffic.period_s)
        wait = max(0.0, free[0] - at)
        if wait > dice.expovariate(1 / traffic.patience_s):
            gone += 1
            continue
        in_time += wait <= within_s
        heapq.heapreplace(free, at + wait + dice.expovariate(1 / traffic.handle_s))
    return in_time / many, gone / many


def test_seats_needed_are_the_fewest() -> None:
    """One seat less does not do; nobody calling needs nobody."""
    traffic = Traffic(400, HALF_HOUR, 170, 120)
    needed = seats_needed(traffic, 15, 0.95)
    assert service(needed, traffic, 15).within >= 0.95 > service(needed - 1, traffic, 15).within
    assert seats_needed(Traffic(0, HALF_HOUR, 170, 120), 15, 0.95) == 0
    with pytest.raises(ValueError, match="share"):
        seats_needed(traffic, 15, 1.0)
    with pytest.raises(ValueError, match="erlangs"):
        seats_needed(Traffic(10**9, HALF_HOUR, 170), 15, 0.95)


def test_a_plan_for_bad_days() -> None:
    """Nine days of ten have fewer calls than the traffic at its 90 % quantile."""
    traffic = Traffic(100, HALF_HOUR, 180, 90)
    assert traffic.on_quantile(0.9, 0.2).calls == pytest.approx(125.6, abs=0.1)
    assert traffic.on_quantile(0.5, 0.2).calls == pytest.approx(100)
