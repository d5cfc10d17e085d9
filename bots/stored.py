"""Reading a chat's row back, whichever version wrote it: what can be read is never thrown away."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args, get_type_hints

from backend.client import convert
from bots.draft import FORM, Draft
from hotline.errors import HotlineError

T = TypeVar("T")
ASIDE_KEPT = 5
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Restored:
    """The draft of a row; `damaged` is true when a piece of it could not be read and lies aside."""

    draft: Draft
    damaged: bool = False


def to_row(draft: Draft) -> dict[str, Any]:
    """Give a draft as plain data."""
    return asdict(draft)


def from_row(row: object) -> Restored:
    """Give the draft of a row; no row is an empty draft.

    A field that is missing has its default, one that nobody knows is passed over, and one that
    cannot be read is kept aside without touching its neighbours.
    """
    if row is None:
        return Restored(Draft())
    broken: dict[str, Any] = {}
    read = _record(Draft, _of_this_form(row) if isinstance(row, Mapping) else {}, "", broken)
    if not isinstance(row, Mapping):
        broken["row"] = row
    draft = replace(read or Draft(), form=FORM)
    if draft.report is not None and not draft.report.key:
        # Made of the row itself, so that a message which is taken twice meets the same key.
        draft = replace(draft, report=replace(draft.report, key=f"draft:{_digest(row)}"))
    if not broken:
        return Restored(draft)
    return Restored(replace(draft, aside=(*draft.aside, broken)[-ASIDE_KEPT:]), damaged=True)


def instant(text: str, otherwise: datetime) -> datetime:
    """Give the moment that a draft holds; `otherwise` where it holds none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _of_this_form(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a row of an older form as one of today's."""
    report = row.get("report")
    if row.get("form") is not None or not isinstance(report, Mapping):
        return row
    # Form 1 kept the sum of all messages and not what each of them gave.
    part = {name: report[name] for name in ("text", "place_text", "photos") if report.get(name)} | {
        name: _point(report[name]) for name in ("point", "hint") if report.get(name)
    }
    albums = report.get("albums") or ()
    listed = albums if isinstance(albums, list | tuple) else [albums]
    parts = ([part] if part else []) + [{"album": album} for album in listed]
    return {**row, "report": {**report, "parts": parts}}


def _point(pair: Any) -> Any:
    fits = isinstance(pair, list | tuple) and len(pair) == 2
    return {"lon": pair[0], "lat": pair[1]} if fits else pair


def _record(kind: type[T], row: Mapping[str, Any], path: str, broken: dict[str, Any]) -> T | None:
    """Give a record of what can be read; None, and all of it broken, when a needed field is not."""
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        if one.name not in row:
            continue
        where = f"{path}{one.name}"
        try:
            found[one.name] = convert(row[one.name], hints[one.name])
        except HotlineError:
            value = _pieces(hints[one.name], row[one.name], where, broken)
            if value is not None:
                found[one.name] = value
    try:
        return kind(**found)
    except (TypeError, HotlineError):
        broken[path.rstrip(".") or "row"] = row
        return None


def _pieces(hint: Any, value: Any, where: str, broken: dict[str, Any]) -> Any:
    """Give what can be read of a record or a list that cannot be read as a whole."""
    inner = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
    if isinstance(inner, type) and isinstance(value, Mapping):
        return _record(inner, value, f"{where}.", broken)
    if not isinstance(value, list | tuple) or Ellipsis not in get_args(hint):
        broken[where] = value
        return None
    read = [_item(get_args(hint)[0], one, f"{where}.{at}", broken) for at, one in enumerate(value)]
    return tuple(one for one in read if one is not None)


def _item(hint: Any, value: Any, where: str, broken: dict[str, Any]) -> Any:
    try:
        return convert(value, hint)
    except HotlineError:
        return _pieces(hint, value, where, broken)


def _digest(row: object) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]
