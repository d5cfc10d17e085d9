"""The hearing of the demo city, as the backend tells its names."""

from functools import cache

from backend.queries.city_told import spoken_of
from ivr.hearing import Hearing, hearing_of
from tests.cities import demo_files


@cache
def demo_hearing() -> Hearing:
    """Names of the demo city's places and of what goes wrong there."""
    return hearing_of(spoken_of(demo_files()))
