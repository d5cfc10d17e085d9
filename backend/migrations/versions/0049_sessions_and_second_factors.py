"""Where somebody is signed in, and the second factor by which they sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """Go forward; there is no way back."""
    for name in ("device", "address"):
        op.add_column("session", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "second_factor",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name="pk_second_factor"),
        sa.ForeignKeyConstraint(
            ["username"],
            ["account.username"],
            name="fk_second_factor_username",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(
            ["username"],
            ["account.username"],
            name="fk_recovery_code_username",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_recovery_code_username", "recovery_code", ["username"])
