"""A notice's tries and next try are its job's; what has no job any more keeps how many it took."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("notice", sa.Column("tries", sa.SmallInteger(), nullable=True))
    op.execute("UPDATE notice SET tries = attempts WHERE state IN ('sent', 'dropped')")
    op.drop_index("ix_notice_waiting", table_name="notice")
    op.drop_index("ix_notice_rung", table_name="notice")
    op.drop_column("notice", "attempts")
    op.drop_column("notice", "next_try")
    waiting, spoken = sa.text("state = 'waiting'"), sa.text("channel = 'phone'")
    op.create_index("ix_notice_waiting", "notice", ["channel", "address"], postgresql_where=waiting)
    op.create_index("ix_notice_rung", "notice", ["address", "settled_at"], postgresql_where=spoken)
