"""Points on the earth, WGS-84 (equal to CGCS2000 at this precision), and a flat map of them."""

import math
from dataclasses import dataclass

from hotline.errors import Invalid

METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Point:
    """Longitude and latitude in degrees."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        """Refuse what is not on the earth."""
        if not -180 <= self.lon <= 180:
            raise Invalid("lon", "longitude must be between -180 and 180")
        if not -90 <= self.lat <= 90:
            raise Invalid("lat", "latitude must be between -90 and 90")


class Flat:
    """A flat map around a point: degrees into metres east and north."""

    def __init__(self, centre: Point) -> None:
        self.centre = centre
        self._east = METRES_A_DEGREE * math.cos(math.radians(centre.lat))

    @property
    def degree(self) -> tuple[float, float]:
        """Metres of a degree east and of one north."""
        return self._east, METRES_A_DEGREE

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Metres east and north of the centre."""
        return (
            (lon - self.centre.lon) * self._east,
            (lat - self.centre.lat) * METRES_A_DEGREE,
        )

    def point(self, x: float, y: float) -> Point:
        """The point at metres east and north of the centre."""
        lon = self.centre.lon + x / self._east
        return Point(round(lon, 6), round(self.centre.lat + y / METRES_A_DEGREE, 6))

    def distance(self, one: Point, other: Point) -> float:
        """Metres between two points."""
        return math.dist(self.xy(one.lon, one.lat), self.xy(other.lon, other.lat))
