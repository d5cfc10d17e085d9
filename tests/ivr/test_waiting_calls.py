"""Calls that go on in the exchange while no thread is busy with them: each ends once."""

from datetime import timedelta

import pytest

from hotline.call import CallEventType, CallRing
from tests.ivr.conftest import Connector

pytestmark = pytest.mark.slow

KEY = "h1-1795364500-7"


async def ring(connector: Connector) -> None:
    call = CallRing(KEY, "13800138000", connector.clock.now())
    await connector.ask(connector.office.ring, call)


async def ends(connector: Connector) -> list[str]:
    await connector.uploader.bring()
    return [one.at.isoformat() for one in connector.backend.notes
            if one.mark is CallEventType.ENDED]  # fmt: skip


async def test_a_call_that_waits_ends_when_the_exchange_says_so_and_once(
    connector: Connector,
) -> None:
    await ring(connector)
    connector.office.wait(KEY)
    assert connector.office.live == frozenset()
    at = connector.clock.now() + timedelta(seconds=3)
    connector.office.hung_up(KEY, at)
    connector.office.hung_up(KEY, at + timedelta(seconds=1))
    assert await ends(connector) == [at.isoformat()]
    connector.office.hung_up(KEY, at + timedelta(seconds=2))
    assert await ends(connector) == [at.isoformat()]


async def test_a_call_that_a_thread_is_busy_with_is_ended_by_that(connector: Connector) -> None:
    await ring(connector)
    connector.office.hung_up(KEY, connector.clock.now())
    assert await ends(connector) == []
    connector.office.end(KEY)
    assert len(await ends(connector)) == 1


async def test_who_hangs_up_on_the_way_to_the_queue_has_an_ended_record(
    connector: Connector,
) -> None:
    await ring(connector)
    connector.office.hung_up(KEY, connector.clock.now())
    connector.office.wait(KEY)
    assert len(await ends(connector)) == 1


async def test_a_call_of_an_earlier_connector_ends_and_a_strangers_does_not(
    connector: Connector,
) -> None:
    connector.spool.begin_call(KEY, connector.clock.now())
    connector.office.hung_up("h1-1-1", connector.clock.now())
    assert await ends(connector) == []
    connector.office.hung_up(KEY, connector.clock.now())
    assert len(await ends(connector)) == 1
