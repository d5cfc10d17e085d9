"""The database as desks meet it when it has no room or is away."""

import pytest
from sqlalchemy import text

from backend.store.session import Store, make_engine
from hotline.errors import Unavailable
from hotline.queue import is_away


async def test_a_pool_without_a_connection_left_is_a_database_that_is_away(
    tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of what was asked for, so no queue counts it against its item."""
    store = Store(make_engine(tables, pool_size=1))
    monkeypatch.setattr(store.engine.sync_engine.pool, "_timeout", 0.05)
    async with store.connect():
        for way in (store.connect, store.begin):
            with pytest.raises(Unavailable) as failure:
                async with way():
                    pass
            assert is_away(failure.value)
    await store.close()


async def test_the_server_is_asked_to_find_a_client_whose_machine_is_gone(tables: str) -> None:
    """It kept the sequencer's lock for hours, and all live feeds stood still."""
    store = Store(make_engine(tables, pool_size=1))
    async with store.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT name, reset_val::int FROM pg_settings "
                "WHERE source = 'client' AND name LIKE 'tcp%'"
            )
        )
        asked: dict[str, int] = {row[0]: row[1] for row in rows}
    await store.close()
    idle, interval = asked["tcp_keepalives_idle"], asked["tcp_keepalives_interval"]
    assert 15 <= idle + interval * asked["tcp_keepalives_count"] <= 30
    assert asked["tcp_user_timeout"] == 20_000
