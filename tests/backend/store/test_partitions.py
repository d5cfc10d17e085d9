"""Tables in parts by time: no row is without a place or lost, and what is old goes by parts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from backend.desks import acceptance, telephone
from backend.desks.context import AppContext
from backend.health import Base, Ground, Records, judge_parts
from backend.jobs import partitioning
from backend.jobs.partitioning import PartitionKeeper
from backend.store import calls, casefile, cases, feed, partitions
from backend.store.evidence import count_rows
from backend.store.partitions import FEED, FIRST, PARTITIONED, STEPS, Partitioned, TimeSpan
from backend.store.schema import differences, migrate
from backend.store.session import Connection, Store, make_engine
from config.sections import DatabaseSettings
from config.settings import Settings
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Unavailable
from hotline.health import WORKER, State
from hotline.ids import born, first_id, new_id
from hotline.report import Contact, NewReport
from hotline.rights.scopes import Everything
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

PLACES = Partitioned("place", "id", TimeSpan.DAY, ahead=1)
WEEK = timedelta(days=7)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """A migrated database of its own, for parts are kept from test to test."""
    store = Store(make_engine(database, pool_size=8))
    await migrate(store.engine)
    yield store
    await store.close()


@pytest.fixture
async def ours(office: AppContext, store: Store) -> AppContext:
    """The office on that database."""
    numbers = replace(office.numbers, store=store)
    return replace(office, store=store, numbers=numbers)


def keeper(store: Store, at: datetime, **kept: timedelta) -> PartitionKeeper:
    return PartitionKeeper(store, FixedClock(at), kept)


async def report(office: AppContext, key: str) -> str:
    news = NewReport(Channel.CONSOLE, key, Contact(Channel.CONSOLE, ""), MONDAY, text="井盖没了")
    return (await acceptance.record(office, news)).number


async def told(store: Store, at: datetime, *, many: int = 1) -> None:
    """Let things happen at an instant, numbered."""
    async with store.append(at) as writes:
        for turn in range(many):
            writes.emit_change("call", f"{at}/{turn}")
    async with store.connect() as connection:
        assert await feed.number(connection) == many


async def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    async with store.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]


async def lying(store: Store, table: str) -> dict[str, int]:
    """Give how many rows lie in which part; those without any are left out."""
    found = await rows(store, f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
    return {str(part): int(str(many)) for part, many in found}


async def parts_of(store: Store, one: Partitioned) -> list[str]:
    async with store.connect() as connection:
        return [one.part(start) for start in await partitions.starts_of(connection, one)]


@pytest.mark.parametrize(
    ("span", "at", "start", "end"),
    [
        (TimeSpan.DAY, "2026-12-31T23:59:59.999+00:00", "2026-12-31", "2027-01-01"),
        (TimeSpan.DAY, "2026-12-31T23:59:59-08:00", "2027-01-01", "2027-01-02"),
        (TimeSpan.MONTH, "2024-02-29T00:00:00+00:00", "2024-02-01", "2024-03-01"),
        (TimeSpan.MONTH, "2027-01-01T07:59:59+08:00", "2026-12-01", "2027-01-01"),
        (TimeSpan.QUARTER, "2027-01-01T00:00:00+00:00", "2027-01-01", "2027-04-01"),
        (TimeSpan.QUARTER, "2026-12-31T23:59:59+00:00", "2026-10-01", "2027-01-01"),
        (TimeSpan.QUARTER, "2026-07-15T00:00:00+00:00", "2026-07-01", "2026-10-01"),
    ],
)
def test_spans_meet_without_a_gap(span: TimeSpan, at: str, start: str, end: str) -> None:
    begun = span.start(datetime.fromisoformat(at))
    assert begun == datetime.fromisoformat(f"{start}T00:00:00+00:00")
    assert span.end(begun) == datetime.fromisoformat(f"{end}T00:00:00+00:00")
    assert span.start(span.end(begun)) == span.end(begun)
    one = Partitioned("t", "id", span)
    assert one.start_of(one.part(begun)) == begun
    assert one.start_of(one.rest) is None
    assert one.start_of("t_of_somebody") is None


def test_an_id_is_born_where_its_time_says() -> None:
    ident = new_id(MONDAY)
    assert abs(born(ident) - MONDAY) < timedelta(milliseconds=2)
    assert first_id(MONDAY) < ident < first_id(MONDAY + timedelta(milliseconds=2))
    assert born(UUID(int=2**128 - 1)).year == 9999


async def test_parts_are_made_ahead_and_are_what_the_row_classes_say(store: Store) -> None:
    await keeper(store, MONDAY).keep()
    assert await parts_of(store, STEPS) == ["step_202610", "step_202701"]
    assert await parts_of(store, FEED) == [f"feed_202611{day}" for day in (23, 24, 25, 26)]
    assert await differences(store.engine) == []
    indexes = await rows(
        store,
        "SELECT count(*), count(DISTINCT split_part(indexdef, 'USING', 2)) "
        "FROM pg_indexes WHERE tablename ~ '^step(_|$)'",
    )
    assert indexes == [(8, 2)]  # the whole, the rest and two parts have the same two
    keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text ~ "
    assert await rows(store, f"{keys} '^step(_|$)'") == [(4,)]
    async with store.connect() as connection:
        counted = await count_rows(connection)
    assert [name for name in counted if name.startswith(("step", "feed", "call"))] == [
        *("call", "call_answer", "call_back", "call_mark", "call_survey", "feed", "step"),
    ]


async def test_a_report_is_taken_in_whatever_the_clock_says(ours: AppContext) -> None:
    assert isinstance(ours.clock, FixedClock)
    await keeper(ours.store, MONDAY).keep()
    ends = datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    dated = {
        "step_202610": (MONDAY, ends),
        "step_202701": (ends + timedelta(milliseconds=1),),
        # Next year, and the clock of a machine without a battery.
        "step_default": (datetime(2027, 11, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)),
    }
    numbers = []
    for part, ats in dated.items():
        for at in ats:
            ours.clock.at = at
            numbers.append(await report(ours, f"{part} {at}"))
    found = await lying(ours.store, "step")
    assert found == {part: len(ats) for part, ats in dated.items()}
    async with ours.store.connect() as connection:
        for number in numbers:
            case, steps, _ = await cases.load_for_move(connection, number, "none")
            assert [step.case for step, _ in steps] == [case.id]


async def test_what_waits_in_the_rest_goes_where_it_belongs_when_that_is_made(
    ours: AppContext,
) -> None:
    assert isinstance(ours.clock, FixedClock)
    for year in (1970, 2025, 2026, 2027):
        ours.clock.at = MONDAY.replace(year=year)
        await report(ours, f"{year}")
    before = await rows(ours.store, "SELECT s::text FROM step AS s ORDER BY 1")
    assert await lying(ours.store, "step") == {"step_default": 4}
    await keeper(ours.store, MONDAY).keep()
    # What is of last year has its part too; next year's waits, and 1970 has none.
    held = {"step_202510": 1, "step_202610": 1, "step_default": 2}
    assert await lying(ours.store, "step") == held
    await keeper(ours.store, MONDAY.replace(year=2027)).keep()
    assert await lying(ours.store, "step") == {**held, "step_default": 1, "step_202710": 1}
    assert await rows(ours.store, "SELECT s::text FROM step AS s ORDER BY 1") == before


async def test_a_key_and_a_number_are_taken_once_in_every_part(ours: AppContext) -> None:
    await keeper(ours.store, MONDAY).keep()
    number = await report(ours, "1")
    copy = (
        "INSERT INTO step SELECT id, case_id, {seq}, action, at, person, post, note, media, "
        "changes, {key}, schema FROM step WHERE case_id = (SELECT id FROM cases)"
    )
    async with ours.store.connect() as connection:
        await connection.execute(text(copy.format(seq=2, key="'k'")))
        for seq, key in ((2, "'other'"), (3, "'k'")):
            with pytest.raises(IntegrityError, match="duplicate key"):
                await connection.execute(text(copy.format(seq=seq, key=key)))
        stray = copy.format(seq=3, key="NULL").replace("case_id", "gen_random_uuid()", 1)
        with pytest.raises(IntegrityError, match="foreign key"):
            await connection.execute(text(stray))
        loaded = await cases.load(connection, number)
        assert len(await cases.steps_of(connection, loaded.id)) == 2


async def test_only_the_part_of_a_case_is_looked_into(ours: AppContext) -> None:
    await keeper(ours.store, MONDAY).keep()
    await report(ours, "1")
    async with ours.store.connect() as connection:
        ident = (await connection.execute(text("SELECT id FROM cases"))).scalar_one()
        plan = await connection.exec_driver_sql(
            f"EXPLAIN SELECT * FROM step WHERE case_id = '{ident}' ORDER BY seq"
        )
        known = "\n".join(str(row[0]) for row in plan)
        plan = await connection.exec_driver_sql(
            "EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM step "
            "WHERE case_id = (SELECT id FROM cases LIMIT 1) ORDER BY seq"
        )
        found = "\n".join(str(row[0]) for row in plan)
    assert "step_202610" in known
    assert not {"step_202701", "step_default"} & set(known.split()), known
    looked = {line.split(" on ")[1].split()[0]: line for line in found.splitlines()
              if " on step_" in line}  # fmt: skip
    asked = {part for part, line in looked.items() if "never executed" not in line}
    assert asked == {"step_202610"}, found


async def test_two_makers_make_each_part_once(store: Store) -> None:
    await told(store, MONDAY, many=20)
    others = [keeper(store, MONDAY) for _ in range(3)]
    for _ in range(3):
        await asyncio.gather(*(one.keep() for one in others))
    assert await parts_of(store, STEPS) == ["step_202610", "step_202701"]
    assert await lying(store, "feed") == {"feed_20261123": 20}


async def test_parts_are_made_while_reports_come_in(ours: AppContext) -> None:
    """All of them go into the rest at first, whose rows are moved meanwhile."""
    made = asyncio.Event()
    taken: list[str] = []

    async def caller(name: int) -> None:
        while not made.is_set() or len(taken) < 40:
            taken.append(await report(ours, f"{name}/{len(taken)}"))

    callers = [asyncio.create_task(caller(name)) for name in range(4)]
    while len(taken) < 10:
        await asyncio.sleep(0.001)
    for _ in range(10):
        await keeper(ours.store, MONDAY).keep()
    made.set()
    await asyncio.gather(*callers)
    assert set(await lying(ours.store, "step")) == {"step_202610"}
    (counted,) = await rows(
        ours.store,
        "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM step), "
        "(SELECT count(DISTINCT case_id) FROM step)",
    )
    assert counted == (len(taken),) * 3


async def test_who_writes_or_reads_while_a_part_is_made_waits_for_the_table(
    ours: AppContext,
) -> None:
    """A row is written where it belongs, and one that goes out of the rest is not missed."""
    await report(ours, "1")
    async with ours.store.begin() as connection:
        await partitions.add(connection, STEPS, STEPS.span.start(MONDAY))
        reads = asyncio.create_task(rows(ours.store, "SELECT count(*) FROM step"))
        await somebody_waits(ours.store)
        waits = asyncio.create_task(report(ours, "2"))
    number = await waits
    assert await reads in ([(1,)], [(2,)])
    assert await lying(ours.store, "step") == {"step_202610": 2}
    async with ours.store.connect() as connection:
        assert (await cases.load(connection, number)).version == 1


async def somebody_waits(store: Store) -> None:
    """Wait until a session waits for a lock of another."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while await rows(store, asked) == [(0,)]:
            await asyncio.sleep(0.01)


async def test_who_is_killed_while_making_a_part_leaves_everything_as_it_was(
    ours: AppContext,
) -> None:
    await report(ours, "1")

    async def killed() -> None:
        async with ours.store.begin() as connection:
            await partitions.add(connection, STEPS, STEPS.span.start(MONDAY))
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with ours.store.connect() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await killed()
    assert await lying(ours.store, "step") == {"step_default": 1}
    assert await parts_of(ours.store, STEPS) == []
    await keeper(ours.store, MONDAY).keep()
    assert await lying(ours.store, "step") == {"step_202610": 1}


async def test_a_table_that_is_held_is_left_to_the_next_turn_and_holds_up_nobody(
    ours: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitioning, "TRIES", 2)
    await report(ours, "1")
    async with ours.store.begin() as reader:
        # As a dump of the whole database does, for hours.
        await reader.execute(text("SELECT count(*) FROM step"))
        await keeper(ours.store, MONDAY).keep()
        assert await lying(ours.store, "step") == {"step_default": 1}
        assert await parts_of(ours.store, FEED) != []
        await report(ours, "2")
    await keeper(ours.store, MONDAY).keep()
    assert await lying(ours.store, "step") == {"step_202610": 2}


# --- what is old


async def pass_days(store: Store, days: int, since: datetime = MONDAY) -> None:
    """Let a change come each day, and the parts be looked after."""
    for day in range(days):
        at = since + timedelta(days=day)
        await keeper(store, at, feed=WEEK).keep()
        await told(store, at)


async def test_old_changes_go_by_their_days_and_the_newest_stays(store: Store) -> None:
    await pass_days(store, 10)
    held = await lying(store, "feed")
    assert sorted(held) == [f"feed_202611{day}" for day in range(25, 31)] + [
        "feed_20261201", "feed_20261202",
    ]  # fmt: skip
    async with store.connect() as connection:
        newest = await feed.last(connection)
    # Nothing happens for a month, and somebody looks after it all the same.
    for day in range(10, 40):
        await keeper(store, MONDAY + timedelta(days=day), feed=WEEK).keep()
    assert await lying(store, "feed") == {"feed_20261202": 1}
    async with store.connect() as connection:
        assert await feed.last(connection) == newest == 10


async def test_a_clock_that_jumps_ahead_makes_few_things_too_old(store: Store) -> None:
    """As many as were made ahead, and the one of the wrong time itself."""
    await pass_days(store, 8)
    before = await lying(store, "feed")
    for _ in range(3):
        await keeper(store, MONDAY.replace(year=2040), feed=WEEK).keep()
    after = await lying(store, "feed")
    assert len(before) - len(after) == FEED.ahead + 1 + (8 - 7)


async def test_what_is_old_in_the_rest_goes_and_what_has_no_age_stays(store: Store) -> None:
    for at in (datetime(1970, 1, 2, tzinfo=UTC), MONDAY - timedelta(days=30), MONDAY):
        await told(store, at)
    await keeper(store, MONDAY, feed=WEEK).keep()
    assert await lying(store, "feed") == {"feed_default": 1, "feed_20261123": 1}
    assert born((await rows(store, "SELECT id FROM feed_default"))[0][0]) < FIRST  # type: ignore[arg-type]


async def test_nothing_that_is_kept_for_ever_is_dropped(ours: AppContext) -> None:
    assert isinstance(ours.clock, FixedClock)
    for year in (2016, 2020, 2026):
        ours.clock.at = MONDAY.replace(year=year)
        await keeper(ours.store, ours.clock.at, feed=WEEK).keep()
        await report(ours, f"{year}")
    assert sum((await lying(ours.store, "step")).values()) == 3


async def test_old_parts_go_while_changes_are_written_and_read(store: Store) -> None:
    await pass_days(store, 8)
    now = MONDAY + timedelta(days=20)
    stopped, seen, written = asyncio.Event(), [0], list(range(9))

    async def reader(connection: Connection) -> None:
        found = await feed.after(connection, seen[-1], 500)
        seen.extend(item.seq for item in found)

    async def works() -> None:
        async with store.connect() as connection:
            while not stopped.is_set():
                async with store.append(now) as writes:
                    writes.emit_change("call", "k")
                written.append(len(written))
                await feed.number(connection)
                await reader(connection)

    working = asyncio.create_task(works())
    while len(seen) == 1 and not working.done():
        await asyncio.sleep(0)  # what goes before anybody has read it is not told
    for day in range(9, 21):
        await keeper(store, MONDAY + timedelta(days=day), feed=WEEK).keep()
    stopped.set()
    await working
    # A number is left out where a row was written once more, and none comes twice.
    assert len(seen) == len(written)
    assert seen == sorted(set(seen))
    assert min(await parts_of(store, FEED)) > "feed_20261129"


# --- calls

KEY = f"h5f0c2a11-{int(MONDAY.timestamp())}-7"


async def ring(office: AppContext, key: str = KEY) -> None:
    """Let a call ring and end, told twice, as a connector does that has heard no answer."""
    for _ in range(2):
        await telephone.ring(office, CallRing(key, "13800138000", MONDAY))
        await telephone.note(office, [CallEvent(key, CallEventType.ENDED, MONDAY)])


async def test_a_call_lies_in_the_month_that_its_key_tells_and_is_taken_once(
    ours: AppContext,
) -> None:
    assert isinstance(ours.clock, FixedClock)
    await keeper(ours.store, MONDAY).keep()
    # What is told late, or of an exchange whose clock is wrong, is of its key's time.
    ours.clock.at = MONDAY + timedelta(days=40)
    for key in (KEY, "h1-100-0", "a key of somebody else's"):
        await ring(ours, key)
    assert await lying(ours.store, "call") == {"call_202611": 1, "call_default": 2}
    assert await lying(ours.store, "call_mark") == {
        "call_mark_202611": 2, "call_mark_default": 4,
    }  # fmt: skip
    # Those without a time have no age, and stay.
    await keeper(ours.store, ours.clock.at, call=WEEK, call_mark=WEEK).keep()
    async with ours.store.connect() as connection:
        assert await calls.contact_of_call(connection, "h1-100-0") is not None
        assert len(await casefile.list_calls(connection, Everything(), 10)) == 2


async def test_old_calls_go_with_their_marks_where_the_setting_says_so(ours: AppContext) -> None:
    assert isinstance(ours.clock, FixedClock)
    kept = partitioning.kept_by(DatabaseSettings(call_days=60))
    assert "call" not in partitioning.kept_by(DatabaseSettings())
    for month in range(6):
        ours.clock.at = MONDAY + timedelta(days=31 * month)
        await ring(ours, f"h1-{int(ours.clock.at.timestamp())}-1")
        await keeper(ours.store, ours.clock.at, **kept).keep()
    for table in ("call", "call_mark"):
        parts = sorted(await lying(ours.store, table))
        assert parts == [f"{table}_2027{month}" for month in ("02", "03", "04")]


# --- a table more is a line of data


async def test_a_table_more_is_one_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitioning, "PARTITIONED", (*PARTITIONED, PLACES))
    async with store.connect() as connection:
        for order in (
            "CREATE TABLE place (id uuid PRIMARY KEY, who text) PARTITION BY RANGE (id)",
            "CREATE TABLE place_default PARTITION OF place DEFAULT",
        ):
            await connection.execute(text(order))
    for day in range(12):
        at = MONDAY + timedelta(days=day)
        await keeper(store, at, place=timedelta(days=3)).keep()
        async with store.connect() as connection:
            await connection.execute(
                text("INSERT INTO place VALUES (:id, 'c1')"), {"id": new_id(at)}
            )
    assert sorted(await lying(store, "place")) == [
        *("place_20261130", "place_20261201", "place_20261202", "place_20261203", "place_20261204"),
    ][1:]  # fmt: skip


# --- what the health page says of them


async def finding(store: Store, at: datetime, *, works: bool = True) -> tuple[State, str, object]:
    async with store.connect() as connection:
        parts = {one.table: await partitions.starts_of(connection, one) for one in PARTITIONED}
    lives = {WORKER: (at, at, dict[str, int]())} if works else {}
    ground = Ground(Settings(), FixedClock(at), Base(store), is_up=True)
    found = judge_parts(ground, Records(at, lives, (), None, parts=parts))
    return found.state, found.what, found.values.get("table") or found.values.get("until")


async def test_the_health_page_tells_of_parts_that_are_missing_or_should_have_gone(
    store: Store,
) -> None:
    assert await finding(store, MONDAY, works=False) == (State.OFF, "off", None)
    assert await finding(store, MONDAY) == (State.WARN, "missing", "step")
    await keeper(store, MONDAY).keep()
    assert await finding(store, MONDAY) == (State.RIGHT, "right", "2026-11-27")
    assert await finding(store, MONDAY + WEEK) == (State.WARN, "missing", "feed")
    for day in range(13):
        at = MONDAY + timedelta(days=day)
        await keeper(store, at).keep()
    assert await finding(store, at) == (State.WARN, "old", "feed")
    await keeper(store, at, feed=WEEK).keep()
    assert await finding(store, at) == (State.RIGHT, "right", "2026-12-09")
