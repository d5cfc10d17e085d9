"""Who gets a case: rows of class and area, the last of which fits everything."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotline.errors import Invalid
from hotline.rights.areas import Areas, beginnings_of


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One row. Empty `classes` or `areas` fit everything; both are code prefixes."""

    name: str
    name_en: str
    classes: tuple[str, ...]
    areas: tuple[str, ...]
    department: str | None
    person: str | None

    def fits(self, matter: str | None, cell: str | None) -> bool:
        """Tell whether the row is for this class and grid cell."""
        by_class = not self.classes or (matter or "").startswith(self.classes)
        return by_class and (not self.areas or (cell or "").startswith(self.areas))


@dataclass(frozen=True, slots=True)
class Routing:
    """The rows of a city in their order; the last one catches all and names a person."""

    version: str
    rules: tuple[RoutingRule, ...]

    def route(
        self, matter: str | None, cell: str | None, without: Collection[str] = ()
    ) -> RoutingRule:
        """Give the first row that fits and does not name a department of `without`."""
        for rule in self.rules:
            if rule.fits(matter, cell) and rule.department not in without:
                return rule
        return self.rules[-1]


def with_successors(routing: Routing, areas: Areas) -> Routing:
    """Give a routing whose rows for an area that is gone are for those, too, that it went into."""
    rules = (replace(rule, areas=beginnings_of(areas, rule.areas)) for rule in routing.rules)
    return replace(routing, rules=tuple(rules))


def parse_routing(
    data: Mapping[str, Any], departments: Collection[str], people: Collection[str] | None
) -> Routing:
    """Give the routing of a routing.toml read into a dict; the codes are all that there are.

    Who the people are may not be known (None): then any may be named. Raises Invalid when a row
    names nobody or the last one does not catch all with a person: a broken rule stops the load,
    never a report.
    """
    rules = tuple(_rule(row, departments, people) for row in data.get("rule", ()))
    if not rules or rules[-1].classes or rules[-1].areas or rules[-1].person is None:
        raise Invalid("routing.rule", "the last row must fit everything and name a person")
    return Routing(str(data.get("version", "")), rules)


def parse_former_routing(
    data: Mapping[str, Any], departments: Collection[str], people: Collection[str]
) -> Routing | None:
    """Give the routing of an earlier release, without the rows that name somebody who is gone.

    None where the last one, which catches all, is such a row.
    """
    rows = [
        row
        for row in data.get("rule", ())
        if row.get("to") in departments or row.get("person") in people
    ]
    try:
        return parse_routing({**data, "rule": rows}, departments, people)
    except Invalid:
        return None


def _rule(
    row: Mapping[str, Any], departments: Collection[str], people: Collection[str] | None
) -> RoutingRule:
    name = str(row.get("name", ""))
    where = f"routing.{name}"
    department, person = row.get("to"), row.get("person")
    if (department is None) == (person is None):
        raise Invalid(where, "names either a department (to) or a person")
    if department is not None and department not in departments:
        raise Invalid(where, f"there is no department {department!r}")
    if person is not None and people is not None and person not in people:
        raise Invalid(where, f"there is no person {person!r}")
    return RoutingRule(
        name=name,
        name_en=str(row.get("name_en", name)),
        classes=tuple(str(code) for code in row.get("classes", ())),
        areas=tuple(str(code) for code in row.get("areas", ())),
        department=department,
        person=person,
    )
