"""Wrong digits are counted by the report's number; who withholds their number has no name."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_call_mark_status_refused",
        "call_mark",
        ["value", "at"],
        postgresql_where=sa.text("mark = 'status_refused'"),
    )
    op.execute("UPDATE contact SET name = '' WHERE channel = 'phone' AND address = ''")
