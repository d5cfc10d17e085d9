"""The words of cases are found by pairs of characters, in a table that a move does not write.

PostgreSQL's own trigrams begin at three characters, and most Chinese words have two. A trigger
writes the row, so that no way of writing a case can forget it, and only where its words change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

MANY = 20_000

# Every character and every pair of neighbours, in small letters.
_GRAMS = """
CREATE FUNCTION grams_of(words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  signs text[] := string_to_array(lower(words), NULL);
  grams text[] := signs;
  before text;
  sign text;
BEGIN
  FOREACH sign IN ARRAY signs LOOP
    IF before IS NOT NULL THEN
      grams := grams || (before || sign);
    END IF;
    before := sign;
  END LOOP;
  RETURN grams;
END
$$
"""
# What is looked for: pairs say more than characters, where there are any.
_SOUGHT = """
CREATE FUNCTION grams_sought(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN length(lower(words)) > 1
    THEN (grams_of(words))[length(lower(words)) + 1 :] ELSE grams_of(words) END
$$
"""
# Whatever of its fields a form lets be searched, now or later, is among them.
_CASE_GRAMS = r"""
CREATE FUNCTION case_grams(number text, words text, place_text text, fields jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN grams_of(concat_ws(E'\n', number, words, place_text,
    (SELECT string_agg(value, E'\n') FROM jsonb_each_text(fields))));
END
$$
"""
_KEEP = """
CREATE FUNCTION keep_case_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO case_text (case_id, grams)
  VALUES (NEW.id, case_grams(NEW.number, NEW.text, NEW.place_text, NEW.fields))
  ON CONFLICT (case_id) DO UPDATE SET grams = EXCLUDED.grams
  WHERE case_text.grams IS DISTINCT FROM EXCLUDED.grams;
  RETURN NULL;
END
$$
"""
_INSERTED = """
CREATE TRIGGER case_text_of_new AFTER INSERT ON cases
FOR EACH ROW EXECUTE FUNCTION keep_case_text()
"""
_CHANGED = """
CREATE TRIGGER case_text_of_changed AFTER UPDATE ON cases FOR EACH ROW
WHEN (
  (OLD.text, OLD.place_text, OLD.fields) IS DISTINCT FROM (NEW.text, NEW.place_text, NEW.fields)
)
EXECUTE FUNCTION keep_case_text()
"""
_FILL = """
WITH piece AS (
  SELECT id, number, text, place_text, fields FROM cases WHERE id > :after ORDER BY id LIMIT :many
), filled AS (
  INSERT INTO case_text (case_id, grams)
  SELECT id, case_grams(number, text, place_text, fields) FROM piece
)
SELECT id FROM piece ORDER BY id DESC LIMIT 1
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "case_text",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_case_text_case_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_text"),
    )
    for function in (_GRAMS, _SOUGHT, _CASE_GRAMS, _KEEP):
        op.execute(function)
    _fill(op.get_bind())
    op.create_index(
        "ix_case_text_grams",
        "case_text",
        ["grams"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "512"},
    )
    op.execute(
        "CREATE INDEX ix_contact_name ON contact USING gin (grams_of(name)) WHERE name <> ''"
    )
    op.execute(_INSERTED)
    op.execute(_CHANGED)
    op.execute("ANALYZE case_text, contact")


def _fill(connection: sa.Connection) -> None:
    """Fill the table for the cases that are there, some at a time."""
    after = "00000000-0000-0000-0000-000000000000"
    while after is not None:
        after = connection.scalar(sa.text(_FILL), {"after": after, "many": MANY})
