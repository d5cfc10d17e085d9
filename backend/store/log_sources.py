"""Reading back what is logged: each kind of thing in one form, the same on every server.

What is read is the database's own text of its values, so that a change of any of them shows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

_UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NUMBER: Final = "[1-9][0-9]{0,17}"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A row as it is in the database: what it is about, what stays of it, what may be erased."""

    object: str
    plain: str
    sealed: str


@dataclass(frozen=True, slots=True)
class LogSource:
    """A kind of what is logged: where it lies, how a row is named, what is told of it.

    `keys` picks rows by the names in :refs, all of which fit `form`; `plain` and `sealed` are
    columns.
    """

    table: str
    form: str
    ref: str
    object: str
    plain: str
    sealed: str
    keys: str

    def reading(self) -> TextClause:
        """Give the query for some rows."""
        return text(
            f"SELECT {self.ref} AS ref, {self.object} AS object, {_told(self.plain)} AS plain, "
            f"{_told(self.sealed)} AS sealed FROM {self.table} WHERE {self.keys}"
        )

    def left_out(self, kind: str) -> TextClause:
        """Give the query for a row that neither is in the log nor waits for it."""
        mine = f"o.kind = '{kind}' AND o.ref = s.ref"
        return text(
            f"SELECT s.ref FROM (SELECT {self.ref} AS ref FROM {self.table}) AS s "
            f"WHERE NOT EXISTS (SELECT FROM log_entry AS o WHERE {mine}) "
            f"AND NOT EXISTS (SELECT FROM log_due AS o WHERE {mine}) LIMIT 1"
        )


def _told(columns: str) -> str:
    """The values as one JSON text; an instant is told in UTC, whatever the session's zone is."""
    named = ", ".join(
        f"'{name}', {name} AT TIME ZONE 'UTC'" if name in _INSTANTS else f"'{name}', {name}"
        for name in columns.split(", ")
        if name
    )
    return f"jsonb_build_object({named})::text"


_INSTANTS: Final = ("at", "made_at", "erased_at")
_NUMBERED: Final = "seq = ANY(CAST(:refs AS bigint[]))"
STEP: Final = "step"
# What is left of a step whose words were erased.
EMPTIED: Final = "emptied"
_STEPS: Final = LogSource(
    "step",
    f"{_UUID}/{_NUMBER}",
    "case_id::text || '/' || seq::text",
    "case_id::text",
    "id, case_id, seq, action, at, person, post, via, schema",
    "note, media, changes, proofs, key",
    "(case_id, seq) IN (SELECT split_part(one, '/', 1)::uuid, split_part(one, '/', 2)::bigint "
    "FROM unnest(CAST(:refs AS text[])) AS one)",
)
SOURCES: Final[Mapping[str, LogSource]] = {
    STEP: _STEPS,
    EMPTIED: replace(
        _STEPS,
        table="(SELECT * FROM step WHERE erased_at IS NOT NULL) AS gone",
        plain="case_id, seq, erased_at",
    ),
    "audit": LogSource(
        "audit",
        _UUID,
        "id::text",
        "COALESCE(case_id::text, 'person:' || person)",
        "id, at, what, person, case_id",
        "subject, address, request, session, reason",
        "id = ANY(CAST(:refs AS uuid[]))",
    ),
    "release": LogSource(
        "release",
        ".+",
        "id",
        "'configuration'",
        "id, sections, made_at",
        "",
        "id = ANY(CAST(:refs AS text[]))",
    ),
    "section": LogSource(
        "section",
        ".+",
        "hash",
        "'configuration'",
        "hash, format",
        "text",
        "hash = ANY(CAST(:refs AS text[]))",
    ),
    "activation": LogSource(
        "activation",
        _NUMBER,
        "seq::text",
        "'configuration'",
        "seq, release, at, how, person",
        "files, note",
        _NUMBERED,
    ),
    "person": LogSource(
        "person_change",
        _NUMBER,
        "seq::text",
        "'person:' || person",
        "seq, person, at, gone, how, made_by",
        "about, reason",
        _NUMBERED,
    ),
}
_READING: Final = {kind: one.reading() for kind, one in SOURCES.items()}
_FORMS: Final = {kind: re.compile(one.form) for kind, one in SOURCES.items()}
_AS_NUMBERS: Final = frozenset(kind for kind, one in SOURCES.items() if "bigint[]" in one.keys)


async def read_back(
    connection: AsyncConnection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], ReadBack]:
    """Give what is there of some (kind, ref); what is not, or can be nothing, is not among them."""
    refs: dict[str, list[str]] = {}
    for kind, ref in wanted:
        if kind in _FORMS and _FORMS[kind].fullmatch(ref):
            refs.setdefault(kind, []).append(ref)
    found = {}
    for kind, some in refs.items():
        given = [int(ref) for ref in some] if kind in _AS_NUMBERS else some
        for row in await connection.execute(_READING[kind], {"refs": given}):
            found[kind, row.ref] = ReadBack(row.object, row.plain, row.sealed)
    return found


async def left_out(connection: AsyncConnection) -> tuple[str, str] | None:
    """Give a (kind, ref) that is written down and was never logged; None where there is none."""
    for kind, one in SOURCES.items():
        ref = (await connection.execute(one.left_out(kind))).scalar()
        if ref is not None:
            return kind, str(ref)
    return None
