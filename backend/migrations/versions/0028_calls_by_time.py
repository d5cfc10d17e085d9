"""Calls and their marks lie in parts by the time that a call's key tells, which makes its id."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
# As hotline.call.call_id makes it.
_ID_OF_KEY: Final = """
CREATE OR REPLACE FUNCTION pg_temp.id_of_call(key text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (
    lpad(to_hex(1000 * CASE WHEN second BETWEEN 946684800 AND 4102444799 THEN second ELSE 0 END),
      12, '0') || '7' || left(told, 3) || '8' || substr(told, 4, 15)
  )::uuid
  FROM (SELECT
    coalesce(substring(key FROM '-([0-9]{9,10})-[0-9]+$')::bigint, 0) AS second,
    encode(sha256(convert_to(key, 'UTF8')), 'hex') AS told) AS one
$$
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(_ID_OF_KEY)
    op.add_column("call_mark", sa.Column("call_id", sa.Uuid(), nullable=True))
    _cut("call", "id", {"id": "pg_temp.id_of_call(key)"})
    op.create_primary_key("pk_call", "call", ["id"])
    op.create_foreign_key("fk_call_contact_id", "call", "contact", ["contact_id"], ["id"])
    op.create_index("ix_call_contact_id", "call", ["contact_id"])
    op.create_index("ix_call_started_at", "call", ["started_at"])
    _cut("call_mark", "call_id", {"call_id": "pg_temp.id_of_call(call_key)"})
    op.create_primary_key("pk_call_mark", "call_mark", ["call_id", "mark", "at"])
    op.execute("ANALYZE call, call_mark")


def _cut(table: str, key: str, made: dict[str, str]) -> None:
    """Put a table's rows, some columns made anew, into parts of one that has no indexes yet."""
    connection = op.get_bind()
    op.execute(f"CREATE TABLE {table}_cut (LIKE {table}) PARTITION BY RANGE ({key})")
    op.execute(f"CREATE TABLE {table}_default PARTITION OF {table}_cut DEFAULT")
    names = [one["name"] for one in sa.inspect(connection).get_columns(table)]
    columns = ", ".join(f"{made.get(name, name)} AS {name}" for name in names)
    op.execute(f"CREATE TEMPORARY TABLE told ON COMMIT DROP AS SELECT {columns} FROM {table}")
    digits = f"substr({key}::text, 1, 8) || substr({key}::text, 10, 4)"
    months = sa.text(
        f"SELECT DISTINCT date_trunc('month', to_timestamp(('x' || {digits})::bit(48)::bigint "
        f"/ 1000.0), 'UTC') FROM told WHERE {key} >= :first AND {key} < :last ORDER BY 1"
    )
    given = {"first": _first_id(_FIRST), "last": _first_id(_LAST)}
    for found in connection.execute(months, given).scalars():
        start = found.astimezone(UTC)
        end = (start + timedelta(days=31)).replace(day=1)
        op.execute(
            f"CREATE TABLE {table}_{start.strftime('%Y%m')} PARTITION OF {table}_cut "
            f"FOR VALUES FROM ('{_first_id(start)}') TO ('{_first_id(end)}')"
        )
    op.execute(f"INSERT INTO {table}_cut SELECT * FROM told")
    op.execute("DROP TABLE told")
    op.drop_table(table)
    op.rename_table(f"{table}_cut", table)


def _first_id(at: datetime) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80)
