"""An office on an empty, migrated database, with a clock that tests move."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.__main__ import main
from backend.desks.context import AppContext, NumberPool
from backend.store.contacts import contact_ids
from backend.store.session import Store, make_engine
from hotline.case.tally import Tally
from hotline.clock import FixedClock
from hotline.intake.result import TriageResult
from tests.backend.commands import Run
from tests.cities import FOLDER, MONDAY, demo_city, demo_files, demo_layers
from tests.fakes.knowing import FakeTriageService


@pytest.fixture
def clock() -> FixedClock:
    """Monday morning in the city."""
    return FixedClock(MONDAY)


@pytest.fixture
async def office(tables: str, clock: FixedClock) -> AsyncIterator[AppContext]:
    """The demo city's office with nothing on record."""
    store = Store(make_engine(tables, pool_size=8))
    city = demo_city()
    async with store.connect() as connection:
        ids = await contact_ids(connection, city.telephone)
    numbers = NumberPool(store, clock, city.number_length)
    knowing = FakeTriageService(TriageResult())
    yield AppContext(
        *(city, demo_files(), demo_layers(), store, clock, numbers, ids),
        *(knowing, knowing.matters, Tally(city.workflow.ends)),
    )
    await store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city of one's own, as files."""
    shutil.copytree(FOLDER, tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture
def hotline(
    tmp_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command of `hotline` for the city in `folder`, with no database."""
    monkeypatch.setenv("HOTLINE_HOME_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HOTLINE_HOME_CITY", str(folder))
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def runs(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out + told.err

    return runs


@pytest.fixture
def hotline_on(database: str, hotline: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of `hotline` on a database of its own."""
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database)
    return hotline
