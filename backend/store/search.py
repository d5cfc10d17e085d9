"""What the words of a search look at: a case itself, who has it, and who reported it.

Words are found in two steps. Their pairs of neighbouring characters (`grams_of`, a function of the
database) lead by an index to the few cases that may hold them; then the words themselves are looked
for. Where the cases are not few the index saves nothing: the list is read in its order, and soon
has enough. Where the database's statistics do not tell that they are many, the index is asked.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    CompoundSelect,
    Executable,
    Text,
    any_,
    column,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.compiler import SQLCompiler

from backend.store.gather import Rows
from backend.store.rows import CaseRow, CaseTextRow, ContactRow, ReportRow
from backend.store.scopes import has_part

FEW: Final = 10_000
"""So many cases at most are looked at one by one, in whatever order they are wanted. Of a pair that
is none of the common ones the statistics know no more than that it is in half a hundredth of all,
however rare it is: of a million the index is still asked, and a list is not read to its end."""
REPORTED: Final = 2_000
"""So many cases at most are looked at by who reported them."""
_NUMBER_AND_AREA = 10
"""The digits at a number's end that tell it, whatever country code or zero stands before."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search, with what the city knows of it.

    `digits` are the word where it is a number, `number` where it may be that of a case; `matters`
    the classes that it names, `assigned` the tokens of organisations and people whom it names,
    `fields` those of the form that are looked through, `alike` the words that letters stand for.
    `tail` is the hash of the last four digits
    of a telephone number and `citizens` says whether names of citizens count: both only for who may
    see contacts.
    """

    text: str
    digits: str = ""
    matters: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    citizens: bool = False
    tail: str = ""
    number: str = ""


async def found_with(
    connection: AsyncConnection, words: Iterable[Word]
) -> list[ColumnElement[bool]]:
    """Give the conditions of the cases in which all words are found.

    The first is that of the few in which the rarest word may be found, where they are few.
    """
    rarest, expected, conditions = None, FEW + 1, []
    for word in words:
        told = await _ids_reported_by(connection, word)
        if told is None:
            conditions.append(holds(word))
            continue
        conditions.append(_holds(word, _one_of(told) if told else None))
        candidates = union_all(*_candidates(word, told))
        rows = await _expected_rows(connection, candidates)
        if rows < expected:
            rarest, expected = candidates, rows
    if rarest is None:
        return conditions
    few = await _ids(connection, rarest, FEW)
    return conditions if few is None else [_one_of(few), *conditions]


async def _ids_reported_by(connection: AsyncConnection, word: Word) -> list[UUID] | None:
    """Give the cases that were reported by who is meant; None where they are many."""
    told = _reported_by(word)
    return [] if told is None else await _ids(connection, told, REPORTED)


async def _ids(
    connection: AsyncConnection, query: Rows | CompoundSelect[Any], most: int
) -> list[UUID] | None:
    """Give the ids that a query is for; None where they are more. One array is read at once."""
    ids = query.limit(most + 1).subquery().c[0]
    rows = await connection.execute(select(func.array_agg(ids, type_=ARRAY(UuidType))))
    found = rows.scalar_one() or []
    return None if len(found) > most else list(found)


def _one_of(ids: list[UUID]) -> ColumnElement[bool]:
    return CaseRow.id == any_(literal(ids, ARRAY(UuidType)))


class _Explained(Executable, ClauseElement):
    """What the planner expects of a query, without running it."""

    inherit_cache = False

    def __init__(self, query: CompoundSelect[Any]) -> None:
        self.query = query


@compiles(_Explained)
def _explain(element: _Explained, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.query, **options)}"


async def _expected_rows(connection: AsyncConnection, query: CompoundSelect[Any]) -> int:
    """Give how many rows the database's own statistics make likely: to count them takes longer."""
    told: Any = (await connection.execute(_Explained(query))).scalar_one()
    plans = json.loads(told) if isinstance(told, str) else told
    return int(plans[0]["Plan"]["Plan Rows"])


def _candidates(word: Word, told: list[UUID]) -> list[Rows]:
    """Give the queries for the cases in which a word may be found, each led by an index."""
    found: list[Rows] = [select(CaseTextRow.case_id).where(_may_hold(CaseTextRow.grams, word.text))]
    if word.digits and word.digits != word.text:
        found.append(select(CaseTextRow.case_id).where(_may_hold(CaseTextRow.grams, word.digits)))
    found += [
        select(CaseTextRow.case_id).where(_may_hold(CaseTextRow.grams, one)) for one in word.alike
    ]
    if word.number:
        found += _bound_with(word.number)
    if word.matters:
        found.append(select(CaseRow.id).where(CaseRow.matter.in_(word.matters)))
    if word.assigned:
        found.append(select(CaseRow.id).where(has_part(word.assigned)))
    if told:
        found.append(select(CaseRow.id).where(_one_of(told)))
    return found


def _may_hold(grams: Any, text: str) -> ColumnElement[bool]:
    of_text: ColumnElement[bool] = grams.op("@>", is_comparison=True)(
        func.grams_sought(text, type_=ARRAY(Text))
    )
    return of_text


def holds(word: Word) -> ColumnElement[bool]:
    """Give the condition of the cases in which a word is found somewhere."""
    told = _reported_by(word)
    return _holds(word, None if told is None else CaseRow.id.in_(told))


def _holds(word: Word, told: ColumnElement[bool] | None) -> ColumnElement[bool]:
    said = (word.text, *word.alike)
    found = [_within(column, one) for column in (CaseRow.text, CaseRow.place_text) for one in said]
    found += [_within(CaseRow.fields[name].astext, word.text) for name in word.fields]
    if word.digits:
        found.append(CaseRow.number.contains(word.digits, autoescape=True))
    if word.number:
        found += [CaseRow.id.in_(bound) for bound in _bound_with(word.number)]
    if word.matters:
        found.append(CaseRow.matter.in_(word.matters))
    if word.assigned:
        found.append(has_part(word.assigned))
    if told is not None:
        found.append(told)
    return or_(*found)


def _bound_with(number: str) -> list[Rows]:
    """Give the queries for the cases that are bound to the one of a number, and that it is to."""
    other, theirs = aliased(CaseRow), aliased(CaseRow)
    is_to = other.links.op("@>", is_comparison=True)(literal([{"other": number}], JSONB))
    each = func.jsonb_array_elements(theirs.links).table_valued(column("value", JSONB), name="l")
    named = (
        select(each.c.value["other"].astext)
        .select_from(theirs)
        .join(each, true())
        .where(theirs.number == number)
    )
    above = aliased(CaseRow)
    return [
        select(other.id).where(is_to, other.links != literal([], JSONB)),
        select(above.id).where(above.number.in_(named)),
    ]


def _within(
    column: ColumnElement[str] | InstrumentedAttribute[str], text: str
) -> ColumnElement[bool]:
    """Chinese has no upper case: comparing as it stands costs a third."""
    if text.lower() == text.upper():
        return column.contains(text, autoescape=True)
    return column.icontains(text, autoescape=True)


def _reported_by(word: Word) -> Rows | None:
    """Give the query for the cases that were reported by who is meant."""
    who: list[ColumnElement[bool]] = []
    if word.tail:
        ending = word.digits[-_NUMBER_AND_AREA:]
        number = func.right(ContactRow.address, len(ending)) == ending
        # An index leads to those that have an end at all.
        who.append((ContactRow.tail != "") & (ContactRow.tail == word.tail) & number)
    if word.citizens and not word.digits:
        named = (ContactRow.name != "") & _may_hold(func.grams_of(ContactRow.name), word.text)
        who.append(named & _within(ContactRow.name, word.text))
    if not who:
        return None
    return (
        select(ReportRow.case_id)
        .join(ContactRow, ContactRow.id == ReportRow.contact_id)
        .where(or_(*who))
    )
