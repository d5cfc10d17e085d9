"""How contacts were written by an earlier telephone plan, and by which id a report is logged."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "former_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_former_contact"),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name="fk_former_contact_contact_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_former_contact_contact_id", "former_contact", ["contact_id"])
    op.add_column("report", sa.Column("logged_as", sa.Uuid()))
