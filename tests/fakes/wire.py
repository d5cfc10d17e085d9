"""The library's wire without a network: its requests go straight to the double."""

from typing import Any

from telegram.request import BaseRequest, RequestData

from bots.telegram.api import Updates
from tests.fakes.botapi import BotApi


class Wire(BaseRequest):
    """What python-telegram-bot is given in the place of HTTP; anything unknown fails the test."""

    def __init__(self, api: BotApi):
        self.api = api

    @property
    def read_timeout(self) -> float:
        """As the real one."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: Any,
        **timeouts: Any,
    ) -> tuple[int, bytes]:
        """Hand a request to the double, as it would arrive over HTTP."""
        if "/file/" in url:
            name = url.rpartition("/")[2].removesuffix(".jpg")
            file = self.api.files.get(name)
            return (200, file.body) if file else (404, b'{"ok":false,"description":"Not Found"}')
        params: dict[str, Any] = dict(request_data.json_parameters) if request_data else {}
        files: dict[str, bytes] = {}
        if request_data and request_data.contains_files:
            for name, part in (request_data.multipart_data or {}).items():
                assert isinstance(part[1], bytes)
                files[name] = part[1]
        return await self.api.answer(url.rpartition("/")[2], params, files)


class UpdatesWire(Updates, Wire):
    """The wire that asks for updates."""
