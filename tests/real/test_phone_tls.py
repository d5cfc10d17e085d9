"""SIP by TLS and sound by SRTP with the trunk: two exchanges of ours, each the other's trunk."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from backend.operations.certificates import make_certificates
from backend.operations.exchange_tls import TrunkTls
from ivr.handset.phone import CallFailed, open_phone
from tests.real.exchanges import CLOCK, make_exchange, manager_asks
from tests.real.stack import free_ports

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(180)]
SECURE = "CHANNEL(rtp,secure,audio)"
BY_TLS = "CHANNEL(pjsip,secure)"
PATIENCE_S = 15.0


@pytest.fixture(scope="module")
def exchanges(open_folder: Path) -> Iterator[tuple[Pbx, Pbx]]:
    """Two exchanges that know each other as their trunks."""
    files = make_certificates(open_folder / "tls", ["127.0.0.1", "localhost"])
    ports = free_ports(2)
    made = []
    for turn, own in enumerate(ports):
        folder = open_folder / f"exchange{turn}"
        folder.mkdir()
        folder.chmod(0o755)
        tls = TrunkTls(own, files.certificate, files.key, files.authority)
        contact = f"127.0.0.1:{ports[1 - turn]}"
        made.append(make_exchange(folder, trunk_contact=contact, trunk_tls=tls))
    first = made[0].rtp_start
    other = replace(made[1], rtp_start=first + 300, rtp_end=first + 500)
    with asterisk.running(made[0]) as one, asterisk.running(other) as two:
        yield one, two


def lines(exchange: Pbx) -> list[str]:
    """Give the exchange's lines that are up."""
    told = manager_asks(exchange, "Action: CoreShowChannels\r\n\r\n")
    blocks = [one for one in told.split("\r\n\r\n") if "Event: CoreShowChannel\r" in one]
    return [
        one.partition("Channel: ")[2].splitlines()[0]
        for one in blocks
        if "ChannelStateDesc: Up" in one
    ]


def variable(exchange: Pbx, line: str, name: str) -> str:
    """Give a variable of a line."""
    asked = f"Action: Getvar\r\nChannel: {line}\r\nVariable: {name}\r\n\r\n"
    told = manager_asks(exchange, asked)
    return told.rpartition("Value: ")[2].splitlines()[0] if "Value: " in told else told


def complaints(exchange: Pbx) -> str:
    """Give what an exchange complains of."""
    return (exchange.config.run_dir / "log" / "messages").read_text("utf-8", "replace")[-1500:]


def rings(exchange: Pbx) -> None:
    """Let an exchange ring its trunk."""
    manager_asks(
        exchange,
        "Action: Originate\r\nChannel: PJSIP/12345@trunk\r\nApplication: Wait\r\nData: 20\r\n"
        "Timeout: 10000\r\nAsync: true\r\nCallerID: <13800138000>\r\n\r\n",
    )


def test_a_call_to_the_trunk_goes_by_tls_and_its_sound_by_srtp_at_both_ends(
    exchanges: tuple[Pbx, Pbx],
) -> None:
    rings(exchanges[0])
    until = CLOCK.monotonic() + PATIENCE_S
    while not all(lines(one) for one in exchanges):
        assert CLOCK.monotonic() < until, [complaints(one) for one in exchanges]
        CLOCK.wait(0.1)
    for one in exchanges:
        (line,) = lines(one)
        assert variable(one, line, SECURE) == "1"
        assert variable(one, line, BY_TLS) == "1"


async def test_a_call_that_comes_in_the_open_is_not_taken(exchanges: tuple[Pbx, Pbx]) -> None:
    phone = await open_phone(CLOCK)
    server = ("127.0.0.1", exchanges[1].config.sip_port)
    with pytest.raises(CallFailed) as refused:
        await (await phone.call("12345", server, "13812345678")).wait_answer()
    assert refused.value.status == 488
    phone.close()


def test_a_trunk_that_somebody_else_vouches_for_is_not_rung(
    exchanges: tuple[Pbx, Pbx], open_folder: Path
) -> None:
    strange = make_certificates(open_folder / "strange", ["127.0.0.1"])
    [own] = free_ports(1)
    folder = open_folder / "stranger"
    folder.mkdir()
    folder.chmod(0o755)
    trunk = exchanges[1].config.trunk_tls
    assert trunk is not None
    tls = TrunkTls(own, strange.certificate, strange.key, strange.authority)
    config = make_exchange(folder, trunk_contact=f"127.0.0.1:{trunk.port}", trunk_tls=tls)
    with asterisk.running(config) as third:
        rings(third)
        log = third.config.run_dir / "log" / "messages"
        until = CLOCK.monotonic() + PATIENCE_S
        while "certificate" not in log.read_text("utf-8", "replace").lower():
            assert CLOCK.monotonic() < until, log.read_text("utf-8", "replace")
            CLOCK.wait(0.1)
        assert not lines(third)
