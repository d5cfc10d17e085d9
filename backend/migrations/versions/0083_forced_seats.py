"""Who else than its person has put a seat into its state, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"


def upgrade() -> None:
    """Go forward; there is no way back."""
    for table, names in (
        ("seat", ("by", "why", "next_by", "next_why")),
        ("seat_event", ("by", "why")),
    ):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))
