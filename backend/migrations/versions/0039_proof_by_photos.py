"""Photos keep when they were taken, and steps which of theirs prove that a case may be closed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("media", sa.Column("hint_metres", sa.Double(), nullable=True))
    op.add_column("media", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "step", sa.Column("proofs", JSONB(), nullable=False, server_default=sa.text("'[]'"))
    )
