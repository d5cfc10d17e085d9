"""What connectors ask of the backend: one table, by which the backend answers and a connector asks.

A path holds {names} that are filled in when it is asked for.
"""

from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Annotated, Final, Generic, TypeVar

from hotline.brief import CaseBrief
from hotline.call import (
    CallEvent,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.card import CaseCard, Understood
from hotline.channel import Channel
from hotline.health import Beat, Ref
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.place.fix import Fix
from hotline.place.point import Point
from hotline.profile import CityTold
from hotline.record.proof_file import LogProof
from hotline.report import NewReport, Receipt
from hotline.revisit import RevisitSaid, RevisitTold
from hotline.room.alarm import RoomAlarm
from hotline.room.exchange import RoomSeen, RoomWanted
from hotline.room.listening import CallKey
from hotline.room.spoken import TalkHeard
from hotline.room.survey import SurveyTold
from hotline.wire import Meta

# Nothing that is kept under a key, in an index, is longer.
MAX_ADDRESS: Final = 200
MAX_KEY: Final = 300
Address = Annotated[str, Meta(max_length=MAX_ADDRESS)]
Key = Annotated[str, Meta(max_length=MAX_KEY)]
B = TypeVar("B")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[B, A]):
    """One thing to ask: the record that is sent, and the one that comes back (None: nothing)."""

    method: str
    path: str
    body: type[B]
    answer: type[A]


@dataclass(frozen=True, slots=True)
class NumbersAsked:
    """How many report numbers a connector wants."""

    count: Annotated[int, Meta(ge=1, le=1_000)]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Report numbers that nobody else will get."""

    numbers: list[str]


@dataclass(frozen=True, slots=True)
class Where:
    """A chat or a number."""

    channel: Channel
    address: str


@dataclass(frozen=True, slots=True)
class NewestAsked:
    """A chat or a telephone number, and a report number where one was named."""

    channel: Channel
    address: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """A report number and the last four digits of its reporter's telephone, keyed in in a call."""

    call: CallKey
    number: Annotated[str, Meta(max_length=20)]
    tail: Annotated[str, Meta(pattern=r"^[0-9]{4}$(?!\n)")]


@dataclass(frozen=True, slots=True)
class SurveyAsked:
    """The call whose seat has hung up, and whose caller may be asked about it."""

    call: CallKey


@dataclass(frozen=True, slots=True)
class CallBackAsked:
    """A number that a caller wants to be rung at, and the place that they give up: in which queue,
    with which priority, since when."""

    call: CallKey
    number: Annotated[str, Meta(min_length=1, max_length=20)]
    language: Annotated[str, Meta(max_length=20)]
    queue: int
    priority: int
    since: datetime


@dataclass(frozen=True, slots=True)
class AttachAsked:
    """A stored file to be linked to a case; `key` is taken once."""

    sha256: str
    kind: MediaKind
    key: Key = ""


@dataclass(frozen=True, slots=True)
class LeaseAsked:
    """Which notices a connector wants: of these channels, or of one address of them."""

    channels: list[Channel]
    limit: int = 10
    address: str | None = None


@dataclass(frozen=True, slots=True)
class BindAsked:
    """A one-use code, and the chat it was typed in."""

    code: str
    channel: Channel
    address: Address
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class ChatAsked:
    """A chat, and the number of the case that its message names ("" for none)."""

    channel: Channel
    address: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class PhotoTaken:
    """What became of a photo that came with a message: stored, or refused with an error's code."""

    file: Attachment | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ChatOwner:
    """Whose chat it is: somebody of the staff, by the names of their first post.

    Who `collects` reports what they see as a collector does.
    """

    person: str
    name: str
    post_name: str
    post_name_en: str
    collects: bool = False


@dataclass(frozen=True, slots=True)
class OtherPost:
    """A post that somebody holds and does not work in now: its names, and its moves on a case."""

    name: str
    name_en: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatOpened:
    """Everything of a chat that a message needs.

    `draft` is the plain data that was kept, whichever version wrote it. `actor` is whom the chat
    belongs to, None for a citizen. `card` is the case that the message names; None where it names
    none, or none that the actor may see. `photos` stand in the order in which they came.
    `other_posts` are those of the actor's in which they could see that case, and act on it so.
    `without_factor` says that it is bound, but not with the second factor that the post asks for:
    it counts as a citizen's until it is bound anew.
    """

    draft: dict[str, object] | None
    actor: ChatOwner | None
    card: CaseCard | None
    photos: tuple[PhotoTaken, ...] = ()
    other_posts: tuple[OtherPost, ...] = ()
    without_factor: bool = False


@dataclass(frozen=True, slots=True)
class ActAsked:
    """A move that somebody wants to make in a chat; `given` are fields of the case, `fix` is
    where they stand.

    `draft` is kept of the chat together with the move; with None the chat's stays as it is.
    """

    action: str
    channel: Channel
    address: Address
    key: Key
    version: int | None = None
    note: str = ""
    media: tuple[str, ...] = ()
    given: dict[str, object] = field(default_factory=dict)
    fix: Fix | None = None
    draft: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class AnswerAsked:
    """A move that who told of a case wants to make on it; `media` are photos of the same chat."""

    action: str
    channel: Channel
    address: Address
    key: Address
    note: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnderstandAsked:
    """Words, and where the person stands."""

    text: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What somebody has begun to tell in a chat."""

    channel: Channel
    address: Address
    draft: dict[str, object]


@dataclass(frozen=True, slots=True)
class CityAsked:
    """The release that the connector knows ("" for none), and whether it wants what is spoken."""

    release: str = ""
    spoken: bool = False


# The phone connector.
RING: Final = Endpoint("POST", "/connector/calls", CallRing, CallKnown)
NOTE_CALLS: Final = Endpoint("POST", "/connector/calls/notes", list[CallEvent], NoneType)
STATUS: Final[Endpoint[StatusAsked, CaseBrief | None]] = Endpoint(
    "POST",
    "/connector/calls/status",
    StatusAsked,
    CaseBrief | None,  # type: ignore[arg-type]
)
SURVEY: Final = Endpoint("POST", "/connector/calls/survey", SurveyAsked, SurveyTold)
CALL_BACK: Final = Endpoint("POST", "/connector/calls/call-back", CallBackAsked, NoneType)
ROOM: Final = Endpoint("POST", "/connector/room", RoomSeen, RoomWanted)
ALARM: Final = Endpoint("POST", "/connector/room/alarm", RoomAlarm, NoneType)
TALK_HEARD: Final = Endpoint("POST", "/connector/room/heard", TalkHeard, NoneType)
LEASE_NUMBERS: Final = Endpoint("POST", "/connector/numbers", NumbersAsked, Numbers)
TAKE_TRANSCRIPTS: Final = Endpoint(
    "POST", "/connector/transcripts/take", NoneType, list[TranscriptTask]
)
FAIL_TRANSCRIPT: Final = Endpoint(
    "POST", "/connector/transcripts/failed", FailedTranscript, NoneType
)
PUT_TRANSCRIPT: Final = Endpoint("POST", "/connector/transcripts", NewTranscript, NoneType)

# Every connector.
CITY: Final = Endpoint("POST", "/connector/city", CityAsked, CityTold)
BEAT: Final = Endpoint("POST", "/connector/beat", Beat, list[Ref])
SUBMIT: Final = Endpoint("POST", "/connector/reports", NewReport, Receipt)
NEWEST: Final[Endpoint[NewestAsked, CaseBrief | None]] = Endpoint(
    "POST",
    "/connector/newest",
    NewestAsked,
    CaseBrief | None,  # type: ignore[arg-type]
)
OWN: Final = Endpoint("POST", "/connector/own", Where, list[CaseBrief])
PUT_MEDIA: Final = Endpoint("PUT", "/connector/media", bytes, Attachment)
GET_MEDIA: Final = Endpoint("GET", "/connector/media/{sha256}", NoneType, bytes)
ATTACH: Final = Endpoint("POST", "/connector/cases/{number}/media", AttachAsked, NoneType)
LEASE_NOTICES: Final = Endpoint("POST", "/connector/notices/lease", LeaseAsked, list[NoticeTask])
SETTLE_NOTICES: Final = Endpoint("POST", "/connector/notices/settle", list[Settled], NoneType)
REVISIT: Final = Endpoint("POST", "/connector/revisits/answer", RevisitSaid, RevisitTold)
COMMANDS: Final = Endpoint("GET", "/connector/commands", NoneType, NoneType)

# The message connectors.
BIND: Final = Endpoint("POST", "/connector/bind", BindAsked, ChatOwner)
# A form of several parts: the record as `chat`, then photos, each as `photo`.
OPEN_CHAT: Final = Endpoint("POST", "/connector/chats/open", ChatAsked, ChatOpened)
TASKS: Final = Endpoint("POST", "/connector/tasks", Where, list[CaseCard])
CARD: Final = Endpoint("POST", "/connector/cases/{number}", Where, CaseCard)
ACT: Final = Endpoint("POST", "/connector/cases/{number}/act", ActAsked, CaseCard)
ANSWER: Final = Endpoint("POST", "/connector/cases/{number}/answer", AnswerAsked, CaseBrief)
PROOF: Final = Endpoint("POST", "/connector/cases/{number}/proof", Where, LogProof)
UNDERSTAND: Final = Endpoint("POST", "/connector/understand", UnderstandAsked, Understood)
SAVE_DRAFT: Final = Endpoint("POST", "/connector/drafts/save", KeptDraft, NoneType)
