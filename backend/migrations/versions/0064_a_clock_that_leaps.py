"""When the clock was believed last: what was kept long enough goes by no clock that leapt."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0062"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "seen_clock",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_seen_clock"),
    )
    # A database that was at work has seen its feed.
    op.execute(
        "INSERT INTO seen_clock (id, seen_at) SELECT 1, last.at FROM "
        "(SELECT greatest((SELECT max(at) FROM feed), "
        "(SELECT max(begun_at) FROM retention_night)) AS at) AS last WHERE last.at IS NOT NULL"
    )
