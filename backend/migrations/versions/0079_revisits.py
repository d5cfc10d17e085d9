"""What citizens are asked after closing and answer, and who does not want to be rung."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0075"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "revisit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisit"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_revisit_case_id"),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_revisit_case_id", "revisit", ["case_id"])
    op.create_index("ix_revisit_contact_id", "revisit", ["contact_id"])
    op.execute("CREATE TABLE revisit_default PARTITION OF revisit DEFAULT")
    op.create_table(
        "revisit_answer",
        sa.Column("revisit_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revisit_id", "key", name="pk_revisit_answer"),
        postgresql_partition_by="RANGE (revisit_id)",
    )
    op.execute("CREATE TABLE revisit_answer_default PARTITION OF revisit_answer DEFAULT")
    op.create_table(
        "do_not_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_do_not_call"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_do_not_call_contact_id"),
    )
    op.create_index(
        "uq_do_not_call_open",
        "do_not_call",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
