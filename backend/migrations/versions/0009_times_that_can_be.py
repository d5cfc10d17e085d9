"""Times that cannot be become the time at which they arrived."""

from alembic import op

revision = "0009"
down_revision = "0008"

# An id holds the millisecond of its making.
_BORN = "to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"
_WRONG = "({0} < '2000-01-01Z' OR {0} > {1} + interval '1 day')"
# Marks of one call that came together stay apart.
_MARKS = f"""
    UPDATE call_mark AS m SET at = n.born + n.turn * interval '1 microsecond'
    FROM (SELECT id, {_BORN} AS born, row_number() OVER (ORDER BY id) AS turn
          FROM call_mark WHERE {_WRONG.format("at", _BORN)}) AS n
    WHERE n.id = m.id
"""
_CALLS = f"UPDATE call SET started_at = {_BORN} WHERE {_WRONG.format('started_at', _BORN)}"
_REPORTS = (
    f"UPDATE report SET said_at = received_at WHERE {_WRONG.format('said_at', 'received_at')}"
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    for statement in (_CALLS, _MARKS, _REPORTS):
        op.execute(statement)
