"""Where somebody stands this moment, as their telephone or browser says it."""

import math
from dataclasses import dataclass
from datetime import datetime

from hotline.errors import Invalid
from hotline.place.point import Point


@dataclass(frozen=True, slots=True)
class Fix:
    """Where who hands a photo in stands: a point, its accuracy in metres, and when it was taken."""

    point: Point
    accuracy: float
    at: datetime

    def __post_init__(self) -> None:
        """Refuse an accuracy that is none."""
        if not (math.isfinite(self.accuracy) and self.accuracy >= 0):
            raise Invalid("accuracy", "must be metres")
