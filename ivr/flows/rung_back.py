"""The call by which the office rings somebody back: a person presses a key, and has their place."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hotline.clock import Clock
from hotline.notice import CallEnd
from ivr.asked import BackendGateway
from ivr.flows.intake import Incoming
from ivr.flows.reception import Reception
from ivr.flows.room_now import RoomNow
from ivr.line import Line
from ivr.prompts import Prompts

# What the exchange is given with the call: since when who is rung has waited ("": they hung up).
KEPT: Final = "KEPT"


class RungBack(Reception):
    """Says who calls, and leads who presses any key to the place that was kept since an instant.

    None: to the end of the line, for who had hung up. `reached_nobody` is told where no key comes:
    a machine or a fax answers as well, and no seat waits for one.
    """

    def __init__(
        self,
        line: Line,
        call: Incoming,
        office: BackendGateway,
        prompts: Prompts,
        clock: Clock,
        room: RoomNow,
        *,
        kept: datetime | None,
        reached_nobody: Callable[[str, CallEnd], None],
    ):
        super().__init__(line, call, office, prompts, clock, room)
        self._kept = kept
        self._reached_nobody = reached_nobody

    def _talk(self) -> None:
        hello = "call_back_hello" if self._kept else "call_back_missed"
        if self.voice.ask([hello], ["call_back_press"]) is None:
            self._reached_nobody(self.call.key, CallEnd.ANSWERED)
            self._say("call_back_later")
            self.line.hang_up()
            return
        if self._kept is not None:
            self.since = self._kept
            self.room.begins(self.call.key, self._kept)
        self._queue()
