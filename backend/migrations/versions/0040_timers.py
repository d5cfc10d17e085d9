"""Lights are timers among others; a case keeps which of its timers were done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("cases", sa.Column("fired", JSONB(), nullable=False, server_default="{}"))
    op.execute(
        "UPDATE job SET queue = 'timers', "
        "body = jsonb_build_object('schema', 1, 'timer', 'light.' || (body->>'light')) "
        "WHERE queue = 'lights'"
    )
