"""Reading a chat's row back, whichever version wrote it: what can be read is never thrown away."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bots.draft import Draft
from hotline.wire import Schema, keep, salvaged

ASIDE_KEPT = 5
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Restored:
    """The draft of a row; `damaged` is true when a piece of it could not be read and lies aside."""

    draft: Draft
    damaged: bool = False


def to_row(draft: Draft) -> dict[str, Any]:
    """Give a draft as plain data; what a later version had written into it goes back as it was."""
    return {**draft.beyond, **keep(SCHEMA, replace(draft, beyond={}))}


def from_row(row: object) -> Restored:
    """Give the draft of a row; no row is an empty draft.

    What cannot be read is kept aside without touching its neighbours.
    """
    if row is None:
        return Restored(Draft())
    read = salvaged(SCHEMA, _numbered(row) if isinstance(row, Mapping) else row)
    draft = replace(read.record or Draft(), beyond=read.unknown)
    if draft.report is not None and not draft.report.key:
        # Made of the row itself, so that a message which is taken twice meets the same key.
        draft = replace(draft, report=replace(draft.report, key=f"draft:{_digest(row)}"))
    if not read.broken:
        return Restored(draft)
    return Restored(replace(draft, aside=(*draft.aside, read.broken)[-ASIDE_KEPT:]), damaged=True)


def instant(text: str, otherwise: datetime) -> datetime:
    """Give the moment that a draft holds; `otherwise` where it holds none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _numbered(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a row with the number of its schema, which version 0.1.1 called its form."""
    named = {name: value for name, value in row.items() if name != "form"}
    form = row.get("form")
    return named if form is None or "schema" in row else {**named, "schema": form}


def _by_parts(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring up a row of 0.1.0, which kept the sum of all messages, not what each of them gave."""
    report = row.get("report")
    if not isinstance(report, Mapping):
        return row
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


def _digest(row: object) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]


SCHEMA = Schema(Draft, 2, upcasts={1: _by_parts})
