"""Databases of earlier versions, with what stood in them, brought to this one."""

from typing import Any

from alembic import command
from sqlalchemy import Connection, text

from backend.store.contacts import contact_ids
from backend.store.schema import config_of, migrate
from backend.store.session import make_engine

CASE = "11111111-1111-1111-1111-111111111111"
AT = "'2026-11-02T09:00:00Z'"
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


def _old(connection: Connection) -> None:
    command.upgrade(config_of(connection), "0003")
    for statement in OLD.split(";\n"):
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
        (VOICE, "door:ivr"),
        (SENT, "door:bots"),
        (PROOF, "person:water1"),
        (DRAFTED, "door:bots"),
    }


async def test_the_ends_of_numbers_that_are_known_already_are_hashed(database: str) -> None:
    engine = make_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(lambda plain: command.upgrade(config_of(plain), "0006"))
        ids = await contact_ids(connection)
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
