"""Whom the office rings back."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0073"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "call_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("queue", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True)),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("is_up", sa.Boolean(), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_call_back"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_call_back_contact_id_contact"
        ),
    )
    # One number has one that is open.
    op.create_index(
        "uq_call_back_open",
        "call_back",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_call_back_of", "call_back", ["contact_id", "made_at"])
    op.create_index("ix_call_back_ended", "call_back", ["ended_at"])
    op.create_index("ix_call_back_call", "call_back", ["call"])
