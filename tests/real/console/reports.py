"""Reports as the connectors bring them: a call with its recording, a chat message with a photo."""

import asyncio
import io
import math
import struct
import wave
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

import asyncpg
from PIL import Image, ImageDraw

from backend.client import BackendClient
from backend.store.chats import Chat, bind_chat
from backend.store.session import Store, make_engine
from hotline.call import CallEvent, CallEventType, CallRing, FailedTranscript, NewTranscript
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.media import MediaKind
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.real.console.stage import Stage

CALLER = "13800138000"
WORDS = "中山西路12号门口的路灯不亮了，晚上一片漆黑"
_PITCHES = count(9)
_PICTURES = count(1)
HERE = Point(121.5886, 29.8814)


def picture(colour: str = "steelblue") -> bytes:
    """A photo of something; no two are the same, for a photo proves one step."""
    image = Image.new("RGB", (800, 600), colour)
    drawn = ImageDraw.Draw(image)
    drawn.ellipse((250, 150, 550, 450), fill="dimgray")
    drawn.text((20, 20), str(next(_PICTURES)), fill="black", font_size=60)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def sound(seconds: int = 6) -> bytes:
    """A recording as Asterisk writes it; no two are the same."""
    pitch = next(_PITCHES)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        waves = (math.sin(i / pitch) * math.sin(i / 4000) for i in range(8000 * seconds))
        file.writeframes(b"".join(struct.pack("<h", int(9000 * one)) for one in waves))
    return out.getvalue()


def ring(stage: Stage, caller: str = CALLER, ago_s: float = 0.0) -> str:
    """A call that rings, or has for some seconds; gives its key."""
    key, at = f"test-{uuid4()}", _now() - timedelta(seconds=ago_s)
    stage.connector(lambda connector: connector.ring(CallRing(key, caller, at)))
    return key


def hang_up(
    stage: Stage, key: str, words: str = WORDS, caller: str = CALLER, recording: bytes = b""
) -> str:
    """The call ends as a spoken report with a recording; gives the number.

    Its transcript is there already, unless there are no words.
    """

    async def told(connector: BackendClient) -> str:
        stored = await connector.upload_bytes(recording or sound(), MediaKind.RECORDING)
        report = NewReport(Channel.PHONE, key, Contact(Channel.PHONE, caller), _now(), call=key)
        number = (await connector.submit(report)).number
        await connector.attach(number, stored.sha256, stored.kind, f"{key}:recording")
        ended = CallEvent(key, CallEventType.ENDED, _now())
        await connector.note_call(
            [CallEvent(key, CallEventType.NUMBER_SAID, _now(), number), ended]
        )
        if words:
            heard = NewTranscript(number, stored.sha256, "whisper-base", words, words, 0.71, 6.0)
            await connector.put_transcript(heard)
        return number

    return stage.connector(told)


def give_up(stage: Stage, number: str, reason: str) -> str:
    """The last try of writing a case's recording down fails; gives the name of its job."""

    async def tried() -> None:
        connection = await asyncpg.connect(stage.settings.database.url.replace("+asyncpg", ""))
        many = "UPDATE job SET tries = 3 WHERE queue = 'transcripts' AND ref LIKE $1"
        await connection.execute(many, f"{number}/%")
        await connection.close()

    async def failed(connector: BackendClient) -> str:
        await tried()
        tasks = await connector.transcript_tasks(50)
        (mine,) = (one for one in tasks if one.number == number)
        await connector.transcript_failed(FailedTranscript(number, mine.sha256, reason))
        return f"{number}/{mine.sha256}"

    return stage.connector(failed)


def message(
    stage: Stage,
    words: str = WORDS,
    *,
    name: str = "王小明",
    point: Point | None = HERE,
    photo: bool = False,
) -> str:
    """A report by a chat of its own, for one chat has a limit a day; gives its number."""

    async def told(connector: BackendClient) -> str:
        kept = [await connector.upload_bytes(picture(), MediaKind.PHOTO)] if photo else []
        media = tuple(one.sha256 for one in kept)
        contact = Contact(Channel.TELEGRAM, str(uuid4().int)[:10], name)
        report = NewReport(
            Channel.TELEGRAM, f"t-{uuid4()}", contact, _now(), text=words, point=point, media=media
        )
        return (await connector.submit(report)).number

    return stage.connector(told, "bots")


def collected(stage: Stage, words: str, collector: str) -> str:
    """A report of a collector's own, by their chat, with a photo from before; gives its number."""
    contact = Contact(Channel.TELEGRAM, str(uuid4().int)[:10])

    async def bound() -> None:
        store = Store(make_engine(stage.settings.database.url))
        async with store.begin() as connection:
            chat = Chat(contact.channel, contact.address, collector, "zh_CN")
            await bind_chat(connection, chat, _now())
        await store.close()

    async def told(connector: BackendClient) -> str:
        kept = await connector.upload_bytes(picture(), MediaKind.PHOTO)
        report = NewReport(
            *(Channel.TELEGRAM, f"t-{uuid4()}", contact, _now()),
            text=words,
            point=HERE,
            media=(kept.sha256,),
            reporter=collector,
        )
        return (await connector.submit(report)).number

    stage.thread.submit(asyncio.run, bound()).result(60)
    return stage.connector(told, "bots")


def _now() -> datetime:
    return SystemClock().now()
