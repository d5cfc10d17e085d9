"""A step says by which schema it was written; those that are there are of the first."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column(
        "step", sa.Column("schema", sa.SmallInteger(), server_default="1", nullable=False)
    )
