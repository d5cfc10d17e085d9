"""What connectors handed in is held under their new name."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(
        "UPDATE media_holder SET holder = 'connector:' || substr(holder, 6) "
        "WHERE holder LIKE 'door:%'"
    )
