"""Cases are found by the last four digits of a telephone number, kept as a keyed hash."""

import sqlalchemy as sa
from alembic import op

from backend.store.contacts import ContactIds

revision = "0007"
down_revision = "0006"
MANY = 5_000


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.add_column("contact", sa.Column("tail", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    op.create_index("ix_contact_tail", "contact", ["tail"], postgresql_where=sa.text("tail <> ''"))


def _fill(connection: sa.Connection) -> None:
    """Hash what is known already; a database without its key has no contacts."""
    key = connection.scalar(sa.text("SELECT value FROM secret WHERE name = 'contact'"))
    if key is None:
        return
    ids = ContactIds(bytes.fromhex(str(key)))
    known = connection.execute(
        sa.text("SELECT id, address FROM contact WHERE channel = 'phone'")
    ).all()
    rows = [{"id": row.id, "tail": ids.tail(row.address)} for row in known]
    for start in range(0, len(rows), MANY):
        connection.execute(
            sa.text("UPDATE contact SET tail = :tail WHERE id = :id"), rows[start : start + MANY]
        )
