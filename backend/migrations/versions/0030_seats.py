"""Seats of the telephone room, and what they did."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "seat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("next_state", sa.Text(), nullable=False),
        sa.Column("next_reason", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("line_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_seat"),
        sa.UniqueConstraint("person", name="uq_seat_person"),
    )
    op.create_index("ix_seat_call", "seat", ["call"])
    op.create_table(
        "seat_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seat_event"),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_seat_event_of", "seat_event", ["seat", "at"])
    op.execute("CREATE TABLE seat_event_default PARTITION OF seat_event DEFAULT")
