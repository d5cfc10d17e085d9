"""Who fails to sign in too often is shut out for a while; the trunk and this machine never are."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import cast

import pytest

from backend.client import BackendClient
from hotline.clock import FixedClock
from hotline.errors import Unavailable
from hotline.room.alarm import AlarmKind, RoomAlarm
from ivr.manager import Exchange
from ivr.switch.doors import SeatDoors
from ivr.switch.shut_out import FILE, WITHIN_S, ShutOutRule, ShutOuts, address_of
from tests.ivr.fakes import fixed_clock
from tests.ivr.test_room_keeper import FakeConnected

TRUNK = ip_network("198.51.100.0/24")
RULE = ShutOutRule(3, 60.0, (TRUNK,))


class FakeParts:
    """An exchange that reads files, and an office that takes alarms."""

    def __init__(self) -> None:
        self.connected = FakeConnected()
        self.turn = 1
        self.reloaded: list[str] = []
        self.alarms: list[RoomAlarm] = []
        self.away = False

    async def reload(self, module: str) -> None:
        self.reloaded.append(module)

    async def alarm(self, told: RoomAlarm) -> None:
        if self.away:
            raise Unavailable("away")
        self.alarms.append(told)


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


@pytest.fixture
def clock() -> FixedClock:
    return fixed_clock()


@pytest.fixture
def shut_outs(parts: FakeParts, clock: FixedClock, tmp_path: Path) -> ShutOuts:
    return ShutOuts(
        RULE, cast("BackendClient", parts), cast("Exchange", parts), cast("SeatDoors", parts),
        clock, tmp_path,
    )  # fmt: skip


@pytest.fixture
def fails(shut_outs: ShutOuts) -> Callable[..., None]:
    def failing(address: str, times: int = 1) -> None:
        for _ in range(times):
            shut_outs.take({"RemoteAddress": f"IPV4/UDP/{address}/5060"})

    return failing


async def test_who_fails_too_often_is_refused_for_a_while_and_the_office_told_once(
    shut_outs: ShutOuts, parts: FakeParts, clock: FixedClock, fails: Callable[..., None]
) -> None:
    file = shut_outs.spool / FILE
    fails("192.0.2.7", 2)
    await shut_outs.look()
    assert file.read_text() == ""
    fails("192.0.2.7", 4)
    await shut_outs.look()
    await shut_outs.look()
    assert file.read_text() == "deny = 192.0.2.7/32\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [(one.kind, one.said) for one in parts.alarms] == [(AlarmKind.SHUT_OUT, "192.0.2.7")]
    assert parts.reloaded == ["acl", "acl"]
    clock.wait(RULE.seconds + 1)
    await shut_outs.look()
    assert file.read_text() == ""


async def test_who_fails_now_and_then_is_not_shut_out(
    shut_outs: ShutOuts, clock: FixedClock, fails: Callable[..., None]
) -> None:
    for _ in range(5):
        fails("192.0.2.7")
        clock.wait(WITHIN_S / 2 + 1)
    assert not shut_outs.until


@pytest.mark.parametrize("address", ["127.0.0.1", "198.51.100.9"])
async def test_an_address_that_anybody_can_write_on_what_they_send_is_not_shut_out(
    shut_outs: ShutOuts, fails: Callable[..., None], address: str
) -> None:
    fails(address, 50)
    assert not shut_outs.until


async def test_another_exchange_and_an_office_that_was_away_are_told_again(
    shut_outs: ShutOuts, parts: FakeParts, fails: Callable[..., None]
) -> None:
    parts.away = True
    fails("192.0.2.7", 3)
    with pytest.raises(Unavailable):
        await shut_outs.look()
    parts.away, parts.turn = False, 2
    await shut_outs.look()
    assert len(parts.alarms) == 1
    assert parts.reloaded == ["acl", "acl"]


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("IPV4/UDP/192.0.2.1/5060", "192.0.2.1"),
        ("IPV6/TCP/2001:db8::1/5060", "2001:db8::1"),
        ("IPV4/WS/192.0.2.1/1", "192.0.2.1"),
        ("IPV4/UDP/x/5060", ""),
        ("", ""),
    ],
)
def test_the_address_is_read_as_the_exchange_writes_it(told: str, address: str) -> None:
    assert address_of(told) == address
