"""Closed vocabularies: what data may name, each with the attributes that it has."""

from collections.abc import Mapping
from typing import Any

from hotline.errors import Invalid
from hotline.wire import convert


def parse_named(where: str, row: Any, word: str, known: Mapping[str, type[Any]]) -> Any:
    """Give one of a closed vocabulary: `word` names it, all else in the row are its attributes."""
    name = str(row.get(word)) if isinstance(row, Mapping) else ""
    if name not in known:
        raise Invalid(where, f"{word} = {name!r} is none of {', '.join(known)}")
    given = {key: value for key, value in row.items() if key != word}
    unknown = set(given) - set(known[name].__dataclass_fields__)
    if unknown:
        raise Invalid(where, f"{name} has no {min(unknown)!r}")
    try:
        return convert(given, known[name])
    except Invalid as error:
        raise Invalid(where, f"{name}: {error.field}: {error.reason}") from error
