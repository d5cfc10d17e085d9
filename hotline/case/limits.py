"""The time limits of a city: one a stage, and by kind of clock for what is filed, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hotline.case.case_clock import HANDLING_CLOCK, WHOLE_CLOCK
from hotline.case.closing import Closing
from hotline.case.limit import Limit
from hotline.rights.areas import Areas, beginnings_of

# The clock of what is dangerous: made safe first, then repaired.
SAFE_CLOCK: Final = "safe"
# The kinds of clock that a condition has limits for, and how data names each.
LIMIT_NAMES: Final[Mapping[str, str]] = {
    HANDLING_CLOCK: "limit",
    SAFE_CLOCK: SAFE_CLOCK,
    WHOLE_CLOCK: WHOLE_CLOCK,
}


@dataclass(frozen=True, slots=True)
class AreaClass:
    """A class of areas (区域类别): those whose cells have codes that begin so."""

    id: str
    name: str
    name_en: str
    cells: tuple[str, ...]

    def has(self, cell: str) -> bool:
        """Tell whether a cell lies in it."""
        return cell.startswith(self.cells)


@dataclass(frozen=True, slots=True)
class Variant:
    """Limits of a condition for an urgency, a class of areas, or both; None: any."""

    urgency: str | None
    area: str | None
    limits: Mapping[str, Limit]

    def fits(self, urgency: str | None, area: str | None) -> bool:
        """Tell whether it is for this urgency and class of areas."""
        return self.urgency in (None, urgency) and self.area in (None, area)


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition (立案条件) of a class: its limits by kind of clock, and what closes it.

    Of `variants` the first counts that fits and says the kind, else the condition's own limit.
    """

    matter: str
    key: str
    text: str
    text_en: str
    limits: Mapping[str, Limit]
    variants: tuple[Variant, ...] = ()
    closing: Closing | None = None

    @property
    def limit(self) -> Limit:
        """Give its own limit for handling."""
        return self.limits[HANDLING_CLOCK]

    def limit_of(self, kind: str, urgency: str | None, area: str | None) -> Limit | None:
        """Give its limit of a kind of clock for an urgency and a class of areas, or None."""
        fitting = (one.limits for one in self.variants if one.fits(urgency, area))
        return next((one[kind] for one in fitting if kind in one), self.limits.get(kind))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a city.

    `conditions` maps a class to its conditions, strictest first. `areas` are its classes of areas,
    of which the first counts that has a cell; `whole` is the limit of a whole case that its
    condition has none for. `yellow_share` of a limit is green. `known` are the conditions by class
    and key.
    """

    version: str
    stages: Mapping[str, Limit]
    conditions: Mapping[str, tuple[Condition, ...]]
    yellow_share: float
    areas: tuple[AreaClass, ...] = ()
    whole: Limit | None = None
    known: Mapping[tuple[str, str], Condition] = field(default_factory=dict)

    def limit(
        self,
        kind: str,
        matter: str | None,
        condition: str | None,
        urgency: str | None,
        cell: str | None,
    ) -> Limit | None:
        """Give the limit of a kind of clock for what a case is and where; None: it has none."""
        known = self.condition(matter, condition)
        found = known.limit_of(kind, urgency, self.area_of(cell)) if known else None
        return self.whole if found is None and kind == WHOLE_CLOCK else found

    def condition(self, matter: str | None, key: str | None) -> Condition | None:
        """Give the condition of a class, or None."""
        return self.known.get((matter or "", key or ""))

    def covering(self, areas: Areas) -> "Limits":
        """Give the limits of a city where areas that are gone went into others.

        `areas` maps the code of each to those of all that it is now.
        """
        classes = (replace(one, cells=beginnings_of(areas, one.cells)) for one in self.areas)
        return replace(self, areas=tuple(classes))

    def area_of(self, cell: str | None) -> str | None:
        """Give the class of areas that a cell lies in, or None."""
        return next((one.id for one in self.areas if cell and one.has(cell)), None)
