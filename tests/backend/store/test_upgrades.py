"""Databases of earlier versions, with what stood in them, brought to this one."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.contacts import ContactIds, contact_ids
from backend.store.plan_keeping import keep_to_plan
from backend.store.rows import ContactRow
from backend.store.schema import config_of, migrate
from backend.store.session import make_engine
from hotline.call import call_id
from hotline.channel import Channel
from hotline.ids import new_id
from hotline.report import Contact
from hotline.telephone import Plan

pytestmark = pytest.mark.slow

CASE = "11111111-1111-1111-1111-111111111111"
BORN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AT = f"'{BORN.isoformat()}'"
VOICE, SENT, PROOF, DRAFTED = "aa" * 32, "bb" * 32, "cc" * 32, "dd" * 32
OLD = f"""
INSERT INTO cases (id, number, stage, version, channel, language, received_at, workflow, text,
    text_confirmed, place_text, unsure, understood, suggestions, rework_count, return_count, light)
VALUES ('{CASE}', '00000018', 'handling', 3, 'phone', 'zh_CN', {AT}, 'demo-1', '', true, '', true,
    false, '[]', 0, 0, 'green');
INSERT INTO media (sha256, mime, size, stored_at) VALUES
    ('{VOICE}', 'audio/wav', 1, {AT}), ('{SENT}', 'image/jpeg', 1, {AT}),
    ('{PROOF}', 'image/jpeg', 1, {AT}), ('{DRAFTED}', 'image/jpeg', 1, {AT});
INSERT INTO step (id, case_id, seq, action, at, person, post, note, media, changes) VALUES
    (gen_random_uuid(), '{CASE}', 1, 'report', {AT}, 'citizen', 'citizen', '',
        '["{SENT}"]', '{{}}'),
    (gen_random_uuid(), '{CASE}', 2, 'attach', {AT}, 'system', 'system', '',
        '["{VOICE}"]', '{{}}'),
    (gen_random_uuid(), '{CASE}', 3, 'note', {AT}, 'water1', 'department', 'ok',
        '["{VOICE}", "{PROOF}"]', '{{}}');
INSERT INTO case_media (key, case_id, sha256, kind, at) VALUES
    ('1', '{CASE}', '{SENT}', 'photo', {AT}), ('2', '{CASE}', '{VOICE}', 'recording', {AT}),
    ('3', '{CASE}', '{VOICE}', 'photo', {AT}), ('4', '{CASE}', '{PROOF}', 'photo_done', {AT});
"""
# What 0.1.0 took in: a call of the year 10000, its mark, and a report said before the year 2000.
POISONED = f"""
INSERT INTO contact (id, channel, address, name, language) VALUES
    ('{CASE}', 'phone', '', '', 'zh_CN');
INSERT INTO call (key, id, contact_id, line, started_at) VALUES
    ('1', '{new_id(BORN)}', '{CASE}', '', '9999-12-31T23:59:59-14:00');
INSERT INTO call_mark (id, call_key, mark, at, value) VALUES
    ('{new_id(BORN)}', '1', 'ended', '9999-12-31T23:59:59-14:00', ''),
    ('{new_id(BORN)}', '1', 'ended', '1900-01-01Z', '');
INSERT INTO report (id, case_id, channel, key, said_at, received_at, language, text, place_text)
    VALUES ('{CASE}', '{CASE}', 'phone', '1', '0001-01-01Z', {AT}, 'zh_CN', '', '');
"""


def _old(connection: Connection) -> None:
    command.upgrade(config_of(connection), "0003")
    for statement in f"{OLD}{POISONED}".split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


async def test_h1_files_of_before_keep_their_holders_and_voices_are_voices_again(
    database: str,
) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(_old)
    await migrate(engine)
    async with engine.connect() as connection:
        links = await connection.execute(text("SELECT key, kind FROM case_media ORDER BY key"))
        kinds = {row.key: row.kind for row in links}
        found = await connection.execute(text("SELECT sha256, holder FROM media_holder"))
        holders: set[tuple[Any, ...]] = {tuple(row) for row in found}
    await engine.dispose()
    assert kinds == {"1": "photo", "2": "recording", "3": "recording", "4": "photo_done"}
    assert holders == {
        (VOICE, "connector:ivr"),
        (SENT, "connector:bots"),
        (PROOF, "person:water1"),
        (DRAFTED, "connector:bots"),
    }


async def test_the_ends_of_numbers_that_are_known_already_are_hashed(database: str) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(lambda plain: command.upgrade(config_of(plain), "0006"))
        ids = await contact_ids(connection, Plan())
        for channel, address in (("phone", "13800138027"), ("telegram", "c1"), ("phone", "")):
            await connection.exec_driver_sql(
                "INSERT INTO contact (id, channel, address, name, language) "
                f"VALUES (gen_random_uuid(), '{channel}', '{address}', '', 'zh_CN')"
            )
    await migrate(engine)
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT address, tail FROM contact ORDER BY 1")
        assert {tuple(row) for row in rows} == {
            ("13800138027", ids.tail("8027")),
            ("c1", ""),
            ("", ""),
        }
    await engine.dispose()


async def test_m13_times_that_cannot_be_become_the_time_of_their_arrival(database: str) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(_old)
    await migrate(engine)
    async with engine.connect() as connection:
        times = [
            *(await connection.execute(text("SELECT started_at FROM call"))).scalars(),
            *(await connection.execute(text("SELECT at FROM call_mark"))).scalars(),
            *(await connection.execute(text("SELECT said_at FROM report"))).scalars(),
        ]
    await engine.dispose()
    assert len(times) == 4
    assert all(abs(at - BORN) < timedelta(seconds=1) for at in times)


# What 0.1.0 took in of one citizen: a contact for each spelling, each with a report and a call.
SPELT = ("13800138000", "8613800138000", "008613800138000", "+86 138 0013 8000")
KEPT_AS_WRITTEN = ("057487654321转802", "", "line7")


async def _spelt(connection: AsyncConnection, ids: ContactIds) -> None:
    await connection.run_sync(_old)
    for turn, address in enumerate((*SPELT, *KEPT_AS_WRITTEN)):
        known = hmac.new(ids.key, f"phone:{address}".encode(), hashlib.sha256).digest()[:16]
        given = {
            "contact": UUID(bytes=known), "address": address, "key": f"k{turn}", "case": CASE,
            "name": {0: "王", 1: "王", 2: "王先生"}.get(turn, ""), "at": BORN, "id": new_id(BORN),
        }  # fmt: skip
        for statement in (
            "INSERT INTO contact (id, channel, address, name, language) "
            "VALUES (:contact, 'phone', :address, :name, 'zh_CN') ON CONFLICT DO NOTHING",
            "INSERT INTO call (key, id, contact_id, line, started_at) "
            "VALUES (:key, :id, :contact, '', :at)",
            "INSERT INTO report (id, case_id, channel, key, contact_id, said_at, received_at, "
            "language, text, place_text) "
            "VALUES (:id, :case, 'phone', :key, :contact, :at, :at, 'zh_CN', '', '')",
        ):
            await connection.execute(text(statement), given)


async def test_fault_3_numbers_that_0_1_0_kept_in_other_spellings_become_one_contact(
    database: str,
) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(lambda plain: command.upgrade(config_of(plain), "0001"))
        ids = await contact_ids(connection, Plan())
        await _spelt(connection, ids)
    await migrate(engine)
    while await keep_to_plan(engine, ids, most=2):
        continue
    one = ids.of(Channel.PHONE, "13800138000")
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT address, name, tail FROM contact"))
        found = {row.address: (row.name, row.tail) for row in rows}
        owned = [
            (await connection.execute(text(f"SELECT contact_id FROM {table}"))).scalars().all()
            for table in ("report", "call")
        ]
    await engine.dispose()
    assert found.keys() == {"13800138000", *KEPT_AS_WRITTEN}
    name, tail = found["13800138000"]
    assert (sorted(name.split(" / ")), tail) == (["王", "王先生"], ids.tail("8000"))
    assert [mine.count(one) for mine in owned] == [len(SPELT)] * 2


async def test_fault_3_a_city_that_learns_its_area_code_knows_its_callers_again(
    database: str,
) -> None:
    engine = make_engine(database)
    await migrate(engine)
    async with engine.begin() as connection:
        plain = await contact_ids(connection, Plan())
        await connection.execute(insert(ContactRow), plain.row(Contact(Channel.PHONE, "87654321")))
    for ids in (plain, ContactIds(plain.key, Plan(area="0574"))):
        while await keep_to_plan(engine, ids):
            continue
    async with engine.connect() as connection:
        addresses = (await connection.execute(select(ContactRow.address))).scalars().all()
    await engine.dispose()
    assert addresses == ["057487654321"]


# What names a contact that is written otherwise, and the file that it and another one handed in.
BOTH = "(VALUES (:old), (:new)) AS pair(whose)"
NAMES_IT = (
    "INSERT INTO joined_caller (case_id, call_key, contact_id, at) VALUES (:case, 'k', "
    "CAST(:old AS uuid), :at)",
    "INSERT INTO nuisance (id, contact_id, level, reason, asked_by, asked_at, until, agreed_by, "
    "ended_by) VALUES (:case, CAST(:old AS uuid), 'mark', 'x', 'chief', :at, :at, '', '')",
    "INSERT INTO revisit (id, case_id, contact_id, channel, made_at) VALUES (:case, :case, "
    "CAST(:old AS uuid), 'phone', :at)",
    "INSERT INTO do_not_call (id, contact_id, reason, made_by, made_at, ended_by, ended_why) "
    f"SELECT gen_random_uuid(), CAST(whose AS uuid), '', '', :at, '', '' FROM {BOTH}",
    "INSERT INTO call_back (id, contact_id, made_at, language, source, call, queue, priority, "
    "since, state, due, tries, calls, leg, is_up, at_once, reason, said, ended_by) SELECT "
    "gen_random_uuid(), CAST(whose AS uuid), :at, 'zh_CN', 'asked', 'k', 1, 10, :at, 'waiting', "
    f":at, 0, 1, '', false, false, '', '', '' FROM {BOTH}",
    "INSERT INTO media_holder (sha256, holder, at) SELECT sha256, 'contact:' || whose, :at FROM "
    f"(VALUES ('{SENT}', :old), ('{SENT}', :new), ('{VOICE}', :old)) AS h(sha256, whose)",
)


async def test_whatever_a_caller_did_stays_theirs_where_their_number_is_written_otherwise(
    database: str,
) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(_old)
    await migrate(engine)
    async with engine.begin() as connection:
        ids = await contact_ids(connection, Plan())
        learnt = ContactIds(ids.key, Plan(area="0574"))
        both = [ids.row(Contact(Channel.PHONE, one)) for one in ("87654321", "057487654321")]
        await connection.execute(insert(ContactRow), both)
        old, new = (row["id"] for row in both)
        given = {"case": UUID(CASE), "old": str(old), "new": str(new), "at": BORN}
        for statement in NAMES_IT:
            await connection.execute(text(statement), given)
    while await keep_to_plan(engine, learnt):
        continue
    async with engine.connect() as connection:
        addresses = (await connection.execute(select(ContactRow.address))).scalars().all()
        named = [
            (await connection.execute(text(f"SELECT contact_id FROM {table}"))).scalars().all()
            for table in ("joined_caller", "nuisance", "revisit", "do_not_call", "call_back")
        ]
        held = await connection.execute(
            text("SELECT sha256, holder FROM media_holder WHERE holder LIKE 'contact:%' ORDER BY 1")
        )
        holders = [tuple(row) for row in held]
    await engine.dispose()
    assert {"057487654321", "87654321"} & set(addresses) == {"057487654321"}
    assert named == [[new]] * 5
    assert holders == [(VOICE, f"contact:{new}"), (SENT, f"contact:{new}")]


async def test_calls_of_before_have_the_ids_that_their_keys_make(database: str) -> None:
    engine = make_engine(database)
    keys = (
        "h5f0c2a11-1795364519-7",
        "h1-100-0",
        "h1-9999999999-1",
        "来电-1795364519-1",
        "x\n",
        "1",
    )
    async with engine.begin() as connection:
        await connection.run_sync(lambda plain: command.upgrade(config_of(plain), "0027"))
        for statement in (
            f"INSERT INTO contact VALUES ('{CASE}', 'phone', '', '', 'zh_CN', '')",
            "INSERT INTO call (key, id, contact_id, line, started_at) "
            f"VALUES (:key, gen_random_uuid(), '{CASE}', '', {AT})",
            "INSERT INTO call_mark (id, call_key, mark, at, value) "
            f"VALUES (gen_random_uuid(), :key, 'ring', {AT}, ''), "
            f"(gen_random_uuid(), :key, 'ended', {AT}, '')",
        ):
            for key in keys if ":key" in statement else ("",):
                await connection.execute(text(statement), {"key": key} if key else {})
    await migrate(engine)
    async with engine.connect() as connection:
        ids = await connection.execute(text("SELECT key, id FROM call"))
        known: dict[str, UUID] = {row.key: row.id for row in ids}
        marks = await connection.execute(
            text("SELECT call_key, count(*), min(call_id::text) FROM call_mark GROUP BY 1")
        )
        marked = {row[0]: (row[1], UUID(row[2])) for row in marks}
    await engine.dispose()
    assert known == {key: call_id(key) for key in keys}
    assert marked == {key: (2, call_id(key)) for key in keys}


_CAME: Final = int(BORN.timestamp() * 1_000_000)


def _before_files_by_erasure(connection: Connection) -> None:
    """Files of which one was emptied of its position, two went, and one is as it came."""
    command.upgrade(config_of(connection), "0061")
    said = (("position 3", 4), ("upload 2", 5), (CASE, 3), ("words 2", 6))
    for subject, hours in said:
        at = (BORN + timedelta(hours=hours)).isoformat()
        connection.exec_driver_sql(
            "INSERT INTO audit (id, at, what, person, subject, address, request, session, reason) "
            f"VALUES (gen_random_uuid(), '{at}', 'erased', 'system', '{subject}', '', '', '', '')"
        )
    for sha256 in (VOICE, SENT):
        connection.exec_driver_sql(
            f"INSERT INTO media (sha256, mime, size, stored_at) VALUES ('{sha256}', '', 1, {AT})"
        )
    # The same bytes, handed in again after they had gone.
    connection.exec_driver_sql(
        "INSERT INTO media (sha256, mime, size, stored_at) "
        f"VALUES ('{PROOF}', '', 1, {AT}::timestamptz + interval '9 hours')"
    )
    late = int((BORN + timedelta(hours=4, minutes=30)).timestamp() * 1_000_000)
    entries = (
        (VOICE, _CAME, "NULL"),
        (SENT, _CAME, "'x'"),
        (PROOF, _CAME, "NULL"),
        (DRAFTED, late, "NULL"),
    )
    for seq, (sha256, came, salt) in enumerate(entries):
        connection.exec_driver_sql(
            "INSERT INTO log_entry (seq, kind, object, ref, logged, sealed, before, salt, digest) "
            f"VALUES ({seq}, 'stored', 'stored:{sha256}', '{sha256}/{came}', '', 'x', '', {salt}, "
            "'')"
        )


async def test_files_that_went_before_have_the_erasure_that_may_have_taken_them(
    database: str,
) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(_before_files_by_erasure)
    await migrate(engine)
    async with engine.connect() as connection:
        told = "SELECT substring(stored for 2), kind, how, at FROM file_erased ORDER BY 1"
        found = [tuple(row) for row in await connection.execute(text(told))]
        due = "SELECT count(*) FROM log_due WHERE kind = 'file_erased'"
        assert (await connection.execute(text(due))).scalar_one() == 3
    await engine.dispose()
    assert found == [
        ("aa", "position", "rule", BORN + timedelta(hours=4)),
        ("cc", "upload", "rule", BORN + timedelta(hours=5)),
        ("dd", "upload", "rule", BORN + timedelta(hours=5)),
    ]
