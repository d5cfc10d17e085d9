"""Every call has a thread, and what goes wrong in one stays in it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hotline.errors import HotlineError
from ivr import line as line_module
from ivr.agi_server import CallServer
from ivr.line import AgiLine

pytestmark = pytest.mark.slow

SECRET = "4e1d"
MAX_COUNT = 60


def good(line: AgiLine) -> None:
    """Answer."""
    line.answer()


def refuses(line: AgiLine) -> None:
    """End as a hang-up does."""
    raise HotlineError("hung up")


def breaks(line: AgiLine) -> None:
    """Break."""
    raise ZeroDivisionError


@pytest.fixture
def server() -> Iterator[CallServer]:
    """Give a server with three flows."""
    flows = {"good": good, "refuses": refuses, "breaks": breaks}
    server = CallServer("127.0.0.1", 0, flows, lambda: SECRET, MAX_COUNT)
    server.start()
    yield server
    server.stop()


def call(server: CallServer, script: str, secret: str = SECRET) -> bytes:
    """Connect as Asterisk does; give what was said until the end."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as asterisk:
        asterisk.sendall(f"agi_network_script: {script}\nagi_arg_1: {secret}\n\n".encode())
        said = asterisk.recv(100)
        if said:
            asterisk.sendall(b"200 result=0\n")
            said += asterisk.recv(100)
        return said


def test_the_dialplan_chooses_the_flow(server: CallServer) -> None:
    assert call(server, "good") == b"ANSWER\n"


@pytest.mark.parametrize("script", ["refuses", "breaks", "nobody-knows-this"])
def test_a_call_that_breaks_gives_the_channel_back_and_the_next_is_taken(
    server: CallServer, script: str
) -> None:
    assert call(server, script) == b""
    assert call(server, "good") == b"ANSWER\n"


def test_a_probe_that_says_nothing_disturbs_nobody(server: CallServer) -> None:
    socket.create_connection(("127.0.0.1", server.port), 5).close()
    assert call(server, "good") == b"ANSWER\n"


def test_many_calls_are_taken_at_once(server: CallServer) -> None:
    said: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: said.append(call(server, "good"))) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert said == [b"ANSWER\n"] * 40


@pytest.mark.parametrize("secret", ["", "4e1", "4e1d4e1d", "k", "h1-100-0", "4ë1d"])
def test_h2_a_connection_without_the_exchanges_secret_gets_no_flow(
    server: CallServer, secret: str
) -> None:
    assert call(server, "good", secret) == b""
    assert call(server, "good") == b"ANSWER\n"


def test_h2_where_no_exchange_ever_started_nobody_is_let_in() -> None:
    server = CallServer("127.0.0.1", 0, {"good": good}, lambda: "", MAX_COUNT)
    server.start()
    assert call(server, "good", "") == b""
    server.stop()


def test_h2_connections_that_say_nothing_are_let_go_and_hold_no_more_than_the_most(
    server: CallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "OPENING_SECONDS", 0.5)
    with ExitStack() as held:
        idle = [
            held.enter_context(socket.create_connection(("127.0.0.1", server.port), 5))
            for _ in range(MAX_COUNT + 20)
        ]
        for one in idle:
            assert one.recv(1) == b""
    assert call(server, "good") == b"ANSWER\n"


def test_h2_an_opening_that_drips_or_never_ends_is_let_go(
    server: CallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "OPENING_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", server.port), 5) as dripping:
        dripping.sendall(b"agi_network_script: good\nagi_arg")
        assert dripping.recv(1) == b""
    with socket.create_connection(("127.0.0.1", server.port), 5) as endless:
        endless.sendall(b"a: b\n" * line_module.MAX_OPENING_LINES)
        assert endless.recv(1) == b""


def test_kind_8_an_exchange_that_started_anew_is_known_by_its_new_secret() -> None:
    secret = ["old"]
    server = CallServer("127.0.0.1", 0, {"good": good}, lambda: secret[0], MAX_COUNT)
    server.start()
    assert call(server, "good", "old") == b"ANSWER\n"
    secret[0] = "new"
    assert call(server, "good", "old") == b""
    assert call(server, "good", "new") == b"ANSWER\n"
    server.stop()
