"""A log that does not go on from what this machine signed last is not signed, and it is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper, Signing
from backend.signed_memory import SignedMemory
from backend.store.record_check import Differs, RecordCheck
from hotline.clock import FixedClock
from tests.backend.store.test_record_log import ALL_DUE, SIGNER, asked, fill, report, sql, work_off

pytestmark = pytest.mark.slow

EVERY = timedelta(minutes=5)
TABLES = ("log_entry", "log_node", "log_segment", "log_checkpoint", "log_due")


@pytest.fixture
def memory(tmp_path: Path) -> SignedMemory:
    return SignedMemory(tmp_path / "log.signed")


@pytest.fixture
def keeper(office: AppContext, memory: SignedMemory) -> LogKeeper:
    return LogKeeper(office.store, office.clock, Signing(SIGNER, EVERY, memory))


async def go_on(office: AppContext, keeper: LogKeeper, clock: FixedClock, key: str) -> int:
    """Log and sign once more; gives how many checkpoints there are."""
    clock.move(EVERY)
    await report(office, key)
    await work_off(office)
    await keeper.sign()
    return len(await asked(office.store, "SELECT 1 FROM log_checkpoint"))


async def test_it_signs_on_over_months_and_remembers(
    office: AppContext, clock: FixedClock, memory: SignedMemory, keeper: LogKeeper
) -> None:
    for turn in range(3):
        assert await go_on(office, keeper, clock, f"{turn}") > turn
        clock.move(timedelta(days=31))
    last = memory.last(SIGNER)
    assert last is not None
    assert memory.path.stat().st_mode & 0o777 == 0o600
    await RecordCheck(office.store, SIGNER.public, remembered=last).run()
    # It may lag behind, as that of a worker elsewhere does.
    old = memory.path.read_text("utf-8")
    await go_on(office, keeper, clock, "later")
    memory.path.write_text(old, "utf-8")
    many = await go_on(office, keeper, clock, "later still")
    memory.forget()
    assert await go_on(office, keeper, clock, "without") == many + 1
    assert not memory.refusal.exists()


async def test_a_log_written_anew_by_who_owns_the_database_is_not_signed(
    office: AppContext, clock: FixedClock, memory: SignedMemory, keeper: LogKeeper,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    await fill(office, 5)
    await go_on(office, keeper, clock, "one")
    last = memory.last(SIGNER)
    await sql(office.store, *(f"DELETE FROM {one}" for one in TABLES), *ALL_DUE)
    for turn in range(2):
        assert await go_on(office, keeper, clock, f"again{turn}") == 0
    assert [one.levelname for one in caplog.records if "NOT SIGNED" in one.message] == ["ERROR"]
    assert memory.refusal.exists()
    with pytest.raises(Differs, match=r"^unkept: "):
        await RecordCheck(office.store, SIGNER.public, remembered=last).run()
    memory.forget()
    assert await go_on(office, keeper, clock, "accepted") == 1
    memory.path.write_text("nothing", "utf-8")
    assert await go_on(office, keeper, clock, "broken") == 1


async def test_checkpoints_that_were_taken_away_are_named(
    office: AppContext, clock: FixedClock, memory: SignedMemory, keeper: LogKeeper
) -> None:
    await go_on(office, keeper, clock, "one")
    last = memory.last(SIGNER)
    await sql(office.store, "DELETE FROM log_checkpoint")
    with pytest.raises(Differs, match=r"^unkept: "):
        await RecordCheck(office.store, SIGNER.public, remembered=last).run()
