"""How often a number was rung today, and what failed for good, are found without a walk."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_notice_rung",
        "notice",
        ["address", "next_try"],
        unique=False,
        postgresql_where=sa.text("channel = 'phone'"),
    )
    op.create_index(
        "ix_notice_failed",
        "notice",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
