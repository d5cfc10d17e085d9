"""A past of any size is what its steps make of it, and only an empty database takes it."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.city_files import read_city
from backend.demo.history import Past
from backend.demo.past import read_past
from backend.demo.seeding import Seeder, SeedPlan, seed
from backend.desks import acceptance, timers
from backend.desks.context import AppContext
from backend.store import cases, feed
from backend.store.bulk import copied
from backend.store.cases import case_from
from backend.store.rows import CaseRow
from config.sections import HomeSettings
from config.settings import Settings
from hotline.case.case import Case, replay
from hotline.case.timers import timers_of
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Refused
from hotline.report import Contact, NewReport
from tests.backend.demo.test_demo_past import walked_to
from tests.cities import FOLDER, MONDAY

pytestmark = pytest.mark.slow

CASES = 600


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=HomeSettings(data_dir=tmp_path))


@pytest.fixture
async def past(settings: Settings) -> Past:
    return await read_past(settings, read_city(FOLDER))


def seeder_of(office: AppContext, past: Past, many: int = CASES, dice: int = 1) -> Seeder:
    return Seeder(office, past, office.contacts, SeedPlan(many, dice, MONDAY))


async def made(office: AppContext) -> list[Case]:
    async with office.store.connect() as connection:
        rows = await connection.execute(CaseRow.__table__.select().order_by(CaseRow.id))
        return [case_from(row) for row in rows.mappings()]


async def count(office: AppContext, sql: str) -> int:
    async with office.store.connect() as connection:
        return int((await connection.execute(text(sql))).scalar_one())


async def test_every_case_of_the_seed_is_what_its_steps_make_of_it(
    office: AppContext, past: Past
) -> None:
    told = [done async for done in seed(office.store, seeder_of(office, past))]
    assert told == [500, CASES]
    found = await made(office)
    assert len(found) == CASES
    assert len({case.number for case in found}) == CASES
    assert [case.number for case in found] == sorted(case.number for case in found)
    async with office.store.connect() as connection:
        for case in found:
            assert replay(await cases.steps_of(connection, case.id)) == case
    workflow = office.city.workflow
    standing = Counter(case.stage for case in found)
    staying = sum(many for stage, many in standing.items() if stage not in workflow.ends)
    # What only a collector does with what they told of themselves is not in every small past.
    seldom = {move.to for move in workflow.moves if move.before}
    assert walked_to(workflow) - workflow.ends - seldom <= set(standing)
    assert 0.02 * CASES <= staying <= 0.05 * CASES
    assert await count(office, "SELECT count(*) FROM report") == CASES
    assert await count(office, "SELECT count(*) FROM step_default") == 0
    # Whatever is asked for by hand in this city was given: nothing walked is without its evidence.
    assert await count(office, "SELECT count(*) FROM case_media WHERE kind = 'photo_check'") > 0


async def test_the_lights_still_to_come_turn_and_no_others(
    office: AppContext, past: Past, clock: FixedClock
) -> None:
    assert [one async for one in seed(office.store, seeder_of(office, past))]
    found = await made(office)
    rules = office.city.rules(office.city.release)
    coming = sum(len(timers_of(case, rules)) for case in found)
    assert coming > 0
    assert await count(office, "SELECT count(*) FROM job WHERE queue = 'timers'") == coming
    assert await count(office, f"SELECT count(*) FROM job WHERE due < '{MONDAY}'") == 0
    due = await timers.first_due(office, MONDAY.replace(year=MONDAY.year + 1))
    assert due is not None
    clock.move(due - clock.now())
    assert await timers.work_due(office) >= 1
    turned = [case for case in await made(office) if case.version != 1]
    async with office.store.connect() as connection:
        for case in turned[-30:]:
            assert replay(await cases.steps_of(connection, case.id)) == case


async def test_new_cases_go_on_behind_the_numbers_of_the_seed(
    office: AppContext, past: Past
) -> None:
    assert [one async for one in seed(office.store, seeder_of(office, past, 20))]
    taken = {case.number for case in await made(office)}
    report = NewReport(Channel.TELEGRAM, "k", Contact(Channel.TELEGRAM, "7"), MONDAY, text="井盖")
    assert (await acceptance.record(office, report)).number > max(taken)


async def test_the_same_dice_make_the_same_cases(office: AppContext, past: Past) -> None:
    def pieces(dice: int) -> list[dict[str, bytes]]:
        seeder = seeder_of(office, past, 40, dice)
        return [seeder.people(0), seeder.cases(0)]

    assert pieces(5) == pieces(5)
    assert pieces(5) != pieces(6)


async def test_only_an_empty_database_without_a_hotline_is_seeded(
    office: AppContext, past: Past
) -> None:
    seeder = seeder_of(office, past, 5)
    async with office.store.alone() as connection:
        assert await feed.lock(connection)
        with pytest.raises(Refused, match="a hotline runs"):
            _ = [one async for one in seed(office.store, seeder)]
    assert await made(office) == []
    assert [one async for one in seed(office.store, seeder)] == [5]
    with pytest.raises(Refused, match="holds cases already"):
        _ = [one async for one in seed(office.store, seeder)]
    assert len(await made(office)) == 5


async def test_a_seed_that_is_cut_short_leaves_nothing(
    office: AppContext, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> dict[str, bytes]:
        raise KeyError

    monkeypatch.setattr(Seeder, "cases", fail)
    with pytest.raises(KeyError):
        _ = [one async for one in seed(office.store, seeder_of(office, past, 5))]
    assert await made(office) == []
    assert await count(office, "SELECT count(*) FROM contact") == 0


def test_copied_rows_keep_every_sign() -> None:
    row = {
        "id": "1",
        "channel": "a\tb",
        "address": "c\\d",
        "name": "\n\r",
        "language": "",
        "tail": "x",
    }
    assert copied("contact", [row | {"tail": "x"}]) == b"1\ta\\tb\tc\\\\d\t\\n\\r\t\tx\n"
