"""Who listened to whose talk."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "listening",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("chief", "by_seat", "seat", "person", "call", "way", "reason")
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True)),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_listening"),
    )
    op.create_index(
        "ix_listening_open", "listening", ["at"], postgresql_where=sa.text("over_at IS NULL")
    )
