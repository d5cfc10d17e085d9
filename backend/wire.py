"""JSON to core records and back; the only module that knows msgspec."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_type_hints

import msgspec

from hotline.case.case import Case
from hotline.errors import Invalid
from hotline.report import EXACT, ONE_LINE
from hotline.sanitize import sanitize_line, sanitize_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
# Names the chat that a door hands a file in for: channel:address, quoted as in a URL.
CHAT_HEADER: Final = "X-Hotline-Chat"
# What happened before or after cannot have been told to us; clocks may be a day apart.
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(days=1)
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CASE_FIELDS = get_type_hints(Case)


def encode(value: object) -> bytes:
    """Give the JSON of a record or of plain data."""
    return msgspec.json.encode(value)


def plain(value: object) -> Any:
    """Give a record as dicts, lists and strings."""
    return msgspec.to_builtins(value)


def decode(body: bytes | str, kind: type[T]) -> T:
    """Give the record that a JSON text holds; Invalid names the field that is wrong."""
    _refuse_nul(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:
        raise _invalid(error) from error


def received(body: bytes | str, kind: type[T], now: datetime) -> T:
    """Give the record of a JSON text that came in: its texts are clean, its instants can be.

    Control characters and signs that nobody sees are dropped from every text (see hotline.report
    for which are of one line), instants are led to UTC. An instant before the year 2000, later than
    tomorrow, or without an offset is refused by name.
    """
    return cast("T", _admitted(decode(body, kind), "", now))


def _admitted(value: object, where: str, now: datetime) -> object:
    """Give a value as it may come in; what needs no change is given as it is."""
    if value is None or isinstance(value, StrEnum | bool | int | float):
        return value
    if isinstance(value, str):
        name = where.rpartition(".")[2]
        if name in EXACT:
            return value
        return sanitize_line(value) if name in ONE_LINE else sanitize_text(value)
    if isinstance(value, datetime):
        return _instant(value, where, now)
    if isinstance(value, list | tuple):
        several = (_admitted(one, f"{where}[{place}]", now) for place, one in enumerate(value))
        return type(value)(several)
    if isinstance(value, dict):
        return {name: _admitted(one, f"{where}.{name}", now) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _admitted_record(value, where, now)
    return value


def _admitted_record(value: "DataclassInstance", where: str, now: datetime) -> object:
    changed = {}
    for name in _names(type(value)):
        before = getattr(value, name)
        after = _admitted(before, f"{where}.{name}", now)
        if after is not before:
            changed[name] = after
    return replace(value, **changed) if changed else value


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(part.name for part in fields(kind))


def _instant(at: datetime, where: str, now: datetime) -> datetime:
    # The year first: the edges of the calendar cannot be led to UTC at all.
    if EARLIEST.year <= at.year <= now.year + 1 and at.tzinfo is not None:
        at = at.astimezone(UTC)
        if EARLIEST <= at <= now + AHEAD:
            return at
    reason = "must be an instant with an offset, from the year 2000 to tomorrow"
    raise Invalid(where.lstrip(".") or "body", reason, code="bad_time")


def convert(value: object, kind: type[T]) -> T:
    """Give a record made of plain data; Invalid names the field that is wrong."""
    try:
        return msgspec.convert(value, kind)
    except (ValueError, RecursionError) as error:
        raise _invalid(error) from error


def parse(body: bytes | str) -> Any:
    """Give the plain data of a JSON text."""
    _refuse_nul(body)
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise _invalid(error) from error


def case_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a step's changes with every value in the type of its field of Case."""
    unknown = [name for name in changes if name not in _CASE_FIELDS]
    if unknown:
        raise Invalid(unknown[0], "is not a field of a case")
    return {name: convert(value, _CASE_FIELDS[name]) for name, value in changes.items()}


def _refuse_nul(body: bytes | str) -> None:
    """PostgreSQL keeps no NUL in a text, so none comes in; behind an escaped backslash is none."""
    if _NUL.search(body if isinstance(body, bytes) else body.encode("utf-8", "replace")):
        raise Invalid("body", "holds a character that cannot be stored")


def _invalid(error: Exception) -> Invalid:
    text = str(error)
    reason, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    return Invalid(field, reason)
