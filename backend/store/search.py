"""What the words of a search look at: a case itself, who has it, and who reported it.

Words are found in two steps. Their pairs of neighbouring characters (`grams_of`, a function of the
database) lead by an index to the few cases that may hold them; then the words themselves are looked
for. Where the cases are not few the index saves nothing: the list is read in its order, and soon
has enough.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    any_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from backend.store.gather import Rows
from backend.store.rows import CaseRow, CaseTextRow, ContactRow, ReportRow
from backend.store.scopes import has_part, in_scope
from hotline.rights.scopes import Scope, is_everything

FEW: Final = 2_000
"""So many cases at most are looked at one by one, in whatever order they are wanted."""
_NUMBER_AND_AREA = 10
"""The digits at a number's end that tell it, whatever country code or zero stands before."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search, with what the city knows of it.

    `digits` are the word where it is a number; `matters` the classes that it names, `assigned` the
    tokens of organisations and people whom it names, `fields` those of the form that are looked
    through. `tail` is the hash of the last four digits of a telephone number and `citizens` says
    whether names of citizens count: both only for who may see contacts.
    """

    text: str
    digits: str = ""
    matters: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    citizens: bool = False
    tail: str = ""


async def narrowed_to(
    connection: AsyncConnection, words: Iterable[Word], scope: Scope
) -> ColumnElement[bool] | None:
    """Give the condition of the few cases in which all words may be found; None: they are many.

    Those outside a narrow scope count for nothing: a word may be common, and rare in it.
    """
    few: set[UUID] | None = None
    for word in words:
        found = await _few_with(connection, word, scope)
        if found is not None:
            few = found if few is None else few & found
    if few is None:
        return None
    return CaseRow.id == any_(literal(sorted(few), ARRAY(UuidType)))


async def _few_with(connection: AsyncConnection, word: Word, scope: Scope) -> set[UUID] | None:
    """Give the cases in which a word may be found, or None where they are many."""
    found, most = _candidates(word), FEW
    if not is_everything(scope):
        most = FEW // 10  # each is looked up; of more than that a list soon has a page
        seen = select(CaseRow.id).where(in_scope(scope))
        found = [part.where(part.selected_columns[0].in_(seen)) for part in found]
    parts = union_all(*(part.limit(most + 1) for part in found)).subquery()
    rows = (await connection.execute(select(parts.c[0]).limit(most + 1))).scalars().all()
    return None if len(rows) > most else set(rows)


def _candidates(word: Word) -> list[Rows]:
    """Give the queries for the cases in which a word may be found, each led by an index."""
    found: list[Rows] = [select(CaseTextRow.case_id).where(_may_hold(CaseTextRow.grams, word.text))]
    if word.digits and word.digits != word.text:
        found.append(select(CaseTextRow.case_id).where(_may_hold(CaseTextRow.grams, word.digits)))
    if word.matters:
        found.append(select(CaseRow.id).where(CaseRow.matter.in_(word.matters)))
    if word.assigned:
        found.append(select(CaseRow.id).where(has_part(word.assigned)))
    told = _told_by(word)
    return found if told is None else [*found, told]


def _may_hold(grams: Any, text: str) -> ColumnElement[bool]:
    of_text: ColumnElement[bool] = grams.op("@>", is_comparison=True)(
        func.grams_sought(text, type_=ARRAY(Text))
    )
    return of_text


def holds(word: Word) -> ColumnElement[bool]:
    """Give the condition of the cases in which a word is found somewhere."""
    found = [_within(CaseRow.text, word.text), _within(CaseRow.place_text, word.text)]
    found += [_within(CaseRow.fields[name].astext, word.text) for name in word.fields]
    if word.digits:
        found.append(CaseRow.number.contains(word.digits, autoescape=True))
    if word.matters:
        found.append(CaseRow.matter.in_(word.matters))
    if word.assigned:
        found.append(has_part(word.assigned))
    told = _told_by(word)
    if told is not None:
        found.append(CaseRow.id.in_(told))
    return or_(*found)


def _within(
    column: ColumnElement[str] | InstrumentedAttribute[str], text: str
) -> ColumnElement[bool]:
    """Chinese has no upper case: comparing as it stands costs a third."""
    if text.lower() == text.upper():
        return column.contains(text, autoescape=True)
    return column.icontains(text, autoescape=True)


def _told_by(word: Word) -> Rows | None:
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
