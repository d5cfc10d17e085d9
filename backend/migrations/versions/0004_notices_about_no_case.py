"""A notice may be about no case: a chat is told that it is bound no longer."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.alter_column("notice", "case_id", nullable=True)
