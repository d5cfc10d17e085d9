"""Steps and the feed lie in parts by time; keys of moves stand in a table of their own.

What is unique in a table in parts is so by the column that it is cut by: a key that is good for one
move of one case only is kept whole elsewhere. Rows go to parts of the spans that they are of.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "move_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
    )
    op.execute(
        "INSERT INTO move_key SELECT key, case_id FROM step "
        "WHERE key IS NOT NULL AND post <> 'system'"
    )
    op.create_primary_key("pk_move_key", "move_key", ["key"])
    op.create_foreign_key("fk_move_key_case_id", "move_key", "cases", ["case_id"], ["id"])
    _cut("step", "case_id", "quarter", "SELECT id FROM cases")
    op.create_primary_key("pk_step", "step", ["case_id", "seq"])
    op.create_unique_constraint("uq_step_case_id_key", "step", ["case_id", "key"])
    op.create_foreign_key("fk_step_case_id", "step", "cases", ["case_id"], ["id"])
    _cut("feed", "id", "day", "SELECT id FROM feed")
    op.create_primary_key("pk_feed", "feed", ["seq", "id"])
    op.execute("ANALYZE step, feed, move_key")


def _cut(table: str, key: str, span: str, ids: str) -> None:
    """Put a table's rows into parts of one that has none of its indexes yet."""
    op.execute(f"CREATE TABLE {table}_cut (LIKE {table} INCLUDING DEFAULTS) "
               f"PARTITION BY RANGE ({key})")  # fmt: skip
    op.execute(f"CREATE TABLE {table}_default PARTITION OF {table}_cut DEFAULT")
    for start in _spans(span, ids):
        end = _next(span, start)
        name = f"{table}_{start.strftime('%Y%m%d' if span == 'day' else '%Y%m')}"
        op.execute(
            f"CREATE TABLE {name} PARTITION OF {table}_cut "
            f"FOR VALUES FROM ('{_first_id(start)}') TO ('{_first_id(end)}')"
        )
    op.execute(f"INSERT INTO {table}_cut SELECT * FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_cut", table)


def _spans(span: str, ids: str) -> list[datetime]:
    """Give the beginnings of the spans that there are ids of, by the time in each."""
    digits = "substr(id::text, 1, 8) || substr(id::text, 10, 4)"
    seconds = f"to_timestamp(('x' || {digits})::bit(48)::bigint / 1000.0)"
    rows = op.get_bind().execute(
        sa.text(
            f"SELECT DISTINCT date_trunc('{span}', {seconds}, 'UTC') FROM ({ids}) AS born "
            "WHERE id >= :first AND id < :last ORDER BY 1"
        ),
        {"first": _first_id(_FIRST), "last": _first_id(_LAST)},
    )
    return [start.astimezone(UTC) for start in rows.scalars()]


def _next(span: str, start: datetime) -> datetime:
    if span == "day":
        return start + timedelta(days=1)
    return (start + timedelta(days=92)).replace(day=1)


def _first_id(at: datetime) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80)
