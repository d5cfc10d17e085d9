"""A backup holds all of it, and comes back as it was."""

import asyncio
import stat
from pathlib import Path

import pytest

from backend.operations.postgres import embedded
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
    assert {one for one in kept if not one.startswith("postgres/")} == wanted
    for name in wanted:
        assert (data / name).read_bytes() == (small.data / name).read_bytes()
        assert stat.S_IMODE((data / name).stat().st_mode) & 0o077 == 0


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
