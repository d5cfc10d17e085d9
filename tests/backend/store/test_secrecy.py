"""M5: what citizens say and who they are stays out of errors and logs."""

import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.store.session import Store, make_engine
from hotline.errors import Unavailable

SECRET = "13588887777"


async def test_m5_a_failing_statement_says_nothing_of_its_parameters(tables: str) -> None:
    store = Store(make_engine(tables))
    async with store.connect() as connection:
        with pytest.raises(DBAPIError) as failure:
            await connection.execute(text("SELECT 1 / (length(:it) - 11)"), {"it": SECRET})
    await store.close()
    assert SECRET not in str(failure.value)


async def test_m5_a_database_that_is_away_is_told_without_the_drivers_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store(make_engine(f"postgresql://{SECRET}@127.0.0.1:1/{SECRET}"))
    with pytest.raises(Unavailable) as failure:
        async with store.connect():
            pass
    await store.close()
    assert SECRET not in str(failure.value)
    assert SECRET not in caplog.text
