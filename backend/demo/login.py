"""A player's seat at the console: its own login, and the buttons that everybody presses."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from backend.demo.accounts import DemoAccount
from hotline.errors import HotlineError, Unauthorised, Unavailable
from hotline.form.beside import NOTE

Json = dict[str, Any]


class Refusal(HotlineError):
    """The office said no; `status` is HTTP's."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(f"{status} {code}: {message}", code=code)
        self.status = status


class DemoLogin:
    """Signs in when it must, and asks by the same HTTP as the console in a browser."""

    def __init__(self, base_url: str, account: DemoAccount):
        self.account = account
        self._base = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._csrf = ""

    async def close(self) -> None:
        """Let go of the connection; the session runs out by itself."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def cases(self, *stages: str) -> list[Json]:
        """Give the newest cases of these stages."""
        answer = await self._ask("GET", f"/api/cases?stage={','.join(stages)}&limit=100")
        return list(answer["items"])

    async def case(self, number: str) -> Json:
        """Give a whole case."""
        return await self._ask("GET", f"/api/cases/{number}")

    async def act(
        self,
        case: Json,
        action: str,
        *,
        note: str = "",
        media: Sequence[str] = (),
        given: Mapping[str, Any] | None = None,
    ) -> Json:
        """Press a button on a case as it was seen; the same press counts once, ever."""
        number, version = case["number"], case["version"]
        body = {
            "action": action,
            "version": version,
            "key": f"cast:{number}:{version}:{action}",
            NOTE: note,
            "media": list(media),
            "given": dict(given or {}),
        }
        return await self._ask("POST", f"/api/cases/{number}/act", json=body)

    async def upload(self, photo: bytes, kind: str) -> str:
        """Store a photo; gives its hash."""
        answer = await self._ask("PUT", f"/api/media?kind={kind}", data=photo)
        return str(answer["sha256"])

    async def seat_online(self) -> Json:
        """Take one's seat with an ordinary telephone; gives its line: name and password."""
        answer = await self._ask("POST", "/api/seat/online", json={"device": "phone"})
        return dict(answer["line"])

    async def seat_off(self) -> None:
        """Leave one's seat."""
        await self._ask("POST", "/api/seat/act", json={"what": "off"})

    async def seat_call(self) -> str:
        """Give the key of the call at one's seat, "" for none."""
        seat = (await self._ask("GET", "/api/seat"))["seat"]
        return str(seat["call"]) if seat else ""

    async def report(self, call: str, text: str) -> str:
        """Type a report of a call; the same call's counts once. Gives its number."""
        caller = await self._ask("GET", f"/api/seat/calls/{call}")
        contact = {"channel": "phone", "address": caller["address"], "name": ""}
        body = {"text": text, "key": f"seat:{call}", "call": call, "contact": contact}
        return str((await self._ask("POST", "/api/reports", json=body))["number"])

    async def _ask(self, method: str, path: str, **body: Any) -> Json:
        try:
            if self._csrf:
                try:
                    return await self._send(method, path, {"X-CSRF-Token": self._csrf}, **body)
                except Unauthorised:
                    self._csrf = ""
            await self._sign_in()
            return await self._send(method, path, {"X-CSRF-Token": self._csrf}, **body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{method} {path}: {error!r}") from error

    async def _sign_in(self) -> None:
        typed = {"username": self.account.username, "password": self.account.password}
        try:
            self._csrf = (await self._send("POST", "/api/login", {}, json=typed))["csrf"]
        except Unauthorised as error:
            raise Refusal(401, error.code, f"no login as {self.account.username}") from error

    async def _send(self, method: str, path: str, headers: Mapping[str, str], **body: Any) -> Json:
        if self._session is None:
            # An office at a bare address (127.0.0.1) may set cookies too.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=20)
            )
        async with self._session.request(
            method, self._base + path, headers=headers, **body
        ) as response:
            answer = await response.json(content_type=None)
            if response.status == 401:
                raise Unauthorised("not signed in", code=str(answer.get("code")))
            if response.status in (429, 503):
                wait = float(answer.get("retry_after", 5.0))
                raise Unavailable(str(answer.get("code")), retry_after=wait)
            if response.status >= 400:
                raise Refusal(response.status, str(answer.get("code")), str(answer.get("message")))
            return dict(answer)
