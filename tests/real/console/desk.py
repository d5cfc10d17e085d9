"""Somebody at work without a browser: what leads a case to where a test begins."""

import http.client
import json
from typing import Any
from uuid import uuid4

from tests.real.console.stage import Stage


class Desk:
    """A person of the city, signed in; what they do is done at once."""

    def __init__(self, stage: Stage, username: str):
        self.username = username
        self._web = stage.settings.web
        self._headers = {"Content-Type": "application/json"}
        typed = {"username": username, "password": stage.passwords[username]}
        answer, body = self._ask("POST", "/api/login", typed)
        cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
        self._headers |= {"Cookie": cookie, "X-CSRF-Token": body["csrf"]}

    def case(self, number: str) -> dict[str, Any]:
        """The page of a case."""
        return dict(self._ask("GET", f"/api/cases/{number}")[1])

    def act(
        self, number: str, action: str, note: str = "", *, key: str = "", **given: object
    ) -> dict[str, Any]:
        """Make a move; gives the page of the case. What is done by the same `key` is done once."""
        version = self.case(number)["case"]["version"]
        asked = {"action": action, "version": version, "note": note, "given": given}
        asked |= {"key": key or str(uuid4())}
        return dict(self._ask("POST", f"/api/cases/{number}/act", asked)[1])

    def is_refused(self, number: str, action: str, status: int) -> None:
        """Expect a move to be refused with a status, though no button stands in its way."""
        asked = {"action": action, "version": self.case(number)["case"]["version"], "note": ""}
        asked |= {"key": str(uuid4()), "given": {}}
        self._ask("POST", f"/api/cases/{number}/act", asked, status)

    def away(self, reason: str, proxy: str) -> str:
        """Be away from now on, with somebody who acts for them; gives the leave's number."""
        path = f"/api/people/{self.username}/leave"
        return str(self._ask("POST", path, {"reason": reason, "proxy": proxy})[1]["id"])

    def is_back(self, leave: str) -> None:
        """Be there again."""
        self._ask("POST", f"/api/leaves/{leave}/end", {})

    def _ask(
        self, method: str, path: str, body: object = None, status: int = 200
    ) -> tuple[Any, Any]:
        connection = http.client.HTTPConnection(self._web.host, self._web.port, timeout=60)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), self._headers
            )
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == status, told
        return answer, told
