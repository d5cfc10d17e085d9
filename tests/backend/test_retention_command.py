"""`hotline retention` tells what would go, and lets it go."""

import asyncio

import pytest
from sqlalchemy import text

from backend.store.session import Store, make_engine
from tests.backend.commands import Run

pytestmark = pytest.mark.slow


def _old(database: str) -> None:
    """Let a draft lie there since years, and one of the future."""

    async def write() -> None:
        store = Store(make_engine(database))
        async with store.begin() as connection:
            for address, at in (("1", "2020-01-01"), ("2", "2099-01-01")):
                row = f"('telegram', '{address}', '{{}}', '{at}')"
                asked = f"INSERT INTO draft (channel, address, body, updated_at) VALUES {row}"
                await connection.execute(text(asked))
        await store.close()

    asyncio.run(write())


def test_what_would_go_is_told_and_then_goes(hotline_on: Run, database: str) -> None:
    assert hotline_on("retention")[0] == 2, "a database without tables"
    assert hotline_on("release", "publish", "--note", "first")[0] == 0
    _old(database)
    for _ in range(2):
        code, told = hotline_on("retention", "--dry-run")
        assert (code, "drafts: 1 would go" in told) == (0, True), told
    code, told = hotline_on("retention")
    assert (code, "drafts: 1 gone" in told) == (0, True), told
    code, told = hotline_on("retention", "--dry-run")
    assert (code, "drafts: 0 would go" in told) == (0, True), told
