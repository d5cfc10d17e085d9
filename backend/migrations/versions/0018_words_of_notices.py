"""The words of a notice as they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("notice", sa.Column("words", sa.Text(), nullable=False, server_default=""))
