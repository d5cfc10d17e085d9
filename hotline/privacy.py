"""How long what is kept about people is kept, and for which reasons it is looked at (privacy.toml).

Which kinds of data there are, the software says; how long each is kept, the city does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

from hotline.errors import Invalid
from hotline.sanitize import sanitize_line, says_something
from hotline.wire import Meta, convert

SECTION: Final = "privacy"
# So much of what somebody says besides is kept.
MAX_WORDS: Final = 120
# The types of a form's fields whose values may name or show somebody.
HOLDING_PEOPLE: Final = frozenset({"text", "phone", "place", "photo", "signature"})
Days = Annotated[int, Meta(ge=1, le=36_500)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Name = Annotated[str, Meta(min_length=1, max_length=80)]


class DataKind(StrEnum):
    """What is kept about people, in the order in which it is looked through."""

    CONTACT = "contact"
    WORDS = "words"
    TRANSCRIPT = "transcript"
    RECORDING = "recording"
    PHOTO = "photo"
    NOTICE = "notice"
    CALL = "call"
    POSITION = "position"
    DRAFT = "draft"
    UPLOAD = "upload"
    SESSION = "session"
    CODE = "code"
    AUDIT = "audit"


class CountedFrom(StrEnum):
    """From when it is counted: the last step of a case that has ended, or when it came or ended."""

    ENDED = "ended"
    RECEIVED = "received"


class Then(StrEnum):
    """What happens when its time is over."""

    KEEP = "keep"
    ERASE = "erase"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class _May:
    """From when the days of a kind may be counted, and what may be done with it but keeping it."""

    since: frozenset[CountedFrom]
    then: Then | None


_OF_CASE: Final = frozenset(CountedFrom)
_BY_ITSELF: Final = frozenset({CountedFrom.RECEIVED})
MAY: Final[Mapping[DataKind, _May]] = {
    DataKind.CONTACT: _May(_OF_CASE, Then.ERASE),
    DataKind.WORDS: _May(_OF_CASE, Then.ERASE),
    DataKind.TRANSCRIPT: _May(_OF_CASE, Then.DROP),
    DataKind.RECORDING: _May(_OF_CASE, Then.DROP),
    DataKind.PHOTO: _May(_OF_CASE, Then.DROP),
    DataKind.NOTICE: _May(_BY_ITSELF, Then.ERASE),
    DataKind.CALL: _May(_BY_ITSELF, Then.ERASE),
    DataKind.POSITION: _May(_BY_ITSELF, Then.ERASE),
    DataKind.DRAFT: _May(_BY_ITSELF, Then.DROP),
    DataKind.UPLOAD: _May(_BY_ITSELF, Then.DROP),
    DataKind.SESSION: _May(_BY_ITSELF, Then.DROP),
    DataKind.CODE: _May(_BY_ITSELF, Then.DROP),
    # What somebody may have to answer for is never taken away.
    DataKind.AUDIT: _May(_BY_ITSELF, None),
}


@dataclass(frozen=True, slots=True)
class KeepRule:
    """How long a kind is kept: so many days `since`, and what happens `then`."""

    kind: DataKind
    days: Days = 36_500
    since: CountedFrom = CountedFrom.RECEIVED
    then: Then = Then.KEEP

    def before(self, now: datetime) -> datetime:
        """Give the instant: what is older than it has been kept long enough."""
        return now - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class UnmaskReason:
    """Why somebody may look at a citizen's contact in the open."""

    id: Id
    name: Name
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """How long each kind is kept (what is not named: for ever), and the reasons for looking."""

    rules: tuple[KeepRule, ...] = ()
    reasons: tuple[UnmaskReason, ...] = ()

    @property
    def ending(self) -> list[KeepRule]:
        """The rules by which something goes, in the order of their kinds."""
        order = list(DataKind)
        going = (one for one in self.rules if one.then is not Then.KEEP)
        return sorted(going, key=lambda one: order.index(one.kind))

    def reason_of(self, code: str, words: str) -> str:
        """Give a reason as it is kept: its code, a line break, what was said besides.

        Raises Invalid for a code that is none, and where nothing was said at all.
        """
        said = sanitize_line(words).strip()[:MAX_WORDS]
        if code and all(one.id != code for one in self.reasons):
            raise Invalid("reason", f"there is no {code[:40]!r}", code="not_listed")
        if not code and not says_something(said):
            raise Invalid("reason", "says nothing", code="input_missing")
        return f"{code}\n{said}".rstrip() if code else said

    def told(self, kept: str) -> tuple[str, str]:
        """Give a reason in Chinese and in English; a code that is no more stays as it is."""
        code, _, said = kept.partition("\n")
        known = next((one for one in self.reasons if one.id == code), None)
        if known is None:
            return " ".join(kept.split()), " ".join(kept.split())
        names = known.name, known.name_en or known.name
        chinese, english = (
            f"{one}{mark}{said}" if said else one
            for one, mark in zip(names, ("：", ": "), strict=True)
        )
        return chinese, english


NO_RULES: Final = PrivacyRules()


@dataclass(frozen=True, slots=True)
class _WrittenRules:
    """privacy.toml as it is written."""

    # What a later version writes would be read wrongly, and erased for it.
    schema: Annotated[int, Meta(ge=1, le=1)] = 1
    keep: tuple[KeepRule, ...] = ()
    reason: tuple[UnmaskReason, ...] = field(default_factory=tuple)


def parse_privacy(data: Mapping[str, Any]) -> PrivacyRules:
    """Give the rules of a privacy.toml read into a dict; Invalid names the entry at fault."""
    try:
        written = convert(data, _WrittenRules)
    except Invalid as error:
        raise Invalid(f"{SECTION}.{error.field}", error.reason) from error
    _once("keep", (one.kind for one in written.keep))
    _once("reason", (one.id for one in written.reason))
    for one in written.keep:
        may = MAY[one.kind]
        if one.then not in (Then.KEEP, may.then):
            said = "can only be kept" if may.then is None else f"then is keep or {may.then}"
            raise Invalid(f"{SECTION}.keep", f"{one.kind}: {said}")
        if one.since not in may.since:
            listed = " or ".join(sorted(may.since))
            raise Invalid(f"{SECTION}.keep", f"{one.kind}: since is {listed}")
    return PrivacyRules(written.keep, written.reason)


def _once(kind: str, told: Iterable[str]) -> None:
    seen = set[str]()
    for one in told:
        if one in seen:
            raise Invalid(f"{SECTION}.{kind}", f"{one!r} stands twice")
        seen.add(one)
