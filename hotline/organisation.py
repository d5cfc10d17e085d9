"""Who works in a city: departments, people, duty grids."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotline.errors import Invalid, NotFound
from hotline.people import Actor, Post


@dataclass(frozen=True, slots=True)
class Department:
    """A department (专业部门) that handles cases."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a post; `duty_grid` for collectors, `department` for handlers."""

    code: str
    name: str
    name_en: str
    post: Post
    department: str | None = None
    duty_grid: str | None = None

    def actor(self) -> Actor:
        """Give the person as one who acts."""
        return Actor(self.code, self.post, self.name, self.department)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The departments and people of a city."""

    departments: Mapping[str, Department]
    people: Mapping[str, Person]
    duty_grids: Mapping[str, str]

    def person(self, code: str) -> Person:
        """Give a person, or raise NotFound."""
        if code not in self.people:
            raise NotFound(f"there is no person {code}", code="no_person")
        return self.people[code]

    def named(self, department: str | None, language: str) -> str:
        """Give a department's name in a language; "" for none, the code for one that is gone."""
        found = self.departments.get(department or "")
        if found is None:
            return department or ""
        return found.name_en if language == "en" else found.name

    def collector_of(self, duty_grid: str | None) -> Person | None:
        """Give the collector of a duty grid, or None."""
        for person in self.people.values():
            if person.post is Post.COLLECTOR and person.duty_grid == duty_grid:
                return person
        return None

    def handlers_of(self, department: str | None) -> list[Person]:
        """Give the people of a department."""
        return [one for one in self.people.values() if department and one.department == department]

    def first_of(self, post: Post) -> Person | None:
        """Give the first person of a post, or None."""
        return next((one for one in self.people.values() if one.post is post), None)


def parse_organisation(data: Mapping[str, Any]) -> Organisation:
    """Give the organisation of an organisation.toml read into a dict; Invalid names the entry."""
    departments = {
        row["code"]: Department(row["code"], row["name"], row.get("name_en", row["name"]))
        for row in _rows(data, "department")
    }
    grids = {row["code"]: str(row["name"]) for row in _rows(data, "duty_grid")}
    people = [_person(row, departments, grids) for row in _rows(data, "person")]
    if len({one.code for one in people}) != len(people):
        raise Invalid("organisation.person", "a code stands twice")
    return Organisation(departments, {one.code: one for one in people}, grids)


def _rows(data: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    rows = data.get(kind, [])
    for row in rows:
        for need in ("code", "name"):
            if not isinstance(row.get(need), str) or not row[need]:
                raise Invalid(f"organisation.{kind}", f"an entry has no {need}: {dict(row)}")
    return list(rows)


def _person(
    row: Mapping[str, Any], departments: Mapping[str, Department], grids: Mapping[str, str]
) -> Person:
    where = f"organisation.person.{row['code']}"
    try:
        post = Post(row.get("post", ""))
    except ValueError as error:
        raise Invalid(where, f"{row.get('post')!r} is not a post") from error
    department = row.get("department")
    if (post is Post.DEPARTMENT) != (department is not None):
        raise Invalid(where, "the post department, and no other, names a department")
    if department is not None and department not in departments:
        raise Invalid(where, f"there is no department {department!r}")
    grid = row.get("duty_grid")
    if grid is not None and grid not in grids:
        raise Invalid(where, f"there is no duty grid {grid!r}")
    name_en = row.get("name_en", row["name"])
    return Person(row["code"], row["name"], name_en, post, department, grid)
