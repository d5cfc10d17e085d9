"""The database as desks meet it when it has no room or is away."""

import pytest

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
