"""Cards: a case, or what was understood of some words, as a connector shows it."""

from dataclasses import dataclass, field

from hotline.media import Attachment, MediaKind
from hotline.place.point import Point


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A place as the confirm card shows it."""

    text: str
    cell: str | None
    point: Point | None


@dataclass(frozen=True, slots=True)
class ClassSeen:
    """A class that was understood, with its names in both languages."""

    code: str
    name: str
    name_en: str
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """What understanding makes of some words, for a confirm card.

    `outside` is true for a position that was sent and lies outside the city: it is not used.
    """

    classes: tuple[ClassSeen, ...]
    place: PlaceSeen | None
    urgency: str
    in_scope: bool
    unsure: bool
    outside: bool = False


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case as a connector shows it to a post: words, place, photos, and the buttons it may press.

    `buttons` maps an allowed action to the inputs that it still needs (note, photo, ...),
    `evidence` an action to what photos that come with it are, where they prove what was done.
    """

    number: str
    stage: str
    version: int
    text: str
    place_text: str
    received_at: str
    stage_since: str | None = None
    urgency: str | None = None
    matter: str | None = None
    matter_name: str = ""
    matter_name_en: str = ""
    cell: str | None = None
    point: Point | None = None
    due: str | None = None
    light: str = "green"
    department: str | None = None
    department_name: str = ""
    department_name_en: str = ""
    handler_name: str = ""
    suggested_department: str | None = None
    rework_count: int = 0
    photos: tuple[Attachment, ...] = ()
    buttons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    evidence: dict[str, MediaKind] = field(default_factory=dict)
