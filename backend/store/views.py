"""What the console reads: lists with counts, whole case files, the map; few statements each."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, null, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.order import Order
from backend.store.rows import CaseMediaRow, CaseRow, StepRow
from backend.store.scopes import has_part, in_scope, own_light, waits_for
from backend.store.search import Word, found_with
from hotline.form.beside import NOTE
from hotline.media import MediaKind
from hotline.rights.scopes import InAreas, Scope, Waiting, is_everything

_EACH_TIME: Final = {"plan_cache_mode": "force_custom_plan"}
# The rows that words are looked for in are many, and soon in memory; helpers take longer to come.
_SEARCHING: Final = {"random_page_cost": "1.1", "max_parallel_workers_per_gather": "0"}

# What a file tells of a case stands in its row: nothing is looked up for a million of them.
_EXPORTED: Final = (
    *(CaseRow.number, CaseRow.stage, CaseRow.light, CaseRow.channel, CaseRow.received_at),
    *(CaseRow.text, CaseRow.place_text, CaseRow.lon, CaseRow.lat, CaseRow.cell, CaseRow.matter),
    *(CaseRow.urgency, CaseRow.stage_due, CaseRow.assignments, CaseRow.fields),
)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list is narrowed to.

    `equal` holds the values that a column may have, `beginnings` those of the codes of cells,
    `fields` what a field of the form may hold, `facets` those that lists count of one, `assigned`
    by role the tokens of who may have it; `since` <= received_at < `until`; `words` must all stand
    in it. `mine` are the cases that wait
    for somebody, `own` those whose light is theirs; both as authorization gives them.
    """

    stages: tuple[str, ...] | None = None
    lights: tuple[str, ...] = ()
    equal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beginnings: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assigned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[Word, ...] = ()
    mine: Waiting | None = None
    own: Waiting | None = None
    order: Order = field(default_factory=Order)


async def list_cases(
    connection: AsyncConnection, scope: Scope, wanted: CaseFilter, limit: int
) -> list[dict[str, Any]]:
    """Give cases in the order that is wanted, which may go on behind the last one of a page."""
    asked = [in_scope(scope), *_narrowed(wanted), *wanted.order.behind()]
    async with _planned_each_time(connection, searching=bool(wanted.words)):
        asked += await found_with(connection, await _known_words(connection, scope, wanted.words))
        # Everything else is read for the rows of the page alone.
        page = select(CaseRow.id).where(*asked).order_by(*wanted.order.columns()).limit(limit)
        query = _listed().where(CaseRow.id.in_(page))
        rows = await connection.execute(query.order_by(*wanted.order.columns()))
        return [dict(row) for row in rows.mappings()]


async def exported(
    connection: AsyncConnection, scope: Scope, wanted: CaseFilter, many: int
) -> AsyncGenerator[tuple[int, list[dict[str, Any]]], None]:
    """Give all cases of a list in its order, so many at a time, each time with how many there are.

    None come first, with their number. They are of one moment in a transaction of its own.
    """
    asked = [in_scope(scope), *_narrowed(wanted)]
    async with _planned_each_time(connection, searching=bool(wanted.words)):
        asked += await found_with(connection, await _known_words(connection, scope, wanted.words))
        counted = await connection.execute(select(func.count()).select_from(CaseRow).where(*asked))
        of = counted.scalar_one()
        yield of, []
        query = select(*_EXPORTED).where(*asked).order_by(*wanted.order.columns())
        async with connection.stream(query.execution_options(yield_per=many)) as rows:
            async for part in rows.mappings().partitions():
                yield of, [dict(row) for row in part]


async def _known_words(
    connection: AsyncConnection, scope: Scope, words: Sequence[Word]
) -> Sequence[Word]:
    """Give words by which no case is found that is bound to one that somebody may not know of."""
    numbers = {one.number for one in words if one.number}
    if not numbers or is_everything(scope):
        return words
    seen = await in_scope_of(connection, scope, numbers)
    return [one if one.number in seen else replace(one, number="") for one in words]


@asynccontextmanager
async def _planned_each_time(
    connection: AsyncConnection, *, searching: bool
) -> AsyncIterator[None]:
    """Let statements be planned for the values that are asked for, not once for all of them.

    One word, department or area is rare where another is common, and the ways to them differ.
    """
    settings = _EACH_TIME | (_SEARCHING if searching else {})
    await connection.execute(select(*(func.set_config(*one, false()) for one in settings.items())))
    try:
        yield
    finally:
        await connection.execute(
            select(*(func.set_config(name, null(), false()) for name in settings))
        )


async def feed_rows(
    connection: AsyncConnection, numbers: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Give cases as a list shows them, by number."""
    if not numbers:
        return {}
    rows = await connection.execute(_listed().where(CaseRow.number.in_(numbers)))
    return {row["number"]: dict(row) for row in rows.mappings()}


async def map_cases(
    connection: AsyncConnection,
    scope: Scope,
    stages: Sequence[str],
    limit: int,
    *,
    own: Waiting | None = None,
) -> list[dict[str, Any]]:
    """Give where the newest cases of these stages are; those without a point are left out.

    With `own`, as desks.authorization gives it, the light is that of one's own part.
    """
    rows = await connection.execute(
        select(
            CaseRow.number,
            CaseRow.stage,
            own_light(own),
            CaseRow.matter,
            CaseRow.urgency,
            CaseRow.lon,
            CaseRow.lat,
        )
        .where(in_scope(scope), CaseRow.stage.in_(stages), CaseRow.lon.is_not(None))
        .order_by(CaseRow.id.desc())
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


async def id_in_scope(connection: AsyncConnection, scope: Scope, number: str) -> UUID | None:
    """Give the id of a case that somebody may see; None for any other."""
    rows = await connection.execute(
        select(CaseRow.id).where(CaseRow.number == number, in_scope(scope))
    )
    found: UUID | None = rows.scalar_one_or_none()
    return found


async def is_in_scope(connection: AsyncConnection, scope: Scope, number: str) -> bool:
    """Tell whether somebody may see a case."""
    return await id_in_scope(connection, scope, number) is not None


async def in_scope_of(
    connection: AsyncConnection, scope: Scope, numbers: Collection[str]
) -> frozenset[str]:
    """Give those of some numbers whose cases somebody may see."""
    if not numbers:
        return frozenset()
    rows = await connection.execute(
        select(CaseRow.number).where(CaseRow.number.in_(numbers), in_scope(scope))
    )
    return frozenset(rows.scalars())


async def may_open(
    connection: AsyncConnection, scope: Scope, sha256: str, kinds: Sequence[MediaKind]
) -> bool:
    """Tell whether a file belongs, as one of these kinds, to a case that somebody may see."""
    rows = await connection.execute(
        select(CaseMediaRow.key)
        .join(CaseRow, CaseRow.id == CaseMediaRow.case_id)
        .where(CaseMediaRow.sha256 == sha256, CaseMediaRow.kind.in_(kinds), in_scope(scope))
        .limit(1)
    )
    return rows.first() is not None


def _listed() -> Select[*tuple[Any, ...]]:
    files = select(
        func.count(func.distinct(CaseMediaRow.sha256)).filter(
            CaseMediaRow.kind != MediaKind.RECORDING
        )
    ).where(CaseMediaRow.case_id == CaseRow.id)
    steps = select(StepRow).where(StepRow.case_id == CaseRow.id).correlate(CaseRow)
    passage = func.jsonb_build_object(
        *("stage", StepRow.changes["stage"], "action", StepRow.action, "person", StepRow.person),
        *("post", StepRow.post, "at", StepRow.at, NOTE, StepRow.note),
    )
    passages = steps.with_only_columns(
        func.jsonb_agg(aggregate_order_by(passage, StepRow.seq))
    ).where(StepRow.changes.has_key("stage"))
    placed = steps.with_only_columns(StepRow.post).where(StepRow.changes.has_key("place_text"))
    recordings = select(CaseMediaRow.key).where(
        CaseMediaRow.case_id == CaseRow.id, CaseMediaRow.kind == MediaKind.RECORDING
    )
    return select(
        CaseRow.__table__,
        files.scalar_subquery().label("photos"),
        recordings.exists().label("has_recording"),
        passages.scalar_subquery().label("passages"),
        placed.order_by(StepRow.seq.desc()).limit(1).scalar_subquery().label("placed_by"),
    )


def _narrowed(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if wanted.stages is not None:
        parts.append(CaseRow.stage.in_(wanted.stages))
    if wanted.lights:
        parts.append(CaseRow.light.in_(wanted.lights))
        if wanted.own is not None:
            parts.append(waits_for(wanted.own))
    if wanted.mine is not None:
        parts.append(waits_for(wanted.mine))
    for column, values in wanted.equal.items():
        parts.append(getattr(CaseRow, column).in_(values))
    if wanted.beginnings:
        parts.append(in_scope(InAreas(wanted.beginnings)))
    for name, values in wanted.fields.items():
        parts.append(CaseRow.fields[name].astext.in_(values))
    if wanted.facets:
        parts.append(CaseRow.facets != text("'{}'::jsonb"))  # few: an index of their own has them
    for name, values in wanted.facets.items():
        parts.append(CaseRow.facets[name].astext.in_(values))
    for tokens in wanted.assigned.values():
        parts.append(has_part(tokens))
    if wanted.since is not None:
        parts.append(CaseRow.received_at >= wanted.since)
    if wanted.until is not None:
        parts.append(CaseRow.received_at < wanted.until)
    return parts
