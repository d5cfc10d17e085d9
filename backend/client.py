"""What a connector may ask of the backend; the only module of the office that connectors import."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

import aiohttp

from hotline import contract
from hotline.brief import CaseBrief
from hotline.call import (
    CallEvent,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.card import CaseCard, ClassSeen, PlaceSeen, Understood
from hotline.channel import Channel
from hotline.contract import (
    ActAsked,
    AnswerAsked,
    AttachAsked,
    BindAsked,
    CallBackAsked,
    ChatAsked,
    ChatOpened,
    ChatOwner,
    CityAsked,
    Endpoint,
    KeptDraft,
    LeaseAsked,
    NewestAsked,
    NumbersAsked,
    StatusAsked,
    SurveyAsked,
    UnderstandAsked,
    Where,
)
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
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.place.fix import Fix
from hotline.place.point import Point
from hotline.profile import CityTold
from hotline.record.proof_file import LogProof
from hotline.report import NewReport, Receipt
from hotline.revisit import RevisitSaid, RevisitTold
from hotline.room.alarm import RoomAlarm
from hotline.room.exchange import RoomSeen, RoomWanted
from hotline.room.spoken import TalkHeard
from hotline.room.survey import SurveyTold
from hotline.wire import CHAT_HEADER, convert, decode, encode, parse

A = TypeVar("A")
B = TypeVar("B")
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
# Said by a backend without its database, by what stands before a backend that is away, or (405) by
# a backend of another version that has no such address: in an upgrade it is still to come.
_AWAY = frozenset({405, 502, 503, 504})
JSON = "application/json"
BYTES = "application/octet-stream"
# How long a file may take beside its way over the line, and the slowest line that is waited for.
FILE_S = 120.0
BYTES_A_SECOND = 32 * 1024


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
        return await self._ask(contract.RING, call)

    async def note_call(self, notes: list[CallEvent]) -> None:
        """Add what happened in calls; the same (key, mark, at) is taken once."""
        await self._ask(contract.NOTE_CALLS, notes)

    async def status(self, call: str, number: str, tail: str) -> CaseBrief | None:
        """Give the case of a number to who knows its reporter's last four digits, or None.

        Raises Refused (too_many_tries) after wrong tries of the call, or of the day.
        """
        return await self._ask(contract.STATUS, StatusAsked(call, number, tail))

    async def survey(self, call: str) -> SurveyTold:
        """Give whether the caller of a call whose seat has hung up is to be asked about it."""
        return await self._ask(contract.SURVEY, SurveyAsked(call))

    async def call_back(self, asked: CallBackAsked) -> None:
        """Let a caller be rung back; Refused where nobody is now, or not at this number."""
        await self._ask(contract.CALL_BACK, asked)

    async def see_room(self, seen: RoomSeen) -> RoomWanted:
        """Tell what the exchange looks like, and get the seats that are to be there."""
        return await self._ask(contract.ROOM, seen)

    async def alarm(self, told: RoomAlarm) -> None:
        """Raise an alarm for the duty chief; the same one twice is one."""
        await self._ask(contract.ALARM, told)

    async def talk_heard(self, heard: TalkHeard) -> None:
        """Tell what is new of a talk at a seat; told twice it is once."""
        await self._ask(contract.TALK_HEARD, heard)

    async def lease_numbers(self, count: int) -> list[str]:
        """Take `count` report numbers that nobody else will get."""
        return (await self._ask(contract.LEASE_NUMBERS, NumbersAsked(count))).numbers

    async def transcript_tasks(self, limit: int = 10) -> list[TranscriptTask]:
        """Take recordings that wait to be written down, oldest first; the try is counted."""
        return await self._ask(contract.TAKE_TRANSCRIPTS, None, query={"limit": str(limit)})

    async def transcript_failed(self, failed: FailedTranscript) -> None:
        """Tell why a recording was not written down; after some tries it is given up."""
        await self._ask(contract.FAIL_TRANSCRIPT, failed)

    async def beat(self, beat: Beat) -> list[Ref]:
        """Give a sign of life; gives what is to be brought back of what lies aside here."""
        return await self._ask(contract.BEAT, beat)

    async def city(self, known: str = "", *, spoken: bool = False) -> CityTold:
        """Give the city by the release that counts; only that one's name where it is `known`."""
        return await self._ask(contract.CITY, CityAsked(known, spoken))

    async def put_transcript(self, transcript: NewTranscript) -> None:
        """Hand in what an engine heard; the second for a recording changes nothing."""
        await self._ask(contract.PUT_TRANSCRIPT, transcript)

    # --- reports and media, every connector

    async def submit(self, report: NewReport) -> Receipt:
        """Hand in a report; the same (channel, key) is taken once."""
        return await self._ask(contract.SUBMIT, report)

    async def newest_case(
        self, channel: Channel, address: str, number: str = ""
    ) -> CaseBrief | None:
        """Give the newest case of a number or chat, or its case of a report number, or None."""
        return await self._ask(contract.NEWEST, NewestAsked(channel, address, number))

    async def own_cases(self, channel: Channel, address: str) -> list[CaseBrief]:
        """Give the newest case of a number or chat, then its others that are open, newest first."""
        return await self._ask(contract.OWN, Where(channel, address))

    async def upload(self, path: Path, kind: MediaKind) -> Attachment:
        """Store a file durably; sent whole each time, the same bytes are kept once.

        Photos come back re-encoded under another hash, with the place of their EXIF as `hint`.
        """
        return await self.upload_bytes(await asyncio.to_thread(path.read_bytes), kind)

    async def upload_bytes(self, body: bytes, kind: MediaKind) -> Attachment:
        """Store bytes durably; only this connector may name them then."""
        return await self._ask(contract.PUT_MEDIA, body, query={"kind": kind})

    async def attach(
        self, number: str, sha256: str, kind: MediaKind, key: str, *, chat: Chat | None = None
    ) -> None:
        """Link a stored file to a case (recordings, late album members); `key` is taken once."""
        asked = AttachAsked(sha256, kind, key)
        await self._ask(contract.ATTACH, asked, chat=chat, number=number)

    async def media(self, sha256: str) -> bytes:
        """Give a stored file."""
        return await self._ask(contract.GET_MEDIA, None, sha256=sha256)

    # --- notices, every connector

    async def lease_notices(
        self, channels: list[Channel], limit: int = 10, address: str | None = None
    ) -> list[NoticeTask]:
        """Lease notices that are due for these channels, or for one address of them."""
        return await self._ask(contract.LEASE_NOTICES, LeaseAsked(channels, limit, address))

    async def revisit(self, said: RevisitSaid) -> RevisitTold:
        """Bring an answer of a citizen who was asked after closing; gives what counts now."""
        return await self._ask(contract.REVISIT, said)

    async def settle_notices(self, answers: list[Settled]) -> None:
        """Tell how leased notices ended."""
        await self._ask(contract.SETTLE_NOTICES, answers)

    # --- posts in chats

    async def bind(self, code: str, channel: Channel, address: str, language: str) -> ChatOwner:
        """Bind a chat to the person a one-use code was made for."""
        return await self._ask(contract.BIND, BindAsked(code, channel, address, language))

    async def open_chat(
        self, chat: Chat, number: str = "", photos: Sequence[bytes] = ()
    ) -> ChatOpened:
        """Give all of a chat that a message needs, and store the photos that came with it.

        `number` is the case that the message names. Only who writes in the chat, or whom it belongs
        to, may name the photos afterwards.
        """
        form = aiohttp.FormData(default_to_multipart=True)
        asked = encode(ChatAsked(*chat, number)).decode()
        form.add_field("chat", asked, content_type=JSON)
        for body in photos:
            form.add_field("photo", BytesIO(body), filename="photo", content_type=BYTES)
        endpoint = contract.OPEN_CHAT
        size = sum(map(len, photos)) if photos else None
        raw = await self._send(endpoint.method, endpoint.path, form, size=size)
        return decode(raw, endpoint.answer)

    async def tasks(self, chat: Chat) -> list[CaseCard]:
        """Give the cases that lie with whom a chat belongs to, most urgent first.

        This and what follows raises Forbidden for a chat that is bound to nobody.
        """
        return await self._ask(contract.TASKS, Where(*chat))

    async def card(self, number: str, chat: Chat) -> CaseCard:
        """Give a case as whom the chat belongs to may see it."""
        return await self._ask(contract.CARD, Where(*chat), number=number)

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
        given: Mapping[str, object] | None = None,
        fix: Fix | None = None,
        draft: Mapping[str, object] | None = None,
    ) -> CaseCard:
        """Make a move as whom the chat belongs to; the same key is done once.

        `draft` is kept of the chat together with the move, and not where the move is not made.
        With `version`, Conflict when the case has moved on since (its card is then to be shown).
        """
        kept = None if draft is None else dict(draft)
        asked = ActAsked(action, *chat, key, version, note, media, dict(given or {}), fix, kept)
        return await self._ask(contract.ACT, asked, number=number)

    async def answer(
        self,
        number: str,
        action: str,
        chat: Chat,
        *,
        key: str,
        note: str = "",
        media: tuple[str, ...] = (),
    ) -> CaseBrief:
        """Make a move on a case as who told of it in a chat; the same key is done once.

        Raises NotFound for a case that the chat has told nothing of.
        """
        asked = AnswerAsked(action, *chat, key, note, media)
        return await self._ask(contract.ANSWER, asked, number=number)

    async def proof(self, number: str, chat: Chat) -> LogProof:
        """Give the proof that a case which a chat has told of is in the log.

        Raises NotFound for any other, and Refused (proof_early) where nobody has signed it yet.
        """
        return await self._ask(contract.PROOF, Where(*chat), number=number)

    async def understand(self, text: str, point: Point | None) -> Understood:
        """Give class, place, urgency and scope of some words, without recording anything."""
        return await self._ask(contract.UNDERSTAND, UnderstandAsked(text, point))

    async def save_draft(self, chat: Chat, draft: Mapping[str, object]) -> None:
        """Keep a chat's draft."""
        await self._ask(contract.SAVE_DRAFT, KeptDraft(*chat, dict(draft)))

    # --- commands that must be quick

    async def commands(self) -> AsyncIterator[dict[str, Any]]:
        """Yield commands from the backend, such as {"kind": "notices"}; ends when cut."""
        session = self._open()
        try:
            async with session.ws_connect(
                f"{self._base}{contract.COMMANDS.path}", heartbeat=10
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

    async def _ask(
        self,
        endpoint: Endpoint[B, A],
        body: B,
        *,
        query: Mapping[str, str] | None = None,
        chat: Chat | None = None,
        **named: str,
    ) -> A:
        """Ask for an endpoint; files are sent and come as they are, and may take long."""
        path = endpoint.path.format_map({name: quote(one, "") for name, one in named.items()})
        file = bytes in (endpoint.body, endpoint.answer)
        size = (len(body) if isinstance(body, bytes) else 0) if file else None
        sent = body if isinstance(body, bytes) else None if body is None else encode(body)
        target = f"{path}?{urlencode(query)}" if query else path
        raw: object = await self._send(endpoint.method, target, sent, size=size, chat=chat)
        if endpoint.answer not in (bytes, NoneType):
            return decode(cast("bytes", raw), endpoint.answer)
        return cast("A", raw if endpoint.answer is bytes else None)

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes | aiohttp.FormData | None,
        *,
        size: int | None = None,
        chat: Chat | None = None,
    ) -> bytes:
        """Send a request and give its answer; `size` is that of the files in it, None for none."""
        timeout = self._timeout if size is None else time_for(size)
        headers = {}
        if not isinstance(body, aiohttp.FormData):  # which names its boundary itself
            headers["Content-Type"] = JSON if size is None else BYTES
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


def time_for(size: int) -> aiohttp.ClientTimeout:
    """Give the time that a request with so many bytes of files may take, on a slow line too."""
    return aiohttp.ClientTimeout(total=FILE_S + size / BYTES_A_SECOND)


def _error(status: int, raw: bytes) -> HotlineError:
    try:
        body = convert(parse(raw), dict[str, Any])
    except HotlineError:
        body = {}
    code = str(body.get("code") or "failed")
    message = str(body.get("message") or f"status {status}")
    if status == 400:
        reason = str(body.get("detail") or message)
        return Invalid(str(body.get("field") or "body"), reason, code=code)
    if status in _ERRORS:
        return _ERRORS[status](message, code=code)
    kind = Unavailable if status in _AWAY else Failed
    return kind(message, code=code, retry_after=float(body.get("retry_after") or 5.0))
