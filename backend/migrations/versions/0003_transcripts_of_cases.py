"""A transcript belongs to a case and a recording, not to a recording alone."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.drop_constraint("pk_transcript", "transcript")
    op.create_primary_key("pk_transcript", "transcript", ["case_id", "sha256"])
    op.drop_index("ix_transcript_case_id", "transcript")
