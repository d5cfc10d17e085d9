"""What the words of a search look at: a case itself, who has it, and who reported it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.store.rows import CaseRow, ContactRow, ReportRow
from backend.store.scopes import has_part

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
        found.append(told)
    return or_(*found)


def _within(
    column: ColumnElement[str] | InstrumentedAttribute[str], text: str
) -> ColumnElement[bool]:
    """Chinese has no upper case: comparing as it stands costs a third."""
    if text.lower() == text.upper():
        return column.contains(text, autoescape=True)
    return column.icontains(text, autoescape=True)


def _told_by(word: Word) -> ColumnElement[bool] | None:
    """Give the condition of the cases that were reported by who is meant."""
    who: list[ColumnElement[bool]] = []
    if word.tail:
        ending = word.digits[-_NUMBER_AND_AREA:]
        number = func.right(ContactRow.address, len(ending)) == ending
        who.append((ContactRow.tail == word.tail) & number)
    if word.citizens and not word.digits:
        who.append(_within(ContactRow.name, word.text))
    if not who:
        return None
    cases = (
        select(ReportRow.case_id)
        .join(ContactRow, ContactRow.id == ReportRow.contact_id)
        .where(or_(*who))
    )
    return CaseRow.id.in_(cases)
