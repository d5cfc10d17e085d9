"""Which erasure took which file; in the log, too."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

_REF = "stored || '/' || (extract(epoch FROM at) * 1000000)::bigint"
_FILE = "m.sha256 || '/' || (extract(epoch FROM m.stored_at) * 1000000)::bigint"
_KINDS = "(position|upload|recording|photo)"
# Of a file that went before this was kept: the newest erasure since it came of a kind that takes
# files, or for a person. Where its row is still there it was of its position. So of all erasures
# the newest of either sort are looked at, and not each for every file.
_BEFORE = f"""
WITH newest AS MATERIALIZED (
  SELECT DISTINCT ON (of_position) at, subject, of_position
  FROM (SELECT at, subject, subject LIKE 'position %' AS of_position FROM audit
    WHERE what = 'erased'
    AND (subject ~ '^{_KINDS} ' OR subject ~ '^[0-9a-f-]{{36}}$')) AS every
  ORDER BY of_position, at DESC
), gone AS MATERIALIZED (
  SELECT file, EXISTS (SELECT FROM media AS m WHERE m.sha256 = split_part(file, '/', 1)
    AND {_FILE} = file) AS is_there
  FROM (SELECT DISTINCT regexp_replace(ref, '#[0-9]+$', '') AS file FROM log_entry
    WHERE kind = 'stored' AND salt IS NULL AND sealed <> '') AS every
)
INSERT INTO file_erased (stored, at, kind, how)
SELECT DISTINCT ON (f.file) f.file, a.at,
  CASE WHEN a.subject ~ '^{_KINDS} ' THEN split_part(a.subject, ' ', 1) ELSE 'photo' END,
  CASE WHEN a.subject ~ '^{_KINDS} ' THEN 'rule' ELSE a.subject END
FROM gone AS f JOIN newest AS a
  ON (extract(epoch FROM a.at) * 1000000)::bigint >= split_part(f.file, '/', 2)::bigint
ORDER BY f.file, a.of_position = f.is_there DESC, a.at DESC
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "file_erased",
        sa.Column("stored", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stored", "at", name="pk_file_erased"),
    )
    op.execute(
        "CREATE FUNCTION log_file_erased_is_logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO log_due (kind, ref) SELECT 'file_erased', {_REF} FROM fresh; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER file_erased_is_logged AFTER INSERT ON file_erased "
        "REFERENCING NEW TABLE AS fresh "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_file_erased_is_logged()"
    )
    op.execute(_BEFORE)
