"""Callers who joined a known case by a key instead of telling it once more."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "joined_caller",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("call_key", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "call_key", name="pk_joined_caller"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_joined_caller_case_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_joined_caller_contact_id"),
    )
