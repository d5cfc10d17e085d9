"""What a city knows is built from its files and the edition's: by the check and by the start."""

import pytest

from backend import health
from backend.health import Base, Ground
from backend.office import open_office
from config.sections import HomeSettings
from config.settings import Settings, SettingsError
from hotline.clock import FixedClock
from hotline.health import State
from tests.cities import demo_files

NOWHERE = Settings(home=HomeSettings(catalogue="gbt0000-1999"))


async def test_the_check_builds_what_a_start_builds(clock: FixedClock) -> None:
    ground = Ground(NOWHERE, clock, Base(None, "none"), is_up=False)
    found = await health.check_city(ground)
    assert (found.state, found.what) == (State.WRONG, "wrong")
    assert "gbt0000-1999" in str(found.values["reason"])


async def test_a_start_reads_the_edition_that_is_set(clock: FixedClock) -> None:
    with pytest.raises(SettingsError, match="gbt0000-1999"):
        await open_office(NOWHERE, clock, "postgresql+asyncpg://nobody@127.0.0.1:1/none")


async def test_a_city_that_knows_all_is_right(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(health, "files_by", lambda _: demo_files())
    monkeypatch.setattr(health, "load_knowing", lambda *given: asked.append(given))
    found = await health.check_city(Ground(NOWHERE, clock, Base(None, "none"), is_up=False))
    assert found.state is State.RIGHT
    assert len(asked) == 1
