"""What the behaviours begin with: people at their chats, reports, and how a refusal is read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from hotline.channel import Channel
from hotline.errors import HotlineError
from hotline.media import MediaKind
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.backend.test_media import make_wav
from tests.cities import MONDAY
from tests.contract.side import Side

CITIZEN = (Channel.TELEGRAM, "500")
OTHER = (Channel.TELEGRAM, "501")
ACCEPTOR = (Channel.TELEGRAM, "600")
COLLECTOR = (Channel.TELEGRAM, "601")
WATER = (Channel.TELEGRAM, "602")
CALLER = "13800138000"
POINT = Point(121.57, 29.89)
FAR = Point(2.35, 48.85)
FILED = {"matter": "01001", "condition": "1"}
NOBODYS_HASH = "a" * 64
NO_CASE = "00000018"


def by_chat(key: str = "1", **more: Any) -> NewReport:
    """A report of the citizen's chat."""
    told = {"text": "中山东路供水井盖没了", "point": POINT, **more}
    return NewReport(CITIZEN[0], key, told.pop("contact", Contact(*CITIZEN)), MONDAY, **told)


def by_phone(key: str = "h1-1-1", **more: Any) -> NewReport:
    """A report that was spoken."""
    contact = Contact(Channel.PHONE, more.pop("caller", CALLER))
    return NewReport(Channel.PHONE, key, contact, MONDAY, **{"call": key, **more})


def photo(colour: str = "red") -> bytes:
    """A small photo."""
    body = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(body, "JPEG")
    return body.getvalue()


async def seat(side: Side, chat: tuple[Channel, str], person: str) -> None:
    """Bind a chat to a person, as they do it."""
    await side.bots.bind(await side.code(person), *chat, "zh_CN")


async def reported(side: Side, key: str = "1", **more: Any) -> str:
    """A case that a citizen has reported by chat, and that is understood."""
    number = (await side.bots.submit(by_chat(key, **more))).number
    await side.work()
    return number


async def dispatched(side: Side, key: str = "1") -> str:
    """A case that has come to the water company."""
    number = await reported(side, key)
    await side.move(number, "file", "acceptor1", **FILED)
    side.clock.move(timedelta(seconds=1))
    await side.move(number, "dispatch", "dispatcher1", department="water")
    return number


async def to_check(side: Side) -> str:
    """A case that was handled, and that a collector is asked to check."""
    number = await dispatched(side)
    await side.move(number, "report_done", "water1", note="done")
    await side.move(number, "ask_check", "acceptor1", collector="collector01")
    side.clock.move(timedelta(seconds=90))
    return number


async def to_verify(side: Side) -> str:
    """A case that a collector is asked to look at."""
    number = await reported(side)
    await side.move(number, "ask_verify", "acceptor1", collector="collector01")
    return number


async def spoken(side: Side, key: str = "h1-1-1", sound: bytes = b"") -> tuple[str, str]:
    """A case that a citizen has reported by phone: its number, and its recording's hash."""
    file = await side.phone.upload_bytes(sound or make_wav(), MediaKind.RECORDING)
    number = (await side.phone.submit(by_phone(key))).number
    await side.phone.attach(number, file.sha256, MediaKind.RECORDING, f"{key}/1")
    return number, file.sha256


@contextmanager
def refused(kind: type[HotlineError], code: str, field: str | None = None) -> Iterator[None]:
    """What is asked within is refused: by this class of error, with code and field."""
    with pytest.raises(kind) as raised:
        yield
    error = raised.value
    assert (type(error), error.code, getattr(error, "field", None)) == (kind, code, field)
