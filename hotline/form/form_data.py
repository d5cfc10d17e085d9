"""Reading a form from data; what is no form is refused by the name of the field at fault."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from hotline.errors import Invalid
from hotline.form.field import FormField, Option
from hotline.form.form import Form
from hotline.form.types import TYPES
from hotline.wire import convert

MAX_FIELDS: Final = 500

# What the office can list itself, and what it can fill in beforehand.
SOURCES: Final = ("cells", "matters", "conditions")
SUGGESTIONS: Final = ("duty_grid", "routing", "condition")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of form.toml."""

    id: str
    type: str
    name: str
    name_en: str = ""
    options: tuple[Mapping[str, str], ...] = ()
    source: str = ""
    min: float | None = None
    max: float | None = None
    decimals: int = 0
    kept: bool = False
    inner: bool = False
    role: str = ""
    post: str = ""
    suggest: str = ""
    listed: bool = False
    searched: bool = False
    until: str = ""


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
    unknown = set(data) - {one.name for one in fields(_Row)} if isinstance(data, Mapping) else ()
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that a field has")
    try:
        row = convert(data, _Row)
    except Invalid as error:
        raise Invalid(where, f"{error.field}: {error.reason}") from error
    _check(where, row)
    values = {one.name: getattr(row, one.name) for one in fields(_Row)}
    values |= {"options": _options(where, row), "name_en": row.name_en or row.name}
    return FormField(**values)


def _check(where: str, row: _Row) -> None:
    if not row.id.isidentifier() or not row.id.isascii() or not row.name:
        raise Invalid(where, "a field has an id of letters, digits and _, and a name")
    for value, known in ((row.type, TYPES), (row.source, SOURCES), (row.suggest, SUGGESTIONS)):
        if value not in known and (value or known is TYPES):
            raise Invalid(where, f"{value!r} is none of {', '.join(known)}")
    if row.role and row.type not in ("person", "organisation"):
        raise Invalid(where, "only a person or an organisation has a role")
    if row.type in ("choice", "tree_choice") and bool(row.options) == bool(row.source):
        raise Invalid(where, "a choice has either options or a source")
    if row.min is not None and row.max is not None and row.min > row.max:
        raise Invalid(where, "its least is more than its most")


def _options(where: str, row: _Row) -> tuple[Option, ...]:
    found: dict[str, Option] = {}
    for one in row.options:
        ident, name = one.get("id", ""), one.get("name", "")
        parent = one.get("parent")
        if not ident or not name or ident in found or (parent is not None and parent not in found):
            raise Invalid(
                where, f"option {ident!r} has no name, stands twice, or before its parent"
            )
        found[ident] = Option(ident, name, one.get("name_en", name), parent)
    return tuple(found.values())
