"""What the message connectors know of the city, as the backend tells it."""

import logging

from backend.client import BackendClient
from hotline.errors import HotlineError
from hotline.profile import CityProfile

log = logging.getLogger(__name__)


class CityWatch:
    """The city of now: asked for when the connector starts, and when another release counts."""

    def __init__(self, backend: BackendClient):
        self._backend = backend
        self._release = ""
        self.now = CityProfile()

    async def look(self) -> None:
        """Ask for the city; a backend that cannot tell leaves it as it is known."""
        try:
            told = await self._backend.city(self._release)
        except HotlineError as error:
            log.info("the city is not told: %s", error)
            return
        if told.profile is not None:
            self.now = told.profile
        self._release = told.release

    async def known(self) -> CityProfile:
        """Give the city, asked for where it never was."""
        if not self._release:
            await self.look()
        return self.now
