"""Names in the sections of a release that nothing reads: a typo in one switches off what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from hotline.case.workflow_upcasts import brought_up
from hotline.form.field import Option
from hotline.privacy import SECTION as PRIVACY
from hotline.privacy import KeepRule, UnmaskReason

# What stands at the top of a section; of those that are not here each is read strictly by itself.
SECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "workflow": frozenset(
        ("schema", "version", "start", "stage", "move", "action", "role", "time", "count")
    )
    | {"link", "separation", "timer"},
    "form": frozenset(("schema", "version", "field")),
    "limits": frozenset(
        ("version", "edition", "yellow_share", "whole", "area_class", "stages", "condition")
    ),
    "calendar": frozenset(("version", "intervals", "years", "provisional", "holidays", "workdays")),
    "posts": frozenset(("schema", "version", "post")),
    "routing": frozenset(("version", "edition", "rule")),
    PRIVACY: frozenset(("schema", "keep", "reason")),
}
_LIMIT: Final = frozenset(("limit", "ours", "source"))
_AREA: Final = frozenset(("id", "name", "name_en", "cells"))
_RULE: Final = frozenset(("name", "name_en", "classes", "areas", "to", "person"))
_SEPARATION: Final = frozenset(("duties",))
_OPTION: Final = frozenset(one.name for one in fields(Option))
_KEEP: Final = frozenset(one.name for one in fields(KeepRule))
_REASON: Final = frozenset(one.name for one in fields(UnmaskReason))


def unread_names(tables: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Give each section with what in it nothing reads; `tables` are sections that can be read."""
    tables = {**tables, "workflow": dict(brought_up(tables["workflow"]))}
    for section, known in SECTIONS.items():
        for name in sorted(set(tables[section]) - known):
            yield section, f"{name!r} is nothing that it has"
    for section, where, row, known in _rows(tables):
        for name in sorted(set(row) - known):
            yield section, f"{where}: {name!r} is nothing that it has"


def _rows(
    tables: Mapping[str, dict[str, Any]],
) -> Iterator[tuple[str, str, Mapping[str, Any], frozenset[str]]]:
    limits = tables["limits"]
    for stage, row in limits.get("stages", {}).items():
        yield "limits", f"stages.{stage}", row, _LIMIT
    if "whole" in limits:
        yield "limits", "whole", limits["whole"], _LIMIT
    for row in limits.get("area_class", ()):
        yield "limits", str(row["id"]), row, _AREA
    for at, row in enumerate(tables["workflow"].get("separation", ()), 1):
        yield "workflow", f"separation.{at}", row, _SEPARATION
    for at, row in enumerate(tables["routing"].get("rule", ()), 1):
        yield "routing", f"rule.{at}", row, _RULE
    for field in tables["form"].get("field", ()):
        for option in field.get("options", ()):
            yield "form", f"{field['id']}.{option['id']}", option, _OPTION
    for row in tables[PRIVACY].get("keep", ()):
        yield PRIVACY, f"keep.{row['kind']}", row, _KEEP
    for row in tables[PRIVACY].get("reason", ()):
        yield PRIVACY, f"reason.{row['id']}", row, _REASON
