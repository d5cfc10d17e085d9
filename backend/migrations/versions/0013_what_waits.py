"""Recordings that wait are found by an index, and a notice tells since when its channel is away."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_WRITTEN = (
    "UPDATE case_media AS m SET written_down = true FROM transcript AS t "
    "WHERE t.case_id = m.case_id AND t.sha256 = m.sha256"
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("notice", sa.Column("away_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "case_media",
        sa.Column("written_down", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("case_media", "written_down", server_default=None)
    op.execute(_WRITTEN)
    op.create_index(
        "ix_case_media_unheard",
        "case_media",
        ["at"],
        unique=False,
        postgresql_where=sa.text("kind = 'recording' AND NOT written_down"),
    )
