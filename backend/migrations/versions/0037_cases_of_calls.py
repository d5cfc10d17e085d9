"""Cases are found by the call that they were told in."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_cases_call", "cases", ["call"], postgresql_where=sa.text("call IS NOT NULL")
    )
