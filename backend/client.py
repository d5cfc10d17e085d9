"""What a connector may ask of the backend; the only module of the office that connectors import."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from hotline.call import (
    CallEvent,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.card import CaseCard, ClassSeen, PlaceSeen, Understood
from hotline.errors import (
    Conflict,
    Failed,
    Forbidden,
    HotlineError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unanswered,
    Unauthorised,
    Unavailable,
)
from hotline.health import Beat, Ref
from hotline.notice import NoticeTask, Settled
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import Attachment, CaseBrief, Channel, NewReport, Receipt
from hotline.wire import CHAT_HEADER, convert, decode, encode, parse, plain

T = TypeVar("T")
Chat = tuple[Channel, str]
# A connector imports nothing of the office but this module, so the cards are named here too.
__all__ = ["BackendClient", "CaseCard", "ClassSeen", "PlaceSeen", "Understood"]
_ERRORS: dict[int, type[HotlineError]] = {
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Refused,
}
# Said by a backend without its database, or by what stands before a backend that is away.
_AWAY = frozenset({502, 503, 504})


class BackendClient:
    """A connector's way to the backend: JSON over HTTP with the connector's own token.

    Every method raises Unavailable when the backend is away (Failed where it is there, but failed;
    Unanswered where it was slow or went away meanwhile), and otherwise the HotlineError that the
    backend answered with. All of them may be tried again: what changes something carries a key or
    is a compare-and-set.
    """

    def __init__(self, base_url: str, token: str, *, timeout_seconds: float = 5.0):
        self._base = base_url.rstrip("/")
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    # --- the phone connector

    async def ring(self, call: CallRing) -> CallKnown:
        """Put a call on record and learn what is known of the caller."""
        return await self._post("/connector/calls", call, CallKnown)

    async def note_call(self, notes: list[CallEvent]) -> None:
        """Add what happened in calls; the same (key, mark, at) is taken once."""
        await self._send("POST", "/connector/calls/notes", encode(notes))

    async def lease_numbers(self, count: int) -> list[str]:
        """Take `count` report numbers that nobody else will get."""
        answer = await self._post("/connector/numbers", {"count": count}, dict[str, list[str]])
        return answer["numbers"]

    async def transcript_tasks(self, limit: int = 10) -> list[TranscriptTask]:
        """Take recordings that wait to be written down, oldest first; the try is counted."""
        path = f"/connector/transcripts/take?limit={limit}"
        return await self._post(path, {}, list[TranscriptTask])

    async def transcript_failed(self, failed: FailedTranscript) -> None:
        """Tell why a recording was not written down; after some tries it is given up."""
        await self._send("POST", "/connector/transcripts/failed", encode(failed))

    async def beat(self, beat: Beat) -> list[Ref]:
        """Give a sign of life; gives what is to be brought back of what lies aside here."""
        return await self._post("/connector/beat", beat, list[Ref])

    async def put_transcript(self, transcript: NewTranscript) -> None:
        """Hand in what an engine heard; the second for a recording changes nothing."""
        await self._send("POST", "/connector/transcripts", encode(transcript))

    # --- reports and media, every connector

    async def submit(self, report: NewReport) -> Receipt:
        """Hand in a report; the same (channel, key) is taken once."""
        return await self._post("/connector/reports", report, Receipt)

    async def newest_case(
        self, channel: Channel, address: str, number: str = ""
    ) -> CaseBrief | None:
        """Give the newest case of a number or chat, or its case of a report number, or None."""
        body = {"channel": channel, "address": address, "number": number}
        return await self._post("/connector/newest", body, CaseBrief | None)  # type: ignore[arg-type]

    async def upload(self, path: Path, kind: str) -> Attachment:
        """Store a file durably; sent whole each time, the same bytes are kept once.

        Photos come back re-encoded under another hash, with the place of their EXIF as `hint`.
        """
        return await self.upload_bytes(await asyncio.to_thread(path.read_bytes), kind)

    async def upload_bytes(
        self, body: bytes, kind: str, *, chat: tuple[Channel, str] | None = None
    ) -> Attachment:
        """Store bytes durably; `kind` is a MediaKind.

        Only the `chat` that they came from, or who it is bound to, may name them afterwards;
        without one, only this connector may.
        """
        raw = await self._send("PUT", f"/connector/media?kind={kind}", body, long=True, chat=chat)
        return decode(raw, Attachment)

    async def attach(
        self,
        number: str,
        sha256: str,
        kind: str,
        key: str,
        *,
        chat: tuple[Channel, str] | None = None,
    ) -> None:
        """Link a stored file to a case (recordings, late album members); `key` is taken once."""
        body = {"sha256": sha256, "kind": kind, "key": key}
        await self._send("POST", f"/connector/cases/{number}/media", encode(body), chat=chat)

    async def media(self, sha256: str) -> bytes:
        """Give a stored file."""
        return await self._send("GET", f"/connector/media/{sha256}", None, long=True)

    # --- notices, every connector

    async def lease_notices(
        self, channels: list[Channel], limit: int = 10, address: str | None = None
    ) -> list[NoticeTask]:
        """Lease notices that are due for these channels, or for one address of them."""
        body = {"channels": channels, "limit": limit, "address": address}
        return await self._post("/connector/notices/lease", body, list[NoticeTask])

    async def settle_notices(self, answers: list[Settled]) -> None:
        """Tell how leased notices ended."""
        await self._send("POST", "/connector/notices/settle", encode(answers))

    # --- posts in chats

    async def bind(self, code: str, channel: Channel, address: str, language: str) -> Actor:
        """Bind a chat to the person a one-use code was made for."""
        body = {"code": code, "channel": channel, "address": address, "language": language}
        return await self._post("/connector/bind", body, Actor)

    async def actor(self, channel: Channel, address: str) -> Actor | None:
        """Give who a chat is bound to, or None for a citizen."""
        body = {"channel": channel, "address": address}
        return await self._post("/connector/actor", body, Actor | None)  # type: ignore[arg-type]

    async def tasks(self, chat: Chat) -> list[CaseCard]:
        """Give the cases that lie with whom a chat belongs to, most urgent first.

        This and what follows raises Forbidden for a chat that is bound to nobody.
        """
        return await self._post("/connector/tasks", _where(chat), list[CaseCard])

    async def card(self, number: str, chat: Chat) -> CaseCard:
        """Give a case as whom the chat belongs to may see it."""
        return await self._post(f"/connector/cases/{number}", _where(chat), CaseCard)

    async def act(
        self,
        number: str,
        action: str,
        chat: Chat,
        *,
        key: str,
        version: int | None = None,
        note: str = "",
        media: tuple[str, ...] = (),
        given: Mapping[str, Any] | None = None,
    ) -> CaseCard:
        """Make a move as whom the chat belongs to; the same key is done once.

        With `version`, Conflict when the case has moved on since (its card is then to be shown).
        """
        body = {
            **_where(chat),
            "action": action,
            "key": key,
            "version": version,
            "note": note,
            "media": media,
            "given": plain(given or {}),
        }
        return await self._post(f"/connector/cases/{number}/act", body, CaseCard)

    async def understand(self, text: str, point: Point | None) -> Understood:
        """Give class, place, urgency and scope of some words, without recording anything."""
        return await self._post("/connector/understand", {"text": text, "point": point}, Understood)

    async def load_draft(self, channel: Channel, address: str) -> object:
        """Give the plain data that was kept of a chat, whichever version wrote it, or None."""
        body = {"channel": channel, "address": address}
        return parse(await self._send("POST", "/connector/drafts/load", encode(body)))

    async def save_draft(
        self, channel: Channel, address: str, draft: Mapping[str, Any] | None
    ) -> None:
        """Keep a chat's draft, or drop it with None."""
        body = {"channel": channel, "address": address, "draft": plain(draft)}
        await self._send("POST", "/connector/drafts/save", encode(body))

    # --- commands that must be quick

    async def commands(self) -> AsyncIterator[dict[str, Any]]:
        """Yield commands from the backend ({"kind": "notices"} wakes the outbox); ends when cut."""
        session = self._open()
        try:
            async with session.ws_connect(
                f"{self._base}/connector/commands", heartbeat=10
            ) as socket:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        yield dict(parse(message.data))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"no command line to the backend: {error}") from error

    # --- the wire

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"Authorization": f"Bearer {self._token}"}
            self._session = aiohttp.ClientSession(headers=headers)
        return self._session

    async def _get(self, path: str, kind: type[T]) -> T:
        return decode(await self._send("GET", path, None), kind)

    async def _post(self, path: str, body: object, kind: type[T]) -> T:
        return decode(await self._send("POST", path, encode(body)), kind)

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        *,
        long: bool = False,
        chat: tuple[Channel, str] | None = None,
    ) -> bytes:
        timeout = aiohttp.ClientTimeout(total=120) if long else self._timeout
        headers = {"Content-Type": "application/octet-stream" if long else "application/json"}
        if chat is not None:
            headers[CHAT_HEADER] = quote(":".join(chat))
        try:
            async with self._open().request(
                method, self._base + path, data=body, timeout=timeout, headers=headers
            ) as response:
                raw = await response.read()
                if response.status >= 400:
                    raise _error(response.status, raw)
                return raw
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"{method} {path}: {error!r}") from error
        except TimeoutError as error:
            raise Unanswered(f"{method} {path}: no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error


def _where(chat: Chat) -> dict[str, str]:
    channel, address = chat
    return {"channel": channel, "address": address}


def _error(status: int, raw: bytes) -> HotlineError:
    try:
        body = convert(parse(raw), dict[str, Any])
    except HotlineError:
        body = {}
    code = str(body.get("code", "failed"))
    message = str(body.get("message", f"status {status}"))
    if status == 400:
        reason = str(body.get("detail", message))
        return Invalid(str(body.get("field", "body")), reason, code=code)
    if status in _ERRORS:
        return _ERRORS[status](message, code=code)
    kind = Unavailable if status in _AWAY else Failed
    return kind(message, code=code, retry_after=float(body.get("retry_after", 5.0)))
