"""The guards of the record: what the database itself does so that nothing is rewritten or left out.

Each is a trigger with its function, known by a hash of what both say. One that is off, changed, or
hangs on another table is named, and so is whatever was put beside them on the tables of the record.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from sqlalchemy import text

from backend.store.session import Connection

# By table and trigger: what the migrations make. A test says what is to stand here.
GUARDS: Final[Mapping[str, str]] = {
    "activation.activation_is_logged": "96289223b263042d",
    "audit.audit_is_logged": "ac0fbe226a2a29fc",
    "audit.audit_is_not_emptied": "1545e28c93eecd5f",
    "audit.audit_is_only_added_to": "bc1826c036d056e5",
    "case_hold.case_hold_end_is_logged": "fb8ba7b46bb7cb7b",
    "case_hold.case_hold_is_logged": "d363d42c77d6a4da",
    "case_media.case_media_is_logged": "eb73735a522aa7cd",
    "erased.erased_is_logged": "a147acfa43d3bc6a",
    "erasure.erasure_end_is_logged": "0f83dae4f1cbae71",
    "erasure.erasure_is_logged": "f13c763908365952",
    "file_erased.file_erased_is_logged": "bb33016859058f90",
    "log_entry.log_entry_is_kept": "e8055813db96dccb",
    "log_entry.log_entry_is_not_emptied": "6765fff3ef9b8dd5",
    "log_entry.log_entry_is_only_added_to": "8cfb807ac10bf4f0",
    "media.media_is_logged": "3fdd41cdec55b52e",
    "person_change.person_change_is_logged": "3f836deb3433b55a",
    "release.release_is_logged": "621260086ac0a3ce",
    "report.report_is_logged": "72f74d1efc135d4b",
    "retention_night.retention_night_end_is_logged": "3f1b21128d4c2a35",
    "section.section_is_logged": "38b165c732486e1c",
    "step.step_is_logged": "fd026f0ee89cbc9b",
    "transcript.transcript_is_logged": "aa1b0f4cdcf44448",
}
# Tables of the record that have no guard of their own, on which nothing else may hang either.
_BARE: Final = ("log_due", "log_segment", "log_node", "log_checkpoint", "log_witness")
_TABLES: Final = sorted({*_BARE, *(name.partition(".")[0] for name in GUARDS)})
_TRIGGERS: Final = text(
    "SELECT c.relname || '.' || t.tgname AS name, t.tgenabled IN ('O', 'A') AS is_on, "
    "pg_get_triggerdef(t.oid, true) AS told, p.prosrc AS source, l.lanname AS language, "
    "p.prosecdef AS definer, COALESCE(p.proconfig::text, '') AS settings "
    "FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_language AS l ON l.oid = p.prolang "
    "WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.oid IN "
    "(SELECT to_regclass(one) FROM unnest(CAST(:tables AS text[])) AS one) ORDER BY 1"
)
# Triggers of one part alone, and rules, which come before triggers.
_BESIDE: Final = text(
    "WITH ours AS (SELECT to_regclass(one)::oid AS oid FROM unnest(CAST(:tables AS text[])) AS one "
    "UNION SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent IN "
    "(SELECT to_regclass(one) FROM unnest(CAST(:tables AS text[])) AS one)) "
    "SELECT c.relname || '.' || r.rulename AS name FROM pg_rewrite AS r "
    "JOIN ours AS o ON o.oid = r.ev_class JOIN pg_class AS c ON c.oid = o.oid "
    "UNION ALL SELECT c.relname || '.' || t.tgname FROM pg_trigger AS t "
    "JOIN ours AS o ON o.oid = t.tgrelid JOIN pg_class AS c ON c.oid = o.oid "
    "WHERE c.relispartition AND NOT t.tgisinternal AND t.tgparentid = 0 "
    "UNION ALL SELECT 'session_replication_role' WHERE "
    "current_setting('session_replication_role') = 'replica' ORDER BY 1 LIMIT 1"
)


async def guards_of(connection: Connection) -> dict[str, str]:
    """Give the hash of each guard that is on, by table and trigger; one that is off has none."""
    found = dict[str, str]()
    for row in await connection.execute(_TRIGGERS, {"tables": _TABLES}):
        told = (row.told, row.source, row.language, str(row.definer), row.settings)
        hashed = hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]
        found[row.name] = hashed if row.is_on else ""
    return found


async def guard_off(connection: Connection) -> str | None:
    """Give the first guard that is not as it was made, or what was put beside; None: all well."""
    found = await guards_of(connection)
    for name in sorted(found.keys() | GUARDS.keys()):
        if found.get(name) != GUARDS.get(name):
            return name
    beside = (await connection.execute(_BESIDE, {"tables": _TABLES})).scalar()
    return None if beside is None else str(beside)
