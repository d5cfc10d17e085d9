"""A city's configuration is kept as releases; a version of the rules becomes one of its own.

Such a release has a workflow only: for all else its cases go by what counts now, as they did.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    """Go forward; there is no way back."""
    instant = sa.DateTime(timezone=True)
    section = op.create_table(
        "section",
        sa.Column("hash", sa.Text(), primary_key=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    release = op.create_table(
        "release",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("sections", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
    )
    op.create_table(
        "activation",
        sa.Column("seq", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("release", sa.Text(), sa.ForeignKey("release.id"), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=True),
    )
    kept = op.get_bind().execute(sa.text("SELECT version, body, loaded_at FROM rules")).all()
    for version, body, loaded_at in kept:
        words = json.dumps(body, ensure_ascii=False, sort_keys=True)
        named = hashlib.sha256(f"json\n{words}".encode()).hexdigest()
        row = {"hash": named, "format": "json", "text": words}
        op.get_bind().execute(postgresql.insert(section).values(row).on_conflict_do_nothing())
        made = {"id": version, "sections": {"workflow": named}, "made_at": loaded_at}
        op.get_bind().execute(release.insert().values(made))
    op.drop_table("rules")
