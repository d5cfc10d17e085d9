"""The manager interface: it comes back by itself, and asks nothing twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hotline.notice import CallEnd
from ivr import manager as manager_module
from ivr.manager import Exchange, call_key

pytestmark = pytest.mark.slow


class FakeManager:
    """A socket that plays Asterisk's manager; `answers` maps an action to text with {id}."""

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.answers: dict[str, str] = {}
        self.connections: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on a free port."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text.strip().split("\r\n"))
                self.actions.append(action)
                answer = self.answers.get(action["Action"], "Response: Success\r\nMessage: ok")
                if answer:
                    told = answer.replace("{id}", action["ActionID"])
                    told = told.replace("{channel}", action.get("ChannelId", ""))
                    if "{id}" not in answer:
                        told += f"\r\nActionID: {action['ActionID']}"
                    writer.write(f"{told}\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def named(self, name: str) -> list[dict[str, str]]:
        """Give what was asked of one kind."""
        return [action for action in self.actions if action["Action"] == name]

    def cut(self) -> None:
        """Cut every line."""
        for writer in self.connections:
            writer.transport.abort()
        self.connections.clear()


Managed = tuple[FakeManager, Exchange]


@pytest_asyncio.fixture
async def manager() -> AsyncIterator[Managed]:
    """Give a connected exchange and the manager behind it."""
    fake = FakeManager()
    exchange = Exchange("127.0.0.1", await fake.start(), "secret")
    exchange._manager.reconnect_timeout = 0.02
    exchange.start()
    await asyncio.wait_for(exchange.connected.wait(), 5)
    yield fake, exchange
    await exchange.close()
    fake.cut()
    assert fake.server is not None
    fake.server.close()


CHANNELS = (
    "Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Channels will follow"
    "\r\n\r\nEvent: CoreShowChannel\r\nActionID: {id}\r\nUniqueid: h1-100.7"
    "\r\n\r\nEvent: CoreShowChannel\r\nActionID: {id}\r\nUniqueid: h1-101.8"
    "\r\n\r\nEvent: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete"
    "\r\nListItems: 2"
)
QUEUED = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued"


def ended(response: str) -> str:
    return f"{QUEUED}\r\n\r\nEvent: OriginateResponse\r\nActionID: {{id}}\r\nResponse: {response}"


async def test_the_calls_that_are_up_are_known_by_their_keys(manager: Managed) -> None:
    fake, exchange = manager
    fake.answers["CoreShowChannels"] = CHANNELS
    assert await exchange.live_calls() == frozenset({"h1-100-7", "h1-101-8"})


async def test_kind_8_a_list_that_is_not_whole_says_nothing(manager: Managed) -> None:
    fake, exchange = manager
    fake.answers["CoreShowChannels"] = CHANNELS.replace("ListItems: 2", "ListItems: 3")
    assert await exchange.live_calls() is None


async def test_a_call_that_is_answered_and_one_that_is_not(manager: Managed) -> None:
    fake, exchange = manager
    fake.answers["Originate"] = ended("Success")
    assert await exchange.place_call("13800138000", "12345", "n-1", 1) is CallEnd.ANSWERED
    fake.answers["Originate"] = ended("Failure")
    assert await exchange.place_call("13800138000", "12345", "n-2", 1) is CallEnd.LINE_AWAY
    asked = fake.named("Originate")[0]
    assert asked["Channel"] == "PJSIP/13800138000@trunk"
    assert asked["Variable"] == "NOTICE=n-1"


@pytest.mark.parametrize(
    ("reason", "end"),
    [("5", CallEnd.BUSY), ("3", CallEnd.NO_ANSWER), ("8", CallEnd.LINE_AWAY),
     ("0", CallEnd.LINE_AWAY)],
)  # fmt: skip
async def test_kind_5_why_a_call_came_to_nothing_is_told(
    manager: Managed, reason: str, end: CallEnd
) -> None:
    fake, exchange = manager
    fake.answers["Originate"] = ended("Failure") + f"\r\nReason: {reason}"
    assert await exchange.place_call("13800138000", "12345", "n-1", 1) is end


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize(
    ("cause", "end"),
    [("17", CallEnd.BUSY), ("21", CallEnd.BUSY), ("19", CallEnd.NO_ANSWER),
     ("1", CallEnd.UNREACHABLE), ("34", CallEnd.LINE_AWAY), ("", CallEnd.LINE_AWAY)],
)  # fmt: skip
async def test_the_cause_of_the_hang_up_tells_whether_the_telephone_or_the_line_was_at_fault(
    manager: Managed, cause: str, end: CallEnd, first: bool
) -> None:
    fake, exchange = manager
    other = "Event: Hangup\r\nUniqueid: notice-of-another\r\nCause: 17"
    hangup = f"{other}\r\n\r\nEvent: Hangup\r\nUniqueid: {{channel}}\r\nCause: {cause}"
    failed = ended("Failure") + "\r\nReason: 0"
    fake.answers["Originate"] = "\r\n\r\n".join([hangup, failed] if first else [failed, hangup])
    assert await exchange.place_call("13800138000", "12345", "n-1", 1) is end


@pytest.mark.parametrize(
    "number",
    ["138\r\nAction: Command\r\n\r\n00", "withheld", "line7", "", "7", "13800&PJSIP/1",
     "１３８００", "13800138000@evil.example", "138-0013", "+" * 5],
)  # fmt: skip
async def test_fault_5_what_is_no_number_as_a_whole_is_never_rung(
    manager: Managed, number: str
) -> None:
    fake, exchange = manager
    assert await exchange.place_call(number, "12345", "n\r\nX: y", 1) is CallEnd.NOT_DIALABLE
    assert fake.named("Originate") == []
    assert fake.named("Command") == []


async def test_a_notices_id_with_a_line_break_asks_for_nothing_else(manager: Managed) -> None:
    fake, exchange = manager
    fake.answers["Originate"] = ended("Failure")
    await exchange.place_call("13800", "12345", "n\r\nX: y", 1)
    (asked,) = fake.named("Originate")
    assert asked["Variable"] == "NOTICE=nXy"
    assert "X" not in asked


async def test_the_line_comes_back_and_a_call_is_not_placed_again(manager: Managed) -> None:
    fake, exchange = manager
    fake.answers["Originate"] = ""
    placing = asyncio.ensure_future(exchange.place_call("138", "1", "n", 5))
    while not fake.named("Originate"):
        await asyncio.sleep(0.01)
    fake.cut()
    assert await placing is CallEnd.UNTOLD
    await asyncio.wait_for(exchange.connected.wait(), 5)
    fake.answers["CoreShowChannels"] = CHANNELS
    assert await exchange.live_calls() is not None
    assert len(fake.named("Originate")) == 1


async def test_a_silent_exchange_is_not_waited_for(
    manager: Managed, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, exchange = manager
    monkeypatch.setattr(manager_module, "ANSWER_SECONDS", 0.05)
    fake.answers["CoreShowChannels"] = ""
    assert await exchange.live_calls() is None


async def test_without_a_line_nothing_is_asked() -> None:
    assert await Exchange("127.0.0.1", 1, "x").live_calls() is None


def test_a_key_is_made_as_the_dialplan_makes_it() -> None:
    assert call_key("h1a2b-1795364519.12") == "h1a2b-1795364519-12"
