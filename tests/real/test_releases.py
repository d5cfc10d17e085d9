"""Releases are published while two backends work: all that runs follows, and no request fails."""

import pytest

from backend.city_files import sections_by
from backend.client import BackendClient
from backend.store.session import Store, make_engine
from tests.bench.publishing import Load, Watched, publish_often
from tests.real.stack import make_stack
from tests.real.test_several import Several, several, until
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(600)]

TIMES = 20 if FULL else 3
__all__ = ["several"]


async def test_everything_follows_releases_under_load(several: Several, database: str) -> None:
    settings = make_stack(several.folder, {}).settings
    store = Store(make_engine(database))
    watched = Watched([], [BackendClient(base, several.token) for base in several.bases])
    load = Load(several.bases, several.token, 10)
    try:
        await publish_often(store, sections_by(settings), watched, load, TIMES)
    finally:
        await store.close()
    assert load.failed == []
    assert load.taken > 0

    async def followed() -> bool:
        logs = [one.read_text("utf-8") for one in several.folder.glob("worker-*.log")]
        return len(logs) == 2 and all(log.count(" counts") >= 1 for log in logs)

    # Workers say so in their logs: nobody asks them.
    await until(followed, "a release at every worker", several)
