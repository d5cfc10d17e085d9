"""L14: the route that understands words for a connector, by hostile bodies."""

import json
import threading
from typing import cast

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from backend.api.http import MAX_JSON_BYTES
from backend.desks.chat import MAX_UNDERSTOOD
from backend.desks.context import AppContext
from tests.backend.api.conftest import TOKENS, MakeClient
from tests.fakes.knowing import FakeTriageService

PATH = "/connector/understand"


@pytest.fixture
def knowing(office: AppContext) -> FakeTriageService:
    return cast("FakeTriageService", office.knowing)


async def sent(server: TestServer, body: bytes) -> int:
    """Send a body as the message connector; gives the status."""
    headers = {"Authorization": f"Bearer {TOKENS['bots']}", "Content-Type": "application/json"}
    async with (
        ClientSession() as http,
        http.post(server.make_url(PATH), data=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"text": 5}', 400),
        (b'{"text": null}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "\\u0000"}', 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "a", "point": {"lon": 1e400, "lat": 1}}', 400),
        (b'{"text": "a", "point": {"lon": NaN, "lat": 1}}', 400),
        (b'{"text": ' + b"[" * 100_000, 400),
        (b'{"text": "' + b"a" * MAX_JSON_BYTES + b'"}', 413),
    ],
)
async def test_l14_what_is_no_text_is_refused_and_never_looked_at(
    server: TestServer, knowing: FakeTriageService, body: bytes, status: int
) -> None:
    assert await sent(server, body) == status
    assert knowing.asked == []


async def test_l14_of_long_words_the_beginning_is_looked_at(
    server: TestServer, knowing: FakeTriageService
) -> None:
    assert await sent(server, json.dumps({"text": "路" * 50_000}).encode()) == 413
    assert await sent(server, json.dumps({"text": "路" * 20_000}).encode()) == 200
    assert [len(text) for text in knowing.asked] == [MAX_UNDERSTOOD]


async def test_l14_words_that_hang_are_unsure_and_the_connector_goes_on(
    client: MakeClient,
    office: AppContext,
    knowing: FakeTriageService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = threading.Event()
    monkeypatch.setattr(FakeTriageService, "understand", lambda *_: held.wait() and knowing.answer)
    office.thinking.longest_s = 0.05
    connector = client("bots")
    first, second = (
        await connector.understand("井盖没了", None),
        await connector.understand("井盖", None),
    )
    held.set()
    assert (first.classes, first.unsure, first.in_scope) == ((), True, True)
    assert second == first
    office.thinking.longest_s = 30.0
    assert (await connector.understand("井盖没了", None)).classes


async def test_l14_words_that_fail_are_unsure_and_the_connector_goes_on(
    client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no word of it")

    monkeypatch.setattr(FakeTriageService, "understand", fails)
    seen = await client("bots").understand("张三 13812345678", None)
    assert (seen.classes, seen.unsure) == ((), True)
