"""When a backup is due, and what ends the one who makes it, without a server."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.backup import manifest
from backend.backup.follow import GAP_WAIT, Follower, until_stopped
from backend.backup.manifest import LogStart, Manifest
from backend.backup.repository import made, repository_of, stamp
from backend.store.session import Store, make_engine
from backend.store.walflow import Flow
from config.sections import BackupSettings, HomeSettings
from config.settings import Settings
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


def lay_backup(follower: Follower, at: datetime, log: LogStart | None) -> None:
    """Lay down a backup that ends in a log."""
    folder = follower.repository.path(stamp(at))
    folder.mkdir()
    manifest.write(folder, Manifest("1", "", 18, at, at, "", {}, {}, {}, 0, 0, 0, log))


@pytest.mark.parametrize("life", [("7712", 2), ("7713", 1)])
def test_a_life_that_was_brought_back_is_backed_up_at_once_and_only_once(
    follower: Follower, life: tuple[str, int]
) -> None:
    segment = f"{1:024X}"
    soon, later = MONDAY + timedelta(minutes=2), MONDAY + timedelta(minutes=50)
    follower.clock = FixedClock(soon)
    follower.settings = replace(follower.settings, backup=BackupSettings(hour=an_hour_away(soon)))
    lay_backup(follower, MONDAY, LogStart("7712", 1, segment, segment, "0/1000000"))
    assert not follower.is_due(Flow("7712", 1, True, False, ""))
    here = Flow(*life, True, False, "")
    assert follower.is_due(here)
    lay_backup(follower, soon, LogStart(*life, segment, segment, "0/1000000"))
    follower.clock = FixedClock(later)
    assert not follower.is_due(here)
    lay_backup(follower, later, LogStart("7712", 1, segment, segment, "0/1000000"))
    assert not follower.is_due(here)
    follower.clock = FixedClock(soon + GAP_WAIT)
    assert follower.is_due(here)


def test_a_backup_of_a_time_to_come_is_none_of_today(follower: Follower) -> None:
    lay_backup(follower, MONDAY + timedelta(days=60), None)
    assert follower.is_due(None)
    assert follower.is_of_the_day()
    lay_backup(follower, MONDAY + timedelta(minutes=2), None)
    assert not follower.is_due(None)


def an_hour_away(now: datetime) -> int:
    """An hour at which no daily backup is due soon."""
    return (now.astimezone().hour + 3) % 24


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
