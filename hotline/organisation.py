"""Who works in a city: departments, people with their posts, duty grids, areas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hotline.errors import Invalid, NotFound
from hotline.people import Actor
from hotline.rights.areas import NO_AREAS, Areas
from hotline.rights.permissions import COLLECT
from hotline.rights.posts import Grant, Post, Rights
from hotline.rights.scopes import (
    NOTHING,
    Everything,
    Holds,
    InAreas,
    Scope,
    org_token,
    person_token,
)

# What files, lists and notices call the organisation that a case lies with.
DEPARTMENT: Final = "department"


@dataclass(frozen=True, slots=True)
class Department:
    """A department (专业部门) that handles cases."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one post or several, the first one named first.

    `department` is whose person they are, `duty_grid` where they walk.
    """

    code: str
    name: str
    name_en: str
    grants: tuple[Grant, ...]
    department: str | None = None
    duty_grid: str | None = None

    @property
    def post(self) -> str:
        """The first post."""
        return self.grants[0].post.id

    def holds(self, post: str) -> bool:
        """Tell whether they have a post, now or another time."""
        return any(one.post.id == post for one in self.grants)

    def actor(self) -> Actor:
        """Give the person as one who acts."""
        return Actor(self.code, self.post, self.name, self.department, Rights(self.grants))


@dataclass(frozen=True, slots=True)
class Organisation:
    """The departments, people and posts of a city."""

    departments: Mapping[str, Department]
    people: Mapping[str, Person]
    duty_grids: Mapping[str, str]
    posts: Mapping[str, Post] = field(default_factory=dict)

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
            if person.duty_grid == duty_grid and person.actor().rights.may(COLLECT):
                return person
        return None

    def handlers_of(self, department: str | None) -> list[Person]:
        """Give the people of a department."""
        return [one for one in self.people.values() if department and one.department == department]

    def first_of(self, post: str) -> Person | None:
        """Give the first person of a post, or None."""
        return next((one for one in self.people.values() if one.holds(post)), None)


def parse_organisation(
    data: Mapping[str, Any], posts: Mapping[str, Post], areas: Areas = NO_AREAS
) -> Organisation:
    """Give the organisation of an organisation.toml read into a dict; Invalid names the entry.

    `areas` are those in which posts may be granted.
    """
    departments = {
        row["code"]: Department(row["code"], row["name"], row.get("name_en", row["name"]))
        for row in _rows(data, DEPARTMENT)
    }
    grids = {row["code"]: str(row["name"]) for row in _rows(data, "duty_grid")}
    people = [_person(row, departments, grids, posts, areas) for row in _rows(data, "person")]
    if len({one.code for one in people}) != len(people):
        raise Invalid("organisation.person", "a code stands twice")
    return Organisation(departments, {one.code: one for one in people}, grids, posts)


def _rows(data: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    rows = data.get(kind, [])
    for row in rows:
        for need in ("code", "name"):
            if not isinstance(row.get(need), str) or not row[need]:
                raise Invalid(f"organisation.{kind}", f"an entry has no {need}: {dict(row)}")
    return list(rows)


def _person(
    row: Mapping[str, Any],
    departments: Mapping[str, Department],
    grids: Mapping[str, str],
    posts: Mapping[str, Post],
    areas: Areas,
) -> Person:
    where = f"organisation.person.{row['code']}"
    department, grid = row.get(DEPARTMENT), row.get("duty_grid")
    if department is not None and department not in departments:
        raise Invalid(where, f"there is no department {department!r}")
    if grid is not None and grid not in grids:
        raise Invalid(where, f"there is no duty grid {grid!r}")
    # One post with its area may stand in the row itself, several in a list.
    first = {name: row[name] for name in ("post", "area", "since", "until") if name in row}
    listed = [*([first] if "post" in row else []), *row.get("posts", ())]
    grants = tuple(_grant(where, one, str(row["code"]), department, posts, areas) for one in listed)
    if not grants:
        raise Invalid(where, "has no post")
    if department is None and any(one.post.reach == "organisation" for one in grants):
        raise Invalid(where, "a post in an organisation names a department")
    return Person(
        row["code"], row["name"], row.get("name_en", row["name"]), grants, department, grid
    )


def _grant(
    where: str,
    row: Mapping[str, Any],
    person: str,
    department: str | None,
    posts: Mapping[str, Post],
    areas: Areas,
) -> Grant:
    post = posts.get(str(row.get("post")))
    if post is None:
        raise Invalid(where, f"{row.get('post')!r} is not a post")
    area = row.get("area")
    if area is not None and area not in areas:
        raise Invalid(where, f"there is no area {area!r}")
    beginnings = areas[area] if area is not None else ()
    instants = [_instant(where, row.get(name)) for name in ("since", "until")]
    return Grant(post, _scope(post, person, department, beginnings), *instants)


def _instant(where: str, told: object) -> datetime | None:
    if told is None:
        return None
    if not isinstance(told, datetime) or told.tzinfo is None:
        raise Invalid(where, f"{told!r} is not an instant such as 2026-11-26T08:00:00+08:00")
    return told


def _scope(post: Post, person: str, department: str | None, beginnings: tuple[str, ...]) -> Scope:
    match post.reach:
        case "all":
            return InAreas(beginnings) if beginnings else Everything()
        case "organisation":
            return _of_tokens(org_token(role, department or "") for role in post.roles)
        case "own":
            return _of_tokens(person_token(role, person) for role in post.roles)
        case _:
            return NOTHING


def _of_tokens(tokens: Iterable[str]) -> Holds:
    return Holds(frozenset(tokens))
