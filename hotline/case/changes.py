"""What a step changes of its case, as it is given and as it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TypedDict, get_type_hints

from hotline.case.case import Case, Step
from hotline.errors import Invalid
from hotline.wire import Schema, convert

# How steps are kept. Those of 0.1.0 carry no number, and are of the first.
STEP: Final = Schema(Step)
_CASE_FIELDS = get_type_hints(Case)
# Read at once; a name that is not there is passed over.
_CHANGES = TypedDict("_CHANGES", _CASE_FIELDS, total=False)  # type: ignore[misc]


def case_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a step's changes with every value in the type of its field of Case."""
    unknown = [name for name in changes if name not in _CASE_FIELDS]
    if unknown:
        raise Invalid(unknown[0], "is not a field of a case")
    return {name: convert(value, _CASE_FIELDS[name]) for name, value in changes.items()}


def known_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a stored step's changes as far as they are known.

    A name or a value that only a later version knows stays in its row alone.
    """
    with suppress(Invalid):
        return dict(convert(changes, _CHANGES))
    known: dict[str, Any] = {}
    for name, value in changes.items():
        with suppress(Invalid):
            known |= case_changes({name: value})
    return known
