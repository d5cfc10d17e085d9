"""Calls that seats place are found by the case that they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0080"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_room_order_dialled",
        "room_order",
        ["target", "at"],
        postgresql_where=sa.text("kind = 'dial'"),
    )
