"""What a step changes of its case, as it is given and as it is kept."""

from collections.abc import Mapping
from typing import Any, get_type_hints

from hotline.case.case import Case
from hotline.errors import Invalid
from hotline.wire import convert

_CASE_FIELDS = get_type_hints(Case)


def case_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a step's changes with every value in the type of its field of Case."""
    unknown = [name for name in changes if name not in _CASE_FIELDS]
    if unknown:
        raise Invalid(unknown[0], "is not a field of a case")
    return {name: convert(value, _CASE_FIELDS[name]) for name, value in changes.items()}


def known_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a stored step's changes; a name that a later version wrote stays in its row alone."""
    return case_changes({name: one for name, one in changes.items() if name in _CASE_FIELDS})
