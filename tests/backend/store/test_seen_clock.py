"""How a clock is believed by what was believed last."""

from datetime import UTC, datetime, timedelta

from backend.store.seen_clock import SeenClock, judged

NOW = datetime(2026, 5, 31, 8, tzinfo=UTC)
AHEAD = timedelta(days=30)
DAY = timedelta(days=1)


def test_it_is_believed_as_it_goes_on_and_doubted_where_it_leaps() -> None:
    assert judged(SeenClock(NOW - 30 * DAY), NOW, AHEAD) == SeenClock(NOW)
    leapt = judged(SeenClock(NOW - 31 * DAY), NOW, AHEAD)
    assert leapt == SeenClock(NOW - 31 * DAY, NOW)
    assert judged(leapt, NOW + DAY, AHEAD) == leapt


def test_a_little_behind_counts_for_nothing_and_an_instant_far_ahead_is_given_up() -> None:
    assert judged(SeenClock(NOW + DAY), NOW, AHEAD) == SeenClock(NOW + DAY)
    given_up = judged(SeenClock(NOW + 3650 * DAY), NOW, AHEAD)
    assert given_up == SeenClock(NOW)
    assert judged(given_up, NOW + 3600 * DAY, AHEAD).doubted_at is not None
