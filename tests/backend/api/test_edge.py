"""What comes over the wire before any handler: no HTTP, no text, too slow, too long."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from backend.api import connector_guard
from backend.api.keys import SETTINGS
from backend.api.server import Runner
from hotline.errors import Invalid
from hotline.wire import decode
from tests.fuzz.send import Sent, send

pytestmark = pytest.mark.slow

JSON = ("Content-Type: application/json",)
CHAT = ("Authorization: Bearer token", "Content-Type: application/octet-stream")
SLOW_S = 0.3


@pytest.fixture
async def port(app: web.Application) -> AsyncIterator[int]:
    """The port of a real server that waits a third of a second for what is slow."""
    settings = app[SETTINGS]
    object.__setattr__(settings, "web", replace(settings.web, slow_s=SLOW_S))
    app[connector_guard.CONNECTORS].tokens["bots"] = "token"
    runner = Runner(app, settings)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (Sent("GET", "/" + "a" * 300), 404),
        (Sent("GET", "/assets/" + "a" * 300), 404),
        (Sent("GET", "/" + "a/" * 3_000), 404),
        (Sent("GET", "/%ED%A0%80"), 200),
        (Sent("POST", "/api/login", JSON, b'{"username":"\xed\xa0\x80","password":"x"}'), 400),
        (Sent("POST", "/api/login", JSON, b"\xff\xfe{}"), 400),
        (Sent("POST", "/api/login", JSON, b'{"username":"\\ud800","password":"x"}'), 400),
        (Sent("POST", "/connector/bind", ("Authorization: Bearer \xed\xa0\x80",)), 401),
        (Sent("GET", "/api/me", ("Cookie: hotline_session=\xed\xa0\x80",)), 401),
        (Sent("POST", "/api/login", (*JSON, "Content-Encoding: gzip"), b"no gzip"), 400),
        (Sent("GET", "/healthz", ("Expect: \xff",)), 400),
        (
            Sent(
                "PUT",
                "/connector/media?kind=photo",
                (*CHAT, "X-Hotline-Chat: telegram%3A\xff"),
                b"x",
            ),
            400,
        ),
        (
            Sent(
                "PUT",
                "/connector/media?kind=photo",
                (*CHAT, "X-Hotline-Chat: telegram%3A%ff"),
                b"x",
            ),
            400,
        ),
        (
            Sent("PUT", "/connector/media?kind=photo", (*CHAT, "X-Hotline-Chat: \xed:\xa0"), b"x"),
            400,
        ),
    ],
    ids=lambda one: str(one)[:60],
)
async def test_l1_what_is_no_text_or_no_name_is_refused(
    port: int, sent: Sent, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    got = await send(port, sent)
    assert (got.status, got.wrong) == (status, [])
    assert not [one for one in caplog.records if one.exc_info]


def test_l2_six_letters_behind_a_backslash_are_no_nul() -> None:
    for fine in (r"\\u0000", r"a\\\\u0000b", r"\\\\\\u0000"):
        text = json.loads(f'"{fine}"')
        assert decode(f'{{"t":"{fine}"}}', dict[str, str]) == {"t": text}
        assert decode(f'{{"t":"{fine}"}}'.encode(), dict[str, str]) == {"t": text}
    for nul in (r"\u0000", r"\\\u0000", r"a\\\\\u0000"):
        with pytest.raises(Invalid):
            decode(f'{{"t":"{nul}"}}', dict[str, str])


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nX-Long: " + b"y" * 9_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ],
)
async def test_l3_what_is_no_http_is_refused_in_words_and_tells_nothing(
    port: int, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    got = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    assert got.split()[1] == b"400"
    for header in (b"X-Content-Type-Options: nosniff", b"X-Frame-Options: DENY", b"no-store"):
        assert header in got
    assert b"aiohttp" not in got
    assert b"Python" not in got
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "bad_request"
    assert not [one for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")]


async def opened(port: int, begun: bytes) -> bytes:
    """What a connection hears that sends so much and then no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    got = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return got


@pytest.mark.parametrize("begun", [b"", b"GET /api/m", b"GET / HTTP/1.1\r\nHost: a\r\nX-"])
async def test_l4_a_slow_head_does_not_hold_a_connection(port: int, begun: bytes) -> None:
    assert await opened(port, begun) == b""


async def test_l4_a_slow_second_head_does_not_either(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await reader.readuntil(b'"ok"}')
    writer.write(b"GET /heal")
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await writer.wait_closed()


async def test_l4_a_kept_connection_may_rest(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for _ in range(2):
        writer.write(request)
        assert (await reader.readuntil(b'"ok"}')).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(SLOW_S * 2)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "target", ["POST /api/login", "POST /connector/reports", "PUT /connector/media?kind=photo"]
)
async def test_l4_a_slow_body_is_cut_off_in_words(port: int, target: str) -> None:
    head = (
        f"{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer token\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{"
    )
    got = await opened(port, head.encode())
    assert got.startswith(b"HTTP/1.1 408")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "too_slow"


async def test_l4_a_form_that_drips_is_cut_off_in_words(port: int) -> None:
    """Each drop let it go on for another while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /connector/chats/open HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="chat"\r\n\r\n'
    )
    told = asyncio.create_task(reader.readline())
    async with asyncio.timeout(10):
        while not told.done():
            writer.write(b" " * 64)
            await asyncio.wait([told], timeout=SLOW_S / 5)
    assert told.result().startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_form_behind_many_empty_lines_is_refused(port: int) -> None:
    """A megabyte of them held up every other request for seconds."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="chat"\r\n\r\n'
        b'{"channel": "telegram", "address": "602"}\r\n--b--\r\n'
    )
    form = (CHAT[0], "Content-Type: multipart/form-data; boundary=b")
    for before, status in ((b"", 200), (b"\r\n", 200), (b"\r\n" * 500_000, 400)):
        got = await send(port, Sent("POST", "/connector/chats/open", form, before + body))
        assert got.status == status


async def test_l16_readiness_tells_strangers_no_figures(port: int) -> None:
    got = await send(port, Sent("GET", "/readyz"))
    assert json.loads(got.text.partition(b"\r\n\r\n")[2]) == {"status": "ok"}
