"""Who works in a city: departments, people with their posts, duty grids, areas."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hotline.errors import Invalid, NotFound
from hotline.leave import Leave
from hotline.people import Actor
from hotline.rights.areas import NO_AREAS, Areas
from hotline.rights.permissions import COLLECT
from hotline.rights.posts import ALL, ORGANISATION, Grant, Post, Rights
from hotline.rights.scopes import (
    NOTHING,
    Everything,
    Holds,
    InAreas,
    Scope,
    org_token,
    person_token,
)
from hotline.rights.separation import Pairs, unseparated

# What files, lists and notices call the organisation that a case lies with.
DEPARTMENT: Final = "department"
# A code is a login's name, a part of addresses, and between colons in what a case lies with.
# What looks like another or cannot be typed is nobody's name.
_CODE: Final = re.compile(r"[A-Za-z0-9一-鿿][A-Za-z0-9一-鿿._-]{0,39}")
_NAME_LENGTH: Final = 100
_SPAN: Final = ("since", "until")
_SKILLS: Final = "skills"
_OF_POST: Final = ("post", "area", *_SPAN)
_OF_PERSON: Final = (
    *("code", "name", "name_en", DEPARTMENT, "duty_grid", _SKILLS, "posts"),
    *_OF_POST,
)
# A person as a row of people.toml says it, plain enough for JSON.
PersonData = Mapping[str, Any]
# Is told of a person who cannot be read and is left out.
OnFault = Callable[[Invalid], None]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works in a city, and who has left it, by code; `mark` is the number of the last change.

    Whoever works there stands in the order in which they came; `leaves` are those not over yet.
    """

    rows: Mapping[str, PersonData]
    left: Mapping[str, PersonData] = field(default_factory=dict)
    mark: int = 0
    leaves: tuple[Leave, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A department (专业部门) that handles cases, or a centre (监督指挥中心) that directs them.

    A centre may have one `above` it, and an `area` that it is for ("": the whole city).
    """

    code: str
    name: str
    name_en: str
    above: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one post or several, the first one named first.

    `department` is whose person they are, `duty_grid` where they walk, `skills` what they can
    at a seat.
    """

    code: str
    name: str
    name_en: str
    grants: tuple[Grant, ...]
    department: str | None = None
    duty_grid: str | None = None
    skills: tuple[str, ...] = ()

    @property
    def post(self) -> str:
        """The first post."""
        return self.grants[0].post.id

    def holds(self, post: str) -> bool:
        """Tell whether they have a post, now or another time."""
        return any(one.post.id == post for one in self.grants)

    def actor(self) -> Actor:
        """Give the person as one who acts by all that they hold, now or another time."""
        return Actor(self.code, self.post, self.name, self.department, Rights(self.grants))

    @property
    def permissions(self) -> frozenset[str]:
        """All that they may do by any of their posts, now or another time."""
        return Rights(self.grants).permissions

    def posts_at(self, now: datetime) -> list[Post]:
        """Give the posts that they hold at an instant, each once."""
        return list({one.post.id: one.post for one in self.grants if one.runs(now)}.values())


# By which reach of a post somebody has to do with all that lies with their organisation.
_WIDE: Final = (ORGANISATION, ALL)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The departments, centres, people and posts of a city.

    `names` are those of people who have left too.

    A name is given in Chinese and English. `leaves` are those that are not over yet, `apart` the
    pairs of permissions that nobody may wear both of.
    """

    departments: Mapping[str, Department]
    people: Mapping[str, Person]
    duty_grids: Mapping[str, str]
    posts: Mapping[str, Post] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    leaves: tuple[Leave, ...] = ()
    apart: Pairs = frozenset()
    centres: Mapping[str, Department] = field(default_factory=dict)

    @property
    def orgs(self) -> Mapping[str, Department]:
        """All departments and centres."""
        return {**self.departments, **self.centres}

    def centre_for(self, cell: str | None, above: str) -> Department | None:
        """Give the centre below another one in whose area a cell lies, or None.

        Below "" is the one that no other is above.
        """
        below = (one for one in self.centres.values() if one.above == above)
        return next((one for one in below if (cell or "").startswith(one.area)), None)

    def person(self, code: str) -> Person:
        """Give a person, or raise NotFound."""
        if code not in self.people:
            raise NotFound(f"there is no person {code}", code="no_person")
        return self.people[code]

    def actor(self, code: str, now: datetime, chosen: str | None = None) -> Actor | None:
        """Give a person as one who acts now in the post that they chose, or None.

        A proxy has what those hold whom they act for, as far as powers stay separated.
        """
        person = self.people.get(code)
        if person is None:
            return None
        grants, worn = list(person.grants), person.permissions
        for leave in self.leaves:
            absent = self.people.get(leave.person)
            if leave.proxy != code or absent is None or not leave.runs(now):
                continue
            if unseparated(worn | absent.permissions, self.apart) is None:
                worn |= absent.permissions
                grants += [leave.lent(one, absent.department) for one in absent.grants]
        acting = replace(person.actor(), rights=Rights(tuple(grants)), chosen=chosen)
        return acting.at(now)

    def leave_of(self, code: str, now: datetime) -> Leave | None:
        """Give the leave that somebody is on, or None."""
        own = (one for one in self.leaves if one.person == code)
        return next((one for one in own if one.runs(now)), None)

    def acts_for(self, code: str, now: datetime) -> list[Leave]:
        """Give the leaves of those whose proxy somebody is at an instant."""
        return [one for one in self.leaves if one.proxy == code and one.runs(now)]

    def stand_in(self, code: str, now: datetime) -> str:
        """Give who is told what is for somebody: their proxy, while they are away and have one."""
        leave = self.leave_of(code, now)
        there = leave is not None and leave.proxy in self.people
        return str(leave.proxy) if leave is not None and there else code

    def named(self, department: str | None, language: str) -> str:
        """Give a department's name in a language; "" for none, the code for one that is gone."""
        found = self.orgs.get(department or "")
        if found is None:
            return department or ""
        return found.name_en if language == "en" else found.name

    def collector_of(self, duty_grid: str | None, now: datetime) -> Person | None:
        """Give the collector of a duty grid, or who acts for them now; None where nobody does."""
        for person in self.people.values():
            if person.duty_grid != duty_grid or COLLECT not in person.permissions:
                continue
            leave = self.leave_of(person.code, now)
            found = person if leave is None else self.people.get(leave.proxy or "")
            if found is not None:
                return found
        return None

    def handlers_of(self, department: str | None) -> list[Person]:
        """Give the people of a department or centre who are told of all its cases: not those who
        have own."""
        of_it = [one for one in self.people.values() if department and one.department == department]
        return [one for one in of_it if any(held.post.reach in _WIDE for held in one.grants)]

    def first_of(self, post: str) -> Person | None:
        """Give the first person of a post, or None."""
        return next((one for one in self.people.values() if one.holds(post)), None)


def parse_organisation(
    data: Mapping[str, Any],
    posts: Mapping[str, Post],
    areas: Areas = NO_AREAS,
    staff: Staff | None = None,
    on_fault: OnFault | None = None,
) -> Organisation:
    """Give the organisation of an organisation.toml read into a dict, with the people of `staff`.

    `areas` are those in which posts may be granted. Invalid names the entry at fault; where
    `on_fault` is given, it is told of a person at fault, who then works nowhere.
    """
    departments = {
        row["code"]: Department(row["code"], row["name"], row.get("name_en", row["name"]))
        for row in named_rows(data, DEPARTMENT)
    }
    centres = _centres(data, departments, areas)
    orgs = {**departments, **centres}
    grids = {row["code"]: str(row["name"]) for row in named_rows(data, "duty_grid")}
    given = staff or Staff({})
    people: dict[str, Person] = {}
    for code, row in given.rows.items():
        try:
            people[code] = _person(row, orgs, grids, posts, areas)
        except Invalid as fault:
            if on_fault is None:
                raise
            on_fault(fault)
    told = {**given.left, **given.rows}.items()
    names = {code: (str(row["name"]), str(row.get("name_en", row["name"]))) for code, row in told}
    return Organisation(
        departments, people, grids, posts, names, leaves=given.leaves, centres=centres
    )


def _centres(
    data: Mapping[str, Any], departments: Mapping[str, Department], areas: Areas
) -> dict[str, Department]:
    found: dict[str, Department] = {}
    for row in named_rows(data, "centre"):
        code, where = row["code"], f"organisation.centre.{row['code']}"
        above, area = str(row.get("above", "")), str(row.get("area", ""))
        if code in departments or code in found:
            raise Invalid(where, "stands twice")
        if above and above not in found:
            raise Invalid(where, f"there is no centre {above!r} before it")
        if area and areas and area not in areas:
            raise Invalid(where, f"there is no area {area!r}")
        found[code] = Department(code, row["name"], row.get("name_en", row["name"]), above, area)
    return found


def parse_people(data: Mapping[str, Any]) -> dict[str, PersonData]:
    """Give the rows of a people.toml read into a dict, by their codes; Invalid names the row.

    Whether posts, areas and departments are there, parse_organisation tells.
    """
    people: dict[str, PersonData] = {}
    logins = set()
    for row in named_rows(data, "person"):
        code, where = str(row["code"]), f"people.{row['code']}"
        if not _CODE.fullmatch(code):
            raise Invalid(where, "a code has 1 to 40 letters, digits, points and hyphens")
        if code.lower() in logins:
            raise Invalid(where, "the code stands twice")
        _require_plain(where, row, _OF_PERSON)
        for one in listed_posts(row):
            _require_plain(where, one, _OF_POST)
        if not all(len(row.get(name, "")) <= _NAME_LENGTH for name in ("name", "name_en")):
            raise Invalid(where, f"a name has {_NAME_LENGTH} characters at most")
        logins.add(code.lower())
        people[code] = _plain(row)
    return people


def _require_plain(where: str, row: PersonData, names: Collection[str]) -> None:
    """What nobody reads is a mistake; and all but posts, skills and instants are words."""
    for name, told in row.items():
        if name not in names:
            raise Invalid(where, f"nothing is called {name!r} here: {', '.join(names)}")
        if name == _SKILLS:
            if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
                raise Invalid(where, f"{name} is no list of texts: {told!r}")
        elif name not in ("posts", *_SPAN) and not isinstance(told, str):
            raise Invalid(where, f"{name} is no text: {told!r}")


def _plain(told: Any) -> Any:
    """TOML has instants, JSON has none."""
    match told:
        case datetime():
            return told.isoformat()
        case Mapping():
            return {name: _plain(one) for name, one in told.items()}
        case list():
            return [_plain(one) for one in told]
        case _:
            return told


def named_rows(data: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """Give the rows of a kind, each with its code and name; Invalid where one has none."""
    rows = data.get(kind, [])
    where = "people" if kind == "person" else f"organisation.{kind}"
    if not isinstance(rows, list):
        raise Invalid(where, f"is no list of [[{kind}]]")
    for row in rows:
        for need in ("code", "name"):
            told = row.get(need) if isinstance(row, Mapping) else None
            if not isinstance(told, str) or not told.strip():
                raise Invalid(where, f"an entry has no {need}: {row}")
    return list(rows)


def _person(
    row: PersonData,
    departments: Mapping[str, Department],
    grids: Mapping[str, str],
    posts: Mapping[str, Post],
    areas: Areas,
) -> Person:
    where = f"people.{row['code']}"
    department, grid = row.get(DEPARTMENT), row.get("duty_grid")
    if department is not None and department not in departments:
        raise Invalid(where, f"there is no department {department!r}")
    if grid is not None and grid not in grids:
        raise Invalid(where, f"there is no duty grid {grid!r}")
    listed = listed_posts(row)
    grants = tuple(_grant(where, one, str(row["code"]), department, posts, areas) for one in listed)
    if not grants:
        raise Invalid(where, "has no post")
    if department is None and any(one.post.reach == ORGANISATION for one in grants):
        raise Invalid(where, "a post in an organisation names a department")
    return Person(
        *(row["code"], row["name"], row.get("name_en", row["name"]), grants, department, grid),
        skills=tuple(map(str, row.get(_SKILLS, ()))),
    )


def listed_posts(row: PersonData) -> list[Mapping[str, Any]]:
    """Give the posts of a row: one may stand in the row itself, several in a list."""
    first = {name: row[name] for name in _OF_POST if name in row}
    several = row.get("posts", [])
    if not isinstance(several, list) or not all(isinstance(one, Mapping) for one in several):
        raise Invalid(f"people.{row['code']}", "posts are a list of tables")
    return [*([first] if "post" in row else []), *several]


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
    since, until = (_instant(where, row.get(name)) for name in _SPAN)
    if since is not None and until is not None and until <= since:
        raise Invalid(where, f"{post.id} ends before it begins")
    return Grant(post, _scope(post, person, department, beginnings), since, until)


def _instant(where: str, told: object) -> datetime | None:
    if told is None:
        return None
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else told
    except ValueError:
        at = None
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise Invalid(where, f"{told!r} is not an instant such as 2026-11-26T08:00:00+08:00")
    return at


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
