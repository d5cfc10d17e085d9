"""A backup holds all of it, and comes back as it was."""

import asyncio
import shutil
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from backend.backup import lives
from backend.backup.repository import Repository
from backend.operations.postgres import DATABASE, KEEPER, Postgres, embedded
from tests.backend.backup.conftest import (
    CASES,
    Small,
    check,
    elsewhere,
    numbers_in,
    report,
    restorer,
    source_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def test_all_of_it_comes_back_elsewhere(small: Small, open_tmp: Path) -> None:
    await small.backup()
    settings = elsewhere(small, open_tmp)
    before = await restorer(settings, source_of(small.repository)).restore(None, replace=False)
    assert before == ""
    server = embedded(settings)
    server.start()
    try:
        assert await numbers_in(server) == set(small.numbers)
        later = (await report(server, "later"))[0]
        assert int(later[:-1]) >= 10_000, "no number is told twice"
    finally:
        server.stop()
    data = settings.home.data_dir
    kept = {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}
    wanted = {
        str(path.relative_to(small.data))
        for name in ("media", "spool", "asterisk", "tokens")
        for path in (small.data / name).rglob("*")
        if path.is_file()
    } - {"spool/numbers.log", "spool/reports/half.json.part7"}
    assert {one for one in kept if not one.startswith("postgres/")} == {*wanted, lives.NAME}
    for name in wanted:
        assert (data / name).read_bytes() == (small.data / name).read_bytes()
        assert stat.S_IMODE((data / name).stat().st_mode) & 0o077 == 0


async def test_no_life_tells_the_numbers_of_one_before(small: Small, open_tmp: Path) -> None:
    """Also where an older copy of the folder of backups knows of no life before."""
    await small.backup()
    copied = Repository(open_tmp / "copied")
    shutil.copytree(small.repository.folder, copied.folder)
    first = await asyncio.to_thread(numbers_told, small.server)
    settings = elsewhere(small, open_tmp)
    told = [first]
    for repository in (small.repository, small.repository, copied):
        await restorer(settings, source_of(repository)).restore(None, replace=True)
        server = embedded(settings)
        server.start()
        try:
            told.append(await asyncio.to_thread(numbers_told, server))
        finally:
            server.stop()
    for before, now in pairwise(told):
        assert now[0] >= before[0] + 10_000, "report numbers"
        assert now[1] >= before[1] + 1_000_000, "numbers of the feed"
        assert now[2] > before[2], "timelines"


def numbers_told(server: Postgres) -> tuple[int, int, int]:
    """The last report and feed numbers of a server, and its timeline."""
    asked = (
        "SELECT n.last_value, f.last_value, c.timeline_id "
        "FROM number_serial n, feed_serial f, pg_control_checkpoint() c"
    )
    told = server.run("psql", "-U", KEEPER, "-d", DATABASE, "-AtF", " ", "-c", asked).split()
    return int(told[0]), int(told[1]), int(told[2])


async def test_a_check_counts_everything_and_finds_no_difference(small: Small) -> None:
    await small.backup()
    found = await check(small, small.repository)
    assert found.differences == []
    assert found.cases == CASES
    assert found.rows >= CASES * 3
    assert not (small.data / "checking").exists()
    checked = small.repository.checked(small.repository.names()[-1])
    assert checked is not None
    assert checked.differences == 0


async def test_reports_that_come_in_meanwhile_spoil_no_count(small: Small) -> None:
    going = True

    async def go_on() -> int:
        many = 0
        while going:
            await report(small.server, *(f"busy-{many + place}" for place in range(10)))
            many += 10
        return many

    coming = asyncio.create_task(go_on())
    try:
        await small.backup()
    finally:
        going = False
    many = await coming
    found = await check(small, small.repository)
    assert found.differences == []
    assert CASES < found.cases <= CASES + many
