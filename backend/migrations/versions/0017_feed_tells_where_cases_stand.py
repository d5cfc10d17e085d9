"""A change of a case says where it stood before and where it stands now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Go forward; there is no way back."""
    for table in ("change", "feed"):
        for column in ("before", "after"):
            op.add_column(table, sa.Column(column, JSONB(), nullable=True))
