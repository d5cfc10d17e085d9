"""People at work, for tests: a console's login over HTTP, and a terminal as a process."""

import asyncio
import re
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from backend.city import make_city
from backend.city_files import files_by
from backend.desks.accounts import load_people
from backend.passwords import Passwords
from backend.store.session import Store, make_engine
from config.settings import ROOT
from hotline.clock import SystemClock
from tests.real.stack import Stack

CLOCK = SystemClock()
PATIENCE_S = 120.0

Json = dict[str, Any]


async def give_accounts(stack: Stack) -> dict[str, str]:
    """Give everybody of the city an account, as `hotline load-city` does: username to password."""
    store = Store(make_engine(stack.database().url()))
    passwords = Passwords()
    city = make_city(files_by(stack.settings))
    try:
        people = stack.settings.people
        return dict(
            await load_people(store, CLOCK, city.organisation.people, passwords, people, "zh_CN")
        )
    finally:
        passwords.close()
        await store.close()


class Seat:
    """Somebody who is signed in to the console as a browser is."""

    def __init__(self, session: aiohttp.ClientSession, base: str):
        self._session = session
        self._base = base
        self._headers = {"Origin": base}
        self.person = ""

    async def sign_in(self, username: str, password: str) -> None:
        """Sign in; the cookie is the jar's, the token goes along from now on."""
        me = await self.ask("POST", "/api/login", {"username": username, "password": password})
        self.person = me["person"]
        self._headers["X-CSRF-Token"] = me["csrf"]

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Ask the office; a refusal fails the test."""
        async with self._session.request(
            method, self._base + path, json=body, headers=self._headers
        ) as response:
            answer = await response.json()
            assert response.status == 200, f"{method} {path}: {response.status} {answer}"
            return dict(answer)

    async def status(self, method: str, path: str, **headers: str) -> int:
        """Give the status of a request with these headers only."""
        async with self._session.request(method, self._base + path, headers=headers) as response:
            return response.status

    async def sound(self, sha256: str) -> bytes:
        """Give a recording."""
        async with self._session.get(f"{self._base}/api/media/{sha256}") as response:
            assert response.status == 200
            assert response.content_type == "audio/wav"
            return await response.read()

    async def file(self, number: str) -> Json:
        """Give the page of a case."""
        return await self.ask("GET", f"/api/cases/{number}")

    async def in_stage(self, number: str, stage: str) -> Json:
        """Wait until a case is in a stage; give its page."""
        async with asyncio.timeout(PATIENCE_S):
            while (page := await self.file(number))["case"]["stage"] != stage:
                await asyncio.sleep(0.1)
        return page

    async def upload(self, body: bytes, kind: str) -> str:
        """Store a photo; gives its hash."""
        path = f"{self._base}/api/media?kind={kind}"
        async with self._session.put(path, data=body, headers=self._headers) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return str(answer["sha256"])

    async def act(
        self, number: str, action: str, note: str = "", media: tuple[str, ...] = (), **given: Any
    ) -> Json:
        """Press a button on a case as it is now; give its page afterwards."""
        page = await self.file(number)
        assert action in {one["action"] for one in page["buttons"]}, page["buttons"]
        body = {
            "action": action,
            "version": page["case"]["version"],
            "key": secrets.token_hex(8),
            "note": note,
            "media": media,
            "given": given,
        }
        return await self.ask("POST", f"/api/cases/{number}/act", body)

    @asynccontextmanager
    async def feed(self, since: int | None = None) -> AsyncIterator["asyncio.Queue[Json]"]:
        """Listen to the live feed from now or from a number on; what comes is put into a queue."""
        heard: asyncio.Queue[Json] = asyncio.Queue()
        if since is None:
            since = (await self.ask("GET", "/api/meta"))["feed"]
        url = f"{self._base}/api/feed?from={since}"
        async with self._session.ws_connect(url, headers={"Origin": self._base}) as socket:

            async def listen() -> None:
                async for message in socket:
                    heard.put_nowait(message.json())

            listening = asyncio.create_task(listen())
            try:
                yield heard
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def signed_in(stack: Stack, username: str, password: str) -> AsyncIterator[Seat]:
    """Sign somebody in to the console."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        seat = Seat(session, stack.settings.backend_url)
        await seat.sign_in(username, password)
        yield seat


class Terminal:
    """Somebody at `python -m bots --console --as ...`: waits for words, types, presses buttons."""

    def __init__(self, process: asyncio.subprocess.Process):
        self._process = process
        self._read = 0
        self._more = asyncio.Event()
        self.shown = ""

    async def listen(self) -> None:
        """Take in what the process writes until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.shown += line.decode()
            self._more.set()

    async def see(self, words: str) -> None:
        """Wait until words are shown that were not seen before."""
        await self._find(re.escape(words), words)

    async def type(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def press(self, label: str) -> None:
        """Wait for a button with this label that was not seen before, and press it."""
        found = await self._find(rf"\[(\d+)\] [^\[\n]*{re.escape(label)}", f"button {label}")
        await self.type(found[1])

    async def _find(self, pattern: str, called: str) -> re.Match[str]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (found := re.compile(pattern).search(self.shown, self._read)) is None:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"{called!r} is not shown after:\n{self._unseen()}") from None
        self._read = found.end()
        return found

    def _unseen(self) -> str:
        return self.shown[self._read :] or f"(nothing new) {self.shown[-800:]}"


@asynccontextmanager
async def at_terminal(stack: Stack, person: str) -> AsyncIterator[Terminal]:
    """Sit somebody down at a terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "--console", "--as", person),
        cwd=ROOT,
        env=stack.environment | {"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    terminal = Terminal(process)
    listening = asyncio.create_task(terminal.listen())
    try:
        yield terminal
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
