"""What a console is shown of cases: the records of its lists, its case page and its timeline."""

from dataclasses import dataclass, field
from typing import Literal

from hotline.case.closing import Closing, EvidenceAsked
from hotline.case.light import Light
from hotline.case.tally import Counts
from hotline.intake.result import Urgency
from hotline.media import MediaKind
from hotline.place.point import Point
from hotline.privacy import DataKind
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class CameBack:
    """Why a case goes its way once more: the last words of who sent it back."""

    action: str
    person_name: str | None
    post: str
    at: Instant
    note: str


@dataclass(frozen=True, slots=True)
class ShownAssignment:
    """Who has a part in a case: an organisation, a person, or a person of one, by their names."""

    org: str | None
    org_name: str | None
    person: str | None
    person_name: str | None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case as lists show it.

    `fields` are the values of the form's own fields, `assignments` who has which role, `counts` and
    `times` what was counted and when what happened; data says which there are. `direct` are the
    moves that ask for nothing, whoever may make them. `back` says why the case goes its way once
    more; `place_unsure` that its place is doubtful: a machine read it out of the words. `photos`
    is how many there are. `due_stopped` says since when the time for handling runs no more.
    """

    number: str
    stage: str
    light: Light
    version: int
    channel: str
    text: str
    text_confirmed: bool
    place_text: str
    matter: str | None
    matter_name: str | None
    matter_name_en: str | None
    urgency: Urgency | None
    department: str | None
    department_name: str | None
    fields: dict[str, object]
    assignments: dict[str, ShownAssignment]
    counts: dict[str, int]
    times: dict[str, Instant]
    facets: dict[str, str]
    cell: str | None
    point: Point | None
    place_unsure: bool
    has_recording: bool
    photos: int
    direct: list[str]
    back: CameBack | None
    received_at: Instant
    stage_since: Instant | None
    stage_due: Instant | None
    due: Instant | None
    due_stopped: Instant | None


@dataclass(frozen=True, slots=True)
class AtWork:
    """Somebody who has a case open to work on it, in a post, and since when."""

    person: str
    name: str
    name_en: str
    post: str
    since: Instant


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases, where it goes on, and the counts of everything in sight.

    Where words were searched, `matched` says by the number of a case what of it they were found in,
    `meant` what letters were taken for. `claims` says by number who is at work on it.
    """

    items: list[ListedCase]
    next: str | None
    counts: Counts
    matched: dict[str, list[str]] = field(default_factory=dict)
    meant: dict[str, list[str]] = field(default_factory=dict)
    claims: dict[str, list[AtWork]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SuggestedClass:
    """A class that understanding proposes, with what spoke for it; `score` is 0..1."""

    code: str
    name: str
    name_en: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuggestedDepartment:
    """The department that the city's routing leads to, and the name of the rule."""

    id: str
    name: str
    name_en: str
    rule: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A department's no: who said it, when and why, by a choice of the form and in words."""

    department: str
    department_name: str | None
    person_name: str | None
    at: Instant
    note: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What waits for a yes or no: who asked for it by which move, why, and what was given with it.

    `due` is until when the case would have to be handled if that was agreed to; None: as before.
    `whole` is when the whole case is due, where that comes before it.
    """

    action: str
    person_name: str | None
    post: str
    at: Instant
    note: str
    fields: dict[str, object]
    due: Instant | None
    whole: Instant | None


@dataclass(frozen=True, slots=True)
class BesideClock:
    """A clock of a case beside those of its stage, its handling and the whole of it.

    `kind` is the clock's, with its names; one that an organisation has of its own names that.
    `action` is the move by which it began, with who made it and their words. It is `stopped` when
    what it waited for was `done`, or with the end of its case; without `due` it stands still.
    """

    kind: str
    name: str
    name_en: str
    org: str | None
    org_name: str | None
    action: str
    person_name: str | None
    post: str
    at: Instant
    note: str
    due: Instant | None
    stopped: Instant | None
    done: bool
    light: Light


@dataclass(frozen=True, slots=True)
class CaseDetail(ListedCase):
    """A case with everything that its page shows of it.

    `returns` are the departments that gave it back, in order; `asked` is what waits for a yes or
    no; `clocks` are those that run or ran beside the case's own; `outside` is the position that was
    reported where it lies outside the city; `suggested` are the values of fields that the city's
    data would fill in, `among` the organisations to choose from by those fields that leave some
    out. `limits` are those that count for what it is and where, by kind of clock, `closing` is what
    must be seen before it is closed. `joined` is how many callers joined it by a key instead of
    telling it again.
    """

    language: str
    condition: str | None
    unsure: bool
    outside: Point | None
    due_provisional: bool
    suggestions: list[SuggestedClass]
    returns: list[Returned]
    asked: AskedFor | None
    clocks: list[BesideClock]
    joined: int
    limits: dict[str, str]
    closing: Closing | None
    suggested: dict[str, str]
    among: dict[str, list[str]]
    suggested_department: SuggestedDepartment | None


@dataclass(frozen=True, slots=True)
class MaskedContact:
    """A citizen's contact of which only the end shows."""

    channel: str
    address_masked: str
    name_masked: str


@dataclass(frozen=True, slots=True)
class OpenContact:
    """A citizen's contact in the open."""

    channel: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class ActionButton:
    """A move that may be made: what it needs and takes, what photos with it are and must prove.

    Where a photo says enough, it stands for the words that the move needs.
    `final` says that it ends the case for good; one that is `direct` is pressed without a form;
    `aside` is done without the case waiting for it. Another case that it names must be in one of
    these `stages`.
    """

    action: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    evidence: MediaKind
    proof: EvidenceAsked
    direct: bool
    aside: bool
    final: bool
    stages: tuple[str, ...] = ()
    photo_says: bool = False


@dataclass(frozen=True, slots=True)
class ShownProof:
    """How a photo has proved the closing: when it was taken and how many metres from the case.

    `metres` is None inside the cell of a case without a pin; `by_fix` says that the place is that
    of who handed it in.
    """

    at: Instant
    metres: int | None
    by_fix: bool


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that belongs to a case; `proof` where it has proved that the case may be closed."""

    sha256: str
    kind: MediaKind
    mime: str
    proof: ShownProof | None = None


@dataclass(frozen=True, slots=True)
class ShownTranscript:
    """What an engine heard; confidence is 0..1 or unknown.

    It is confirmed where somebody has confirmed these very words, and corrected where others.
    """

    text: str
    raw: str
    engine: str
    confidence: float | None
    confirmed: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class ShownMark:
    """Something that happened in a call."""

    mark: str
    at: Instant
    value: str


@dataclass(frozen=True, slots=True)
class ShownSurvey:
    """What a caller was asked behind a call: the names of the answer, "" where there was none.

    `comment` is the recording of what they said to it.
    """

    grade: str
    name: str
    name_en: str
    said_at: Instant | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class CallEntry:
    """A call; `given_up` says why nobody could write its recording down.

    `survey` is None where nobody was asked, and for who has not taken or led calls.
    """

    key: str
    caller_masked: str
    started_at: Instant
    ended_at: Instant | None
    seconds: int | None
    recording: str | None
    transcript: ShownTranscript | None
    given_up: str | None
    marks: list[ShownMark]
    survey: ShownSurvey | None = None


@dataclass(frozen=True, slots=True)
class NoticeEntry:
    """A notice; a citizen's address stays masked."""

    channel: str
    template: str
    text: str
    state: str
    tries: int
    next_try: Instant | None
    error: str | None
    recipient: str | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something on a case's timeline: a step, words in a chat, a call or a notice.

    `text` tells of it in one sentence. `changes` are the fields that a step has changed, each with
    its new value in a list; `said` names those, and the note, that the sentence says already.
    `via_name` is for whom somebody made the step as their proxy.
    """

    id: str
    at: Instant
    kind: Literal["call", "chat", "step", "notice"]
    text: str
    text_en: str
    said: list[str] = field(default_factory=list)
    media: list[MediaRef] = field(default_factory=list)
    action: str | None = None
    post: str | None = None
    person_name: str | None = None
    via_name: str | None = None
    note: str | None = None
    changes: dict[str, list[object]] | None = None
    call: CallEntry | None = None
    notice: NoticeEntry | None = None


@dataclass(frozen=True, slots=True)
class HiddenEntries:
    """How many entries of a long timeline are left out, and the id of the one before them."""

    after: str
    count: int


@dataclass(frozen=True, slots=True)
class BoundCase:
    """A case that is bound to another one by a link of a kind.

    `far` says how: 1 and more is what the other one is bound to, so far up; -1 what is bound to it;
    0 what is bound to the same one beside it. Who told of it is masked.
    """

    kind: str
    far: int
    number: str
    stage: str
    light: Light
    channel: str
    matter_name: str | None
    matter_name_en: str | None
    text: str
    received_at: Instant
    address_masked: str


@dataclass(frozen=True, slots=True)
class JoinedCall:
    """A caller who joined a case by a key, masked."""

    at: Instant
    address_masked: str


@dataclass(frozen=True, slots=True)
class HoldTold:
    """Since when nothing of a case is erased; why and by whom where the reader may end it."""

    since: Instant
    reason: str = ""
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class ErasedPart:
    """A kind of data of which a case holds nothing more since then.

    `by_rule` tells the city's rules from somebody's wish, and is null for who may not know that.
    """

    kind: DataKind
    at: Instant
    by_rule: bool | None


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case's page as somebody may see it; `undo` is the move that takes back their own newest.

    Of a long timeline some entries between the first and the newest are `hidden`. `hold` says that
    nothing of it is erased, `erased` what was.
    """

    case: CaseDetail
    bound: list[BoundCase]
    callers: list[JoinedCall]
    contact: MaskedContact | None
    buttons: list[ActionButton]
    undo: str | None
    timeline: list[TimelineEntry]
    hidden: HiddenEntries | None = None
    hold: HoldTold | None = None
    erased: list[ErasedPart] = field(default_factory=list)
