"""Areas of a city: districts, streets, communities, and those that were split or merged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.errors import Invalid

KINDS: Final = ("district", "street", "community")
# How the codes of an area's cells begin, by the area's code; none: the whole city.
Areas = Mapping[str, tuple[str, ...]]
NO_AREAS: Final[Areas] = {}


@dataclass(frozen=True, slots=True)
class AreaName:
    """What an area is called; `kind` is one of KINDS. The codes of its cells begin with its own."""

    code: str
    kind: str
    name: str
    name_en: str


def name_areas(about: Mapping[str, Any]) -> dict[str, AreaName]:
    """Give what the areas of a city.toml are called, by their codes, each before those in it."""
    rows = [(kind, row) for kind in KINDS for row in about.get(kind, ()) if row.get("code")]
    named = [
        AreaName(str(row["code"]), kind, str(row.get("name", "")), str(row.get("name_en", "")))
        for kind, row in rows
    ]
    return {one.code: one for one in sorted(named, key=lambda one: one.code)}


def parse_areas(about: Mapping[str, Any]) -> Areas:
    """Give the areas of a city.toml read into a dict; Invalid names the entry at fault.

    An area that is gone says in `into` which stand for it now. A post granted in it covers theirs
    beside its own cells, by which older cases go on; one granted in a successor covers its own.
    """
    rows = [(kind, row) for kind in KINDS for row in about.get(kind, ()) if row.get("code")]
    into: dict[str, tuple[str, ...]] = {}
    for kind, row in rows:
        code = str(row["code"])
        if code in into:
            raise Invalid(f"city.{kind}.{code}", "stands twice: every area has a code of its own")
        into[code] = _successors(kind, row)
    for kind, row in rows:
        unknown = sorted(set(into[str(row["code"])]) - into.keys())
        if unknown:
            said = f"goes into {unknown[0]!r}, but there is no such area"
            raise Invalid(f"city.{kind}.{row['code']}", said)
    found = {code: _with_successors(code, into) for code in into}
    return found | {str(about.get("division", "")): ()}


def beginnings_of(areas: Areas, codes: Iterable[str]) -> tuple[str, ...]:
    """Give how the codes of the cells of some areas begin, each once.

    Where an area is the whole city, or none of it, they begin as its own code does.
    """
    found = (one for code in codes for one in areas.get(code) or (code,))
    return tuple(dict.fromkeys(found))


def _successors(kind: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    told = row.get("into", [])
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise Invalid(f"city.{kind}.{row['code']}", "into is no list of codes")
    return tuple(told)


def _with_successors(code: str, into: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give an area's code and those of all that followed it, each once."""
    found, left = [code], list(into[code])
    while left:
        one = left.pop(0)
        if one == code:
            raise Invalid(f"city.area.{code}", "goes into itself")
        if one not in found:
            found.append(one)
            left += into[one]
    return tuple(found)
