"""A scope, and what waits for somebody, mean the same in Python and in SQL, on many real rows."""

from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.desks.context import AppContext
from backend.store.cases import case_row
from backend.store.rows import CaseRow
from backend.store.scopes import in_scope, waits_for
from hotline.case.case import Assignment, Case
from hotline.case.standing import area_of
from hotline.organisation import Organisation, Staff, parse_organisation, parse_people
from hotline.rights.areas import parse_areas
from hotline.rights.permissions import SEE
from hotline.rights.scopes import (
    NOTHING,
    AnyOf,
    Everything,
    Holds,
    InAreas,
    Scope,
    Waiting,
    covers,
    org_token,
    person_token,
)
from hotline.wire import plain
from tests.cities import make_case, posts, workflow

pytestmark = pytest.mark.slow

MANY = 10_000
ORGS = ("water", "gas", "power", "w%")
PEOPLE = ("c1", "c2", "c'3", "c_4")
CELLS = (
    *(None, "", "330299001001001", "330299002001001", "330298001001001", "3302_9001001001"),
    "330299005001001",
)


def drawn_case(dice: Random, at: int) -> Case:
    """A case that stands somewhere and lies with somebody, or nobody."""
    assignments = {}
    for role in ("handler", "collector", "reporter"):
        org = dice.choice((None, *ORGS)) if role == "handler" else None
        person = dice.choice((None, None, *PEOPLE))
        if org or person:
            assignments[role] = Assignment(org, person)
    return make_case(
        dice.choice(list(workflow().stages)),
        id=UUID(int=at),
        number=f"{at:08d}",
        cell=dice.choice(CELLS),
        department=None,
        collector=None,
        assignments={role: plain(one) for role, one in assignments.items()},
    )


def tokens(dice: Random) -> frozenset[str]:
    """Some tokens, of parts that there are and of others."""
    orgs = [org_token(dice.choice(("handler", "lead")), one) for one in ORGS]
    people = [person_token(dice.choice(("collector", "reporter")), one) for one in PEOPLE]
    return frozenset(dice.sample([*orgs, *people], dice.randrange(4)))


def split_city() -> Organisation:
    """People whose posts are granted in a street that was split, in its parts, in its district."""
    about = {
        "division": "33",
        "district": [{"code": "330299"}],
        "street": [
            {"code": "330299001", "into": ["330299005", "330298001"]},
            {"code": "330299005"},
            {"code": "330298001"},
        ],
    }
    where = ("330299001", "330299005", "330298001", "330299", "33")
    rows = [{"code": f"in{one}", "name": "x", "post": "acceptor", "area": one} for one in where]
    staff = Staff(parse_people({"person": rows}))
    return parse_organisation({}, posts(), parse_areas(about), staff)


# The cells of a street that was split: by its old code, and by those of what it went into.
SPLIT = ("330299001001001", "330299005001001", "330298001001001")
SEEN: Mapping[str, tuple[str, ...]] = {
    "in330299001": SPLIT,
    "in330299005": SPLIT[1:2],
    "in330298001": SPLIT[2:],
    "in330299": (*SPLIT[:2], "330299002001001"),
    "in33": (*SPLIT, "330299002001001", ""),
}


def drawn_scope(dice: Random, depth: int = 2) -> Scope:
    """A scope of any kind."""
    beginnings = ("330299001", "330298", "3302_9", "3302%", "33", "")
    kinds: list[Scope] = [
        Everything(),
        NOTHING,
        InAreas(tuple(dice.sample(beginnings, dice.randrange(3)))),
        Holds(tokens(dice)),
    ]
    if depth:
        parts = tuple(drawn_scope(dice, depth - 1) for _ in range(dice.randrange(4)))
        kinds += [AnyOf(parts)] * 2
    return dice.choice(kinds)


def drawn_waiting(dice: Random) -> Waiting:
    """Some stages, and some in which cases must lie with somebody."""
    stages = list(workflow().stages)
    lying = tuple((stage, tokens(dice)) for stage in dice.sample(stages, dice.randrange(4)))
    return Waiting(frozenset(dice.sample(stages, dice.randrange(4))), lying)


async def found(connection: AsyncConnection, condition: Any) -> set[int]:
    rows = await connection.execute(select(CaseRow.id).where(condition))
    return {one.int for one in rows.scalars()}


async def test_scopes_and_what_waits_are_the_same_in_python_and_sql(office: AppContext) -> None:
    dice = Random(8)
    many = [drawn_case(dice, at) for at in range(1, MANY + 1)]
    async with office.store.append(office.clock.now()) as writes:
        for case in many:
            writes.add("cases", case_row(case))
    async with office.store.connect() as connection:
        for _ in range(60):
            scope = drawn_scope(dice)
            mine = {one.id.int for one in many if covers(scope, one.assigned, one.cell or "")}
            assert await found(connection, in_scope(scope)) == mine, scope
            waiting = drawn_waiting(dice)
            mine = {one.id.int for one in many if waiting.has(one.stage, one.assigned)}
            assert await found(connection, waits_for(waiting)) == mine, waiting


async def test_a_street_that_was_split_is_its_parts_and_the_parts_are_their_own(
    office: AppContext,
) -> None:
    cells = (*SPLIT, "330299002001001", "")
    many = [
        make_case(id=UUID(int=at), number=f"{at:08d}", cell=cell)
        for at, cell in enumerate(cells, start=1)
    ]
    async with office.store.append(office.clock.now()) as writes:
        for case in many:
            writes.add("cases", case_row(case))
    async with office.store.connect() as connection:
        for person, about in split_city().people.items():
            scope = about.actor().rights.scope(SEE)
            mine = {one.id.int for one in many if covers(scope, one.assigned, one.cell or "")}
            assert await found(connection, in_scope(scope)) == mine, person
            assert {one.cell for one in many if one.id.int in mine} == {*SEEN[person]}, person
            counted = [covers(scope, one.assigned, area_of(one.cell)) for one in many]
            assert counted == [one.id.int in mine for one in many], person
