"""Cases near a spot are found by an index, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_cases_spot", "cases", ["lat", "lon"], postgresql_where=sa.text("lon IS NOT NULL")
    )
