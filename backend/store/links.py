"""Cases that are bound to one another: found from both ends, locked together, told together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    column,
    func,
    literal,
    select,
    text,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.compiled import unseen
from backend.store.gather import Rows
from backend.store.rows import CaseRow, ContactRow, ReportRow
from hotline.brief import CaseBrief
from hotline.case.case import HANDLER
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.workflow import LinkKind
from hotline.channel import Channel
from hotline.organisation import DEPARTMENT
from hotline.report import Contact
from hotline.wire import convert

CASE: Final = CaseRow.__table__
# Nobody follows links further up than this: each is one more merge of what was merged.
MOST_UP: Final = 50
MOST_BOUND: Final = 200
MOST_BESIDE: Final = 50


_WAY_UP: Final = text(
    "WITH RECURSIVE way AS (SELECT number, links, 0 AS far FROM cases WHERE number = :number "
    "UNION SELECT c.number, c.links, way.far + 1 FROM way, jsonb_array_elements(way.links) AS l, "
    "cases AS c WHERE l->>'kind' = ANY(CAST(:kinds AS text[])) AND c.number = l->>'other' "
    "AND way.far < :most) "
    "SELECT number FROM way WHERE far > 0 ORDER BY far"
)


async def way_up(connection: AsyncConnection, number: str, kinds: Collection[str]) -> list[str]:
    """Give the numbers of the cases that links of some kinds lead to from one, nearest first."""
    asked = {"number": number, "kinds": sorted(kinds), "most": MOST_UP}
    rows = await connection.execute(_WAY_UP, asked)
    return list(dict.fromkeys(rows.scalars()))


async def numbers_bound_to(
    connection: AsyncConnection, number: str, kind: str
) -> list[tuple[UUID, str]]:
    """Give the ids and numbers of the cases that links of a kind bind to the one of a number."""
    found = _bound(literal([{"kind": kind, "other": number}], JSONB))
    query = select(CASE.c.id, CASE.c.number).where(found).order_by(CASE.c.id)
    return [(row[0], row[1]) for row in await connection.execute(query)]


_HOW_MANY: Final = text(
    "WITH RECURSIVE down AS (SELECT c.number AS own, k AS kind, c.id, c.number FROM cases AS c, "
    "unnest(CAST(:kinds AS text[])) AS k WHERE c.number = ANY(CAST(:numbers AS text[])) "
    "UNION SELECT down.own, down.kind, c.id, c.number FROM down JOIN cases AS c "
    "ON c.links <> '[]'::jsonb AND c.links @> "
    "jsonb_build_array(jsonb_build_object('kind', down.kind, 'other', down.number))) "
    "SELECT d.own, d.kind, count(DISTINCT d.id) - 1 + "
    "count(j.case_id) FILTER (WHERE d.kind = ANY(CAST(:along AS text[]))) AS several "
    "FROM down AS d LEFT JOIN joined_caller AS j ON j.case_id = d.id GROUP BY d.own, d.kind"
)


async def how_many(
    connection: AsyncConnection, numbers: Collection[str], kinds: Collection[LinkKind]
) -> dict[str, dict[str, int]]:
    """Give how many are bound to cases, however far, by the counts that say so for kinds of links.

    Callers who joined one of them count too, for those kinds by which a case goes along.
    """
    counts = {one.id: one.count for one in kinds if one.count}
    along = [one.id for one in kinds if one.goes_along]
    asked = {"numbers": sorted(numbers), "kinds": sorted(counts), "along": sorted(along)}
    found: dict[str, dict[str, int]] = {}
    for own, kind, several in await connection.execute(_HOW_MANY, asked):
        found.setdefault(own, {})[counts[kind]] = several
    return found


_LEADERS: Final = text(
    "WITH RECURSIVE way AS (SELECT number AS own, links, number, 0 AS far FROM cases "
    "WHERE number = ANY(CAST(:numbers AS text[])) "
    "UNION SELECT way.own, c.links, c.number, way.far + 1 FROM way, "
    "jsonb_array_elements(way.links) AS l, cases AS c WHERE l->>'kind' = "
    "ANY(CAST(:kinds AS text[])) AND c.number = l->>'other' AND way.far < :most) "
    "SELECT DISTINCT ON (way.own) way.own, c.number AS above, c.stage, c.release, "
    f"c.assignments->'{HANDLER}'->>'org' AS {DEPARTMENT}, "
    f"CASE WHEN c.clocks->'{HANDLING_CLOCK}'->>'stopped' IS NULL "
    f"THEN c.clocks->'{HANDLING_CLOCK}'->>'due_at' END AS due "
    "FROM way JOIN cases AS c ON c.number = way.number WHERE way.far > 0 "
    "ORDER BY way.own, way.far DESC"
)


async def led(
    connection: AsyncConnection, briefs: Sequence[CaseBrief], kinds: Collection[str]
) -> list[CaseBrief]:
    """Give briefs of cases; one that goes along with another stands where that one does."""
    asked = {"numbers": [one.number for one in briefs], "kinds": sorted(kinds), "most": MOST_UP}
    rows = await connection.execute(_LEADERS, asked)
    above = {row["own"]: row for row in rows.mappings()}
    return [_along_with(one, above.get(one.number)) for one in briefs]


def _along_with(brief: CaseBrief, leading: Mapping[Any, Any] | None) -> CaseBrief:
    if leading is None:
        return brief
    due = leading["due"]
    return replace(
        brief,
        leader=leading["above"],
        stage=leading["stage"],
        release=leading["release"],
        department=leading[DEPARTMENT],
        due=None if due is None else convert(due, datetime),
    )


@dataclass(frozen=True, slots=True)
class Along:
    """A citizen whose case goes along with another one, or who joined that; `number` is theirs."""

    case: UUID
    number: str
    contact: Contact


_ALONG: Final = text(
    "WITH RECURSIVE down AS (SELECT id, number FROM cases WHERE id = :case "
    "UNION SELECT c.id, c.number FROM down, unnest(CAST(:kinds AS text[])) AS k, cases AS c "
    "WHERE c.links <> '[]'::jsonb AND c.links @> "
    "jsonb_build_array(jsonb_build_object('kind', k, 'other', down.number))) "
    "SELECT d.id, d.number, p.channel, p.address, p.name, p.language, t.at FROM down AS d, "
    "LATERAL (SELECT r.contact_id, r.received_at AS at FROM report AS r "
    "WHERE r.case_id = d.id AND d.id <> :case "
    "UNION ALL SELECT j.contact_id, j.at FROM joined_caller AS j WHERE j.case_id = d.id) AS t "
    "JOIN contact AS p ON p.id = t.contact_id WHERE p.address <> '' ORDER BY t.at, d.id"
)


async def going_along(
    connection: AsyncConnection, case: UUID, kinds: Collection[str]
) -> list[Along]:
    """Give whose cases are bound to one by these kinds of links, however far, and who joined."""
    rows = await connection.execute(_ALONG, {"case": case, "kinds": sorted(kinds)})
    return [Along(row[0], row[1], Contact(Channel(row[2]), row[3], row[4], row[5])) for row in rows]


def _bound(links: ColumnElement[object]) -> ColumnElement[bool]:
    """The condition of the cases that have such links; an index has all that have any."""
    within: ColumnElement[bool] = CASE.c.links.op("@>", is_comparison=True)(
        type_coerce(links, JSONB)
    )
    return within & text("cases.links <> '[]'::jsonb")


def bound_query(
    case: BindParameter[UUID], to_it: BindParameter[object], link: BindParameter[object]
) -> Rows:
    """Give the query for what a case is bound to, however far up; what is bound `to_it`; and what a
    `link` of its own binds to the same one beside it. `far` is 0 for those beside, -1 below."""
    base = select(CASE.c.id, CASE.c.links, literal(0, Integer).label("far"))
    way = base.where(CASE.c.id == case).cte("way", recursive=True)
    each = func.jsonb_array_elements(way.c.links).table_valued(column("value", JSONB), name="l")
    above = (
        select(CASE.c.id, CASE.c.links, (way.c.far + 1).label("far"))
        .select_from(way)
        .join(each, true())
        .join(CASE, CASE.c.number == each.c.value["other"].astext)
    )
    way = way.union(above.where(way.c.far < MOST_UP))
    up = select(way.c.id, way.c.far).where(way.c.far > 0)
    beside = select(CASE.c.id, literal(0, Integer).label("far"))
    beside = beside.where(_bound(unseen(link)), CASE.c.id != case)
    return _told(
        up.order_by(way.c.far, way.c.id).limit(MOST_BOUND),
        _below(to_it),
        beside.order_by(CASE.c.id).limit(MOST_BESIDE),
    )


def below_query(to_it: BindParameter[object]) -> Rows:
    """Give the same query for a case that has no links of its own, as most have none."""
    return _told(_below(to_it))


def _below(to_it: BindParameter[object]) -> Select[UUID, int]:
    below = select(CASE.c.id, literal(-1, Integer).label("far")).where(_bound(unseen(to_it)))
    return below.order_by(CASE.c.id).limit(MOST_BOUND)


def _told(*found: Select[UUID, int]) -> Rows:
    bound = union_all(*(one.subquery().select() for one in found)).subquery("bound")
    first = (
        select(ContactRow.address)
        .join(ReportRow, ReportRow.contact_id == ContactRow.id)
        .where(ReportRow.case_id == CASE.c.id)
        .order_by(ReportRow.received_at)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *(CASE.c.number, CASE.c.stage, CASE.c.light, CASE.c.matter, CASE.c.channel),
            *(CASE.c.received_at, CASE.c.links, CASE.c.assigned, CASE.c.cell),
            func.left(CASE.c.text, 200).label("words"),
            bound.c.far,
            first.label("address"),
        )
        .join(bound, bound.c.id == CASE.c.id)
        .order_by(bound.c.far.desc(), CASE.c.id)
    )


LINK: Final = bindparam("link", type_=JSONB)
TO_IT: Final = bindparam("to_it", type_=JSONB)
