"""Words to be understood and recordings to be written down are jobs; tries of their own go away."""

from alembic import op

revision = "0019"
down_revision = "0018"

_INTO = (
    "INSERT INTO job (queue, ref, lane, case_id, body, due, tries, lease_until, holder, state, "
    "reason, since) "
)
_TRIED = (
    "CASE WHEN a.state = 'tried' THEN a.next_try ELSE c.received_at END, COALESCE(a.tries, 0), "
    "NULL, '', CASE WHEN a.state = 'aside' THEN 'dead' ELSE 'waiting' END, "
    "COALESCE(a.reason, ''), COALESCE(a.since, c.received_at) "
)
_WORDS = (
    f"{_INTO} SELECT 'understanding', c.number, '', c.id, jsonb_build_object('schema', 1, "
    f"'again', false), {_TRIED} FROM cases AS c "
    "LEFT JOIN attempt AS a ON a.queue = 'understanding' AND a.ref = c.number "
    "WHERE a.state = 'aside' OR (NOT c.understood AND c.text <> '' AND c.filed_at IS NULL "
    "AND c.closed_at IS NULL)"
)
_RECORDINGS = (
    f"{_INTO} SELECT DISTINCT ON (c.number, m.sha256) 'transcripts', c.number || '/' || m.sha256, "
    f"'', c.id, jsonb_build_object('schema', 1, 'sha256', m.sha256), {_TRIED} "
    "FROM case_media AS m JOIN cases AS c ON c.id = m.case_id "
    "LEFT JOIN attempt AS a ON a.queue = 'transcripts' "
    "AND a.ref = c.number || '/' || m.sha256 "
    "WHERE m.kind = 'recording' AND NOT m.written_down"
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.execute(_WORDS)
    op.execute(_RECORDINGS)
    op.drop_table("attempt")
    op.drop_index("ix_case_media_unheard", table_name="case_media")
    op.drop_column("case_media", "written_down")
    op.drop_index("ix_cases_to_understand", table_name="cases")
