"""The figures of lists and searches, at a small size: every way is asked, and finds something."""

import json
from pathlib import Path

import pytest

from backend.city_files import read_city
from backend.demo.past import read_past
from backend.demo.seeding import Seeder, SeedPlan, seed
from backend.desks.context import AppContext
from config.sections import HomeSettings
from config.settings import Settings
from tests.backend.api.conftest import office
from tests.backend.conftest import clock
from tests.bench import listing
from tests.cities import FOLDER, MONDAY

__all__ = ["clock", "office"]

pytestmark = pytest.mark.slow


async def test_every_way_to_ask_for_cases_has_its_figure(
    office: AppContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = await read_past(Settings(home=HomeSettings(data_dir=tmp_path)), read_city(FOLDER))
    seeder = Seeder(office, past, office.contacts, SeedPlan(200, 1, MONDAY))
    assert [done async for done in seed(office.store, seeder)] == [200]
    await listing.measure(office, 200, 2)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["name"] for line in lines} == {"case_list_p95", "case_search_p95"}
    assert len({line["versus"] for line in lines}) == len(lines) >= 40
    assert all(line["value"] > 0 for line in lines)
