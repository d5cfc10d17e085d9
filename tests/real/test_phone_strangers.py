"""What somebody who is not the telephone network can do at the real exchange: nothing."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.clock import SystemClock
from hotline.room.alarm import AlarmKind
from ivr.handset.phone import Call, CallFailed, open_phone
from ivr.handset.sign_in import sign_in
from ivr.switch.shut_out import ShutOutRule
from tests.real.exchanges import make_exchange, manager_asks, phoned_to
from tests.real.rings import ANSWER_S
from tests.real.seats import PASSWORD, dial, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
TRUNK, STRANGER = "127.0.0.5", "127.0.0.9"


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an exchange that takes calls on every address, and from one trunk alone."""
    config = make_exchange(open_folder, sip_bind="0.0.0.0", trunk_match=(f"{TRUNK}/32",))
    with asterisk.running(config) as running:
        yield running


async def test_h3_who_is_not_the_trunk_cannot_call_whatever_number_is_shown(
    exchange: Pbx, tmp_path: Path
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        for host in ("127.0.0.1", STRANGER):
            phone = await open_phone(CLOCK, host)
            with pytest.raises(CallFailed) as refused:
                await (await phone.call("12345", phoned.server, "13812345678")).wait_answer()
            phone.close()
            assert refused.value.status == 401
        trunk = await open_phone(CLOCK, TRUNK)
        call = await trunk.call("12345", phoned.server, "13812345678")
        await call.wait_answer(ANSWER_S)
        await call.hang_up()
        await phoned.until(lambda: bool(phoned.backend.rings))
        trunk.close()
    assert [ring.caller for ring in phoned.backend.rings.values()] == ["13812345678"]


async def test_m1_a_stranger_cannot_take_over_the_sound_of_a_call(
    exchange: Pbx, tmp_path: Path
) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        trunk = await open_phone(CLOCK, TRUNK)
        call = await trunk.call("12345", phoned.server, "13812345678")
        await call.wait_answer(ANSWER_S)
        await asyncio.sleep(1.5)
        assert call.stream is not None
        sound = call.stream.peer
        assert sound is not None
        before = len(call.stream.heard.samples())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((STRANGER, 0))
            for turn in range(50):
                header = struct.pack("!BBHII", 0x80, 0, turn, turn * 160, 4711)
                stranger.sendto(header + bytes(160), (sound.host, sound.port))
                await asyncio.sleep(0.02)
            stranger.settimeout(0.5)
            with pytest.raises(TimeoutError):
                stranger.recv(2000)
        assert len(call.stream.heard.samples()) - before > 4000
        await call.hang_up()
        trunk.close()


def test_l7_the_managers_secret_is_no_shell(exchange: Pbx) -> None:
    made = exchange.config.run_dir / "tmp" / "made"
    told = manager_asks(
        exchange,
        "Action: ModuleLoad\r\nActionID: a\r\nModule: app_system.so\r\nLoadType: load\r\n\r\n",
        "Action: Originate\r\nActionID: b\r\nChannel: Local/s@notice\r\n"
        f"Application: System\r\nData: touch {made}\r\n\r\n",
        "Action: CoreShowChannels\r\nActionID: c\r\n\r\n",
    )
    answers = {
        block.partition("ActionID: ")[2][:1]: block.partition("Response: ")[2].split()[0]
        for block in told.split("\r\n\r\n")
        if "Response: " in block and "ActionID: " in block
    }
    assert answers == {"a": "Error", "b": "Error", "c": "Success"}
    assert not made.exists()


def test_l15_nothing_listens_but_what_is_known(exchange: Pbx) -> None:
    """The resolver of PJSIP holds two sockets on any port; docs/telephone.md says why they stay."""
    config = exchange.config
    listening = {port for _, port in sockets_of(exchange.process.pid, "tcp")}
    assert listening == {config.ami_port, config.http_port}
    known = {config.sip_port, *range(config.rtp_start, config.rtp_end + 1)}
    others = [port for _, port in sockets_of(exchange.process.pid, "udp") if port not in known]
    assert len(others) <= 2


def sockets_of(pid: int, kind: str) -> list[tuple[str, int]]:
    """Give (address, port) of what a process holds open for others: listening TCP, or UDP."""
    own = {
        link.readlink().name
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink() and link.readlink().name.startswith("socket:")
    }
    found = []
    for name in (kind, f"{kind}6"):
        for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]:
            words = line.split()
            if f"socket:[{words[9]}]" in own and words[3] in ("0A", "07"):
                host, port = words[1].split(":")
                found.append((host, int(port, 16)))
    return found


async def test_who_fails_to_sign_in_is_shut_out_and_nobody_else_is(
    exchange: Pbx, tmp_path: Path
) -> None:
    rule = ShutOutRule(5, 3.0)
    async with phoned_to(exchange, tmp_path, shut_out=rule) as phoned:
        await phoned.until(phoned.connector.exchange.connected.is_set, 10)
        await phoned.keeps(wanted("seat001"), wanted("seat002"))
        bad, good = await open_phone(CLOCK, STRANGER), await open_phone(CLOCK, "127.0.0.8")
        for _ in range(5):
            assert await sign_in(bad, phoned.server, "seat001", "guessed") == 401
        alarms = phoned.backend.fake.telephone.alarms
        await phoned.until(lambda: bool(alarms), 10)
        assert [(one.kind, one.said) for one in alarms] == [(AlarmKind.SHUT_OUT, STRANGER)]
        assert await sign_in(bad, phoned.server, "seat001", PASSWORD) == 403
        assert await sign_in(good, phoned.server, "seat002", PASSWORD) == 200
        async with asyncio.timeout(15):
            while await sign_in(bad, phoned.server, "seat001", PASSWORD) != 200:
                await asyncio.sleep(0.3)
        bad.close()
        good.close()


async def test_who_fails_at_the_websocket_of_seats_is_shut_out_there(
    exchange: Pbx, tmp_path: Path
) -> None:
    rule, host = ShutOutRule(5, 60.0), "127.0.0.11"
    async with phoned_to(exchange, tmp_path, shut_out=rule) as phoned:
        await phoned.until(phoned.connector.exchange.connected.is_set, 10)
        address = f"ws://127.0.0.1:{exchange.config.http_port}/ws"
        own = aiohttp.TCPConnector(local_addr=(host, 0))
        async with (
            aiohttp.ClientSession(connector=own) as session,
            session.ws_connect(address, protocols=("sip",)) as line,
            asyncio.timeout(20),
        ):
            answers: list[str] = []
            while "403" not in answers:
                await line.send_str(register(f"seat{len(answers) + 500}"))
                answers.append(str((await line.receive()).data).split()[1])
                await asyncio.sleep(0.1)
        assert set(answers[:3]) == {"401"}
        alarms = phoned.backend.fake.telephone.alarms
        await phoned.until(lambda: bool(alarms), 10)
        assert [one.said for one in alarms] == [host]


def register(name: str) -> str:
    """Give a REGISTER by WebSocket of somebody whom the exchange does not know."""
    call = secrets.token_hex(8)
    return (
        f"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK{call}\r\n"
        f"From: <sip:{name}@127.0.0.1>;tag={call}\r\nTo: <sip:{name}@127.0.0.1>\r\n"
        f"Call-ID: {call}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:x@a.invalid;transport=ws>\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize("dialled", ["057487000001", "s", "handed-on", "notice", "asks"])
async def test_no_way_leads_from_the_trunk_back_to_it(
    exchange: Pbx, tmp_path: Path, dialled: str
) -> None:
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    async with phoned_to(exchange, tmp_path) as phoned:
        rung = asyncio.Queue[Call]()
        outside = await open_phone(CLOCK, port=int(port))
        outside.on_call = rung.put
        trunk = await open_phone(CLOCK, TRUNK)
        call = await trunk.call(dialled, phoned.server, "13812345678")
        with suppress(CallFailed):
            await call.wait_answer(ANSWER_S)
            await phoned.until(lambda: bool(phoned.backend.rings), 10)
        assert call.status in (200, 404)
        await call.hang_up()
        assert rung.empty()
        trunk.close()
        outside.close()


async def test_what_a_seat_dials_leads_nowhere(exchange: Pbx, tmp_path: Path) -> None:
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(phoned.connector.exchange.connected.is_set, 10)
        await phoned.keeps(wanted("seat001"))
        seat = await open_phone(CLOCK, "127.0.0.8")
        for number in ("110", "057487000001", "12345", "s"):
            status = await dial(seat, phoned.server, "seat001", PASSWORD, number)
            assert status == 404, number
        seat.close()
