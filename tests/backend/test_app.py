"""How the parts of the office are put together."""

from pathlib import Path

import pytest
from sqlalchemy.pool import QueuePool

from backend import app, office
from backend.api.office_keys import OFFICE
from backend.desks.context import AppContext
from backend.store.session import LISTENING
from config.sections import DatabaseSettings, HomeSettings
from config.settings import Settings
from hotline.clock import SystemClock
from tests.fakes.quick import quick_knowing

pytestmark = pytest.mark.slow


async def test_only_a_backend_keeps_connections_to_listen_on(
    tables: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker kept two that it never opened, and a server counts what may be opened."""

    def most(of: AppContext) -> int:
        assert isinstance(of.store.engine.pool, QueuePool)
        return of.store.engine.pool.size()

    monkeypatch.setattr(office, "load_knowing", quick_knowing)
    settings = Settings(
        home=HomeSettings(data_dir=tmp_path), database=DatabaseSettings(pool_size=7)
    )
    worker = (await office.open_office(settings, SystemClock(), tables)).context
    backend = (await app.build_app(settings, SystemClock(), tables))[OFFICE].now
    assert (most(worker), most(backend)) == (7, 7 + LISTENING)
    await worker.store.close()
    await backend.store.close()
