"""The migrations lead to exactly what the row classes say."""

from backend.store.schema import differences, is_current, migrate
from backend.store.session import Store, make_engine


async def test_migrations_and_row_classes_agree(database: str) -> None:
    store = Store(make_engine(database))
    async with store.connect() as connection:
        assert not await is_current(connection)
    await migrate(store.engine)
    await migrate(store.engine)
    assert await differences(store.engine) == []
    async with store.connect() as connection:
        assert await is_current(connection)
    await store.close()
