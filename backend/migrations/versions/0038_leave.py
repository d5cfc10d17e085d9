"""Who is away and who acts for them, in which post somebody works, and for whom a step was made."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "working_post",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("proxy", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_leave_person", "leave", ["person", "since"])
    op.create_index("ix_leave_mark", "leave", ["mark"])
    op.add_column("step", sa.Column("via", sa.Text()))
