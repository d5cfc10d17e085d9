"""A case is of parts that data names: fields, assignments, clocks, counts, times.

What was a column for every role, clock and count moves into them; steps stay as they were written,
and are read as `hotline.case.step_upcasts` says.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

_PARTS = ("fields", "assignments", "clocks", "counts", "times", "facets")
_TIMES = ("filed_at", "dispatched_at", "accepted_at", "handled_at", "closed_at")
_GONE = (
    *("verified", "in_scope", "routed_by", "department", "handler", "collector", "reporter"),
    *("rework_count", "return_count", "stage_since", "stage_yellow", "due", *_TIMES),
)


def _last(field: str) -> str:
    """When a step has last given a field a value."""
    return (
        "(SELECT max(s.at) FROM step AS s WHERE s.case_id = c.id "
        f"AND s.changes->>'{field}' IS NOT NULL)"
    )


def _unless(empty: str, pairs: dict[str, str]) -> str:
    inner = ", ".join(f"'{name}', {value}" for name, value in pairs.items())
    return f"CASE WHEN {empty} THEN NULL ELSE jsonb_build_object({inner}) END"


def _person(field: str) -> str:
    pairs = {"org": "NULL", "person": f"c.{field}", "since": _last(field)}
    return _unless(f"c.{field} IS NULL", pairs)


def _parts() -> dict[str, str]:
    handler = {"org": "c.department", "person": "c.handler", "since": _last("department")}
    stage = {
        "started": "c.stage_since",
        "warn_at": "c.stage_yellow",
        "due_at": "c.stage_due",
        **_PLAIN_CLOCK,
        "stopped": "NULL",
    }
    handling = {
        "started": _last("due"),
        "warn_at": "NULL",
        "due_at": "c.due",
        **_PLAIN_CLOCK,
        "stopped": "c.handled_at",
    }
    top = {
        "assignments": {
            "handler": _unless("c.department IS NULL AND c.handler IS NULL", handler),
            "collector": _person("collector"),
            "reporter": _person("reporter"),
        },
        "clocks": {
            "stage": _unless("false", stage),
            "handling": _unless("c.due IS NULL AND c.handled_at IS NULL", handling),
        },
        "counts": {name: f"NULLIF(c.{name}, 0)" for name in ("rework_count", "return_count")},
        "times": {name: f"c.{name}" for name in _TIMES},
        "fields": {name: f"c.{name}" for name in ("verified", "in_scope", "routed_by")},
        "facets": {"verified": "CASE WHEN c.filed_at IS NULL THEN c.verified END"},
    }
    return {part: _top_level(pairs) for part, pairs in top.items()}


_PLAIN_CLOCK = {"limit": "NULL", "calendar": "''"}


def _top_level(pairs: dict[str, str]) -> str:
    """An object without the names that have no value; what lies inside keeps its nulls."""
    rows = ", ".join(f"('{name}', to_jsonb({value}))" for name, value in pairs.items())
    return (
        f"(SELECT COALESCE(jsonb_object_agg(k, v), '{{}}'::jsonb) FROM (VALUES {rows}) AS t (k, v) "
        "WHERE v IS NOT NULL)"
    )


_ASSIGNED = """
(SELECT COALESCE(array_agg(t ORDER BY t COLLATE "C"), '{}') FROM (VALUES
  ('handler:o:' || c.department), ('handler:p:' || c.handler), ('collector:p:' || c.collector),
  ('reporter:p:' || c.reporter)) AS tokens (t) WHERE t IS NOT NULL)
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.alter_column("cases", "workflow", new_column_name="release")
    for part in (*_PARTS, "links"):
        empty = "[]" if part == "links" else "{}"
        op.add_column(
            "cases",
            sa.Column(
                part, postgresql.JSONB(), nullable=False, server_default=sa.text(f"'{empty}'")
            ),
        )
    op.add_column(
        "cases",
        sa.Column(
            "assigned", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    sets = ", ".join(f"{part} = {value}" for part, value in _parts().items())
    op.execute(f"UPDATE cases AS c SET {sets}, assigned = {_ASSIGNED}")
    for part in (*_PARTS, "links", "assigned"):
        op.alter_column("cases", part, server_default=None)
    op.drop_index("ix_cases_department", "cases")
    op.drop_index("ix_cases_collector", "cases")
    for name in _GONE:
        op.drop_column("cases", name)
    op.create_index("ix_cases_assigned", "cases", ["assigned"], postgresql_using="gin")
    op.create_index("ix_cases_cell", "cases", ["cell"], postgresql_ops={"cell": "text_pattern_ops"})
    # What waits to be told of a task comes as the case's card, as it did by its template before.
    op.execute(
        "UPDATE notice SET fields = fields || '{\"as_card\": \"yes\"}' WHERE state = 'waiting' "
        "AND template IN ('task.verify', 'task.check', 'task.handle', 'task.rework')"
    )
