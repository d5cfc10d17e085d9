"""Lists are ordered by urgency and by class, too, each read off an index of its own."""

from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute("CREATE INDEX ix_cases_urgency ON cases (urgency_rank(urgency), id)")
    op.execute("CREATE INDEX ix_cases_class ON cases (coalesce(matter, ''), id)")
    op.execute("ANALYZE cases")
