"""What a step changes of its case, as it is given and as it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypedDict, get_type_hints

from hotline.case.case import Case, Step
from hotline.case.case_clock import Pause
from hotline.case.step_upcasts import from_first
from hotline.errors import Invalid
from hotline.wire import Schema, convert

# How steps are kept. Those of 0.1.0 carry no number, and are of the first.
STEP: Final = Schema(Step, version=2, upcasts={1: from_first})


class _AssignmentPatch(TypedDict, total=False):
    org: str | None
    person: str | None
    since: datetime | None


class _ClockPatch(TypedDict, total=False):
    started: datetime | None
    warn_at: datetime | None
    due_at: datetime | None
    limit: str | None
    calendar: str
    stopped: datetime | None
    counted_from: datetime | None
    added: tuple[str, ...]
    paused: datetime | None
    pauses: tuple[Pause, ...]


_HINTS: Final[dict[str, Any]] = {
    **get_type_hints(Case),
    "fields": dict[str, Any],
    "counts": dict[str, int | None],
    "times": dict[str, datetime | None],
    "facets": dict[str, str | None],
    "fired": dict[str, datetime | None],
    "assignments": dict[str, _AssignmentPatch | None],
    "clocks": dict[str, _ClockPatch | None],
}
# Read at once; a name that is not there is passed over.
_CHANGES = TypedDict("_CHANGES", _HINTS, total=False)  # type: ignore[misc]


def known_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a stored step's changes as far as they are known.

    A name or a value that only a later version knows stays in its row alone.
    """
    with suppress(Invalid):
        return dict(convert(changes, _CHANGES))
    known: dict[str, Any] = {}
    for name, value in changes.items():
        if name in _HINTS:
            with suppress(Invalid):
                known[name] = convert(value, _HINTS[name])
    return known
