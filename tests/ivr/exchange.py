"""A socket that plays Asterisk: answers the commands of a gateway connection as told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.line import AgiLine

ENVIRONMENT = (
    "agi_network: yes\nagi_network_script: hotline\nagi_uniqueid: h1-100.0\n"
    "agi_calleridname: {name}\nagi_arg_1: s3cret\nagi_arg_2: h1-100-0\n"
    "agi_arg_3: 13800138000\n\n"
)


class FakeAsterisk:
    """Keeps what it was sent and answers from a list; an answer may be several lines, or none."""

    def __init__(self, answers: list[bytes], name: str = "unknown"):
        self.ours, theirs = socket.socketpair()
        self.line_socket = theirs
        self.commands: list[str] = []
        self._answers = answers
        self._environment = ENVIRONMENT.format(name=name).encode()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        self.ours.sendall(self._environment)
        reader = self.ours.makefile("rb")
        for answer in self._answers:
            command = reader.readline()
            if not command:
                return
            self.commands.append(command.decode().rstrip("\n"))
            if answer:
                self.ours.sendall(answer)
        self.ours.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Wait for the thread and give the sockets back."""
        self.line_socket.close()
        self._thread.join(2)
        self.ours.close()


@contextmanager
def asterisk(*answers: bytes, name: str = "unknown") -> Iterator[tuple[AgiLine, FakeAsterisk]]:
    """Give a line to an Asterisk that answers like this, one answer a command."""
    fake = FakeAsterisk(list(answers), name)
    line = AgiLine(fake.line_socket)
    try:
        yield line, fake
    finally:
        fake.close()
