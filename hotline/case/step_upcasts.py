"""Steps of earlier versions, as this one would have written them."""

from collections.abc import Mapping
from typing import Any, Final

from hotline.case.case_clock import HANDLING_CLOCK

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "workflow": ("release",),
    "verified": ("fields", "verified"),
    "in_scope": ("fields", "in_scope"),
    "routed_by": ("fields", "routed_by"),
    "rework_count": ("counts", "rework_count"),
    "return_count": ("counts", "return_count"),
    "filed_at": ("times", "filed_at"),
    "dispatched_at": ("times", "dispatched_at"),
    "accepted_at": ("times", "accepted_at"),
    "handled_at": ("times", "handled_at"),
    "closed_at": ("times", "closed_at"),
    "reporter": ("assignments", "reporter", "person"),
    "collector": ("assignments", "collector", "person"),
    "department": ("assignments", "handler", "org"),
    "handler": ("assignments", "handler", "person"),
    "stage_since": ("clocks", "stage", "started"),
    "stage_yellow": ("clocks", "stage", "warn_at"),
    "stage_due": ("clocks", "stage", "due_at"),
    "due": ("clocks", HANDLING_CLOCK, "due_at"),
}
"""Where what was a field of its own before stands now."""


def from_first(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a step of 0.1.0, whose changes named every role, count and clock as a field."""
    old = step["changes"]
    new: dict[str, Any] = {}
    for name, value in old.items():
        path = PLACES.get(name, (name,))
        inner = new
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    _since(new.get("assignments", {}), step["at"])
    _handling(new.get("clocks", {}), old, step["at"])
    _count_verified(new, old)
    for entries in (new.get("counts", {}), new.get("times", {}), new.get("fields", {})):
        # A first step named all there was, and what counted nothing stands nowhere now.
        for name in [name for name, value in entries.items() if value == 0 and value is not False]:
            del entries[name]
    return {**step, "changes": new}


def _count_verified(new: dict[str, Any], old: Mapping[str, Any]) -> None:
    """What was found at a verification counts until the case is filed."""
    if old.get("filed_at"):
        new["facets"] = {"verified": None}
    elif "verified" in old:
        new["facets"] = {"verified": old["verified"]}


def _since(assignments: dict[str, Any], at: object) -> None:
    """A part in a case begins with the step that gives it to somebody."""
    for role, patch in assignments.items():
        if "org" in patch or role != "handler":
            whole = [patch.get("org"), patch.get("person")]
            assignments[role] = {**patch, "since": at} if any(whole) else None


def _handling(clocks: dict[str, Any], old: Mapping[str, Any], at: object) -> None:
    """The time for handling stands still from the moment that it is done."""
    if "due" in old:
        clocks[HANDLING_CLOCK] = {"due_at": old["due"], "started": at} if old["due"] else None
    ended = old.get("handled_at")
    if "handled_at" in old and clocks.get(HANDLING_CLOCK, {}) is not None:
        clocks.setdefault(HANDLING_CLOCK, {})["stopped"] = ended
