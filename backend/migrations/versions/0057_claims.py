"""Claims: who has a case open to work on it, as leases."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0055"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "claim",
        sa.Column(
            "case_id", sa.Uuid(), sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("tab", sa.Text(), primary_key=True),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
    )
