"""How a case stood before and after each of its steps, as far as steps tell."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hotline.case.case import Assignment, Step
from hotline.case.case_clock import CaseClock
from hotline.form.form import HOT

# What a case holds in one piece.
_WHOLE: Final = (*HOT, "channel", "light", "suggestions")


@dataclass(frozen=True, slots=True)
class CaseSoFar:
    """A case between two of its steps; `values` are those of its fields, and what else it holds."""

    stage: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int | None] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    clocks: Mapping[str, CaseClock] = field(default_factory=dict)

    def after(self, changes: Mapping[str, Any]) -> "CaseSoFar":
        """Give how it stands after the changes of a step."""
        values = {name: changes[name] for name in _WHOLE if name in changes}
        values |= changes.get("fields", {})
        told: dict[str, Any] = {"values": {**self.values, **values}} if values else {}
        if "stage" in changes:
            told["stage"] = str(changes["stage"])
        if "counts" in changes:
            told["counts"] = {**self.counts, **changes["counts"]}
        if "assignments" in changes:
            told["assignments"] = _patched(self.assignments, changes["assignments"], Assignment())
        if "clocks" in changes:
            told["clocks"] = _patched(self.clocks, changes["clocks"], CaseClock())
        return replace(self, **told) if told else self


def _patched(before: Mapping[str, Any], patches: Mapping[str, Any], empty: Any) -> dict[str, Any]:
    after = dict(before)
    for name, patch in patches.items():
        after.pop(name, None) if patch is None else after.update(
            {name: replace(after.get(name, empty), **patch)}
        )
    return after


def stood(steps: Iterable[Step]) -> Iterator[tuple[CaseSoFar, Step, CaseSoFar]]:
    """Give each step between how its case stood before it and after it.

    Of a case whose first steps are gone, it is what the later ones tell.
    """
    before = CaseSoFar()
    for step in steps:
        after = before.after(step.changes)
        yield before, step, after
        before = after
