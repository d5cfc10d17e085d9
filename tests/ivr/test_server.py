"""Every call has a thread, and what goes wrong in one stays in it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from hotline.errors import HotlineError
from ivr.line import AgiLine
from ivr.server import CallServer


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
    server = CallServer("127.0.0.1", 0, {"good": good, "refuses": refuses, "breaks": breaks})
    server.start()
    yield server
    server.stop()


def call(server: CallServer, script: str) -> bytes:
    """Connect as Asterisk does; give what was said until the end."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as asterisk:
        asterisk.sendall(f"agi_network_script: {script}\nagi_arg_1: k\n\n".encode())
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
