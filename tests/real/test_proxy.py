"""One https name before console and exchange: `hotline proxy`, nginx, a real backend."""

import asyncio
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from backend.operations import asterisk
from backend.operations.postgres import Postgres
from config.settings import ROOT
from ivr.handset.message import Message, parse
from ivr.handset.sign_in import answer_of
from ivr.switch.doors import SeatDoors
from tests.real.console.stage import Stage, staged
from tests.real.exchanges import make_exchange
from tests.real.seats import PASSWORD, wanted

pytestmark = pytest.mark.real
# By its address: a bare machine has no list of names, not even its own.
HOST = "127.0.0.1"
NGINX = ROOT / ".tools" / "debian" / "bin" / "nginx"


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def stage(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A backend that is reached through the proxy alone."""
    with staged(postgres, tmp_path_factory.mktemp("proxied"), name="proxied") as running:
        yield running


@asynccontextmanager
async def exchange(port: int) -> AsyncIterator[list[str]]:
    """What answers seats' telephones behind the proxy; gives the addresses it was told."""
    came = list[str]()

    async def telephone(request: web.Request) -> web.WebSocketResponse:
        came.append(request.headers.get("X-Forwarded-For", ""))
        line = web.WebSocketResponse(protocols=("sip",))
        await line.prepare(request)
        async for message in line:
            await line.send_str(f"heard {message.data}")
        return line

    app = web.Application()
    app.router.add_get("/ws", telephone)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield came
    await runner.cleanup()


@asynccontextmanager
async def proxied(
    stage: Stage, folder: Path, exchange_port: int = 0
) -> AsyncIterator[tuple[str, ssl.SSLContext, int]]:
    """nginx by what `hotline proxy` writes: its address, whom to trust, the exchange's port."""
    listen, port = free_port(), exchange_port or free_port()
    environment = {**os.environ, "HOTLINE_PHONE_HTTP_PORT": str(port)}
    command = [
        *(sys.executable, "-m", "backend", "--config", str(stage.file), "proxy", HOST, "localhost"),
        *("--to", str(folder), "--listen", f"{HOST}:{listen}"),
    ]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    asked = [str(NGINX), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with (folder / "nginx.log").open("wb") as log:
        running = subprocess.Popen(asked, stdout=log, stderr=log)
    trusted = ssl.create_default_context(cafile=str(folder / "certificates" / "ca.pem"))
    try:
        async with asyncio.timeout(20):
            while True:
                assert running.poll() is None, (folder / "nginx.log").read_text()
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", listen)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        yield f"https://{HOST}:{listen}", trusted, port
    finally:
        running.terminate()
        running.wait(10)


async def test_console_and_seats_share_one_https_name(stage: Stage, tmp_path: Path) -> None:
    async with (
        proxied(stage, tmp_path) as (url, trusted, port),
        exchange(port) as came,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session,
    ):
        async with session.get(f"{url}/") as page:
            assert page.status == 200
            assert "Strict-Transport-Security" in page.headers
        async with session.get(f"{url}/api/me") as nobody:
            assert (nobody.status, (await nobody.json())["code"]) == (401, "unauthorised")
        async with session.post(f"{url}/connector/city", json={}) as closed:
            assert closed.status == 404
            assert closed.headers["Server"] == "nginx"
        claimed = {"X-Forwarded-For": "203.0.113.7"}
        async with session.ws_connect(f"{url}/ws", protocols=("sip",), headers=claimed) as line:
            assert line.protocol == "sip"
            await line.send_str("REGISTER")
            assert (await line.receive(5)).data == "heard REGISTER"
        assert came == ["127.0.0.1"]


async def test_who_knocks_at_the_seats_too_often_is_turned_away(
    stage: Stage, tmp_path: Path
) -> None:
    async with (
        proxied(stage, tmp_path) as (url, trusted, port),
        exchange(port),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session,
    ):
        answers = list[int]()
        for _ in range(60):
            async with session.get(f"{url}/ws") as answer:
                answers.append(answer.status)
        assert answers[0] != 503
        assert answers.count(503) > 20
        async with session.get(f"{url}/") as page:
            assert page.status == 200


async def test_a_browser_that_does_not_trust_the_office_is_not_let_in(
    stage: Stage, tmp_path: Path
) -> None:
    async with proxied(stage, tmp_path) as (url, _, _), aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{url}/")


@pytest.mark.calls
async def test_a_seat_signs_in_at_the_real_exchange_through_the_proxy(
    stage: Stage, open_folder: Path, tmp_path: Path
) -> None:
    with asterisk.running(make_exchange(open_folder)) as real:
        config = real.config
        doors = SeatDoors("127.0.0.1", config.http_port, config.ari_secret)
        await doors.put(replace(wanted("seat001"), browser=True))
        async with (
            proxied(stage, tmp_path, config.http_port) as (url, trusted, _),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session,
        ):
            for password, status in (("guessed", 401), (PASSWORD, 200)):
                async with session.ws_connect(f"{url}/ws", protocols=("sip",)) as line:
                    assert await registered(line, "seat001", password) == status
                    there = (await doors.seats())["seat001"].online
                    assert there == (status == 200)
        await doors.close()


async def registered(line: aiohttp.ClientWebSocketResponse, name: str, password: str) -> int:
    """Sign in over a WebSocket, as a page does; gives SIP's status."""
    call, answer = secrets.token_hex(8), None
    for turn in (1, 2):
        request = Message("REGISTER", "sip:hotline")
        via = f"SIP/2.0/WSS page.invalid;branch=z9hG4bK{secrets.token_hex(6)}"
        request.headers = [
            ("Via", via), ("From", f"<sip:{name}@hotline>;tag={call}"),
            ("To", f"<sip:{name}@hotline>"), ("Call-ID", call), ("CSeq", f"{turn} REGISTER"),
            ("Max-Forwards", "70"), ("Contact", f"<sip:{name}@page.invalid;transport=ws>"),
            ("Expires", "60"),
        ]  # fmt: skip
        if answer is not None:
            request.headers.append(("Authorization", digest(answer, name, password, request)))
        await line.send_str(request.encode().decode())
        answer = parse(str((await line.receive(10)).data).encode())
        assert answer is not None
        if answer.status != 401:
            break
    assert answer is not None
    return answer.status


def digest(asked: Message, name: str, password: str, request: Message) -> str:
    """The answer to an exchange that asks who signs in."""
    challenge = dict(re.findall(r'(\w+)="?([^",]*)"?', asked.get("WWW-Authenticate")))
    return answer_of(challenge, name, password, request)
