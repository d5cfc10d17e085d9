"""Reading the time limits of a city from data, and refusing what can never count."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.closing import parse_closing
from hotline.case.limit import NATURAL, Limit, TimeUnit, parse_limit
from hotline.case.limits import LIMIT_NAMES, SAFE_CLOCK, AreaClass, Condition, Limits, Variant
from hotline.errors import Invalid

# Ten years. What is longer is a mistake, and would end beyond the last year that there is.
MAX_DAYS: Final = 3650
_IN_A_DAY: Final = {"d": 1, "h": 24, "m": 24 * 60}
# The least minutes that a limit takes of the clock on the wall; nobody works longer in a day.
_LEAST: Final = {
    **{unit: int(span.total_seconds()) // 60 for unit, span in NATURAL.items()},
    TimeUnit.WORKING_MINUTE: 1,
    TimeUnit.WORKING_HOUR: 60,
    TimeUnit.WORKING_DAY: 24 * 60,
}


def parse_limits(data: Mapping[str, Any]) -> Limits:
    """Give the limits of a limits.toml read into a dict; Invalid names the entry at fault."""
    stages = {
        str(stage): _limit(f"limits.stages.{stage}", row)
        for stage, row in data.get("stages", {}).items()
    }
    areas = _areas(data)
    known = {one.id for one in areas}
    conditions: dict[str, tuple[Condition, ...]] = {}
    for row in data.get("condition", ()):
        one = _condition(row, known)
        if any(other.key == one.key for other in conditions.get(one.matter, ())):
            raise Invalid(f"limits.condition.{one.matter}", f"key {one.key} stands twice")
        conditions[one.matter] = (*conditions.get(one.matter, ()), one)
    share = data.get("yellow_share")
    if not isinstance(share, float) or not 0 < share < 1:
        raise Invalid("limits.yellow_share", "must be a share between 0 and 1")
    return Limits(
        version=str(data.get("version", "")),
        stages=stages,
        conditions=conditions,
        yellow_share=share,
        areas=areas,
        whole=_limit("limits.whole", data["whole"]) if "whole" in data else None,
        known={(one.matter, one.key): one for rows in conditions.values() for one in rows},
    )


def _areas(data: Mapping[str, Any]) -> tuple[AreaClass, ...]:
    """Give the classes of areas; Invalid for one that is given twice, or that never counts."""
    found: list[AreaClass] = []
    for row in data.get("area_class", ()):
        ident, name = str(row.get("id", "")), str(row.get("name", ""))
        where = f"limits.area_class.{ident}"
        if not ident or not name or any(one.id == ident for one in found):
            raise Invalid(where, "has no id or no name, or stands twice")
        cells = tuple(str(one) for one in row.get("cells", ()))
        if not cells or not all(cells):
            raise Invalid(where, "names the beginnings of its cells' codes")
        for at, cell in enumerate(cells):
            before = next((one.id for one in found if one.has(cell)), None)
            if before is not None or cell.startswith(cells[:at]):
                by = before or ident
                raise Invalid(where, f"{cell!r} never counts: its cells lie in {by} already")
        found.append(AreaClass(ident, name, str(row.get("name_en", name)), cells))
    return tuple(found)


# What a condition may say. Releases of earlier versions said what they liked beside it.
CONDITION: Final = frozenset(
    ("class", "key", "text", "text_en", "ours", "source", "closing", "variant")
) | {*LIMIT_NAMES.values()}
_VARIANT: Final = frozenset(("urgency", "area", "ours", "source", *LIMIT_NAMES.values()))


def _condition(row: Mapping[str, Any], areas: set[str]) -> Condition:
    matter, key = str(row.get("class", "")), str(row.get("key", ""))
    where = f"limits.condition.{matter}"
    if not matter or not key:
        raise Invalid(where, "a condition has a class and a key")
    where = f"{where}.{key}"
    if LIMIT_NAMES[HANDLING_CLOCK] not in row:
        raise Invalid(where, "has no limit")
    text = str(row.get("text", ""))
    variants: tuple[Variant, ...] = ()
    for at, told in enumerate(row.get("variant", ()), 1):
        variants = (*variants, _variant(f"{where}.variant.{at}", told, areas, variants))
    condition = Condition(
        matter,
        key,
        text,
        str(row.get("text_en", text)),
        _limits_of(where, row),
        variants,
        parse_closing(f"{where}.closing", row["closing"]) if "closing" in row else None,
    )
    _check_safe_first(where, condition)
    return condition


def _variant(
    where: str, row: Mapping[str, Any], areas: set[str], before: tuple[Variant, ...]
) -> Variant:
    _refuse_unknown(where, row, _VARIANT)
    urgency, area = row.get("urgency"), row.get("area")
    if urgency is None and area is None:
        raise Invalid(where, "is for an urgency, a class of areas, or both")
    if area is not None and area not in areas:
        raise Invalid(where, f"{area!r} is not a class of areas")
    limits = _limits_of(where, row)
    if not limits:
        raise Invalid(where, "has no limit")
    said = {kind for one in before if one.fits(urgency, area) for kind in one.limits}
    if limits.keys() <= said:
        raise Invalid(where, "never counts: a variant before it fits wherever it does")
    return Variant(urgency, area, limits)


def _refuse_unknown(where: str, row: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = set(row) - known
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that it has")


def _check_safe_first(where: str, condition: Condition) -> None:
    """Nothing is made safe later than it is repaired, for any urgency and class of areas."""
    for urgency, area in _asked(condition):
        safe = condition.limit_of(SAFE_CLOCK, urgency, area)
        limit = condition.limit_of(HANDLING_CLOCK, urgency, area)
        if safe and limit and _least_minutes(safe) > _least_minutes(limit):
            about = [one for one in (urgency, area) if one is not None]
            said = f"{safe.text} to make it safe is longer than {limit.text} to handle it"
            raise Invalid(where, f"{said} ({', '.join(about)})" if about else said)


def _asked(condition: Condition) -> Iterator[tuple[str | None, str | None]]:
    urgencies = dict.fromkeys((None, *(one.urgency for one in condition.variants)))
    areas = dict.fromkeys((None, *(one.area for one in condition.variants)))
    return product(urgencies, areas)


def _least_minutes(limit: Limit) -> int:
    return limit.amount * _LEAST[limit.unit]


def _limits_of(where: str, row: Mapping[str, Any]) -> dict[str, Limit]:
    ours = row.get("ours", False) is True
    named = {kind: name for kind, name in LIMIT_NAMES.items() if name in row}
    return {kind: _read(f"{where}.{name}", row[name], ours) for kind, name in named.items()}


def _limit(where: str, row: Any) -> Limit:
    if not isinstance(row, Mapping) or "limit" not in row:
        raise Invalid(where, "has no limit")
    return _read(where, row["limit"], row.get("ours", False) is True)


def _read(where: str, told: Any, ours: bool) -> Limit:
    try:
        limit = parse_limit(str(told), ours=ours)
    except Invalid as error:
        raise Invalid(where, error.reason) from error
    check_length(limit, where)
    return limit


def check_length(limit: Limit, where: str = "limit") -> None:
    """Raise Invalid for a limit that nobody means."""
    if limit.amount > MAX_DAYS * _IN_A_DAY[limit.unit.value[-1]]:
        raise Invalid(where, f"{limit.text} is more than {MAX_DAYS} days")
