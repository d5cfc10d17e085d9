"""How the telephone room works: its hours, keys, skills and waiting limits (room.toml)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from hotline.wire import Meta

# As many queues the exchange keeps ready: queue1 and so on in config/asterisk/conf/queues.conf.
QUEUES: Final = 16
Seconds = Annotated[int, Meta(ge=0, le=3600)]
Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class Does(StrEnum):
    """What a key does for a caller who hears the greeting, or waits."""

    STATUS = "status"
    REPORT = "report"
    HUMAN = "human"
    LANGUAGE = "language"
    EMERGENCY = "emergency"
    CALL_BACK = "call_back"


@dataclass(frozen=True, slots=True)
class KeyRule:
    """A key (0-9, *, #) and what it does; `language` is what it turns to.

    `again` is what it does when it is pressed once more in the same call; left out, the same.
    """

    key: Annotated[str, Meta(pattern=r"^[0-9*#]$(?!\n)")]
    does: Does
    language: str = ""
    again: Does | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """What a seat can (a language, a dialect, a matter), and the exchange's queue of it.

    Whoever speaks `language` waits there; the first one is everybody's.
    """

    id: Id
    name: Name
    name_en: Name
    queue: Annotated[int, Meta(ge=1, le=QUEUES)]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody outside whom a seat may hand a call to, or ask to join it, by their number."""

    id: Id
    name: Name
    name_en: Name
    number: Annotated[str, Meta(pattern=r"^[0-9]{3,20}$(?!\n)")]


@dataclass(frozen=True, slots=True)
class PauseReason:
    """A reason for which a seat takes no calls."""

    id: Id
    name: Name
    name_en: Name


@dataclass(frozen=True, slots=True)
class ListenReason:
    """What a duty chief listens to a seat's talk for."""

    id: Id
    name: Name
    name_en: Name


@dataclass(frozen=True, slots=True)
class FloorLimits:
    """From when on a figure of the duty chief's floor is marked.

    So many callers wait, or one for so long; so few percent are answered soon, so many give up; a
    seat talks, writes or is paused for so long. Times are seconds.
    """

    waiting: Annotated[int, Meta(ge=1, le=1000)] = 10
    wait_s: Seconds = 60
    service_percent: Annotated[int, Meta(ge=0, le=100)] = 80
    abandoned_percent: Annotated[int, Meta(ge=0, le=100)] = 10
    talking_s: Seconds = 900
    wrap_up_s: Seconds = 120
    paused_s: Seconds = 1800


@dataclass(frozen=True, slots=True)
class OwnPrompt:
    """A prompt in the city's own words: what is said instead, or its recording (SHA-256).

    Without a recording a machine's voice speaks the words.
    """

    id: Id
    language: str
    text: Annotated[str, Meta(min_length=1, max_length=300)]
    sound: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")] = ""

    @property
    def name(self) -> str:
        """The name of the prompt that it is heard instead of."""
        return f"{self.language}/{self.id}"


def is_within(hours: tuple[tuple[int, int], ...], at: datetime, zone: str) -> bool:
    """Tell whether an instant lies in one of some hours of a day, in minutes of local time."""
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in hours)


@dataclass(frozen=True, slots=True)
class CallBackRule:
    """How a city rings back.

    The key is offered where a wait is longer than `offer_wait_s`. Tries are made `tries_min` after
    the first one, within `hours` (local, in minutes, closes exclusive); then a message goes. A call
    that ends unanswered after `missed_after_s` is rung back. A seat that will be free within
    `soon_s` is rung for already.
    """

    offer_wait_s: Annotated[int, Meta(ge=0, le=3600)] = 30
    tries_min: tuple[Minutes, ...] = (0, 10, 30)
    hours: tuple[tuple[int, int], ...] = ((0, 24 * 60),)
    missed_after_s: Annotated[int, Meta(ge=0, le=3600)] = 10
    soon_s: Annotated[int, Meta(ge=0, le=3600)] = 20

    def is_open(self, at: datetime, zone: str) -> bool:
        """Tell whether people are rung back now."""
        return is_within(self.hours, at, zone)


@dataclass(frozen=True, slots=True)
class SurveyGrade:
    """What a caller may answer by a key.

    With `task` the duty chief is told of whoever answers so, with `comment` they are asked to say
    why.
    """

    key: Annotated[str, Meta(pattern=r"^[1-9]$(?!\n)")]
    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    name_en: Annotated[str, Meta(min_length=1, max_length=60)]
    task: bool = False
    comment: bool = False


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """Whether and how callers are asked when a seat has hung up; without `grade` nobody is.

    About one case a caller is asked once in `again_days`; a spoken comment takes `comment_s` at the
    most.
    """

    grade: tuple[SurveyGrade, ...] = ()
    again_days: Annotated[int, Meta(ge=0, le=366)] = 30
    comment_s: Annotated[int, Meta(ge=5, le=60)] = 20

    @property
    def keys(self) -> str:
        """The keys that answer."""
        return "".join(one.key for one in self.grade)

    def by_key(self, key: str) -> SurveyGrade | None:
        """Give what a key answers, or None."""
        return next((one for one in self.grade if one.key == key), None)

    def named(self, ident: str) -> SurveyGrade | None:
        """Give an answer by its id, or None for one that the city has no more."""
        return next((one for one in self.grade if one.id == ident), None)


NO_SURVEY: Final = SurveyPlan()


@dataclass(frozen=True, slots=True)
class RevisitGrade:
    """How content somebody may say they are after closing; a `low` one is for the duty chief."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,19}$(?!\n)")]
    name: Name
    name_en: Name
    low: bool = False


@dataclass(frozen=True, slots=True)
class RevisitPlan:
    """How people are asked after closing; without `grades`, the best first, nobody is.

    They are rung within `hours` (local, in minutes, closes exclusive), again `tries_min` after each
    try; an answer may be changed for `change_h`.
    """

    grades: tuple[RevisitGrade, ...] = ()
    hours: tuple[tuple[int, int], ...] = ((9 * 60, 12 * 60), (14 * 60, 20 * 60))
    tries_min: tuple[Minutes, ...] = (120, 1440)
    change_h: Annotated[int, Meta(ge=0, le=720)] = 72

    def grade(self, ident: str) -> RevisitGrade | None:
        """Give a grade by its id, or None."""
        return next((one for one in self.grades if one.id == ident), None)


NO_REVISITS: Final = RevisitPlan()


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """How the room works. `hours` are local (opens, closes) in minutes, closes exclusive.

    `ring_s` is how long one seat is rung, `wrap_up_s` the time behind a call, `extend_s` what it is
    extended by once, `longest_wait_s` how long a caller waits before the words are taken instead.
    A caller hears how many are before after `first_announce_s`, then every `announce_s`. The room
    is overloaded once somebody has waited longer than `overload_wait_s` for `overload_for_s`.
    A call that is escalated goes to the skill `escalate_to` ("": it cannot be). Numbers that begin
    with one of `dear_prefixes` cost much: the duty chief is told of each call to one. `prompts` are
    heard instead of the platform's own. `call_back` says how people are rung back (None: not),
    `survey` what is asked when a seat has hung up, `revisit` what after closing. Who is
    answered within `service_s` is answered soon; who hangs up before `short_s` counts for nobody in
    the rates. `floor` is what is marked.
    """

    hours: tuple[tuple[int, int], ...]
    skills: tuple[Skill, ...]
    keys: tuple[KeyRule, ...] = ()
    pauses: tuple[PauseReason, ...] = ()
    targets: tuple[Target, ...] = ()
    ring_s: int = 20
    wrap_up_s: int = 20
    extend_s: int = 15
    longest_wait_s: int = 600
    first_announce_s: int = 20
    announce_s: int = 45
    overload_wait_s: int = 60
    overload_for_s: int = 300
    escalate_to: str = ""
    dear_prefixes: tuple[str, ...] = ()
    prompts: tuple[OwnPrompt, ...] = ()
    call_back: CallBackRule | None = None
    survey: SurveyPlan = NO_SURVEY
    revisit: RevisitPlan = NO_REVISITS
    zone: str = "UTC"
    service_s: int = 15
    short_s: int = 5
    floor: FloorLimits = FloorLimits()
    listen_reasons: tuple[ListenReason, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Tell whether people are there to take calls."""
        return is_within(self.hours, at, self.zone)

    def skill_of(self, language: str) -> Skill:
        """Give the skill that a caller of a language waits for."""
        fits = (one for one in self.skills if one.language == language)
        return next(fits, self.skills[0])

    def rule(self, key: str) -> KeyRule | None:
        """Give what a key does, or None for one that does nothing."""
        return next((one for one in self.keys if one.key == key), None)

    def is_dear(self, number: str) -> bool:
        """Tell whether calls to a number cost much."""
        return any(number.startswith(prefix) for prefix in self.dear_prefixes)

    def target(self, ident: str) -> Target | None:
        """Give somebody outside by their id, or None."""
        return next((one for one in self.targets if one.id == ident), None)

    def skill(self, ident: str) -> Skill | None:
        """Give a skill by its id, or None."""
        return next((one for one in self.skills if one.id == ident), None)

    def of_skills(self, wanted: tuple[str, ...]) -> tuple[Skill, ...]:
        """Give the skills of these ids; the first of all where none is known."""
        found = tuple(one for one in self.skills if one.id in wanted)
        return found or self.skills[:1]


NO_ROOM: Final = RoomPlan(((0, 24 * 60),), (Skill("general", "普通话", "Mandarin", 1),))
"""One queue, open all day: a city of a test, which says nothing of its telephones."""
