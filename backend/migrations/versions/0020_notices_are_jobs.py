"""Delivering a notice is a job: leases, tries and dead letters are those of the table of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_JOBS = (
    "INSERT INTO job (queue, ref, lane, case_id, body, due, tries, lease_until, holder, state, "
    "reason, since) SELECT 'notices', id::text, channel, case_id, '{}', next_try, attempts, "
    "CASE WHEN state = 'leased' THEN lease_until END, "
    "CASE WHEN state = 'leased' THEN 'connector' ELSE '' END, "
    "CASE WHEN state = 'failed' THEN 'dead' ELSE 'waiting' END, error, "
    "CASE WHEN state = 'failed' THEN COALESCE(settled_at, created_at) ELSE created_at END "
    "FROM notice WHERE state IN ('waiting', 'leased', 'failed')"
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(_JOBS)
    op.execute("UPDATE notice SET state = 'waiting' WHERE state = 'leased'")
    op.drop_index("ix_notice_waiting", table_name="notice")
    op.drop_index("ix_notice_failed", table_name="notice")
    op.drop_column("notice", "lease_until")
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_notice_waiting", "notice", ["channel", "next_try"], postgresql_where=waiting
    )
