"""A case's file, and notices, without the numbers of other cases that somebody may not know of."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import views
from backend.store.case_found import CaseFile, Found
from backend.store.session import Connection
from hotline.call import CallEventType
from hotline.case.case import Step
from hotline.form.field import OF_CASES
from hotline.notice import values_of
from hotline.number import numbers_in, without_number
from hotline.people import Actor
from hotline.rights.scopes import is_everything

# What happens in a call and names a case, which may be another one than came of the call.
NAMING: Final = frozenset(
    {
        CallEventType.CASE_JOINED,
        CallEventType.NUMBER_SAID,
        CallEventType.STATUS_REFUSED,
        CallEventType.STATUS_TOLD,
    }
)
UNNAMED: Final = "…"


async def without_others(
    office: AppContext, connection: Connection, file: CaseFile, actor: Actor
) -> CaseFile:
    """Give a file whose call, steps and notices name no case that somebody may not know of."""
    if is_everything(scope_of(actor)):
        return file
    fields = _fields(office)
    named = {mark["value"] for mark in file.marks if mark["mark"] in NAMING}
    for step in file.steps:
        named |= set(_named(step.changes.get("fields", {}), fields))
    for row in file.notices:
        named |= set(_told(office, row, fields))
    named -= {file.case.number}
    hidden = named - await views.in_scope_of(connection, scope_of(actor), named)
    if not hidden:
        return file
    marks = [
        {**mark, "value": ""} if mark["mark"] in NAMING and mark["value"] in hidden else mark
        for mark in file.marks
    ]
    steps = [_step(step, fields, hidden) for step in file.steps]
    notices = [_notice(row, hidden) for row in file.notices]
    return replace(file, steps=steps, marks=marks, notices=notices)


async def notices_without_others(
    office: AppContext, connection: Connection, rows: list[Found], actor: Actor
) -> list[Found]:
    """Give notices whose words name no case that somebody may not know of."""
    if is_everything(scope_of(actor)):
        return rows
    fields = _fields(office)
    named = {number for row in rows for number in _told(office, row, fields)}
    hidden = named - await views.in_scope_of(connection, scope_of(actor), named)
    return [_notice(row, hidden) for row in rows]


def _fields(office: AppContext) -> set[str]:
    """The fields that name other cases, of every release."""
    return {one.id for one in office.city.fields.values() if one.type in OF_CASES}


def _told(office: AppContext, row: Found, fields: set[str]) -> Iterator[str]:
    """The other cases that a notice names; its values are words, as people read them."""
    values = values_of(row["fields"])
    for name in fields & values.keys():
        yield from numbers_in(values[name], office.city.number_length)


def _notice(row: Found, hidden: set[str]) -> Found:
    """Give a notice without numbers, in what was sent and in what is still to be worded."""
    words, values = row["words"], values_of(row["fields"])
    for number in hidden:
        words = without_number(words, number, UNNAMED)
        values = {name: without_number(one, number, UNNAMED) for name, one in values.items()}
    return {**row, "words": words, "fields": values}


def _named(values: Mapping[str, Any], fields: set[str]) -> Iterator[str]:
    for name in fields & values.keys():
        value = values[name]
        yield from [value] if isinstance(value, str) else value or ()


def _step(step: Step, fields: set[str], hidden: set[str]) -> Step:
    values = step.changes.get("fields", {})
    if not hidden & set(_named(values, fields)):
        return step
    return replace(step, changes={**step.changes, "fields": _unnamed(values, fields, hidden)})


def _unnamed(values: Mapping[str, Any], fields: set[str], hidden: set[str]) -> dict[str, Any]:
    return {
        name: _value(value, hidden) if name in fields else value for name, value in values.items()
    }


def _value(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, str):
        return UNNAMED if value in hidden else value
    return None if value is None else [UNNAMED if one in hidden else one for one in value]
