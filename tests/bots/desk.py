"""One person at a terminal, for tests: types lines, presses buttons by their words."""

import io

from backend.client import BackendClient
from bots.city import CityWatch
from bots.console import Reader, Terminal
from bots.conversation import Conversation
from hotline.clock import Clock


class Desk:
    """A terminal with a conversation behind it."""

    def __init__(self, backend: BackendClient, clock: Clock, person: str):
        self.out = io.StringIO()
        self.terminal = Terminal(self.out, "zh_CN")
        self.talk = Conversation(backend, self.terminal, CityWatch(backend), clock, "zh_CN")
        self.reader = Reader(self.terminal.screen, f"terminal:{person}", clock)

    async def type(self, line: str) -> str:
        """Type a line; gives what is shown after it."""
        before = len(self.out.getvalue())
        message = self.reader.read(line)
        assert message is not None
        await self.talk.hear(message)
        return self.out.getvalue()[before:]

    async def press(self, label: str) -> str:
        """Press the newest button of this label, by its number."""
        lines = self.out.getvalue().replace("   ", "\n").splitlines()
        shown = [line for line in lines if line.startswith("[") and label in line]
        assert shown, f"no button {label!r} in:\n{self.out.getvalue()}"
        return await self.type(shown[-1][1:].partition("]")[0])
