"""Every order of the list is read off an index, page by page, instead of sorting all cases."""

from alembic import op

revision = "0024"
down_revision = "0023"

_RANK = """
CREATE FUNCTION urgency_rank(urgency text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_position(ARRAY['critical', 'urgent', 'normal'], urgency), 4) - 1
$$
"""
_FIRST = """
CREATE FUNCTION id_where_due(due timestamptz, id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN due IS NOT NULL THEN id END $$
"""
# As backend/store/order.py orders: the least time left, the more urgent, the one that came first.
_LEFT = """
CREATE INDEX ix_cases_left ON cases (
  coalesce(stage_due, 'infinity'::timestamptz), urgency_rank(urgency), id_where_due(stage_due, id),
  id DESC
)
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(_RANK)
    op.execute(_FIRST)
    op.execute(_LEFT)
    op.create_index("ix_cases_matter", "cases", ["matter", "id"])
    op.execute("CREATE INDEX ix_cases_counted ON cases (id) WHERE facets <> '{}'::jsonb")
    op.execute("ANALYZE cases")
