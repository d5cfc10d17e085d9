"""The light of a clock."""

from datetime import UTC, datetime, timedelta

from hotline.case.light import Light, light_at


def test_the_light_turns_at_the_instant() -> None:
    yellow, second = datetime(2026, 11, 23, 10, tzinfo=UTC), timedelta(seconds=1)
    red = yellow + timedelta(hours=1)
    assert light_at(yellow - second, yellow, red) is Light.GREEN
    assert light_at(yellow, yellow, red) is Light.YELLOW
    assert light_at(red, yellow, red) is Light.RED
    assert light_at(red, None, None) is Light.GREEN
