"""Both sides, one after the other; what the real one needs is the fixtures of the API's tests."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application

from backend.api.connector_guard import CONNECTORS
from backend.client import BackendClient
from backend.desks.context import AppContext
from hotline.clock import FixedClock
from tests.backend.api.conftest import MakeClient, app, client, office, server, settings
from tests.backend.conftest import clock
from tests.contract.side import FakeSide, RealSide, Side
from tests.fakes.served import TOKEN, ServedBackend

__all__ = ["app", "client", "clock", "office", "server", "settings"]


@pytest.fixture
async def fake_side(clock: FixedClock) -> AsyncIterator[FakeSide]:
    """The fake with nothing on record."""
    backend = ServedBackend(clock)
    async with TestServer(backend.app()) as listening:
        phone = BackendClient(str(listening.make_url("/")), TOKEN, timeout_seconds=30)
        yield FakeSide(backend.fake, phone, clock)
        await phone.close()


@pytest.fixture
def real_side(
    app: Application, office: AppContext, client: MakeClient, clock: FixedClock
) -> RealSide:
    """The real backend on an empty database."""
    app[CONNECTORS].terminal = True
    return RealSide(app, office, client("bots"), client("ivr"), clock)


@pytest.fixture(
    params=[
        pytest.param("fake_side", id="fake"),
        pytest.param("real_side", id="real", marks=pytest.mark.slow),
    ]
)
def side(request: pytest.FixtureRequest) -> Side:
    """Who answers: every behaviour is asked of each."""
    made: Side = request.getfixturevalue(request.param)
    return made
