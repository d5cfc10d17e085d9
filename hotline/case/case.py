"""The case (案件) and its steps: a case is nothing but its steps, applied in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.case.light import Light
from hotline.channel import Channel
from hotline.errors import HotlineError
from hotline.people import Post
from hotline.place.point import Point

_CLOCK = {"stage_yellow": "yellow", "stage_due": "due"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A class that understanding proposes; `score` 0..1, `words` are what spoke for it."""

    code: str
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. Every field is set by a step; `version` is its last step's number.

    `text` is the citizen's words; `text_confirmed` is false while only an engine heard them.
    `stage_yellow` and `stage_due` belong to the present stage's clock, `due` to the handling.
    """

    id: UUID
    number: str
    stage: str
    version: int
    channel: Channel
    language: str
    received_at: datetime
    workflow: str
    text: str = ""
    text_confirmed: bool = True
    place_text: str = ""
    point: Point | None = None
    cell: str | None = None
    matter: str | None = None
    condition: str | None = None
    urgency: str | None = None
    in_scope: bool | None = None
    unsure: bool = True
    understood: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    verified: str | None = None
    department: str | None = None
    routed_by: str | None = None
    handler: str | None = None
    collector: str | None = None
    reporter: str | None = None
    call: str | None = None
    rework_count: int = 0
    return_count: int = 0
    light: Light = Light.GREEN
    stage_since: datetime | None = None
    stage_yellow: datetime | None = None
    stage_due: datetime | None = None
    due: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case; never changed, never removed.

    `changes` maps field names of Case to their new values; the first step's changes make it.
    `post` is a Post, or the name of one that only a later version knows.
    """

    id: UUID
    case: UUID
    seq: int
    action: str
    at: datetime
    person: str
    post: str
    note: str = ""
    media: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)


def apply(case: Case | None, step: Step) -> Case:
    """Give the case after a step; `case` is None for its first step."""
    if case is None:
        return Case(**step.changes)
    if step.case != case.id or step.seq != case.version + 1:
        raise HotlineError(f"step {step.seq} does not follow version {case.version}")
    return replace(case, **{**step.changes, "version": step.seq})


def who_placed(steps: Sequence[Step]) -> str | None:
    """Give the post whose step says last where a case is."""
    return next((step.post for step in reversed(steps) if "place_text" in step.changes), None)


def is_place_unsure(
    placed_by: str | None, place_text: str, *, located: bool, confirmed: bool
) -> bool:
    """Tell whether a machine read the place out of words, and cannot vouch for it.

    It cannot where the city knows no such place (it is not `located`), or where only an engine
    heard the words (they are not `confirmed`).
    """
    if placed_by != Post.SYSTEM or not place_text:
        return False
    return not located or not confirmed


def replay(steps: Iterable[Step]) -> Case:
    """Give the case that these steps, in order, make."""
    case: Case | None = None
    for step in steps:
        case = apply(case, step)
    if case is None:
        raise HotlineError("a case has at least one step")
    return case


@dataclass(frozen=True, slots=True)
class FormerClock:
    """The clock that a stage had: when it turned yellow, when the time was up; None: never."""

    yellow: datetime | None = None
    due: datetime | None = None


def former_clock(steps: Iterable[Step], stage: str) -> FormerClock | None:
    """Give the clock of a stage as it stood when a case last lay in it; None: no step tells."""
    found: FormerClock | None = None
    lies_in: str | None = None
    for step in steps:
        lies_in = step.changes.get("stage", lies_in)
        known = {mine: step.changes[name] for name, mine in _CLOCK.items() if name in step.changes}
        if lies_in == stage and known:
            found = replace(found or FormerClock(), **known)
    return found
