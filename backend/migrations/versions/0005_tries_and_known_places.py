"""Tries to sign in within a sliding window, and the places an account is known at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go forward; there is no way back. What was counted before is forgotten."""
    op.drop_table("login_try")
    op.create_table(
        "login_try",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ats", ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_try")),
    )
    op.create_index(op.f("ix_login_try_last_at"), "login_try", ["last_at"], unique=False)
    op.create_table(
        "known_place",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username", "place", name=op.f("pk_known_place")),
    )
    op.create_index(op.f("ix_known_place_last_at"), "known_place", ["last_at"], unique=False)
