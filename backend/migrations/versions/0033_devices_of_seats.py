"""What kind of telephone a seat has: a browser, or one on the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("seat", sa.Column("device", sa.Text(), nullable=False, server_default="browser"))
