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
    """A row as it is in the database: what it is about, what stays of it, what may be erased.

    It is `emptied` where nothing stands in it that an erasure would not have left.
    """

    object: str
    plain: str
    sealed: str
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class LogSource:
    """A kind of what is logged: where it lies, how a row is named, what is told of it.

    `keys` picks rows by the names in :refs, all of which fit `form`; `plain` and `sealed` are
    columns. What `goes` may be changed or taken away by an erasure, and what is left is logged
    anew, as REF#1, REF#2 ... A row that may stay after one is as `emptied` says, in SQL.
    """

    table: str
    form: str
    ref: str
    object: str
    plain: str
    sealed: str
    keys: str
    goes: bool = False
    emptied: str = "false"

    def reading(self) -> TextClause:
        """Give the query for some rows."""
        return text(
            f"SELECT {self.ref} AS ref, {self.object} AS object, {_told(self.plain)} AS plain, "
            f"{_told(self.sealed)} AS sealed, {self.emptied} AS emptied "
            f"FROM {self.table} WHERE {self.keys}"
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
    named = ", ".join(f"'{name}', {_value(name)}" for name in columns.split(", ") if name)
    return f"jsonb_build_object({named})::text"


def _value(name: str) -> str:
    if name in _INSTANTS:
        return f"{name} AT TIME ZONE 'UTC'"
    return WORKED_OUT.get(name, name)


_INSTANTS: Final = (
    *("at", "made_at", "erased_at", "said_at", "received_at", "stored_at", "taken_at"),
    *("ended_at", "asked_at", "done_at", "begun_at"),
)
# What an erasure may empty of the changes of a step, and what stays of them for good.
_WORDS: Final = "'{text,place_text,point,suggestions,fields}'::text[]"
WORKED_OUT: Final[Mapping[str, str]] = {
    "stays": f"CASE jsonb_typeof(changes) WHEN 'object' THEN changes - {_WORDS} ELSE changes END"
}
_STEP_EMPTIED: Final = (
    "erased_at IS NOT NULL AND note = '' AND COALESCE(changes->>'text', '') = '' "
    "AND COALESCE(changes->>'place_text', '') = '' "
    "AND COALESCE(changes->>'point', '') = '' "
    "AND COALESCE(changes->'suggestions', '[]') = '[]'"
)
# What is told in plain of what is taken away: nothing.
NOTHING: Final = "{}"


def _instant(column: str) -> str:
    """An instant as part of a name, to the microsecond: what comes again later is another one."""
    return f"(extract(epoch FROM {column}) * 1000000)::bigint::text"


_SOME: Final = "ANY(CAST(:refs AS text[]))"
_PARTED: Final = "FROM unnest(CAST(:refs AS text[])) AS one)"
_BY_IDS: Final = "id = ANY(CAST(:refs AS uuid[]))"
_NUMBERED: Final = "seq = ANY(CAST(:refs AS bigint[]))"
STEP: Final = "step"
# What is left of a step whose words were erased.
EMPTIED: Final = "emptied"
# What an erasure leaves of a step: where it led, what it counted, its photos.
STAYS: Final = "stays"
REPORT: Final = "report"
REPORTER: Final = "reporter"
LINK: Final = "link"
FILE: Final = "stored"
TRANSCRIPT: Final = "transcript"
_STEPS: Final = LogSource(
    "step",
    f"{_UUID}/{_NUMBER}",
    "case_id::text || '/' || seq::text",
    "case_id::text",
    "id, case_id, seq, action, at, person, post, via, schema",
    "note, media, changes, proofs, key",
    "(case_id, seq) IN (SELECT split_part(one, '/', 1)::uuid, split_part(one, '/', 2)::bigint "
    "FROM unnest(CAST(:refs AS text[])) AS one)",
    emptied=_STEP_EMPTIED,
)
_REPORTS: Final = LogSource(
    "report",
    _UUID,
    "id::text",
    "case_id::text",
    "id, case_id, said_at, received_at, language, seconds_of_speech",
    "text, place_text, lon, lat",
    _BY_IDS,
    goes=True,
    emptied="text = '' AND place_text = '' AND lon IS NULL AND lat IS NULL",
)
_LINK_REF: Final = f"key || '/' || {_instant('at')}"
FILE_REF: Final = f"sha256 || '/' || {_instant('stored_at')}"
_HEARD_REF: Final = f"case_id::text || '/' || sha256 || '/' || {_instant('at')}"
_ERASED_REF: Final = f"case_id::text || '/' || kind || '/' || {_instant('at')}"
_FILE_GONE_REF: Final = f"stored || '/' || {_instant('at')}"
_HOLDS: Final = LogSource(
    "case_hold",
    _UUID,
    "id::text",
    "case_id::text",
    "id, case_id, made_by, made_at",
    "reason",
    _BY_IDS,
)
_WISHES: Final = LogSource(
    "erasure",
    _UUID,
    "id::text",
    "'erasure:' || id::text",
    "id, asked_by, asked_at",
    "contact_id, channel, tail, reason",
    _BY_IDS,
)
# What was reported, by whom, the files of it, what was heard in them, and what became of all that.
_EVIDENCE: Final[Mapping[str, LogSource]] = {
    REPORT: _REPORTS,
    # The key of a report may name a chat.
    REPORTER: replace(
        _REPORTS,
        # By the id that they had then: another telephone plan gives their number another one.
        table="(SELECT id, case_id, channel, key, COALESCE(logged_as, contact_id) AS contact_id "
        "FROM report) AS report",
        plain="id, case_id, channel",
        sealed="contact_id, key",
        emptied="contact_id IS NULL",
    ),
    LINK: LogSource(
        "case_media",
        f"(?s:.+)/{_NUMBER}",
        _LINK_REF,
        "case_id::text",
        "",
        "key, case_id, sha256, kind, mime, proof, at",
        f"key = ANY(SELECT regexp_replace(one, '/[0-9]+$', '') {_PARTED} AND {_LINK_REF} = {_SOME}",
        goes=True,
    ),
    FILE: LogSource(
        "media",
        f"[0-9a-f]{{64}}/{_NUMBER}",
        FILE_REF,
        f"'{FILE}:' || sha256",
        "",
        "sha256, mime, size, stored_at, hint_lon, hint_lat, hint_metres, taken_at",
        f"sha256 = ANY(SELECT split_part(one, '/', 1) {_PARTED} AND {FILE_REF} = {_SOME}",
        goes=True,
        emptied="hint_lon IS NULL AND hint_lat IS NULL AND hint_metres IS NULL",
    ),
    TRANSCRIPT: LogSource(
        "transcript",
        f"{_UUID}/[0-9a-f]{{64}}/{_NUMBER}",
        _HEARD_REF,
        "case_id::text",
        "",
        "case_id, sha256, engine, text, raw, confidence, seconds, at",
        "(case_id, sha256) IN (SELECT split_part(one, '/', 1)::uuid, split_part(one, '/', 2) "
        f"{_PARTED} AND {_HEARD_REF} = {_SOME}",
        goes=True,
    ),
    "hold": _HOLDS,
    "hold_end": replace(
        _HOLDS,
        table="(SELECT * FROM case_hold WHERE ended_at IS NOT NULL) AS ended",
        plain="id, case_id, ended_by, ended_at",
        sealed="ended_why",
    ),
    "erased": LogSource(
        "erased",
        f"{_UUID}/[a-z_]+/{_NUMBER}",
        _ERASED_REF,
        "case_id::text",
        "case_id, kind, at, how",
        "",
        "(case_id, kind) IN (SELECT split_part(one, '/', 1)::uuid, split_part(one, '/', 2) "
        f"{_PARTED} AND {_ERASED_REF} = {_SOME}",
    ),
    "file_erased": LogSource(
        "file_erased",
        f"[0-9a-f]{{64}}/{_NUMBER}/{_NUMBER}",
        _FILE_GONE_REF,
        f"'{FILE}:' || split_part(stored, '/', 1)",
        "stored, at, kind, how",
        "",
        f"stored = ANY(SELECT regexp_replace(one, '/[0-9]+$', '') {_PARTED} "
        f"AND {_FILE_GONE_REF} = {_SOME}",
    ),
    "erasure": _WISHES,
    "erasure_end": replace(
        _WISHES,
        table="(SELECT * FROM erasure WHERE done_at IS NOT NULL) AS ended",
        plain="id, done_by, done_at, outcome",
        sealed="told",
    ),
    "night": LogSource(
        "(SELECT * FROM retention_night WHERE done_at IS NOT NULL) AS ended",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "day",
        "'nights'",
        "day, begun_at, done_at, told",
        "",
        "day = ANY(CAST(:refs AS text[]))",
    ),
}
SOURCES: Final[Mapping[str, LogSource]] = {
    STEP: _STEPS,
    EMPTIED: replace(
        _STEPS,
        table="(SELECT * FROM step WHERE erased_at IS NOT NULL) AS gone",
        plain="case_id, seq, erased_at",
        emptied="false",
    ),
    # No erasure changes anything of this: its salt stays.
    STAYS: replace(_STEPS, plain="case_id, seq", sealed="media, proofs, stays", emptied="false"),
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
    **_EVIDENCE,
}
_READING: Final = {kind: one.reading() for kind, one in SOURCES.items()}
_FORMS: Final = {kind: re.compile(one.form) for kind, one in SOURCES.items()}
GOING: Final = frozenset(kind for kind, one in SOURCES.items() if one.goes)
_AGAIN: Final = re.compile(r"((?s:.+))#([1-9][0-9]{0,5})")
_AS_NUMBERS: Final = frozenset(kind for kind, one in SOURCES.items() if "bigint[]" in one.keys)


def again(ref: str) -> str:
    """Give the name of the next entry of what goes."""
    named = _AGAIN.fullmatch(ref)
    return f"{ref}#1" if named is None else f"{named[1]}#{int(named[2]) + 1}"


def _base(kind: str, ref: str) -> str:
    """The name of what an entry was made of, the first as well as later ones."""
    named = _AGAIN.fullmatch(ref) if kind in GOING else None
    return ref if named is None else named[1]


async def read_back(
    connection: AsyncConnection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], ReadBack]:
    """Give what is there of some (kind, ref); what is not, or can be nothing, is not among them."""
    named: dict[str, dict[str, list[str]]] = {}
    for kind, ref in wanted:
        base = _base(kind, ref)
        if kind in _FORMS and _FORMS[kind].fullmatch(base):
            named.setdefault(kind, {}).setdefault(base, []).append(ref)
    found = dict[tuple[str, str], ReadBack]()
    for kind, some in named.items():
        given = [int(base) for base in some] if kind in _AS_NUMBERS else list(some)
        for row in await connection.execute(_READING[kind], {"refs": given}):
            back = ReadBack(row.object, row.plain, row.sealed, row.emptied)
            found.update(((kind, ref), back) for ref in some[row.ref])
    return found


async def left_out(connection: AsyncConnection) -> tuple[str, str] | None:
    """Give a (kind, ref) that is written down and was never logged; None where there is none."""
    for kind, one in SOURCES.items():
        ref = (await connection.execute(one.left_out(kind))).scalar()
        if ref is not None:
            return kind, str(ref)
    return None
