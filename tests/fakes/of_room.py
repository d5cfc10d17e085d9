"""What the telephone room's connector asks of the backend in memory, beside reports and cases."""

from typing import TypeVar

from backend.client import BackendClient
from hotline.clock import Clock
from hotline.contract import CallBackAsked
from hotline.errors import Unavailable
from hotline.room.alarm import RoomAlarm
from hotline.room.exchange import RoomSeen, RoomWanted
from hotline.room.spoken import TalkHeard
from hotline.room.survey import SurveyTold
from hotline.wire import encode, received
from tests.fakes.telephone import FakeTelephone

T = TypeVar("T")


class FakeRoomDesk(BackendClient):
    """The room as it was seen, and what happens in it; `down` makes every request Unavailable."""

    def __init__(self, clock: Clock):
        super().__init__("http://fake", "token")
        self.clock = clock
        self.down = False
        self.telephone = FakeTelephone(clock)
        self.rooms: list[RoomSeen] = []
        self.wanted = RoomWanted()

    def _up(self) -> None:
        if self.down:
            raise Unavailable("the backend is down", retry_after=1)

    def _taken(self, asked: T) -> T:
        """Take what is asked as it comes in over the wire."""
        self._up()
        return received(encode(asked), type(asked), self.clock.now())

    async def survey(self, call: str) -> SurveyTold:
        self._up()
        return self.telephone.survey(call)

    async def alarm(self, told: RoomAlarm) -> None:
        self.telephone.alarms.append(self._taken(told))

    async def call_back(self, asked: CallBackAsked) -> None:
        self.telephone.call_back(self._taken(asked))

    async def talk_heard(self, heard: TalkHeard) -> None:
        self.telephone.talk_heard(self._taken(heard))

    async def see_room(self, seen: RoomSeen) -> RoomWanted:
        self._up()
        self.rooms.append(seen)
        return self.wanted
