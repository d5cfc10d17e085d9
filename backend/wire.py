"""JSON to core records and back; the only module that knows msgspec."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from hotline.case.case import Case
from hotline.errors import Invalid

T = TypeVar("T")
# Names the chat that a door hands a file in for: channel:address, quoted as in a URL.
CHAT_HEADER: Final = "X-Hotline-Chat"
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
    except (msgspec.DecodeError, RecursionError) as error:
        raise _invalid(error) from error


def convert(value: object, kind: type[T]) -> T:
    """Give a record made of plain data; Invalid names the field that is wrong."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _invalid(error) from error


def parse(body: bytes | str) -> Any:
    """Give the plain data of a JSON text."""
    _refuse_nul(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _invalid(error) from error


def case_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Give a step's changes with every value in the type of its field of Case."""
    unknown = [name for name in changes if name not in _CASE_FIELDS]
    if unknown:
        raise Invalid(unknown[0], "is not a field of a case")
    return {name: convert(value, _CASE_FIELDS[name]) for name, value in changes.items()}


def _refuse_nul(body: bytes | str) -> None:
    """PostgreSQL keeps no NUL in a text, so none comes in."""
    nul = b"\\u0000" if isinstance(body, bytes) else "\\u0000"
    if nul in body:  # type: ignore[operator]
        raise Invalid("body", "holds a character that cannot be stored")


def _invalid(error: Exception) -> Invalid:
    text = str(error)
    reason, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    return Invalid(field, reason)
