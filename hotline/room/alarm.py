"""What the telephone room's duty chief has to know at once (告警), until somebody has seen it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from hotline.wire import Meta


class AlarmKind(StrEnum):
    """What it is about: somebody in danger, a full room, a dear call, an address shut out,
    a caller who says behind the call that they are not content.
    """

    EMERGENCY = "emergency"
    OVERLOAD = "overload"
    DEAR_CALL = "dear_call"
    SHUT_OUT = "shut_out"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class RoomAlarm:
    """An alarm as it is raised; one of the same kind about the same is raised once.

    `about` names what it is about for ever: a call, a case, an address with a day.
    `said` is for people: the words, the number, the address. `call` and `number` lead there.
    """

    kind: AlarmKind
    at: datetime
    about: Annotated[str, Meta(min_length=1, max_length=200)]
    said: Annotated[str, Meta(max_length=300)] = ""
    call: Annotated[str, Meta(max_length=200)] = ""
    number: Annotated[str, Meta(max_length=40)] = ""


@dataclass(frozen=True, slots=True)
class KeptAlarm:
    """An alarm on record, and who has seen it."""

    id: UUID
    alarm: RoomAlarm
    seen_by: str = ""
    seen_at: datetime | None = None
