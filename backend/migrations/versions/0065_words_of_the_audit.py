"""What was searched for when a list was taken out: beside the audit, so that it can be emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "audit_words",
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_words"),
    )
