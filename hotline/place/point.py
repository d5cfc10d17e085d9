"""A point on the earth, WGS-84 (equal to CGCS2000 at this precision)."""

from dataclasses import dataclass

from hotline.errors import Invalid


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
