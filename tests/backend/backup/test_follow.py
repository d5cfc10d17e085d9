"""Between two backups nothing is lost: log, media and spool are followed, to any instant."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.backup import wal
from backend.backup.age import LOG, failure_of
from backend.backup.basebackup import keepers_store
from backend.backup.files import Damaged
from backend.backup.follow import GAP_WAIT, SLOT, Follower, last_time
from backend.backup.repository import Repository, made
from backend.backup.wal import LogFolder
from backend.operations.postgres import DATABASE, KEEPER, Postgres, embedded
from backend.operations.preflight import NotPossible
from backend.store import walflow
from config.settings import Settings
from hotline.clock import FixedClock
from tests.backend.backup.conftest import (
    CLOCK,
    Small,
    check,
    elsewhere,
    flip,
    keep_medium,
    numbers_in,
    report,
    restorer,
    source_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
async def follower(small: Small) -> AsyncIterator[Follower]:
    """Follows the small hotline; its first backup is made."""
    store = keepers_store(small.server)
    repository = made(small.repository)
    one = Follower(small.settings, repository, small.server, store, CLOCK)
    await one.look()
    yield one
    one.stop()
    await store.close()


async def until_followed(follower: Follower, after: datetime) -> LogFolder:
    """Look until everything before an instant is kept; gives the log's folder."""
    flow = await walflow.flow_of(follower.store, SLOT)
    kept = wal.log_folder(follower.repository, flow.system, flow.timeline)
    async with asyncio.timeout(60):
        while (reached := kept.reached) is None or reached.at <= after:
            await follower.look()
            await CLOCK.sleep(0.05)
    return kept


async def restored(settings: Settings, repository: Repository, at: datetime | None) -> set[str]:
    """Restore the newest backup, and give the numbers of the cases that are there then."""
    await restorer(settings, source_of(repository)).restore(at, replace=True)
    server = embedded(settings)
    server.start()
    try:
        return await numbers_in(server)
    finally:
        server.stop()


async def test_a_restore_leads_to_any_instant_since_the_backup(
    small: Small, follower: Follower, open_tmp: Path
) -> None:
    await small.backup()
    before = await numbers_in(small.server)
    first = await report(small.server, "first")
    between = CLOCK.now()
    second = await report(small.server, "second")
    photo = keep_medium(small.data, b"a photo that came after the backup")
    waiting = small.data / "spool" / "reports" / "1790000000-2.json"
    waiting.write_text("{}")
    small.server.run("psql", "-c", f"INSERT INTO media VALUES ('{photo}', 'image/jpeg', 1, now())")
    await until_followed(follower, CLOCK.now())
    settings = elsewhere(small, open_tmp)
    assert await restored(settings, small.repository, between) == {*before, *first}
    assert await restored(settings, small.repository, None) == {*before, *first, *second}
    data = settings.home.data_dir
    assert (data / "media" / photo[:2] / photo[2:4] / photo).is_file()
    assert (data / "spool" / "reports" / waiting.name).is_file()
    waiting.unlink()
    far = datetime(2100, 1, 1, tzinfo=UTC)
    with pytest.raises(NotPossible, match="and no further"):
        await restorer(settings, source_of(small.repository)).restore(far, replace=True)
    follower.stop()


async def test_an_instant_at_which_nobody_did_anything_more_can_be_reached(
    small: Small, follower: Follower, open_tmp: Path
) -> None:
    """PostgreSQL itself refuses an instant after the last thing that was done."""
    await small.backup()
    await report(small.server, "the last")
    still = CLOCK.now()
    await until_followed(follower, still)
    found = await restored(elsewhere(small, open_tmp), small.repository, still)
    assert found == await numbers_in(small.server)


@pytest.mark.parametrize("kind", ["finished", "begun"])
async def test_one_flipped_bit_of_the_log_is_found(
    small: Small, follower: Follower, open_tmp: Path, kind: str
) -> None:
    await small.backup()
    await report(small.server, f"before the end {kind}")
    if kind == "finished":
        switch(small.server)
        await report(small.server, "in the next segment")
    kept = await until_followed(follower, CLOCK.now())
    shutil.copytree(small.repository.folder, open_tmp / "copied")
    copied = Repository(open_tmp / "copied")
    log = source_of(copied).log
    here = LogFolder(copied.logs / kept.folder.name).segments()
    if kind == "finished":
        name = max(one for one, path in here.items() if path.suffix == wal.ZIPPED)
        flip(here[name])
        found = await check(small, copied)
        assert [here[name].name in str(one.values) for one in found.differences] == [True]
    else:
        spoil_behind(here[log.last], wal.place_of(log.mark))
    with pytest.raises(Damaged, match="damaged"):
        await restorer(elsewhere(small, open_tmp), source_of(copied)).restore(None, replace=False)


async def test_a_segment_of_the_log_that_is_missing_is_found(
    small: Small, follower: Follower, open_tmp: Path
) -> None:
    await small.backup()
    for which in range(2):
        switch(small.server)
        await report(small.server, f"missing {which}")
    kept = await until_followed(follower, CLOCK.now())
    shutil.copytree(small.repository.folder, open_tmp / "copied")
    copied = Repository(open_tmp / "copied")
    here = LogFolder(copied.logs / kept.folder.name).segments()
    list(here.values())[-2].unlink()
    found = await check(small, copied)
    assert [one.what for one in found.differences] == ["differs_log"]
    assert f"segments before {list(here)[-1]} are missing" in str(found.differences[0].values)


def switch(server: Postgres) -> None:
    """Let the server begin a new segment of its log."""
    server.run("psql", "-U", KEEPER, "-d", DATABASE, "-c", "SELECT pg_switch_wal()")


def spoil_behind(segment: Path, place: int) -> None:
    """Change a bit of the log shortly behind a place in it."""
    with segment.open("r+b") as file:
        file.seek(place % (16 << 20) + 64)
        sign = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([sign[0] ^ 1]))


async def test_a_gap_in_the_log_begins_a_new_one_and_asks_for_a_backup(
    small: Small, follower: Follower
) -> None:
    name = await small.backup()
    kept = await until_followed(follower, CLOCK.now())
    flow = await walflow.flow_of(follower.store, SLOT)
    assert not follower.is_due(flow)
    follower.stop()
    async with asyncio.timeout(20):
        while not await walflow.drop_slot(follower.store, SLOT):
            await CLOCK.sleep(0.05)
    switch(small.server)
    await follower.look()
    behind = source_of(small.repository, name).behind
    assert behind is not None
    assert behind.folder != kept.folder
    assert not follower.is_due(flow)
    follower.clock = FixedClock(CLOCK.now() + GAP_WAIT)
    follower.settings = at_no_other_hour(follower.settings)
    assert follower.is_due(flow)
    follower.clock = CLOCK
    newer = await small.backup()
    await until_followed(follower, CLOCK.now())
    assert source_of(small.repository, newer).behind == kept
    assert not follower.is_due(flow)


def at_no_other_hour(settings: Settings) -> Settings:
    """Settings by which no daily backup is due within the next hours."""
    hour = (CLOCK.now().astimezone().hour + 3) % 24
    return replace(settings, backup=replace(settings.backup, hour=hour))


async def test_a_begun_segment_of_a_wrong_size_is_set_aside_and_the_log_goes_on(
    small: Small, follower: Follower
) -> None:
    await small.backup()
    kept = await until_followed(follower, CLOCK.now())
    follower.stop()
    begun = [path for path in kept.segments().values() if path.suffix == wal.BEGUN]
    os.truncate(begun[-1], 1000)
    await report(small.server, "after the receiver was refused")
    await until_followed(follower, CLOCK.now())
    assert list(kept.folder.glob(f"*{wal.ASIDE}*"))
    assert follower.receiver is not None
    assert follower.receiver.process is not None
    follower.receiver.process.kill()
    follower.receiver.process.wait()
    await follower.look()
    assert failure_of(small.data, LOG) is not None
    await until_followed(follower, CLOCK.now())
    assert failure_of(small.data, LOG) is None


async def test_a_restored_hotline_never_writes_over_the_log_of_another_life(
    small: Small, follower: Follower, open_tmp: Path
) -> None:
    await small.backup()
    await until_followed(follower, CLOCK.now())
    log = source_of(small.repository).log
    (small.repository.logs / f"{log.system}-{log.timeline + 20}").mkdir()
    settings = elsewhere(small, open_tmp)
    await restored(settings, small.repository, None)
    server = embedded(settings)
    server.start()
    store = keepers_store(server)
    try:
        flow = await walflow.flow_of(store, SLOT)
        assert (flow.system, flow.timeline) == (log.system, log.timeline + 21)
        later = FixedClock(CLOCK.now() + GAP_WAIT)
        other = Follower(at_no_other_hour(settings), small.repository, server, store, later)
        assert other.is_due(flow)
    finally:
        await store.close()
        server.stop()


async def test_it_makes_what_is_due_and_checks_it(small: Small, follower: Follower) -> None:
    for name in small.repository.names():
        small.repository.drop(name)
    await follower.back_up_when_due()
    names = small.repository.names()
    assert len(names) == 1
    checked = small.repository.last_checked()
    assert checked is not None
    assert (checked[0], checked[1].differences) == (names[0], 0)
    await until_followed(follower, CLOCK.now())
    await follower.back_up_when_due()
    assert small.repository.names() == names


def test_the_last_time_of_an_hour_is_today_or_yesterday() -> None:
    now = datetime(2026, 11, 26, 12, 30, tzinfo=UTC).astimezone()
    assert last_time(now, now.hour) == now.replace(minute=0)
    later = last_time(now, (now.hour + 1) % 24)
    assert 22 < (now - later).total_seconds() / 3600 < 24
