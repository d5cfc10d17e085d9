"""Parts of a running hotline that hang or stay away for a while."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.real.stack import Stack


@contextmanager
def frozen(stack: Stack, part: str) -> Iterator[None]:
    """Let a part hang for the block: its ports are there and nobody answers."""
    pid = stack.pid(part)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def kept_down(stack: Stack, part: str) -> Iterator[None]:
    """Kill a part; the supervisor, which would start it again, does nothing during the block."""
    assert stack.process is not None
    stack.process.send_signal(signal.SIGSTOP)
    try:
        assert stack.kill(part)
        yield
    finally:
        stack.process.send_signal(signal.SIGCONT)
