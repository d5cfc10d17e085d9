"""Cards: a case, or what was understood of some words, as a connector shows it."""

from dataclasses import dataclass, field

from hotline.form.beside import NOTE
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
class CardFact:
    """Something more that is known of a case: a value of a form's field, or a count, in words."""

    name: str
    name_en: str
    value: str
    value_en: str


@dataclass(frozen=True, slots=True)
class CardChoice:
    """A value that may be chosen for a field, by its names."""

    id: str
    name: str
    name_en: str

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return (self.name_en if language == "en" else "") or self.name


@dataclass(frozen=True, slots=True)
class CardField:
    """A field that a move may ask for: its type and names, and what may be chosen.

    Where `choices` depend on another field, they are by that one's value. What says something about
    the value of a field is asked for `after` it, and not where that has none.
    """

    type: str
    name: str
    name_en: str
    source: str = ""
    choices: tuple[CardChoice, ...] = ()
    after: str = ""

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return (self.name_en if language == "en" else "") or self.name


@dataclass(frozen=True, slots=True)
class CardAction(CardChoice):
    """A move that may be made: its names, with the mark before them.

    It `needs` these inputs still, and `offers` some that may be given; `evidence` says what photos
    that come with it are, where they prove what was done. One that is `hidden` has no button, the
    `main` ones stand before the others; `leads` says that the case waits for it.
    """

    mark: str = ""
    needs: tuple[str, ...] = ()
    evidence: MediaKind | None = None
    offers: tuple[str, ...] = ()
    hidden: bool = False
    main: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case as a connector shows it to a post: words, place, photos, and the moves it may make.

    `facts` is what else is known of it, `closing` what must be seen before it is closed, for who
    handles or checks it. `actions` are in the order of their buttons; `asks` are the fields that
    they may ask for.
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
    stage_name: str = ""
    stage_name_en: str = ""
    facts: tuple[CardFact, ...] = ()
    photos: tuple[Attachment, ...] = ()
    closing: str = ""
    closing_en: str = ""
    actions: dict[str, CardAction] = field(default_factory=dict)
    asks: dict[str, CardField] = field(default_factory=dict)

    def with_evidence(self, *kinds: MediaKind) -> str:
        """Give the first action whose photos are of one of these kinds; "" where none is."""
        return next((one.id for one in self.actions.values() if one.evidence in kinds), "")

    @property
    def noting(self) -> str:
        """The action that only writes words down; "" where none is."""
        only = (one for one in self.actions.values() if one.needs == (NOTE,))
        return next((one.id for one in only if one.hidden and not one.leads), "")
