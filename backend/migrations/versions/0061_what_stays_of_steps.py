"""In the log by itself, too: what no erasure changes of a step."""

from alembic import op

revision = "0061"
down_revision = "0060"

_REF = "case_id::text || '/' || seq::text"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(
        "CREATE OR REPLACE FUNCTION log_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO log_due (kind, ref) SELECT k.kind, {_REF} FROM fresh "
        "CROSS JOIN (VALUES ('step'), ('stays')) AS k(kind); RETURN NULL; END $$"
    )
    op.execute(f"INSERT INTO log_due (kind, ref) SELECT 'stays', {_REF} FROM step")
