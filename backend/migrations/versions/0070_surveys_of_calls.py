"""What callers were asked behind their calls, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0066"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "call_survey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True)),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_survey"),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_call_survey_case", "call_survey", ["case_id", "asked_at"])
    op.create_index("ix_call_survey_asked_at", "call_survey", ["asked_at"])
    op.create_index(
        "ix_call_survey_comment",
        "call_survey",
        ["comment"],
        postgresql_where=sa.text("comment <> ''"),
    )
    op.execute("CREATE TABLE call_survey_default PARTITION OF call_survey DEFAULT")
