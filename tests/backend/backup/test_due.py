"""When a backup is due, and what ends the one who makes it, without a server."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from backend.backup.follow import Follower, until_stopped
from backend.backup.repository import made, repository_of
from backend.store.session import Store, make_engine
from config.settings import BackupSettings, HomeSettings, Settings
from hotline.clock import FixedClock
from tests.cities import MONDAY


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    """Follows a hotline that has nothing yet, and whose database does not answer."""
    (tmp_path / "data").mkdir()
    settings = Settings(home=HomeSettings(data_dir=tmp_path / "data"))
    store = Store(make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    return Follower(settings, made(repository_of(settings)), None, store, FixedClock(MONDAY))


def test_the_hour_that_never_comes_makes_no_backup(follower: Follower) -> None:
    assert follower.is_due(None)
    follower.settings = replace(follower.settings, backup=BackupSettings(hour=-1))
    assert not follower.is_due(None)


async def test_what_nobody_thought_of_ends_it_so_that_it_starts_anew(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Follower) -> None:
        raise ZeroDivisionError

    async def waiting(_: Follower) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "look", broken)
    monkeypatch.setattr(Follower, "back_up_when_due", waiting)
    async with asyncio.timeout(20):
        with pytest.raises(ExceptionGroup) as ended:
            await until_stopped(follower, asyncio.Event())
        assert ended.group_contains(ZeroDivisionError)
        monkeypatch.setattr(Follower, "look", waiting)
        stop = asyncio.Event()
        stop.set()
        await until_stopped(follower, stop)
