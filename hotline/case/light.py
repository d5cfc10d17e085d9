"""The light (红黄绿灯) of a clock: how near the end of its time is."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum


class Light(StrEnum):
    """The traffic light of a clock; the words beside it keep it colour-blind safe."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light_at(now: datetime, yellow: datetime | None, red: datetime | None) -> Light:
    """Give the light of a clock that turns yellow and red at these instants (None: never)."""
    if red is not None and now >= red:
        return Light.RED
    if yellow is not None and now >= yellow:
        return Light.YELLOW
    return Light.GREEN


def worst(lights: Iterable[Light]) -> Light:
    """Give the light that is furthest on among several; green for none."""
    return max(lights, key=list(Light).index, default=Light.GREEN)
