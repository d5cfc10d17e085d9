"""A double of the Bot API: answers as its documented samples do, errors included.

`BotApi.answer` is the logic; `serve` puts it behind real HTTP, tests/fakes/wire.py behind none.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from hotline.clock import pause

TOKEN = "123456:double-of-the-bot-api"
BOT = {
    "id": 123456,
    "is_bot": True,
    "first_name": "热线",
    "username": "double_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
LARGEST_DOWNLOAD = 20 * 1024 * 1024
FIRST_DATE = 1795312800
MAX_TEXT_LENGTH = 4096
MAX_DATA_LENGTH = 64

Params = Mapping[str, Any]
Files = Mapping[str, bytes]


class ApiError(Exception):
    """An error answer of the Bot API."""

    def __init__(self, code: int, description: str, **parameters: int):
        super().__init__(description)
        self.body: dict[str, Any] = {
            "ok": False,
            "error_code": code,
            "description": description,
        }
        if parameters:
            self.body["parameters"] = parameters
        self.code = code


@dataclass(slots=True)
class Sent:
    """A message of the bot as it stands in a chat."""

    chat: int
    message: int
    text: str
    markup: dict[str, Any] | None
    photo: bytes | None = None

    @property
    def buttons(self) -> dict[str, str]:
        """Labels and data of the inline buttons."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return {one["text"]: one["callback_data"] for row in rows for one in row}


@dataclass(slots=True)
class StoredFile:
    """A file that somebody sent; `size` may be told larger than it is."""

    body: bytes
    size: int


class BotApi:
    """The server's side of one bot: what people send, and what the bot has said."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.sent: list[Sent] = []
        self.answered: list[tuple[str, str]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.files: dict[str, StoredFile] = {}
        self.webhook: dict[str, Any] = {"url": ""}
        self.blocked: set[int] = set()
        self.expired: set[str] = set()
        self.troubles: dict[str, list[ApiError | Exception]] = {}
        self.fetched_to = 0
        self._update = 1000
        self._message = 0
        self._arrived = asyncio.Event()

    def trouble(self, method: str, error: ApiError | Exception) -> None:
        """Let the next call of a method fail so."""
        self.troubles.setdefault(method, []).append(error)

    # --- what people do

    def write(self, chat: int, text: str, **more: Any) -> dict[str, Any]:
        """Somebody writes words."""
        return self.message(chat, text=text, **more)

    def photo(self, chat: int, body: bytes, **more: Any) -> dict[str, Any]:
        """Somebody sends a photo, told in two sizes."""
        file = self.store(body)
        small = self._size(self.store(body[:10]), 90)
        return self.message(chat, photo=[small, self._size(file, 1280)], **more)

    def album(self, chat: int, bodies: list[bytes], caption: str = "") -> list[dict[str, Any]]:
        """Somebody sends an album: one update a photo, the caption on the first."""
        group = f"album{self._update}"
        captions = [{"caption": caption}] + [{}] * len(bodies) if caption else [{}] * len(bodies)
        return [
            self.photo(chat, body, media_group_id=group, **more)
            for body, more in zip(bodies, captions, strict=False)
        ]

    def place(self, chat: int, lon: float, lat: float) -> dict[str, Any]:
        """Somebody shares a position."""
        return self.message(chat, location={"longitude": lon, "latitude": lat})

    def edit(self, update: Mapping[str, Any], **content: Any) -> dict[str, Any]:
        """Somebody edits a message they sent: its text, caption or photo."""
        before = update.get("message") or update["edited_message"]
        return self.push(edited_message={**before, "edit_date": FIRST_DATE + 9999, **content})

    def tap(self, chat: int, label: str, sent: Sent | None = None) -> dict[str, Any]:
        """Somebody presses a button of a message: the newest that has it, or the one given."""
        shown = sent or next(one for one in reversed(self.of(chat)) if _find(one, label))
        query = hashlib.sha256(f"{self._update}".encode()).hexdigest()[:18]
        return self.push(
            callback_query={
                "id": str(int(query, 16)),
                "from": person(chat),
                "chat_instance": "1",
                "data": _find(shown, label),
                "message": self._as_message(shown),
            }
        )

    def message(self, chat: int, **content: Any) -> dict[str, Any]:
        """Somebody sends a message of any content."""
        kind = content.pop("chat_type", "private")
        sender = content.pop("sender", None) or person(chat)
        self._message += 1
        body = {
            "message_id": self._message,
            "date": FIRST_DATE + self._message,
            "chat": {"id": chat, "type": kind},
            "from": sender,
            **content,
        }
        if kind != "private":
            body["chat"]["title"] = "group"
        if (replied := content.get("reply_to_message")) is not None and isinstance(replied, Sent):
            body["reply_to_message"] = self._as_message(replied)
        return self.push(message=body)

    def push(self, **content: Any) -> dict[str, Any]:
        """Put an update into the line."""
        self._update += 1
        update = {"update_id": self._update, **content}
        self.updates.append(update)
        self._arrived.set()
        return update

    def store(self, body: bytes, size: int | None = None) -> str:
        """Keep a file that somebody sent."""
        name = f"file{len(self.files)}"
        self.files[name] = StoredFile(body, len(body) if size is None else size)
        return name

    def of(self, chat: int) -> list[Sent]:
        """What the bot has said to a chat, in order."""
        return [one for one in self.sent if one.chat == chat]

    def last(self, chat: int) -> Sent:
        """The newest message of the bot in a chat."""
        return self.of(chat)[-1]

    # --- the methods

    async def answer(self, method: str, params: Params, files: Files) -> tuple[int, bytes]:
        """Answer a call: HTTP status and JSON."""
        self.calls.append((method, dict(params)))
        waiting = self.troubles.get(method)
        try:
            if waiting:
                raise waiting.pop(0)
            result = await self._call(method, params, files)
        except ApiError as error:
            return error.code, json.dumps(error.body).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _call(self, method: str, params: Params, files: Files) -> Any:
        match method:
            case "getMe":
                return BOT
            case "getUpdates":
                return await self._get_updates(params)
            case "setWebhook":
                self.webhook = dict(params)
                return True
            case "deleteWebhook":
                self.webhook = {"url": ""}
                return True
            case "setMyCommands" | "sendChatAction":
                return True
            case "getFile":
                return self._get_file(str(params["file_id"]))
            case "answerCallbackQuery":
                return self._answer_query(params)
            case "sendMessage":
                return self._send(params, str(params.get("text", "")))
            case "editMessageText":
                return self._edit(params)
            case "sendPhoto":
                return self._send(params, str(params.get("caption", "")), _one(files))
            case "sendDocument":
                return self._send(params, str(params.get("caption", "")), _one(files))
            case "sendMediaGroup":
                return [self._send(params, "", files[name]) for name in _attached(params)]
            case _:
                raise ApiError(404, "Not Found")

    async def _get_updates(self, params: Params) -> list[dict[str, Any]]:
        if self.webhook["url"]:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset = int(params.get("offset") or 0)
        self.fetched_to = max(self.fetched_to, offset)
        self.updates = [one for one in self.updates if one["update_id"] >= offset]
        if not self.updates and int(params.get("timeout") or 0):
            self._arrived.clear()
            await pause(self._arrived, int(params["timeout"]))
        allowed = _json(params.get("allowed_updates")) or ["message", "callback_query"]
        found = [one for one in self.updates if set(one) & set(allowed)]
        return found[: int(params.get("limit") or 100)]

    def _get_file(self, name: str) -> dict[str, Any]:
        file = self.files.get(name)
        if file is None:
            raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if file.size > LARGEST_DOWNLOAD:
            raise ApiError(400, "Bad Request: file is too big")
        return {
            "file_id": name,
            "file_unique_id": name,
            "file_size": file.size,
            "file_path": f"photos/{name}.jpg",
        }

    def _answer_query(self, params: Params) -> bool:
        query = str(params["callback_query_id"])
        if query in self.expired:
            raise ApiError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self.answered.append((query, str(params.get("text") or "")))
        return True

    def _send(self, params: Params, text: str, photo: bytes | None = None) -> dict[str, Any]:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if photo is None and not text.strip():
            raise ApiError(400, "Bad Request: message text is empty")
        _check(text, _json(params.get("reply_markup")))
        self._message += 1
        markup = _json(params.get("reply_markup"))
        sent = Sent(chat, self._message, text, markup, photo)
        self.sent.append(sent)
        return self._as_message(sent)

    def _edit(self, params: Params) -> dict[str, Any]:
        chat, message = int(params["chat_id"]), int(params["message_id"])
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        found = next((one for one in self.of(chat) if one.message == message), None)
        if found is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        text, markup = str(params["text"]), _json(params.get("reply_markup"))
        _check(text, markup)
        if (text, markup) == (found.text, found.markup):
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        found.text, found.markup = text, markup
        return self._as_message(found)

    def _as_message(self, sent: Sent) -> dict[str, Any]:
        body: dict[str, Any] = {
            "message_id": sent.message,
            "date": FIRST_DATE + sent.message,
            "chat": {"id": sent.chat, "type": "private", "first_name": "张"},
            "from": BOT,
        }
        if sent.photo is None:
            body["text"] = sent.text
        else:
            body["photo"] = [self._size("sent", 800)]
        if sent.markup and "inline_keyboard" in sent.markup:
            body["reply_markup"] = sent.markup
        return body

    def _size(self, name: str, side: int) -> dict[str, Any]:
        size = self.files[name].size if name in self.files else 1
        return {
            "file_id": name,
            "file_unique_id": name,
            "width": side,
            "height": side,
            "file_size": size,
        }


def person(chat: int) -> dict[str, Any]:
    """Somebody who writes."""
    return {
        "id": chat,
        "is_bot": False,
        "first_name": "张",
        "last_name": "伟",
        "language_code": "zh-hans",
    }


def retry_after(seconds: int) -> ApiError:
    """The answer to somebody who is too fast."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _check(text: str, markup: Any) -> None:
    if len(text.encode("utf-16-le")) // 2 > MAX_TEXT_LENGTH:
        raise ApiError(400, "Bad Request: message is too long")
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= MAX_DATA_LENGTH:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")


def _find(sent: Sent, label: str) -> str:
    return next((data for text, data in sent.buttons.items() if label in text), "")


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _one(files: Files) -> bytes:
    return next(iter(files.values()))


def _attached(params: Params) -> list[str]:
    return [one["media"].removeprefix("attach://") for one in _json(params["media"])]


# --- over HTTP


@dataclass(slots=True)
class Served:
    """The double behind HTTP, and how to post its updates to a webhook."""

    api: BotApi
    url: str
    session: aiohttp.ClientSession = field(repr=False)

    async def post(self, update: Mapping[str, Any], secret: str | None = None) -> int:
        """Post an update to the webhook that was set; gives the status it was answered with."""
        given = self.api.webhook["secret_token"] if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": given}
        async with self.session.post(
            self.api.webhook["url"], json=update, headers=headers
        ) as response:
            return response.status


@asynccontextmanager
async def serve(api: BotApi) -> AsyncIterator[Served]:
    """Put the double behind HTTP on a free port of this machine."""

    async def call(request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return web.json_response(ApiError(401, "Unauthorized").body, status=401)
        params, files = await _body(request)
        status, body = await api.answer(request.match_info["method"], params, files)
        return web.Response(status=status, body=body, content_type="application/json")

    async def download(request: web.Request) -> web.Response:
        name = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        if request.match_info["token"] != TOKEN or name not in api.files:
            return web.json_response(ApiError(404, "Not Found").body, status=404)
        return web.Response(body=api.files[name].body)

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/bot{token}/{method}", call)
    app.router.add_get("/file/bot{token}/{path:.+}", download)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        yield Served(api, f"http://127.0.0.1:{port}", session)
    await runner.cleanup()


async def _body(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    params: dict[str, Any] = dict(request.query)
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        return params | await request.json(), files
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = value.file.read()
        else:
            params[name] = value
    return params, files
