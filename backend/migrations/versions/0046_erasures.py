"""What was erased, what must not be, and why somebody looked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0046"
down_revision = "0041"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("step", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.add_column("audit", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "case_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_hold"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_hold_case_id"),
    )
    op.create_index("ix_case_hold_case_id", "case_hold", ["case_id"])
    op.create_index(
        "uq_case_hold_open",
        "case_hold",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "erased",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "kind", name="pk_erased"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_erased_case_id"),
    )
    op.create_table(
        "erased_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_erased_file"),
    )
    op.create_table(
        "retention_night",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("told", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_retention_night"),
    )
    _requests()


def _requests() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("told", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_contact_id", "erasure", ["contact_id", "asked_at"])
    op.create_index(
        "uq_erasure_open",
        "erasure",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )
