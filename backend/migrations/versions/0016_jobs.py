"""One table of jobs: lights that are to turn, and what lies aside at the phone connector."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

_LIGHTS = (
    "INSERT INTO job (queue, ref, lane, case_id, body, due, tries, lease_until, holder, state, "
    "reason, since) SELECT 'lights', t.id::text, '', t.case_id, "
    "jsonb_build_object('schema', 1, 'light', t.kind), "
    "CASE WHEN a.state = 'tried' THEN GREATEST(t.due, a.next_try) ELSE t.due END, "
    "COALESCE(a.tries, 0), NULL, '', "
    "CASE WHEN a.state = 'aside' THEN 'dead' ELSE 'waiting' END, "
    "COALESCE(a.reason, ''), COALESCE(a.since, t.due) "
    "FROM timer AS t LEFT JOIN attempt AS a ON a.queue = 'lights' AND a.ref = t.id::text"
)
_ASIDE = (
    "INSERT INTO job (queue, ref, lane, case_id, body, due, tries, lease_until, holder, state, "
    "reason, since) SELECT queue, ref, '', NULL, '{}', since, tries, NULL, '', "
    "CASE state WHEN 'again' THEN 'wished' ELSE 'dead' END, reason, since FROM attempt "
    "WHERE queue IN ('reports', 'rings', 'notes', 'live') AND state IN ('aside', 'again')"
)


def upgrade() -> None:
    """Go forward; there is no way back."""
    op.create_table(
        "job",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_job_case_id")),
        sa.PrimaryKeyConstraint("queue", "ref", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_case_id"), "job", ["case_id"], unique=False)
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_job_due", "job", ["queue", "lane", "due"], postgresql_where=waiting)
    tried = sa.text("state = 'waiting' AND tries > 0")
    op.create_index("ix_job_tried", "job", ["queue"], postgresql_where=tried)
    dead = sa.text("state <> 'waiting'")
    op.create_index("ix_job_dead", "job", ["since", "ref"], postgresql_where=dead)
    op.execute(_LIGHTS)
    op.execute(_ASIDE)
    op.execute("DELETE FROM attempt WHERE queue IN ('lights', 'reports', 'rings', 'notes', 'live')")
    op.drop_table("timer")
