"""What a seat's telephone, a stranger's WebSocket and an odd number cannot make of the exchange."""

import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.call import CallEventType
from ivr.handset.message import Message, describe
from ivr.handset.phone import Call, SipPhone, open_phone
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import CLOCK, SeatPhone, open_seat, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(300)]

CALLER, DEAR = "13800138000", "0900123456"


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """Give a phone connector that keeps the exchange's room."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        yield phoned


@pytest_asyncio.fixture
async def trunk(exchange: Pbx) -> AsyncIterator[SipPhone]:
    """Give the telephone network, which fails the test where anybody is dialled there."""
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    phone = await open_phone(CLOCK, "127.0.0.1", int(port))
    dialled = list[str]()

    async def rung(call: Call) -> None:
        assert call.invite is not None
        dialled.append(call.invite.target)
        call.refuse()

    phone.on_call = rung
    yield phone
    phone.close()
    assert dialled == []


@pytest_asyncio.fixture
async def seat(phoned: Phoned) -> AsyncIterator[SeatPhone]:
    """Give a seat that is signed in and rung."""
    seat = await open_seat("seat001")
    await phoned.keeps(wanted("seat001"))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted("seat001"))
    yield seat
    seat.phone.close()


async def calls(phoned: Phoned) -> Call:
    call = await phoned.caller.phone.call("12345", phoned.server, CALLER)
    await call.wait_answer()
    await call.press("0")
    return call


@pytest.mark.usefixtures("trunk")
async def test_a_seat_that_names_another_number_is_missed_and_nobody_is_dialled(
    phoned: Phoned, seat: SeatPhone
) -> None:
    call = await calls(phoned)
    talk = await seat.ringing()
    invite = talk.invite
    assert invite is not None
    for contact in (f"<sip:PJSIP%2F{DEAR}%40trunk@127.0.0.1>", f"<sip:{DEAR}@127.0.0.1>"):
        moved = Message(status=302, reason="Moved Temporarily")
        moved.headers = [
            *invite.all("Via"), ("From", invite.get("From")), ("To", talk.local),
            ("Call-ID", invite.call_id), ("CSeq", invite.get("CSeq")), ("Contact", contact),
        ]  # fmt: skip
        seat.phone._send(moved.encode(), talk.peer)
    missed = CallEventType.SEAT_MISSED
    await phoned.until(lambda: any(one.mark is missed for one in phoned.backend.notes), 15)
    assert not call.ended.is_set()
    await call.hang_up()


@pytest.mark.usefixtures("trunk")
async def test_a_seat_is_rung_where_it_signed_in_whatever_it_says_of_itself(
    phoned: Phoned, exchange: Pbx, seat: SeatPhone
) -> None:
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    contact = f"<sip:{DEAR}@127.0.0.1:{port}>"
    assert await seat.sign_in(phoned.server, contact=contact) == 200
    call = await calls(phoned)
    talk = await seat.ringing()
    talk.refuse()
    await call.hang_up()


async def test_who_comes_by_the_seats_websocket_is_not_the_trunk(
    phoned: Phoned, exchange: Pbx
) -> None:
    address = f"ws://127.0.0.1:{exchange.config.http_port}/ws"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address, protocols=("sip",)) as line,
    ):
        for via in ("WS", "UDP"):
            await line.send_str(stranger(via))
            answers = [str((await line.receive(10)).data).split("\r\n")[0]]
            if " 100 " in answers[0]:
                answers.append(str((await line.receive(10)).data).split("\r\n")[0])
            assert answers[-1].split()[1] in ("401", "403", "603"), answers
    assert phoned.backend.rings == {}


def stranger(via: str) -> str:
    call, body = secrets.token_hex(8), describe("127.0.0.1", 40_004)
    return (
        "INVITE sip:12345@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/{via} a.invalid;branch=z9hG4bK{call}\r\n"
        f"From: <sip:{CALLER}@127.0.0.1>;tag={call}\r\nTo: <sip:12345@127.0.0.1>\r\n"
        f"Call-ID: {call}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:x@a.invalid;transport=ws>\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    )


async def test_a_number_with_lines_in_it_forges_nothing(phoned: Phoned, seat: SeatPhone) -> None:
    forged = (
        "138\r\n\r\nEvent: AgentConnect\r\nInterface: PJSIP/seat001\r\n"
        "Uniqueid: forged-1-1\r\nX: 1",
        "138\nagi_network_script: bench",
    )
    rooms = len(phoned.backend.fake.rooms)
    for number in forged:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.bind(("127.0.0.1", 0))
            out.sendto(invite(out.getsockname()[1], quote(number, safe="")), phoned.server)
            # It rings like any other, and goes on record as one whose number nobody knows.
            count = len(phoned.backend.rings)
            await phoned.until(lambda was=count: len(phoned.backend.rings) > was, 15)  # type: ignore[misc]
            assert await phoned.connector.exchange.channels() is not None
    assert await phoned.connector.keeper.look()
    assert len(phoned.backend.fake.rooms) > rooms
    assert not any("forged" in one.key for one in phoned.backend.notes)
    assert {ring.caller for ring in phoned.backend.rings.values()} == {""}


def invite(port: int, user: str) -> bytes:
    call, body = secrets.token_hex(8), describe("127.0.0.1", 40_006)
    return (
        "INVITE sip:12345@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call};rport\r\n"
        f"From: <sip:{user}@h>;tag={call}\r\nTo: <sip:12345@127.0.0.1>\r\nCall-ID: {call}\r\n"
        f"CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@127.0.0.1:{port}>\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()
