"""In the log, too: reports and who made them, files, what was heard, holds, and what was erased."""

from alembic import op

revision = "0055"
down_revision = "0051"

# What is logged when it comes: kinds, the table they lie in, and how one of its rows is named.
_INSERTED = (
    (("report", "reporter"), "report", "id::text"),
    (("link",), "case_media", "key || '/' || (extract(epoch FROM at) * 1000000)::bigint"),
    (("stored",), "media", "sha256 || '/' || (extract(epoch FROM stored_at) * 1000000)::bigint"),
    (
        ("transcript",),
        "transcript",
        "case_id || '/' || sha256 || '/' || (extract(epoch FROM at) * 1000000)::bigint",
    ),
    (("hold",), "case_hold", "id::text"),
    (
        ("erased",),
        "erased",
        "case_id || '/' || kind || '/' || (extract(epoch FROM at) * 1000000)::bigint",
    ),
    (("erasure",), "erasure", "id::text"),
)
# What is logged when it ends: a kind, its table, its key, and the column that says so.
_ENDED = (
    ("hold_end", "case_hold", "id", "ended_at"),
    ("erasure_end", "erasure", "id", "done_at"),
    ("night", "retention_night", "day", "done_at"),
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.drop_constraint("pk_erased", "erased")
    op.create_primary_key("pk_erased", "erased", ["case_id", "kind", "at"])
    for kinds, table, ref in _INSERTED:
        names = ", ".join(f"('{kind}')" for kind in kinds)
        each = f"SELECT k.kind, {{ref}} FROM {{rows}} CROSS JOIN (VALUES {names}) AS k(kind)"
        if len(kinds) == 1:
            each = f"SELECT '{kinds[0]}', {{ref}} FROM {{rows}}"
        _log(table, f"{table}_is_logged", "INSERT", each.format(ref=ref, rows="fresh"))
        op.execute(f"INSERT INTO log_due (kind, ref) {each.format(ref=ref, rows=table)}")
    for kind, table, key, column in _ENDED:
        ended = (
            f"SELECT '{kind}', n.{key}::text FROM fresh AS n JOIN former AS o "
            f"ON o.{key} = n.{key} WHERE n.{column} IS NOT NULL AND o.{column} IS NULL"
        )
        _log(table, f"{table}_end_is_logged", "UPDATE", ended)
        op.execute(
            f"INSERT INTO log_due (kind, ref) SELECT '{kind}', {key}::text FROM {table} "
            f"WHERE {column} IS NOT NULL"
        )


def _log(table: str, name: str, when: str, rows: str) -> None:
    old = "OLD TABLE AS former " if when == "UPDATE" else ""
    op.execute(
        f"CREATE FUNCTION log_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO log_due (kind, ref) {rows}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {when} ON {table} REFERENCING {old}NEW TABLE AS fresh "
        f"FOR EACH STATEMENT EXECUTE FUNCTION log_{name}()"
    )
