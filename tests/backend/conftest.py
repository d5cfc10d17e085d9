"""An office on an empty, migrated database, with a clock that tests move."""

from collections.abc import AsyncIterator

import pytest

from backend.desks.context import AppContext, NumberPool
from backend.store.contacts import contact_ids
from backend.store.session import Store, make_engine
from hotline.case.tally import Tally
from hotline.clock import FixedClock
from hotline.intake.result import TriageResult
from tests.cities import MONDAY, demo_city, demo_files, demo_layers
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
