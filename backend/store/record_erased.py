"""Whether each thing that was erased was so by an erasure that is on record itself.

An entry whose salt is gone needs three things: what is left of it is logged anew, an erasure of its
kind and case is on record, and with that an entry of the audit, which says who it was and when.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text

from backend.store.log_sources import (
    EMPTIED,
    FILE,
    FILE_REF,
    GOING,
    LINK,
    REPORT,
    REPORTER,
    STEP,
    TRANSCRIPT,
)
from backend.store.session import Connection
from hotline.privacy import DataKind

# By which erasure of a case what was logged of it may go.
_BY: Final[Mapping[str, tuple[DataKind, ...]]] = {
    REPORT: (DataKind.WORDS,),
    REPORTER: (DataKind.CONTACT,),
    LINK: (DataKind.RECORDING, DataKind.PHOTO),
    TRANSCRIPT: (DataKind.TRANSCRIPT,),
}
_NEXT: Final = (
    "CASE WHEN e.ref ~ '#[0-9]+$' THEN regexp_replace(e.ref, '#[0-9]+$', '#') || "
    "(substring(e.ref FROM '#([0-9]+)$')::numeric + 1) ELSE e.ref || '#1' END"
)
_BARE: Final = (
    "SELECT e.seq, e.kind, e.ref FROM log_entry AS e WHERE e.salt IS NULL AND e.sealed <> ''"
)
# Without its salt, though nothing is logged that says what is left.
_UNTOLD: Final = text(
    f"{_BARE} AND NOT (e.kind = '{STEP}' AND (EXISTS (SELECT FROM log_entry AS g "
    f"WHERE g.ref = e.ref AND g.kind = '{EMPTIED}') OR EXISTS (SELECT FROM log_due AS g "
    f"WHERE g.ref = e.ref AND g.kind = '{EMPTIED}'))) "
    "AND NOT (e.kind = ANY(CAST(:going AS text[])) AND (EXISTS "
    f"(SELECT FROM log_entry AS g WHERE g.kind = e.kind AND g.ref = {_NEXT}) OR EXISTS "
    f"(SELECT FROM log_due AS g WHERE g.kind = e.kind AND g.ref = {_NEXT}))) ORDER BY 1 LIMIT 1"
)
_CASE: Final = (
    "(CASE WHEN e.object ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN e.object::uuid END)"
)
_ORDERED: Final = "a.what = 'erased'"
# An erasure of a file was said at its very instant, by its kind or by the request.
_SAID: Final = (
    "(x.at, CASE WHEN x.how = 'rule' THEN x.kind ELSE x.how END) IN "
    f"(SELECT a.at, split_part(a.subject, ' ', 1) FROM audit AS a WHERE {_ORDERED})"
)
# What takes a file or its position.
_OF_FILES: Final = (
    DataKind.POSITION,
    DataKind.UPLOAD,
    DataKind.RECORDING,
    DataKind.PHOTO,
)
# A step is emptied at the very instant of the erasure; of a file it is kept which one took it, of
# other things not when.
_UNORDERED: Final = text(
    f"{_BARE} AND NOT CASE WHEN e.kind = '{STEP}' THEN EXISTS (SELECT FROM step AS s JOIN erased "
    f"AS x ON x.case_id = s.case_id AND x.kind = '{DataKind.WORDS}' AND x.at = s.erased_at "
    f"WHERE s.case_id = {_CASE} AND e.ref = s.case_id::text || '/' || s.seq::text) "
    f"WHEN e.kind = '{FILE}' THEN EXISTS (SELECT FROM file_erased AS x WHERE x.stored = "
    "regexp_replace(e.ref, '#[0-9]+$', '') AND x.kind = ANY(CAST(:of_files AS text[])) "
    f"AND (x.kind = '{DataKind.POSITION}') = EXISTS (SELECT FROM media AS m WHERE m.sha256 = "
    f"split_part(x.stored, '/', 1) AND {FILE_REF} = x.stored) AND {_SAID}) "
    f"ELSE EXISTS (SELECT FROM erased AS x JOIN unnest(CAST(:kinds AS text[]), "
    "CAST(:by AS text[])) AS w(kind, by) ON w.kind = e.kind AND w.by = x.kind "
    f"WHERE x.case_id = {_CASE}) OR EXISTS (SELECT FROM audit AS a WHERE {_ORDERED} "
    f"AND a.case_id = {_CASE}) END ORDER BY 1 LIMIT 1"
)
_UNSAID: Final = text(
    "SELECT x.case_id::text, x.kind, x.at FROM erased AS x "
    f"WHERE x.at NOT IN (SELECT a.at FROM audit AS a WHERE {_ORDERED}) UNION ALL "
    f"SELECT x.stored, x.kind, x.at FROM file_erased AS x WHERE NOT {_SAID} "
    "ORDER BY 3, 1, 2 LIMIT 1"
)


async def not_erased(connection: Connection) -> tuple[str, str] | None:
    """Give what is empty without an erasure, and in which way; None where all was erased."""
    pairs = [(kind, by) for kind, some in _BY.items() for by in some]
    given = {"kinds": [kind for kind, _ in pairs], "by": [str(by) for _, by in pairs]}
    given["of_files"] = [str(kind) for kind in _OF_FILES]
    for what, query, values in (
        ("salt", _UNTOLD, {"going": sorted(GOING)}),
        ("unordered", _UNORDERED, given),
        ("unordered", _UNSAID, {}),
    ):
        row = (await connection.execute(query, values)).first()
        if row is not None:
            return what, " ".join(map(str, row))
    return None
