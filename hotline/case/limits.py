"""The time limits of a city: one a stage, and one or more a class as filing conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.limit import Limit, parse_limit
from hotline.errors import Invalid

# Ten years. What is longer is a mistake, and would end beyond the last year that there is.
MAX_DAYS: Final = 3650
_IN_A_DAY: Final = {"d": 1, "h": 24, "m": 24 * 60}


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition (立案条件) of a class, with its handling limit."""

    matter: str
    key: str
    text: str
    text_en: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a city.

    `conditions` maps a class to its conditions, strictest first; `handling` maps (class,
    condition key) to the limit of handling. `yellow_share` of a limit is green.
    """

    version: str
    stages: Mapping[str, Limit]
    conditions: Mapping[str, tuple[Condition, ...]]
    handling: Mapping[tuple[str, str], Limit]
    yellow_share: float

    def limit(
        self,
        kind: str,
        matter: str | None,
        condition: str | None,
        urgency: str | None,  # noqa: ARG002 - every condition has one limit so far
        cell: str | None,  # noqa: ARG002
    ) -> Limit | None:
        """Give the limit of a kind of clock for what a case is and where; None: it has none."""
        if kind != HANDLING_CLOCK or matter is None or condition is None:
            return None
        return self.handling.get((matter, condition))


def parse_limits(data: Mapping[str, Any]) -> Limits:
    """Give the limits of a limits.toml read into a dict; Invalid names the entry at fault."""
    stages = {
        str(stage): _limit(f"limits.stages.{stage}", row)
        for stage, row in data.get("stages", {}).items()
    }
    conditions: dict[str, tuple[Condition, ...]] = {}
    for row in data.get("condition", ()):
        one = _condition(row)
        if any(other.key == one.key for other in conditions.get(one.matter, ())):
            raise Invalid(f"limits.condition.{one.matter}", f"key {one.key} stands twice")
        conditions[one.matter] = (*conditions.get(one.matter, ()), one)
    handling = {(one.matter, one.key): one.limit for rows in conditions.values() for one in rows}
    share = data.get("yellow_share")
    if not isinstance(share, float) or not 0 < share < 1:
        raise Invalid("limits.yellow_share", "must be a share between 0 and 1")
    return Limits(str(data.get("version", "")), stages, conditions, handling, share)


def _condition(row: Mapping[str, Any]) -> Condition:
    matter, key = str(row.get("class", "")), str(row.get("key", ""))
    where = f"limits.condition.{matter}"
    if not matter or not key:
        raise Invalid(where, "a condition has a class and a key")
    text = str(row.get("text", ""))
    return Condition(matter, key, text, str(row.get("text_en", text)), _limit(where, row))


def _limit(where: str, row: Mapping[str, Any]) -> Limit:
    try:
        limit = parse_limit(str(row["limit"]), ours=bool(row.get("ours", False)))
    except KeyError as error:
        raise Invalid(where, "has no limit") from error
    except Invalid as error:
        raise Invalid(where, error.reason) from error
    if limit.amount > MAX_DAYS * _IN_A_DAY[limit.unit.value[-1]]:
        raise Invalid(where, f"{limit.text} is more than {MAX_DAYS} days")
    return limit
