"""The log over what is written down: its entries, its tree, and what waits to be read back."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"

# What is logged: a kind, the table it lies in, and how one of its rows is named.
_LOGGED = (
    ("step", "step", "case_id::text || '/' || seq::text"),
    ("audit", "audit", "id::text"),
    ("release", "release", "id"),
    ("section", "section", "hash"),
    ("activation", "activation", "seq::text"),
    ("person", "person_change", "seq::text"),
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    _entries()
    _tree()
    op.create_table(
        "log_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
    )
    for kind, table, ref in _LOGGED:
        # Written by the same statement as what it names, so it is there when that is, and not else.
        op.execute(
            f"CREATE FUNCTION log_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO log_due (kind, ref) SELECT '{kind}', {ref} FROM fresh; "
            "RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_logged AFTER INSERT ON {table} "
            f"REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION log_{kind}()"
        )
        op.execute(f"INSERT INTO log_due (kind, ref) SELECT '{kind}', {ref} FROM {table}")


def _entries() -> None:
    op.create_table(
        "log_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("logged", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("ref", "kind", name="uq_log_entry_ref_kind"),
    )
    op.create_index("ix_log_entry_object", "log_entry", ["object", "seq"])
    same = ", ".join(
        f"NEW.{one} IS DISTINCT FROM OLD.{one}"
        for one in ("seq", "kind", "object", "ref", "logged", "sealed", "before", "digest")
    ).replace(", ", " OR ")
    # Of an entry nothing changes but its salt, which goes with what was erased.
    op.execute(
        "CREATE TRIGGER log_entry_is_only_added_to BEFORE UPDATE ON log_entry "
        f"FOR EACH ROW WHEN (NEW.salt IS NOT NULL OR {same}) EXECUTE FUNCTION refuse_to_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER log_entry_is_kept BEFORE DELETE ON log_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER log_entry_is_not_emptied BEFORE TRUNCATE ON log_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite()"
    )


def _tree() -> None:
    op.create_table(
        "log_segment",
        sa.Column("no", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("size_before", sa.BigInteger(), nullable=False),
        sa.Column("root_before", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "log_node",
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("segment", "level", "place", name="pk_log_node"),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
    )
    op.create_table(
        "log_witness",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
    )
