"""Reading a form from data; what is no form is refused by the name of the field at fault."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from hotline.errors import Invalid
from hotline.form.field import FormField
from hotline.form.form import SEVERAL, Form
from hotline.form.types import TYPES
from hotline.wire import convert

MAX_FIELDS: Final = 500

# What the office can list itself, and what it can fill in beforehand.
SOURCES: Final = ("cells", "matters", "conditions")
SUGGESTIONS: Final = (
    *("duty_grid", "routing", "condition"),
    *("centre_first", "centre_below", "centre_above", "centre_beside"),
)
# The kinds of organisations that may be chosen; without one they are departments.
KINDS: Final = ("", "centre")


_KNOWN: Final = frozenset(one.name for one in fields(FormField))


def parse_form(data: Mapping[str, Any]) -> Form:
    """Give the form of a form.toml read into a dict; Invalid names the field at fault."""
    rows = data.get("field", [])
    if not isinstance(rows, list) or len(rows) > MAX_FIELDS:
        raise Invalid("form.field", f"must be at most {MAX_FIELDS} fields")
    found: dict[str, FormField] = {}
    for row in rows:
        field = _field(row)
        if field.id in found:
            raise Invalid(f"form.{field.id}", "stands twice")
        found[field.id] = field
    return Form(found)


def _field(data: Any) -> FormField:
    name = data.get("id") if isinstance(data, Mapping) else None
    where = f"form.{name or 'field'}"
    unknown = set(data) - _KNOWN if isinstance(data, Mapping) else ()
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that a field has")
    try:
        field = convert(data, FormField)
    except Invalid as error:
        raise Invalid(where, f"{error.field}: {error.reason}") from error
    _check(where, field)
    options = tuple(replace(one, name_en=one.name_en or one.name) for one in field.options)
    return replace(field, options=options, name_en=field.name_en or field.name)


def _check(where: str, row: FormField) -> None:
    if not row.id.isidentifier() or not row.id.isascii() or not row.name:
        raise Invalid(where, "a field has an id of letters, digits and _, and a name")
    for value, known in ((row.type, TYPES), (row.source, SOURCES), (row.suggest, SUGGESTIONS)):
        if value not in known and (value or known is TYPES):
            raise Invalid(where, f"{value!r} is none of {', '.join(known)}")
    if row.role and row.type not in ("person", "organisation", SEVERAL):
        raise Invalid(where, "only a person or an organisation has a role")
    if row.type == SEVERAL and not row.role:
        raise Invalid(where, "several organisations have a role")
    if row.without and (row.type not in ("organisation", SEVERAL) or row.without == row.role):
        raise Invalid(where, "only organisations are without those of another role")
    if row.kind not in KINDS:
        raise Invalid(where, f"{row.kind!r} is none of {', '.join(filter(None, KINDS))}")
    if row.type in ("choice", "tree_choice") and bool(row.options) == bool(row.source):
        raise Invalid(where, "a choice has either options or a source")
    if row.ahead < 0 or (row.ahead and row.type != "date"):
        raise Invalid(where, "only a date lies so many days ahead")
    if row.min is not None and row.max is not None and row.min > row.max:
        raise Invalid(where, "its least is more than its most")
    found: set[str] = set()
    for one in row.options:
        if not one.id or not one.name or one.id in found:
            raise Invalid(where, f"option {one.id!r} has no name, or stands twice")
        if one.parent is not None and one.parent not in found:
            raise Invalid(where, f"option {one.id!r} stands before its parent")
        found.add(one.id)
