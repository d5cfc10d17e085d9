"""A transaction counts whole or not at all, and is tried once more where somebody was faster."""

import asyncio

import pytest
from sqlalchemy import text

from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.store import cases
from backend.store.session import Transaction
from backend.store.writes import Raced
from hotline.case.case import Case
from hotline.case.transition import record_system_step
from hotline.channel import Channel
from hotline.errors import Refused, Unavailable
from hotline.people import SYSTEM
from hotline.report import Contact, NewReport
from tests.cities import MONDAY, rules

pytestmark = pytest.mark.slow


async def report_case(office: AppContext, key: str = "1") -> str:
    report = NewReport(Channel.CONSOLE, key, Contact(Channel.CONSOLE, ""), MONDAY, text="井盖没了")
    return (await acceptance.record(office, report)).number


async def version_of(office: AppContext, number: str) -> int:
    async with office.store.connect() as connection:
        return (await cases.load(connection, number)).version


def add_note(transaction: Transaction, case: Case, key: str) -> None:
    noted, step = record_system_step(case, "suggest", SYSTEM, transaction.now, {"unsure": True})
    cases.add_step(transaction, case, noted, step, rules(), key=key)


async def test_work_that_fails_leaves_nothing_behind(office: AppContext) -> None:
    number = await report_case(office)
    before = await version_of(office, number)

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        add_note(transaction, case, "note")
        await transaction.flush()
        await transaction.connection.execute(text("DELETE FROM job"))
        raise Refused("thought better of it")

    with pytest.raises(Refused):
        await office.store.transaction(office.clock.now, work)
    assert await version_of(office, number) == before
    async with office.store.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM job"))).scalar_one() > 0


async def test_a_lost_race_is_tried_once_more_and_not_twice(office: AppContext) -> None:
    number = await report_case(office)
    tries = 0

    async def once(transaction: Transaction) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Raced("somebody was faster")
        case = await cases.load(transaction.connection, number, lock=True)
        add_note(transaction, case, "note")

    await office.store.transaction(office.clock.now, once)
    assert tries == 2

    async def always(transaction: Transaction) -> None:
        nonlocal tries
        tries += 1
        case = await cases.load(transaction.connection, number, lock=True)
        add_note(transaction, case, "note")  # its key is taken for ever

    with pytest.raises(Raced):
        await office.store.transaction(office.clock.now, always)
    assert tries == 4


async def test_who_waited_for_a_case_has_the_step_that_was_made_meanwhile(
    office: AppContext,
) -> None:
    number = await report_case(office)

    async def seen() -> tuple[int, list[str | None]]:
        async with office.store.begin() as connection:
            case, steps, _ = await cases.load_for_move(connection, number, "later")
            return case.version, [key for _, key in steps]

    async def work(transaction: Transaction) -> asyncio.Task[tuple[int, list[str | None]]]:
        case, _, _ = await cases.load_for_move(transaction.connection, number, "note")
        add_note(transaction, case, "note")
        await transaction.flush()
        waits = asyncio.create_task(seen())
        await somebody_waits(office)
        return waits

    waits = await office.store.transaction(office.clock.now, work)
    version, keys = await waits
    assert version == await version_of(office, number)
    assert keys[-1] == "note"


async def somebody_waits(office: AppContext) -> None:
    """Wait until a session of the test's database waits for a lock of another."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10), office.store.connect() as connection:
        while not (await connection.execute(asked)).scalar_one():
            await asyncio.sleep(0.01)


async def test_two_that_write_one_case_at_once_both_do_in_some_order(office: AppContext) -> None:
    number = await report_case(office)
    before = await version_of(office, number)

    async def note(key: str) -> None:
        async def work(transaction: Transaction) -> None:
            case = await cases.load(transaction.connection, number, lock=True)
            await asyncio.sleep(0.02)
            add_note(transaction, case, key)

        await office.store.transaction(office.clock.now, work)

    await asyncio.gather(*(note(f"note{turn}") for turn in range(6)))
    assert await version_of(office, number) == before + 6


async def test_a_knot_of_locks_is_untied_and_the_work_done(office: AppContext) -> None:
    numbers = [await report_case(office, key) for key in "12"]
    before = [await version_of(office, number) for number in numbers]
    both_hold = asyncio.Barrier(2)
    tries = 0

    async def both(order: list[str], key: str) -> None:
        nonlocal tries

        async def work(transaction: Transaction) -> None:
            nonlocal tries
            tries += 1
            for turn, number in enumerate(order):
                case = await cases.load(transaction.connection, number, lock=True)
                add_note(transaction, case, f"{key}:{number}")
                if turn == 0 and tries <= 2:
                    await both_hold.wait()

        await office.store.transaction(office.clock.now, work)

    await asyncio.gather(both(numbers, "a"), both(numbers[::-1], "b"))
    # On a busy machine one of them may be untied again.
    assert tries > 2
    assert [await version_of(office, number) for number in numbers] == [n + 2 for n in before]


async def test_a_database_that_goes_away_in_the_middle_leaves_nothing_and_comes_back(
    office: AppContext,
) -> None:
    number = await report_case(office)
    before = await version_of(office, number)

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        add_note(transaction, case, "note")
        await transaction.flush()
        pid = (await transaction.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with office.store.connect() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with pytest.raises(Unavailable):
        await office.store.transaction(office.clock.now, work)
    assert await version_of(office, number) == before


async def test_a_database_that_has_failed_over_is_away_and_is_asked_for_anew(
    office: AppContext,
) -> None:
    number = await report_case(office)
    before = await version_of(office, number)
    only_read = "SET default_transaction_read_only = on"

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        add_note(transaction, case, "note")

    async with office.store.connect() as first, office.store.connect() as second:
        for connection in (first, second):
            await connection.execute(text(only_read))
    with pytest.raises(Unavailable):
        await office.store.transaction(office.clock.now, work)
    await office.store.transaction(office.clock.now, work)
    assert await version_of(office, number) == before + 1


async def test_two_steps_of_a_case_in_one_transaction_leave_it_at_the_later(
    office: AppContext,
) -> None:
    number = await report_case(office)

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        for _ in range(2):
            before = case
            case, step = record_system_step(
                case, "suggest", SYSTEM, transaction.now, {"unsure": True}
            )
            cases.add_step(transaction, before, case, step, rules())

    await office.store.transaction(office.clock.now, work)
    assert await version_of(office, number) == 3
