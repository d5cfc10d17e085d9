"""The migrations lead to exactly what the row classes say, and lose nothing of what was there."""

import pytest
from alembic import command
from sqlalchemy import Connection

from backend.store import record_log
from backend.store.record_check import Differs, RecordCheck
from backend.store.revision import Age, age_of
from backend.store.schema import config_of, differences, migrate
from backend.store.session import Store, make_engine
from tests.cities import MONDAY

pytestmark = pytest.mark.slow


async def test_migrations_and_row_classes_agree(database: str) -> None:
    store = Store(make_engine(database))
    async with store.connect() as connection:
        assert await age_of(connection) is Age.EMPTY
    await migrate(store.engine)
    await migrate(store.engine)
    assert await differences(store.engine) == []
    async with store.connect() as connection:
        assert await age_of(connection) is Age.CURRENT
    await store.close()


CASE = (
    '{"id": "01932d2c-0000-7000-8000-000000000001", "number": "00000013", "stage": "reported", '
    '"version": 1, "channel": "phone", "language": "zh_CN", "received_at": "2026-11-23T01:00Z", '
    '"workflow": "1", "text": "", "text_confirmed": false, "place_text": "", "unsure": true, '
    '"understood": false, "suggestions": [], "rework_count": 0, "return_count": 0, '
    '"light": "green"}'
)


def _before_the_audit(connection: Connection) -> None:
    command.upgrade(config_of(connection), "0003")
    connection.exec_driver_sql(
        f"INSERT INTO cases SELECT * FROM json_populate_record(NULL::cases, '{CASE}')"
    )
    connection.exec_driver_sql(
        "INSERT INTO unmask (id, case_id, contact_id, person, at) "
        "SELECT id, id, id, 'acceptor1', received_at FROM cases"
    )


async def test_m6_contacts_opened_under_the_first_version_are_in_the_audit(database: str) -> None:
    store = Store(make_engine(database))
    async with store.engine.begin() as connection:
        await connection.run_sync(_before_the_audit)
    await migrate(store.engine)
    async with store.connect() as connection:
        (row,) = (
            await connection.exec_driver_sql(
                "SELECT a.what, a.person, c.number, a.at = c.received_at "
                "FROM audit AS a JOIN cases AS c ON c.id = a.case_id"
            )
        ).all()
    assert tuple(row) == ("contact_opened", "acceptor1", "00000013", True)
    await store.close()


async def test_what_stood_there_before_there_was_a_log_is_logged(database: str) -> None:
    store = Store(make_engine(database))
    async with store.engine.begin() as connection:
        await connection.run_sync(_before_the_audit)
    await migrate(store.engine)
    while await store.transaction(lambda: MONDAY, record_log.append):
        pass
    check = RecordCheck(store, "")
    # A case of before there were steps: no version has left one behind.
    with pytest.raises(Differs, match="case: 00000013 id"):
        await check.run()
    # The head of the month, and the audit's one row.
    assert (check.found.entries, check.found.waiting) == (2, 0)
    await store.close()
