"""Somebody at work without a browser: what leads a case to where a test begins."""

import http.client
import json
from typing import Any
from uuid import uuid4

from tests.real.console.stage import Stage


class Desk:
    """A person of the city, signed in; what they do is done at once."""

    def __init__(self, stage: Stage, username: str):
        self._web = stage.settings.web
        self._headers = {"Content-Type": "application/json"}
        typed = {"username": username, "password": stage.passwords[username]}
        answer, body = self._ask("POST", "/api/login", typed)
        cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
        self._headers |= {"Cookie": cookie, "X-CSRF-Token": body["csrf"]}

    def case(self, number: str) -> dict[str, Any]:
        """The page of a case."""
        return dict(self._ask("GET", f"/api/cases/{number}")[1])

    def act(self, number: str, action: str, note: str = "", **given: object) -> dict[str, Any]:
        """Make a move; gives the page of the case."""
        asked = {"action": action, "version": self.case(number)["case"]["version"], "note": note}
        asked |= {"key": str(uuid4()), "given": given}
        return dict(self._ask("POST", f"/api/cases/{number}/act", asked)[1])

    def _ask(self, method: str, path: str, body: object = None) -> tuple[Any, Any]:
        connection = http.client.HTTPConnection(self._web.host, self._web.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if body else None, self._headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, told
        return answer, told
