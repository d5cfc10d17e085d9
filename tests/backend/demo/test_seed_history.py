"""The demo city's past is walked by the workflow, and is there whole or made anew."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backend.city_files import read_city
from backend.cli import load_city
from backend.cli.bootstrap_state import BEGINNING, unfinished_past
from backend.cli.progress import ProgressStep
from backend.demo.past import read_past
from backend.demo.seed_history import Past, make_past
from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.jobs.sequencer import Sequencer
from backend.operations.preflight import NotPossible
from backend.store import cases, feed
from backend.store.past import PAST_KEY
from config.settings import HomeSettings, Settings
from hotline.case.case import Case, replay
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.report import Contact, NewReport
from tests.cities import FOLDER

pytestmark = pytest.mark.slow

FEW = {"cases": 12, "days": 5, "open": {"handling": 2, "to_close": 1}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=HomeSettings(data_dir=tmp_path))


@pytest.fixture
async def past(settings: Settings) -> Past:
    """A past of few cases."""
    past = await read_past(settings, read_city(FOLDER))
    return replace(past, figures=dict(past.figures) | FEW)


async def on_record(office: AppContext) -> list[Case]:
    async with office.store.connect() as connection:
        end = office.clock.now() + timedelta(minutes=1)
        numbers = await cases.numbers_between(connection, BEGINNING, end)
        return [await cases.load(connection, number) for number in numbers]


async def test_every_case_of_the_past_is_what_its_steps_make_of_it(
    office: AppContext, past: Past
) -> None:
    told = [done async for done in make_past(office, past, office.clock.now())]
    made = await on_record(office)
    assert told[-1] == (12, 12)
    assert len(made) == 12
    async with office.store.connect() as connection:
        for case in made:
            assert replay(await cases.steps_of(connection, case.id)) == case
    assert 1 <= len([case for case in made if case.times.get("closed_at") is None]) <= 4


def few(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a city's past be this one."""

    async def read(*_: object) -> Past:
        return past

    monkeypatch.setattr(load_city, "read_past", read)


@pytest.mark.parametrize("begun", [True, False])
async def test_no_past_is_made_or_taken_away_beside_a_backend_that_runs(
    office: AppContext,
    past: Past,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    begun: bool,
) -> None:
    """Consoles went on showing cases that were gone."""
    few(past, monkeypatch)
    if begun:
        async for done, _ in make_past(office, past, office.clock.now()):
            if done == 5:
                break
        unfinished_past(settings).touch()
    before = await on_record(office)
    sequencing = asyncio.create_task(Sequencer(office.store, SystemClock()).run())
    try:
        while await may_hold(office):
            await asyncio.sleep(0.02)
        with pytest.raises(NotPossible, match="stop it, run `hotline load-city` again"):
            await load_city.load_past(office, settings, ProgressStep("", 0.0))
    finally:
        sequencing.cancel()
        await asyncio.gather(sequencing, return_exceptions=True)
    assert await on_record(office) == before
    assert unfinished_past(settings).exists() == begun
    while not await may_hold(office):
        await asyncio.sleep(0.02)
    await load_city.load_past(office, settings, ProgressStep("", 0.0))
    assert len(await on_record(office)) == 12


async def test_a_city_without_a_past_is_loaded_beside_a_backend_that_runs(
    office: AppContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_city, "has_past", lambda _: False)
    async with office.store.alone() as connection:
        assert await feed.lock(connection)
        await load_city.load_past(office, settings, ProgressStep("", 0.0))
    assert await on_record(office) == []


async def may_hold(office: AppContext) -> bool:
    """Whether no backend numbers changes now."""
    async with office.store.alone() as connection:
        return await feed.lock(connection)


async def test_a_past_that_was_cut_short_is_made_anew_and_nothing_else_is_touched(
    office: AppContext, past: Past, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for done, _ in make_past(office, past, office.clock.now()):
        if done == 5:
            break
    unfinished_past(settings).touch()
    contact = Contact(Channel.TELEGRAM, "77")
    mine = NewReport(Channel.TELEGRAM, f"not-{PAST_KEY}1", contact, office.clock.now(), "井盖")
    kept = await acceptance.record(office, mine)

    few(past, monkeypatch)
    await load_city.load_past(office, settings, ProgressStep("", 0.0))
    assert not unfinished_past(settings).exists()
    numbers = [case.number for case in await on_record(office)]
    assert len(numbers) == 12 + 1
    assert kept.number in numbers
