"""Where a case stands, as counts and the feed see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.case.step_upcasts import PLACES
from hotline.wire import Schema

# A code of the grid begins with that of its community, the smallest area that a post is granted in:
# city, district, street and community in twelve digits.
AREA_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """All of a case that a count depends on.

    `assigned` are the tokens of who has a part in it, `area` is the community that it lies in
    (empty where nobody knows), `facets` the values of fields that lists count, as (field, value).
    """

    stage: str
    light: str
    assigned: tuple[str, ...] = ()
    area: str = ""
    facets: tuple[tuple[str, str], ...] = ()


def area_of(cell: str | None) -> str:
    """Give the community of a cell of the grid."""
    return (cell or "")[:AREA_DIGITS]


def _from_first(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a case stood by 0.1.0, which named every role."""
    assigned = [
        f"{path[1]}:{path[2][0]}:{kept[name]}"
        for name, path in PLACES.items()
        if path[0] == "assignments" and kept.get(name)
    ]
    verified = None if kept.get("filed") else kept.get("verified")
    return {
        "stage": kept.get("stage"),
        "light": kept.get("light"),
        "assigned": sorted(assigned),
        "facets": [["verified", verified]] if verified else [],
    }


# What the feed keeps of it is read by later versions too.
STANDING: Final = Schema(Standing, version=2, upcasts={1: _from_first})
