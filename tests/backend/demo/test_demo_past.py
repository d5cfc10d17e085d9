"""The demo city's past shows what a city has, and is there whole or made anew."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backend.city_files import read_city
from backend.cli import load_city
from backend.cli import seed as seed_command
from backend.cli.bootstrap_state import BEGINNING, unfinished_past
from backend.cli.command import CommandContext
from backend.cli.progress import ProgressStep
from backend.demo import seeding
from backend.demo.history import Past
from backend.demo.past import read_past
from backend.demo.seeding import Seeder, SeedPlan, seed
from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.jobs.sequencer import Sequencer
from backend.operations.preflight import NotPossible
from backend.store import cases, feed
from backend.store.past import PAST_KEY
from config.sections import HomeSettings
from config.settings import Settings
from hotline.case.case import Case, replay
from hotline.case.workflow import Workflow
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.report import Contact, NewReport
from tests.cities import FOLDER, MONDAY, read
from tests.fakes.quick import quick_knowing

pytestmark = pytest.mark.slow

FEW = 12
STEP = ProgressStep("", 0.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=HomeSettings(data_dir=tmp_path))


@pytest.fixture
async def past(settings: Settings) -> Past:
    """The past as it is shipped."""
    return await read_past(settings, read_city(FOLDER))


def few(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a city's past be of few cases."""

    async def read(*_: object) -> Past:
        return replace(past, figures=dict(past.figures) | {"cases": FEW})

    monkeypatch.setattr(load_city, "read_past", read)


async def begun(office: AppContext, past: Past, settings: Settings, many: int) -> None:
    """Leave the first cases of a past behind, as an earlier version did when it was killed."""
    seeder = Seeder(office, past, office.contacts, SeedPlan(many, 1, office.clock.now(), "demo"))
    assert [done async for done in seed(office.store, seeder)] == [many]
    unfinished_past(settings).touch()


async def on_record(office: AppContext) -> list[Case]:
    async with office.store.connect() as connection:
        end = office.clock.now() + timedelta(minutes=1)
        numbers = await cases.numbers_between(connection, BEGINNING, end)
        return [await cases.load(connection, number) for number in numbers]


async def count(office: AppContext, sql: str) -> int:
    async with office.store.connect() as connection:
        return int((await connection.execute(text(sql))).scalar_one())


def walked_to(workflow: Workflow) -> set[str]:
    """The stages to which the moves lead that a past is made of."""
    drawn = read("history.toml")["weights"]
    return {workflow.start, *(one.to for one in workflow.moves if one.to and one.action in drawn)}


# On a working day in the morning, and on a Sunday night.
@pytest.mark.parametrize("now", [MONDAY, datetime(2026, 11, 29, 19, 0, tzinfo=UTC)])
async def test_the_past_shows_cases_of_every_stage_and_light(
    office: AppContext, clock: FixedClock, settings: Settings, now: datetime
) -> None:
    clock.move(now - clock.now())
    await load_city.load_past(office, settings, STEP)
    made = await on_record(office)
    assert len(made) == 300
    async with office.store.connect() as connection:
        for case in made[-60:]:
            assert replay(await cases.steps_of(connection, case.id)) == case
    workflow = office.city.workflow
    standing = Counter(case.stage for case in made)
    assert walked_to(workflow) == set(standing)
    open_ones = [case for case in made if case.stage not in workflow.ends]
    assert 20 <= len(open_ones) <= 36
    assert {case.light for case in open_ones} == {"green", "yellow", "red"}
    assert any(case.times.get("accepted_at") for case in open_ones)
    closed = [case.times["closed_at"] for case in made if case.stage in workflow.ends]
    assert {(now - at).days // 7 for at in closed} >= set(range(8))
    for kind in ("photo", "photo_verify", "photo_done", "photo_check"):
        assert await count(office, f"SELECT count(*) FROM case_media WHERE kind = '{kind}'") > 5
    assert await count(office, "SELECT count(*) FROM notice") == 0
    assert await count(office, "SELECT count(*) FROM job WHERE queue = 'timers'") > 0
    assert await count(office, f"SELECT count(*) FROM job WHERE due < '{now}'") == 0


@pytest.mark.parametrize("cut_short", [True, False])
async def test_no_past_is_made_or_taken_away_beside_a_backend_that_runs(
    office: AppContext,
    past: Past,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    cut_short: bool,
) -> None:
    """Consoles went on showing cases that were gone."""
    few(past, monkeypatch)
    if cut_short:
        await begun(office, past, settings, 5)
    before = await on_record(office)
    sequencing = asyncio.create_task(Sequencer(office.store).run())
    try:
        while await may_hold(office):
            await asyncio.sleep(0.02)
        with pytest.raises(NotPossible, match="stop it, run `hotline load-city` again"):
            await load_city.load_past(office, settings, STEP)
    finally:
        sequencing.cancel()
        await asyncio.gather(sequencing, return_exceptions=True)
    assert await on_record(office) == before
    assert unfinished_past(settings).exists() == cut_short
    while not await may_hold(office):
        await asyncio.sleep(0.02)
    await load_city.load_past(office, settings, STEP)
    assert len(await on_record(office)) == FEW


async def test_a_city_without_a_past_is_loaded_beside_a_backend_that_runs(
    office: AppContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_city, "has_past", lambda _: False)
    async with office.store.alone() as connection:
        assert await feed.lock(connection)
        await load_city.load_past(office, settings, STEP)
    assert await on_record(office) == []


async def may_hold(office: AppContext) -> bool:
    """Whether no backend numbers changes now."""
    async with office.store.alone() as connection:
        return await feed.lock(connection)


async def report(office: AppContext) -> str:
    """Take in a report of somebody's own."""
    contact = Contact(Channel.TELEGRAM, "77")
    mine = NewReport(Channel.TELEGRAM, f"not-{PAST_KEY}1", contact, office.clock.now(), "井盖")
    return (await acceptance.record(office, mine)).number


async def test_a_past_that_was_cut_short_is_made_anew_and_nothing_else_is_touched(
    office: AppContext, past: Past, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(office, past, settings, 5)
    kept = await report(office)
    few(past, monkeypatch)
    await load_city.load_past(office, settings, STEP)
    assert not unfinished_past(settings).exists()
    numbers = [case.number for case in await on_record(office)]
    assert len(numbers) == FEW + 1
    assert kept in numbers


async def test_a_past_that_is_there_is_not_made_anew_after_a_death_at_its_end(
    office: AppContext, past: Past, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(past, monkeypatch)
    whole = seeding.seed

    async def dies(*given: Any, **also: Any) -> AsyncIterator[int]:
        async for done in whole(*given, **also):
            yield done
        raise KeyboardInterrupt  # the past is written; nothing behind it is done any more

    monkeypatch.setattr(load_city, "seed", dies)
    with pytest.raises(KeyboardInterrupt):
        await load_city.load_past(office, settings, STEP)
    monkeypatch.setattr(load_city, "seed", whole)
    made = await on_record(office)
    assert len(made) == FEW
    await load_city.load_past(office, settings, STEP)
    assert await on_record(office) == made


async def test_where_cases_were_seeded_no_past_is_to_be_made_any_more(
    office: AppContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.office.load_knowing", quick_knowing)
    unfinished_past(settings).touch()
    options = Namespace(cases=3, seed=1, processes=1)
    await seed_command.fill(CommandContext(settings, [], "en", options), office.store)
    assert not unfinished_past(settings).exists()
    await load_city.load_past(office, settings, STEP)
    assert await count(office, "SELECT count(*) FROM cases") == 3


async def test_a_past_that_fails_leaves_nothing_and_is_made_although_somebody_has_reported(
    office: AppContext, past: Past, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(past, monkeypatch)
    with monkeypatch.context() as trouble:
        trouble.delattr(Seeder, "_add_case")
        with pytest.raises(AttributeError):
            await load_city.load_past(office, settings, STEP)
    assert await on_record(office) == []
    await report(office)
    await load_city.load_past(office, settings, STEP)
    assert len(await on_record(office)) == FEW + 1
    await load_city.load_past(office, settings, STEP)
    assert len(await on_record(office)) == FEW + 1
