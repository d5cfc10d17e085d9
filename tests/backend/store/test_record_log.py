"""The log: nothing is passed over or doubled, and whatever is changed behind its back is found."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.desks import acceptance, audit
from backend.desks.audit import What
from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper, Signing
from backend.store import log_checkpoints, record_log, releases
from backend.store.erasure import Erasing, erase_of_cases
from backend.store.log_sources import SOURCES, WORKED_OUT
from backend.store.record_check import Differs, RecordCheck, RecordFound
from backend.store.schema import METADATA
from backend.store.session import Store, Transaction
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.privacy import DataKind
from hotline.record.checkpoint import Checkpoint, Signer, read_checkpoint
from hotline.release import Section, manifest_of, release_id
from hotline.report import Contact, NewReport
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

SIGNER = Signer("office", bytes(range(32)))
KEPT = ("step", "audit", "release", "section", "activation", "log_entry")
# All that is there is to be logged.
ALL_DUE = tuple(
    f"INSERT INTO log_due (kind, ref) SELECT '{kind}', {one.ref} FROM {one.table}"
    for kind, one in SOURCES.items()
)
SIGNING = Signing(SIGNER, timedelta(minutes=5))


def keeper(office: AppContext) -> LogKeeper:
    return LogKeeper(office.store, office.clock, SIGNING)


async def report(office: AppContext, key: str) -> str:
    news = NewReport(Channel.CONSOLE, key, Contact(Channel.CONSOLE, ""), MONDAY, text="井盖没了")
    return (await acceptance.record(office, news)).number


async def opened(office: AppContext, subject: str) -> None:
    async with office.store.append(office.clock.now()) as writes:
        await audit.record(writes, What.CONTACT_OPENED, "acceptor1", subject=subject)


async def published(office: AppContext) -> None:
    sections = {"workflow": Section("toml", 'name = "井盖"')}
    manifest = manifest_of(sections)

    async def work(transaction: Transaction) -> None:
        name, now = release_id(manifest), transaction.now
        await releases.keep(transaction.connection, name, sections, manifest, now)
        await releases.activate(transaction.connection, name, now, "publish", "chief", "neu")

    await office.store.transaction(office.clock.now, work)


async def fill(office: AppContext, many: int = 20) -> None:
    """Let things be written down, logged and signed."""
    await published(office)
    for turn in range(many):
        await report(office, f"k{turn}")
        await opened(office, f"case {turn}")
    await work_off(office)
    await keeper(office).sign()


async def work_off(office: AppContext) -> None:
    while await keeper(office).append():
        pass


async def erased(office: AppContext, case: UUID, *kinds: DataKind) -> None:
    """Erase kinds of data of a case as a night does; the words of its steps where none is named."""

    async def work(transaction: Transaction) -> None:
        connection, now = transaction.connection, transaction.now
        for kind in kinds or (DataKind.WORDS,):
            erasing = Erasing(kind, MONDAY, False, [], [])
            await erase_of_cases(connection, office.contacts, erasing, [case], now)
            await audit.record(transaction, What.ERASED, "system", subject=f"{kind} 1")

    await office.store.transaction(office.clock.now, work)


async def whole(office: AppContext, *seen: Checkpoint) -> RecordFound:
    return await RecordCheck(office.store, SIGNER.public, seen).run()


async def sql(store: Store, *orders: str) -> None:
    """Do what the owner of the database can do: no trigger stands in the way."""
    async with store.begin() as connection:
        off = [f"ALTER TABLE {one} DISABLE TRIGGER USER" for one in KEPT]
        on = [f"ALTER TABLE {one} ENABLE TRIGGER USER" for one in KEPT]
        for one in (*off, *orders, *on):
            await connection.execute(text(one))


async def asked(store: Store, order: str) -> list[tuple[object, ...]]:
    async with store.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(order))]


async def test_all_that_is_written_down_is_logged_once_and_found_whole(office: AppContext) -> None:
    await fill(office)
    found = await whole(office)
    # The head of the month, three rows of a release; a report, who made it, a step, what stays of
    # it, and an entry of the audit each.
    assert (found.entries, found.months, found.checkpoints) == (104, 1, 1)
    assert (found.waiting, found.gone, found.erased) == (0, 0, 0)
    kinds = await asked(office.store, "SELECT kind, count(*) FROM log_entry GROUP BY 1 ORDER BY 1")
    assert {str(kind): many for kind, many in kinds} == {
        "head": 1, "release": 1, "section": 1, "activation": 1, "step": 20, "audit": 20,
        "report": 20, "reporter": 20, "stays": 20,
    }  # fmt: skip
    # A backup that is read back may name once more what is logged: it stays once.
    again = "INSERT INTO log_due (kind, ref) SELECT kind, ref FROM log_entry WHERE kind <> 'head'"
    await sql(office.store, again)
    await work_off(office)
    assert (await whole(office)).entries == 104


@pytest.mark.parametrize(
    ("flip", "what"),
    [
        ("UPDATE step SET note = 'x' WHERE case_id = (SELECT max(case_id::text)::uuid FROM step)",
         "sealed"),
        ("UPDATE step SET changes = jsonb_set(changes, '{text}', '\"井盖没子\"')", "sealed"),
        ("UPDATE step SET person = person || 'x'", "entry"),
        ("UPDATE step SET at = at + interval '1 microsecond'", "entry"),
        ("UPDATE step SET media = '[\"x\"]'", "sealed"),
        ("DELETE FROM step WHERE case_id = (SELECT max(case_id::text)::uuid FROM step)", "row"),
        ("UPDATE audit SET subject = 'case 77' WHERE subject = 'case 7'", "sealed"),
        ("UPDATE audit SET person = 'acceptor2' WHERE subject = 'case 7'", "entry"),
        ("UPDATE audit SET session = 's' WHERE subject = 'case 7'", "sealed"),
        ("DELETE FROM audit WHERE subject = 'case 7'", "row"),
        ("UPDATE section SET text = text || ' '", "sealed"),
        ("UPDATE release SET made_at = made_at + interval '1 second'", "entry"),
        ("UPDATE activation SET note = 'alt'", "sealed"),
        ("UPDATE log_entry SET kind = 'audit' WHERE seq = 14 AND kind = 'step'", "row"),
        ("UPDATE log_entry SET ref = 'x' WHERE seq = 14", "row"),
        ("UPDATE log_entry SET object = object || 'x' WHERE seq = 14", "entry"),
        ("UPDATE log_entry SET logged = replace(logged, 'Z', 'z') WHERE seq = 14", "entry"),
        ("UPDATE log_entry SET sealed = set_byte(sealed, 3, get_byte(sealed, 3) # 1) "
         "WHERE seq = 14", "entry"),
        ("UPDATE log_entry SET before = '\\x00' WHERE seq = 14", "chain"),
        ("UPDATE log_entry SET salt = set_byte(salt, 3, get_byte(salt, 3) # 1) WHERE seq = 14",
         "sealed"),
        ("UPDATE log_entry SET salt = NULL WHERE seq = 14", "emptied"),
        ("UPDATE log_entry SET digest = set_byte(digest, 3, get_byte(digest, 3) # 1) "
         "WHERE seq = 14", "entry"),
        ("UPDATE log_entry SET seq = 999 WHERE seq = 14", "lacks"),
        ("DELETE FROM log_entry WHERE seq = 14", "lacks"),
        ("DELETE FROM log_entry WHERE seq = 103", "shorter_than_signed"),
        ("UPDATE log_node SET hash = set_byte(hash, 3, get_byte(hash, 3) # 1) WHERE place = 1",
         "node"),
        ("UPDATE log_node SET place = 7 WHERE place = 1", "node"),
        ("INSERT INTO log_node VALUES (0, 9, 9, '\\x00')", "node"),
        ("UPDATE log_segment SET month = '2026-10'", "entry"),
        ("UPDATE log_segment SET size_before = 1", "month"),
        ("UPDATE log_segment SET root_before = '\\x00'", "month"),
        ("DELETE FROM log_segment", "month"),
        ("UPDATE log_checkpoint SET signed = replace(signed, '104', '103')", "signature"),
        ("UPDATE log_checkpoint SET signed = 'x'", "signature"),
        ("INSERT INTO audit SELECT gen_random_uuid(), at, what, person, 'late', case_id, address, "
         "request, session FROM audit LIMIT 1", "never_logged"),
    ],
)  # fmt: skip
async def test_one_changed_byte_anywhere_is_found_and_named(
    office: AppContext, flip: str, what: str
) -> None:
    await fill(office)
    await whole(office)
    await sql(office.store, flip)
    with pytest.raises(Differs) as differs:
        await whole(office)
    assert differs.value.what == what, differs.value


async def test_the_database_lets_nobody_rewrite_the_log_but_lets_salts_go(
    office: AppContext,
) -> None:
    await fill(office, 2)
    for order in (
        "UPDATE log_entry SET digest = '\\x00' WHERE seq = 1",
        "UPDATE log_entry SET salt = '\\x00' WHERE seq = 1",
        "UPDATE log_entry SET salt = NULL, before = '\\x00' WHERE seq = 1",
        "DELETE FROM log_entry WHERE seq = 1",
        "TRUNCATE log_entry",
    ):
        with pytest.raises(Exception, match="only added to"):
            await asked(office.store, f"{order} RETURNING 1" if "TRUNC" not in order else order)
    await asked(office.store, "UPDATE log_entry SET salt = NULL WHERE kind = 'step' RETURNING 1")


async def test_the_database_owner_rewrites_everything_and_the_witness_tells(
    office: AppContext,
) -> None:
    await fill(office)
    async with office.store.connect() as connection:
        last = await log_checkpoints.last(connection)
    assert last is not None
    seen = read_checkpoint(last.signed)
    await whole(office, seen)
    await sql(
        office.store,
        "UPDATE step SET changes = jsonb_set(changes, '{text}', '\"一切正常\"')",
        "UPDATE cases SET text = '一切正常'",
        *(f"DELETE FROM {table}" for table in (
            "log_entry", "log_node", "log_segment", "log_checkpoint", "log_due")),
        *ALL_DUE,
    )  # fmt: skip
    await work_off(office)
    await keeper(office).sign()
    # By itself it looks whole: so it would to anybody who has nothing but this database.
    assert (await whole(office)).entries == 104
    with pytest.raises(Differs) as differs:
        await whole(office, seen)
    assert differs.value.what == "witnessed"
    await sql(office.store, "DELETE FROM log_due")


async def test_what_is_committed_late_and_out_of_order_is_logged(office: AppContext) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        await audit.record(transaction, What.CONTACT_OPENED, "acceptor1", subject="slow")
        await transaction.flush()
        begun.set()
        await go.wait()

    late = asyncio.create_task(office.store.transaction(office.clock.now, slow))
    await begun.wait()
    await opened(office, "fast")
    await work_off(office)
    assert (await whole(office)).entries == 2
    go.set()
    await late
    # What is on record and waits is no difference; a row of its own says that it waits.
    assert (await whole(office)).waiting == 1
    await work_off(office)
    assert (await whole(office)).entries == 3


async def test_who_dies_in_a_batch_has_done_nothing_of_it(office: AppContext) -> None:
    await fill(office, 3)
    await opened(office, "one")
    before = await asked(office.store, "SELECT max(seq) FROM log_entry")

    async def killed(transaction: Transaction) -> None:
        assert await record_log.append(transaction) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await office.store.transaction(office.clock.now, killed)
    assert await asked(office.store, "SELECT max(seq) FROM log_entry") == before
    await work_off(office)
    assert (await whole(office)).entries == 20


async def test_any_number_of_workers_log_each_thing_once(office: AppContext) -> None:
    for turn in range(60):
        await opened(office, f"{turn}")

    async def one() -> None:
        for _ in range(40):
            await office.store.transaction(
                office.clock.now, lambda transaction: record_log.append(transaction, 3)
            )

    await asyncio.gather(*(one() for _ in range(4)))
    await work_off(office)
    assert (await whole(office)).entries == 61


async def test_a_month_begins_with_the_head_of_the_one_before(
    office: AppContext, clock: FixedClock
) -> None:
    await fill(office, 9)
    clock.move(timedelta(days=31))
    await fill(office, 9)
    clock.move(timedelta(days=-40))
    await opened(office, "by a clock that has gone back")
    await work_off(office)
    found = await whole(office)
    assert found.months == 2
    assert await asked(office.store, "SELECT no, month FROM log_segment ORDER BY no") == [
        (0, "2026-11"), (1, "2026-12"),
    ]  # fmt: skip
    flip = "UPDATE log_segment SET root_before = set_byte(root_before, 0, 0) WHERE no = 1"
    await sql(office.store, flip)
    with pytest.raises(Differs, match="month"):
        await whole(office)


async def test_a_row_that_went_before_it_was_read_back_is_told(office: AppContext) -> None:
    await opened(office, "one")
    await sql(office.store, "DELETE FROM audit")
    await work_off(office)
    found = await whole(office)
    assert (found.entries, found.gone) == (2, 1)


async def test_it_signs_every_few_minutes_and_no_more(
    office: AppContext, clock: FixedClock
) -> None:
    ours = keeper(office)
    await ours.sign()
    assert await asked(office.store, "SELECT 1 FROM log_checkpoint") == []
    await opened(office, "one")
    await work_off(office)
    for _ in range(3):
        await ours.sign()
        clock.move(timedelta(minutes=2))
    assert len(await asked(office.store, "SELECT 1 FROM log_checkpoint")) == 1
    await ours.sign()
    assert len(await asked(office.store, "SELECT 1 FROM log_checkpoint")) == 2
    # One that was signed tomorrow, by a clock that was wrong, holds nothing up.
    clock.move(timedelta(days=-1))
    await ours.sign()
    assert len(await asked(office.store, "SELECT 1 FROM log_checkpoint")) == 3


async def test_whatever_a_logged_table_holds_is_in_its_entry() -> None:
    """A new column that nobody names here could be changed unseen."""
    told: dict[str, set[str]] = {}
    for source in SOURCES.values():
        inner = re.search(r"FROM (\w+)", source.table)
        table = source.table if inner is None else inner[1]
        told.setdefault(table, set()).update(source.plain.split(", "), source.sealed.split(", "))
    for table, named in told.items():
        columns = {column.name for column in METADATA.tables[table].columns}
        # By which id a report's maker is logged stands in the place of the contact's own.
        assert named - {"", *WORKED_OUT} == columns - {"logged_as"}, table
