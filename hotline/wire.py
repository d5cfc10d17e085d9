"""The one coding of records: JSON to records and back, for HTTP and for what is kept.

What is kept (spool, drafts) outlives the version that wrote it: it carries the number of its
schema, an older one is brought up when it is read, and what nobody knows is passed over. The only
module that knows msgspec.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)

import msgspec
from msgspec import Meta as Meta

from hotline.errors import Invalid
from hotline.sanitize import EXACT, ONE_LINE, sanitize_line, sanitize_text


class Record(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T")
D = TypeVar("D", bound=Record)
# Names the chat that a connector hands a file in for: channel:address, quoted as in a URL.
CHAT_HEADER: Final = "X-Hotline-Chat"
# What happened before or after cannot have been told to us; clocks may be a day apart.
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(days=1)
# Stands for a value that is not there; None may be one.
_LOST: Final = object()
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
SCHEMA: Final = "schema"
# An instant as JSON holds it, made by hotline.clock.iso.
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


@dataclass(frozen=True, slots=True)
class Schema(Generic[D]):
    """How a kind of record is kept: its version, and what brings the data of each older one up.

    `absent` is what a field counts as that an older version did not write and that has no default.
    """

    kind: type[D]
    version: int = 1
    absent: Mapping[str, Any] = field(default_factory=dict)
    upcasts: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class Salvaged(Generic[D]):
    """What could be read: the record, the pieces that could not be, by their path, and new names.

    `record` is None where a field that has no default is missing or cannot be read.
    """

    record: D | None
    broken: Mapping[str, Any]
    unknown: Mapping[str, Any]


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

    Control characters and signs that nobody sees are dropped from every text (see hotline.sanitize
    for which are of one line), instants are led to UTC. An instant before the year 2000, later than
    tomorrow, or without an offset is refused by name.
    """
    return cast("T", _admitted(decode(body, kind), "", now))


def received_query(given: Mapping[str, str], kind: type[T], now: datetime) -> T:
    """Give the record of what stands behind the question mark, as clean as one that came in.

    A name that is a word of Python ends with `_` in the record; names that nobody knows are passed
    over.
    """
    names = {name.removesuffix("_"): name for name in _names(cast("type[Record]", kind))}
    told = {ours: given[name] for name, ours in names.items() if name in given}
    try:
        read = msgspec.convert(told, kind, strict=False)
    except (ValueError, RecursionError) as error:
        raise _invalid(error) from error
    return cast("T", _admitted(read, "", now))


# Nothing that comes in is nested deeper.
DEEPEST: Final = 40


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
    if where.count("[") + where.count(".") > DEEPEST:
        raise Invalid(where[:DEEPEST], "is nested too deep")
    if isinstance(value, list | tuple):
        several = (_admitted(one, f"{where}[{place}]", now) for place, one in enumerate(value))
        return type(value)(several)
    if isinstance(value, dict):
        return {name: _admitted(one, f"{where}.{name}", now) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _admitted_record(value, where, now)
    return value


def _admitted_record(value: Record, where: str, now: datetime) -> object:
    changed = {}
    for name in _names(type(value)):
        before = getattr(value, name)
        after = _admitted(before, f"{where}.{name}", now)
        if after is not before:
            changed[name] = after
    return replace(value, **changed) if changed else value


@cache
def _hints(kind: type[Record]) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _names(kind: type[Record]) -> tuple[str, ...]:
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


def read_stored(body: bytes | str) -> Any:
    """Give the plain data of a JSON text that the database holds, which has checked it."""
    return msgspec.json.decode(body)


def keep(schema: Schema[D], record: D) -> dict[str, Any]:
    """Give a record as plain data that a later version can read."""
    return {**plain(record), SCHEMA: schema.version}


def kept(schema: Schema[D], data: object) -> D:
    """Give a record that was kept; Invalid names the first field that cannot be read."""
    read = salvaged(schema, data)
    for name in read.broken:
        raise Invalid(name, "cannot be read")
    if read.record is None:
        raise Invalid("body", "holds no record")
    return read.record


def salvaged(schema: Schema[D], data: object) -> Salvaged[D]:
    """Give all of a kept record that can be read, whichever version wrote it.

    A field that is missing has its default, one that cannot be read is told by its path and leaves
    its neighbours as they are. An instant without an offset is UTC.
    """
    if not isinstance(data, Mapping):
        return Salvaged(None, {"": data}, {})
    data = brought_up(schema, data)
    broken: dict[str, Any] = {}
    record = _salvaged_record(schema.kind, {**schema.absent, **data}, "", broken)
    names = _names(schema.kind)
    unknown = {name: one for name, one in data.items() if name not in names and name != SCHEMA}
    return Salvaged(record, broken, unknown)


def brought_up(schema: Schema[D], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what was kept as this version would have kept it; a later version's is left as it is."""
    told = data.get(SCHEMA)
    # What was damaged may say any number; the first version said none.
    version = max(told, 1) if isinstance(told, int) else 1
    for older in range(version, schema.version):
        data = schema.upcasts[older](data)
    return data


def _salvaged_record(
    kind: type[D], data: Mapping[str, Any], path: str, broken: dict[str, Any]
) -> D | None:
    hints = _hints(kind)
    found: dict[str, Any] = {}
    for name in _names(kind):
        if name not in data:
            continue
        value = _salvaged_value(hints[name], data[name], f"{path}{name}", broken)
        if value is not _LOST:
            found[name] = value
    for part in fields(kind):
        if part.name not in found and part.default is part.default_factory is MISSING:
            broken.setdefault(f"{path}{part.name}", data)
            return None
    try:
        return kind(**found)
    except Invalid:
        broken[path.rstrip(".")] = data
        return None


def _salvaged_value(hint: Any, value: Any, where: str, broken: dict[str, Any]) -> Any:
    """Give what can be read of a value; _LOST where nothing can."""
    try:
        read = convert(value, hint)
    except Invalid:
        return _salvaged_pieces(hint, value, where, broken)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) and not read.tzinfo else read


def _salvaged_pieces(hint: Any, value: Any, where: str, broken: dict[str, Any]) -> Any:
    """Give what can be read of a record or a list that cannot be read as a whole."""
    inner = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
    if isinstance(inner, type) and isinstance(value, Mapping):
        record = _salvaged_record(inner, value, f"{where}.", broken)
        return _LOST if record is None else record
    if not isinstance(value, list | tuple) or Ellipsis not in get_args(hint):
        broken[where] = value
        return _LOST
    item = get_args(hint)[0]
    read = [_salvaged_value(item, one, f"{where}.{at}", broken) for at, one in enumerate(value)]
    return tuple(one for one in read if one is not _LOST)


def schemas_of(
    kinds: Sequence[object], ref: str
) -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    """Give the JSON Schema of each kind, and those of the records in them by their names.

    `ref` is how a schema leads to another, with {name} in it.
    """
    given, named = msgspec.json.schema_components(
        cast("Sequence[type]", kinds), schema_hook=_any_value, ref_template=ref
    )
    return list(given), named


def _any_value(kind: type) -> dict[str, object]:
    """Plain data of whatever kind."""
    if kind is not object:
        raise TypeError(f"{kind} has no schema")
    return {"description": "any value"}


def _refuse_nul(body: bytes | str) -> None:
    """PostgreSQL keeps no NUL in a text, so none comes in; behind an escaped backslash is none."""
    if _NUL.search(body if isinstance(body, bytes) else body.encode("utf-8", "replace")):
        raise Invalid("body", "holds a character that cannot be stored")


def _invalid(error: Exception) -> Invalid:
    text = str(error)
    reason, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    return Invalid(field, reason)
