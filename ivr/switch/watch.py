"""How the telephone room works now, as the backend tells it."""

import logging

from backend.client import BackendClient
from hotline.errors import HotlineError
from hotline.room.plan import RoomPlan

log = logging.getLogger(__name__)


class RoomWatch:
    """The plan of now; None until the backend has told one, and then always the last one told."""

    def __init__(self, client: BackendClient):
        self._client = client
        self._release = ""
        self.now: RoomPlan | None = None

    async def look(self) -> None:
        """Ask for the plan; a backend that cannot tell leaves it as it is known."""
        try:
            told = await self._client.city(self._release)
        except HotlineError as error:
            log.info("the room's plan is not told: %s", error)
            return
        if told.room is not None:
            self.now = told.room
        self._release = told.release

    def is_dear(self, number: str) -> bool:
        """Tell whether calls to a number cost much."""
        return self.now is not None and self.now.is_dear(number)

    def knows(self, number: str) -> bool:
        """Tell whether a number stands in the address book."""
        return self.now is not None and any(number == one.number for one in self.now.targets)
