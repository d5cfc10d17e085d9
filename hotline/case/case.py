"""The case (案件) and its steps: a case is nothing but its steps, applied in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, CaseClock
from hotline.case.light import Light
from hotline.channel import Channel
from hotline.errors import HotlineError
from hotline.place.point import Point
from hotline.rights.posts import MACHINE
from hotline.rights.scopes import org_token, person_token, role_of

# The parts of a case that a role names: who told of it, and which department it lies with.
REPORTER: Final = "reporter"
HANDLER: Final = "handler"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A class that understanding proposes; `score` 0..1, `words` are what spoke for it."""

    code: str
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who has a part in a case since when: an organisation, a person, or a person of one."""

    org: str | None = None
    person: str | None = None
    since: datetime | None = None


def tokens_of(assignments: Mapping[str, Assignment]) -> tuple[str, ...]:
    """Give a token for everybody who has a part in a case, in order."""
    found = set()
    for key, one in assignments.items():
        role = role_of(key)
        if one.org is not None:
            found.add(org_token(role, one.org))
        if one.person is not None:
            found.add(person_token(role, one.person))
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Link:
    """What binds a case to another one: it follows it, was split from it; `other` is its number."""

    kind: str
    other: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. Everything is set by a step; `version` is its last step's number.

    `text` is the citizen's words; `text_confirmed` is false while only an engine heard them.
    `release` names the rules that it walks by. Of these, data says which there are: `fields` of the
    form, `assignments` by role, `clocks` by kind, `counts` and `times` (what happened when);
    `facets` are those values of fields that lists count just now, `fired` the timers that were
    done, by the instants for which they were. The light is that of the present stage's clock, or
    of one that goes on in that stage and is nearer to its end.
    """

    id: UUID
    number: str
    stage: str
    version: int
    channel: Channel
    language: str
    received_at: datetime
    release: str
    text: str = ""
    text_confirmed: bool = True
    place_text: str = ""
    point: Point | None = None
    cell: str | None = None
    matter: str | None = None
    condition: str | None = None
    urgency: str | None = None
    unsure: bool = True
    understood: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    call: str | None = None
    light: Light = Light.GREEN
    fields: Mapping[str, Any] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    clocks: Mapping[str, CaseClock] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    facets: Mapping[str, str] = field(default_factory=dict)
    fired: Mapping[str, datetime] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    def having(self, role: str) -> list[Assignment]:
        """Give who has a role: nobody, one, or several."""
        return [one for key, one in self.assignments.items() if role_of(key) == role]

    def org_of(self, role: str) -> str | None:
        """Give the organisation that has a part in the case, or None."""
        found = self.assignments.get(role)
        return found.org if found else None

    def person_of(self, role: str) -> str | None:
        """Give the person who has a part in the case, or None."""
        found = self.assignments.get(role)
        return found.person if found else None

    @property
    def assigned(self) -> tuple[str, ...]:
        """Who has a part in the case, as scopes look for it."""
        return tokens_of(self.assignments)

    @property
    def is_decided(self) -> bool:
        """Tell whether a person has decided what it is: something was set on its way since."""
        return bool(self.times)

    @property
    def due(self) -> datetime | None:
        """When the time for handling is up; None while it does not run."""
        found = self.clocks.get(HANDLING_CLOCK)
        return found.due_at if found else None

    @property
    def stage_clock(self) -> CaseClock:
        """The clock of the present stage."""
        return self.clocks.get(STAGE_CLOCK) or CaseClock()


@dataclass(frozen=True, slots=True)
class PhotoProof:
    """A photo that proves: when it was taken and how many metres from the case.

    `metres` is None where the case has no pin, so that it lay inside its cell. `by_fix` says that
    the place is where who handed it in stood.
    """

    sha256: str
    at: datetime
    metres: int | None
    by_fix: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case; never changed, never removed.

    `changes` maps names of Case to their new values; the first step's changes make it. Of what
    data names (MERGED, PATCHED) only the entries that change are there, None for one that is gone;
    of an assignment or a clock only the attributes that change.
    `post` is that by which the person made it, `via` for whom, where they did as their proxy.
    `proofs` are those of its photos that prove that the case may be closed. Where its words were
    `erased` they are empty, and the rest of it stays.
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
    via: str | None = None
    proofs: tuple[PhotoProof, ...] = ()
    erased: bool = False


MERGED: Final = ("fields", "counts", "times", "facets", "fired")
PATCHED: Final[Mapping[str, type[Assignment | CaseClock]]] = {
    "assignments": Assignment,
    "clocks": CaseClock,
}


def apply(case: Case | None, step: Step) -> Case:
    """Give the case after a step; `case` is None for its first step."""
    if case is None:
        return Case(**_after(None, step))
    touched = {name: getattr(case, name) for name in _OF_ENTRIES if name in step.changes}
    return replace(case, **_after({"id": case.id, "version": case.version, **touched}, step))


def _after(values: Mapping[str, Any] | None, step: Step) -> dict[str, Any]:
    """Give what a step sets of a case of these values; None before its first step."""
    if values is None:
        return {**step.changes, **_entries({}, step.changes)}
    version = values.get("version", 0)
    if step.case != values.get("id") or step.seq != version + 1:
        raise HotlineError(f"step {step.seq} does not follow version {version}")
    return {**step.changes, **_entries(values, step.changes), "version": step.seq}


_OF_ENTRIES: Final = (*MERGED, *PATCHED)


def _entries(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Give those of a case's mappings that some changes touch, as they are afterwards."""
    after: dict[str, Any] = {}
    for name in _OF_ENTRIES:
        if name not in changes:
            continue
        entries = dict(values.get(name, {}))
        for key, value in changes[name].items():
            entries[key] = value if name in MERGED else _patched(entries.get(key), value, name)
        after[name] = {key: value for key, value in entries.items() if value not in _NOTHING}
    return after


# An entry that holds nothing is not there.
_NOTHING: Final = (None, Assignment(), CaseClock())


def _patched(
    before: Assignment | CaseClock | None, patch: Mapping[str, Any] | None, name: str
) -> Assignment | CaseClock | None:
    if patch is None:
        return None
    if before is None:
        return PATCHED[name](**patch)
    return replace(before, **patch)


def entries_of(case: Case) -> dict[str, Any]:
    """Give the names of a case with their values, as the changes of its first step."""
    values = {name: getattr(case, name) for name in Case.__slots__}
    for name in PATCHED:
        values[name] = {
            key: {part: getattr(one, part) for part in one.__slots__}
            for key, one in values[name].items()
        }
    return values


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
    if placed_by != MACHINE or not place_text:
        return False
    return not located or not confirmed


def replay(steps: Iterable[Step]) -> Case:
    """Give the case that these steps, in order, make."""
    # What the steps set is gathered, and the case made once: it has some thirty attributes.
    values: dict[str, Any] | None = None
    for step in steps:
        values = {**(values or {}), **_after(values, step)}
    if values is None:
        raise HotlineError("a case has at least one step")
    return Case(**values)


def came_from(steps: Iterable[Step]) -> str:
    """Give the stage in which a case lay before the present one; "" where there was none."""
    before, present = "", ""
    for step in steps:
        stage = step.changes.get("stage", present)
        if stage != present:
            before, present = present, stage
    return before


def former_clock(steps: Iterable[Step], stage: str) -> CaseClock | None:
    """Give the clock of a stage as it stood when a case last lay in it; None: no step tells."""
    found: CaseClock | None = None
    lies_in: str | None = None
    for step in steps:
        lies_in = step.changes.get("stage", lies_in)
        patch = step.changes.get("clocks", {}).get(STAGE_CLOCK)
        if lies_in == stage and patch:
            found = replace(found or CaseClock(), **patch)
    return found
