"""The words by which matters, scope and urgency are known: data, parsed from the catalogue."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotline.errors import Invalid


@dataclass(frozen=True, slots=True)
class Sayings:
    """How people speak of one matter or one reason: names for it, faults, whole sentences."""

    names: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UrgencyRule:
    """Holds for a text that has a word of every list in `all`, and none of `unless`.

    `matters` limits the rule to codes; `level` is critical or urgent.
    """

    level: str
    reason: str
    matters: frozenset[str]
    all: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What changes the form of a text but not its matter, and what makes it urgent."""

    fillers: tuple[str, ...]
    beside: tuple[str, ...]
    dialect: Mapping[str, str]
    english: tuple[tuple[re.Pattern[str], str], ...]
    concepts: Mapping[str, tuple[str, ...]]
    urgency: tuple[UrgencyRule, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one edition: sayings by matter code and by reason of being out of scope."""

    matters: Mapping[str, Sayings]
    reasons: Mapping[str, Sayings]
    speech: Speech


def parse_lexicon(
    words: Mapping[str, Any],
    examples: Mapping[str, Any],
    scope: Mapping[str, Any],
    speech: Mapping[str, Any],
) -> Lexicon:
    """Give the lexicon of words.toml, examples.toml, scope.toml and speech.toml, read into dicts.

    Raises Invalid that names the entry at fault.
    """
    said = examples.get("examples", {})
    matters = {
        code: Sayings(
            _texts(entry, "names", f"words.{code}"),
            _texts(entry, "faults", f"words.{code}"),
            _texts({"says": said.get(code, [])}, "says", f"examples.{code}"),
        )
        for code, entry in words.get("matters", {}).items()
    }
    for code in said:
        if code not in matters:
            raise Invalid(f"examples.{code}", "there is no such matter in words.toml")
    reasons = {
        reason: Sayings(
            names=_texts(entry, "names", f"scope.{reason}"),
            says=_texts(entry, "says", f"scope.{reason}"),
        )
        for reason, entry in scope.items()
    }
    return Lexicon(matters, reasons, _speech(speech))


def _speech(data: Mapping[str, Any]) -> Speech:
    english = []
    for pattern, gloss in data.get("english", {}).items():
        try:
            english.append((re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])"), str(gloss)))
        except re.error as error:
            raise Invalid("speech.english", f"{pattern!r} is not a pattern: {error}") from error
    rules = [
        _urgency(level, row) for level in ("critical", "urgent") for row in data.get(level, [])
    ]
    concepts = data.get("concepts", {})
    return Speech(
        _texts(data, "fillers", "speech"),
        _texts(data, "beside", "speech"),
        dict(data.get("dialect", {})),
        tuple(english),
        {name: _texts(concepts, name, "speech.concepts") for name in concepts},
        tuple(rules),
    )


def _urgency(level: str, row: Mapping[str, Any]) -> UrgencyRule:
    where = f"speech.{level}.{row.get('reason', '?')}"
    groups = row.get("all")
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise Invalid(where, "`all` must be a list of lists of words")
    return UrgencyRule(
        level,
        str(row["reason"]),
        frozenset(_texts(row, "matters", where)),
        tuple(tuple(map(str, group)) for group in groups),
        _texts(row, "unless", where),
    )


def _texts(data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{where}.{key}", "must be a list of texts")
    return tuple(value)
