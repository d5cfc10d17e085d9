"""Whether a chat was bound with a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0058"


def upgrade() -> None:
    """Go forward; there is no way back."""
    for table in ("chat", "chat_code"):
        column: sa.Column[bool] = sa.Column(
            "by_factor", sa.Boolean(), nullable=False, server_default="false"
        )
        op.add_column(table, column)
