"""Who handed each file in; a link's kind agrees with its file; no photo proves two moves."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# What was linked by a move's own kind before becomes what the file is.
_MEND_KINDS = """
    UPDATE case_media AS l
    SET mime = m.mime,
        kind = CASE WHEN m.mime = 'audio/wav' THEN 'recording'
                    WHEN l.kind = 'recording' THEN 'photo' ELSE l.kind END
    FROM media AS m WHERE m.sha256 = l.sha256
"""
# Photos in chats' drafts have no case yet, and nobody wrote down whose they are.
_KEEP_DRAFTS = """
    INSERT INTO media_holder (sha256, holder, at)
    SELECT m.sha256, 'door:bots', m.stored_at FROM media AS m
    WHERE m.mime = 'image/jpeg'
      AND NOT EXISTS (SELECT 1 FROM case_media AS l WHERE l.sha256 = m.sha256)
"""
# Who made a step has handed its photos in; a recording was brought by the phone door.
_KEEP_STEPS = """
    INSERT INTO media_holder (sha256, holder, at)
    SELECT m.sha256, h.holder, min(s.at) FROM step AS s
    CROSS JOIN LATERAL jsonb_array_elements_text(s.media) AS one (sha256)
    JOIN media AS m ON m.sha256 = one.sha256
    CROSS JOIN LATERAL (SELECT CASE WHEN m.mime = 'audio/wav' THEN 'door:ivr'
        WHEN s.post IN ('citizen', 'system') THEN 'door:bots'
        ELSE 'person:' || s.person END AS holder) AS h
    GROUP BY m.sha256, h.holder
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_unique_constraint("uq_media_sha256_mime", "media", ["sha256", "mime"])
    op.create_table(
        "media_holder",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name="fk_media_holder_sha256"),
        sa.PrimaryKeyConstraint("sha256", "holder", name="pk_media_holder"),
    )
    op.add_column("case_media", sa.Column("mime", sa.Text(), nullable=True))
    op.add_column(
        "case_media", sa.Column("proof", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(_MEND_KINDS)
    op.execute(_KEEP_STEPS)
    op.execute(_KEEP_DRAFTS)
    op.alter_column("case_media", "mime", nullable=False)
    op.alter_column("case_media", "proof", server_default=None)
    op.create_check_constraint(
        op.f("ck_case_media_kind_is_the_files"),
        "case_media",
        "(kind = 'recording') = (mime = 'audio/wav')",
    )
    op.drop_constraint("fk_case_media_sha256", "case_media", type_="foreignkey")
    op.create_foreign_key(
        "fk_case_media_sha256_mime", "case_media", "media", ["sha256", "mime"], ["sha256", "mime"]
    )
    op.create_index(
        "uq_case_media_proof",
        "case_media",
        ["sha256"],
        unique=True,
        postgresql_where=sa.text("proof"),
    )
