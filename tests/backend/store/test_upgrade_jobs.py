"""What waited in tables of its own before there were jobs goes on where it stood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from backend.store import casefile
from backend.store.schema import config_of, migrate
from backend.store.session import make_engine
from hotline.rights.scopes import Everything

pytestmark = pytest.mark.slow

CASE = "11111111-1111-1111-1111-111111111111"
VOICE, HEARD = "aa" * 32, "bb" * 32
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD = f"""
INSERT INTO cases (id, number, stage, version, channel, language, received_at, workflow, text,
    text_confirmed, place_text, unsure, understood, suggestions, rework_count, return_count, light)
VALUES ('{CASE}', '00000018', 'reported', 1, 'phone', 'zh_CN', '{NOW}', 'demo-1', '', true, '',
    true, false, '[]', 0, 0, 'green');
INSERT INTO timer (id, case_id, kind, due) VALUES
    ('{CASE[:-1]}2', '{CASE}', 'yellow', '{NOW}'),
    ('{CASE[:-1]}3', '{CASE}', 'red', '{NOW + timedelta(hours=1)}'),
    ('{CASE[:-1]}4', '{CASE}', 'red', '{NOW}');
INSERT INTO attempt (queue, ref, state, tries, next_try, reason, since) VALUES
    ('lights', '{CASE[:-1]}3', 'tried', 2, '{NOW + timedelta(hours=2)}', 'busy', '{NOW}'),
    ('lights', '{CASE[:-1]}4', 'aside', 0, '{NOW}', 'broken', '{NOW}'),
    ('lights', 'gone', 'tried', 1, '{NOW}', 'busy', '{NOW}'),
    ('reports', 'h1-1-0', 'aside', 0, '{NOW}', 'refused', '{NOW}'),
    ('notes', 'h1-2-0', 'again', 0, '{NOW}', 'refused', '{NOW}'),
    ('transcripts', '00000018/{VOICE}', 'tried', 2, '{NOW + timedelta(hours=2)}', 'slow', '{NOW}'),
    ('understanding', '00000026', 'aside', 4, '{NOW}', 'no words', '{NOW}');
INSERT INTO cases SELECT (jsonb_populate_record(c, '{{"id": "{CASE[:-1]}5", "number": "00000026",
    "text": "a", "understood": true}}')).* FROM cases AS c WHERE number = '00000018';
INSERT INTO cases SELECT (jsonb_populate_record(c, '{{"id": "{CASE[:-1]}6", "number": "00000034",
    "text": "a"}}')).* FROM cases AS c WHERE number = '00000018';
INSERT INTO cases SELECT (jsonb_populate_record(c, '{{"id": "{CASE[:-1]}7", "number": "00000042",
    "text": "a", "filed_at": "{NOW}"}}')).* FROM cases AS c WHERE number = '00000018';
INSERT INTO notice (id, key, case_id, channel, address, person, template, language, fields,
    created_at, state, attempts, next_try, lease_until, error, message, settled_at) VALUES
    ('{CASE[:-1]}2', '2', '{CASE}', 'phone', '1', NULL, 't', 'en', '{{}}', '{NOW}', 'waiting', 2,
        '{NOW + timedelta(hours=1)}', NULL, 'busy', '', NULL),
    ('{CASE[:-1]}3', '3', NULL, 'telegram', '1', NULL, 't', 'en', '{{}}', '{NOW}', 'leased', 1,
        '{NOW}', '{NOW + timedelta(seconds=90)}', '', '', NULL),
    ('{CASE[:-1]}4', '4', '{CASE}', 'phone', '1', NULL, 't', 'en', '{{}}', '{NOW}', 'failed', 3,
        '{NOW}', NULL, 'gone', '', '{NOW + timedelta(hours=1)}'),
    ('{CASE[:-1]}5', '5', '{CASE}', 'phone', '1', NULL, 't', 'en', '{{}}', '{NOW}', 'sent', 1,
        '{NOW}', NULL, '', '', '{NOW}');
INSERT INTO media (sha256, mime, size, stored_at) VALUES
    ('{VOICE}', 'audio/wav', 1, '{NOW}'), ('{HEARD}', 'audio/wav', 1, '{NOW}');
INSERT INTO case_media (key, case_id, sha256, kind, mime, proof, written_down, at) VALUES
    ('1', '{CASE}', '{VOICE}', 'recording', 'audio/wav', false, false, '{NOW}'),
    ('2', '{CASE}', '{VOICE}', 'recording', 'audio/wav', false, false, '{NOW}'),
    ('3', '{CASE}', '{HEARD}', 'recording', 'audio/wav', false, true, '{NOW}');
"""


def _old(connection: Connection) -> None:
    command.upgrade(config_of(connection), "0015")
    for statement in OLD.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


async def test_what_waited_before_there_were_jobs_is_one(database: str) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(_old)
    await migrate(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT * FROM job"))
        found: dict[tuple[str, str], Any] = {(row.queue, row.ref): row for row in rows}
        told = {
            one["key"]: one
            for one in await casefile.list_notices(connection, Everything(), None, 9)
        }
    await engine.dispose()
    yellow, red, dead = (found.pop(("timers", f"{CASE[:-1]}{turn}")) for turn in "234")
    assert (yellow.due, yellow.body, yellow.tries) == (
        NOW,
        {"schema": 1, "timer": "light.yellow"},
        0,
    )
    assert (red.due, red.tries, red.state) == (NOW + timedelta(hours=2), 2, "waiting")
    assert (dead.state, dead.reason, str(dead.case_id)) == ("dead", "broken", CASE)
    late, out, gone = (found.pop(("notices", f"{CASE[:-1]}{turn}")) for turn in "234")
    assert (late.lane, late.due, late.tries) == ("phone", NOW + timedelta(hours=1), 2)
    assert (out.lane, out.lease_until, out.tries) == ("telegram", NOW + timedelta(seconds=90), 1)
    assert (gone.state, gone.reason, gone.since) == ("dead", "gone", NOW + timedelta(hours=1))
    assert {key: (one["tries"], one["next_try"]) for key, one in told.items()} == {
        "2": (2, late.due), "3": (1, NOW), "4": (3, NOW), "5": (1, None),
    }  # fmt: skip
    assert {key: (one.state, one.reason) for key, one in found.items()} == {
        ("reports", "h1-1-0"): ("dead", "refused"),
        ("notes", "h1-2-0"): ("wished", "refused"),
        ("transcripts", f"00000018/{VOICE}"): ("waiting", "slow"),
        ("understanding", "00000026"): ("dead", "no words"),
        ("understanding", "00000034"): ("waiting", ""),
    }
    voice = found["transcripts", f"00000018/{VOICE}"]
    assert (voice.tries, voice.due, voice.body["sha256"]) == (2, NOW + timedelta(hours=2), VOICE)
