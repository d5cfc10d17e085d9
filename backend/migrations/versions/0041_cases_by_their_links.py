"""Cases are found by the numbers of those that they are bound to."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_index(
        "ix_cases_links",
        "cases",
        ["links"],
        postgresql_using="gin",
        postgresql_ops={"links": "jsonb_path_ops"},
        postgresql_where=sa.text("links <> '[]'::jsonb"),
    )
