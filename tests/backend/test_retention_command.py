"""`hotline retention` tells what would go, and lets it go."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from backend.store.session import Store, make_engine
from hotline.clock import SystemClock
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


def _believed_long_ago(database: str) -> None:
    """As if the clock had been believed years ago, and stood at today since."""

    async def write() -> None:
        store = Store(make_engine(database))
        async with store.begin() as connection:
            await connection.execute(text("UPDATE seen_clock SET seen_at = '2021-01-01'"))
        await store.close()

    asyncio.run(write())


def _doubted(database: str) -> list[object]:
    async def read() -> list[object]:
        store = Store(make_engine(database))
        async with store.begin() as connection:
            asked = await connection.execute(text("SELECT doubted_at FROM seen_clock"))
            found: list[object] = list(asked.scalars())
        await store.close()
        return found

    return asyncio.run(read())


def test_a_clock_that_leapt_is_confirmed_by_who_says_what_day_it_is(
    hotline_on: Run, database: str
) -> None:
    assert hotline_on("release", "publish", "--note", "first")[0] == 0
    assert hotline_on("retention")[0] == 0
    _old(database)
    _believed_long_ago(database)
    today = SystemClock().now().astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    code, told = hotline_on("retention", "--dry-run")
    assert (code, "drafts: 1 would go" in told, "2021-01-01" in told) == (0, True, True), told
    assert _doubted(database) == [None], "to look changes nothing"
    code, told = hotline_on("retention")
    assert (code, "last believed on 2021-01-01" in told, "gone" in told) == (1, True, False), told
    assert _doubted(database) != [None]
    with pytest.raises(SystemExit):
        hotline_on("retention", "--dry-run", "--confirm", today)
    code, told = hotline_on("retention", "--confirm", "2031-01-01")
    assert (code, "you say that today is 2031-01-01" in told) == (1, True), told
    code, told = hotline_on("retention", "--confirm", today)
    assert (code, "drafts: 1 gone" in told) == (0, True), told
    assert hotline_on("retention")[0] == 0


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
