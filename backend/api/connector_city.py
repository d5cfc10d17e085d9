"""What connectors ask about the city: nothing is sent twice to one who knows the release."""

from typing import Final

from aiohttp import web

from backend.api.office_keys import office_of
from backend.api.permissions import BY_CONNECTORS
from backend.api.route import Route, at
from backend.queries.city_told import profile_of, spoken_of
from hotline import contract
from hotline.contract import CityAsked
from hotline.profile import CityTold


async def city(request: web.Request, asked: CityAsked) -> CityTold:
    """Give the city by the release that counts."""
    office = office_of(request)
    counts = office.city
    if asked.release == counts.release:
        return CityTold(counts.release)
    spoken = spoken_of(office.files) if asked.spoken else None
    return CityTold(counts.release, profile_of(counts), spoken, counts.room)


ROUTES: Final[tuple[Route, ...]] = (
    at(contract.CITY, city, "The city by the release that counts, where it is new", BY_CONNECTORS),
)
