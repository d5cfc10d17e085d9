"""The audit is only added to: it is not emptied either."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite()"
    )
