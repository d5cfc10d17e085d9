"""What keys lead to in the real exchange: a status typed ahead, a bulletin and its case, help."""

import asyncio
from datetime import timedelta

import pytest

from hotline.call import CallEventType as Mark
from hotline.channel import Channel
from hotline.media import MediaKind
from hotline.report import Contact, NewReport
from hotline.room.bulletin import BulletinTold
from hotline.room.exchange import RoomWanted
from ivr.handset.ear import Listened, Template
from ivr.pcm import RATE
from tests.real.exchanges import CLOCK, Phoned
from tests.real.seats import SeatPhone, wanted
from tests.real.test_phone_room import SPOKEN, calls, exchange, in_queue, phoned, seats, told, waits
from tests.real.test_phone_turns import heard_at, nobody_is_rung, until_heard

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(90)]
__all__ = ["exchange", "phoned", "seats"]

CALLER, OTHER = "13800138000", "13911112222"


async def test_a_number_and_four_digits_may_be_typed_before_they_are_asked_for(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    await nobody_is_rung(phoned, seats)
    contact = Contact(Channel.PHONE, OTHER)
    said_at = CLOCK.now() - timedelta(minutes=1)
    receipt = await phoned.backend.fake.submit(
        NewReport(Channel.PHONE, "h1-1-1", contact, said_at, call="h1-1-1")
    )
    call = await waits(phoned, CALLER)
    await call.press("1")
    await until_heard(phoned, call, "no_case", 1, 10)
    for key in receipt.number + OTHER[-4:]:
        await call.press(key)
    await until_heard(phoned, call, "status_found", 1, 10)
    await phoned.until(lambda: (Mark.STATUS_TOLD, receipt.number) in told(phoned), 10)
    assert not heard_at(phoned, call, "status_wrong")
    await phoned.until(lambda: bool(heard_at(phoned, call, "room_back")), 10)
    async with asyncio.timeout(10):
        while CALLER not in await in_queue(phoned):
            await asyncio.sleep(0.1)


async def test_a_bulletin_that_was_recorded_is_heard_and_its_case_joined(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    path = phoned.config.spool / "bulletin.wav"
    path.write_bytes((phoned.config.prompts.parent / "samples" / "rubbish.wav").read_bytes())
    file = await phoned.backend.fake.upload_bytes(path.read_bytes(), MediaKind.RECORDING)
    everybody = tuple(wanted(one.name, rung=False) for one in seats)
    on_air = BulletinTold("b1", "", sound=file.sha256, case="00000018")
    phoned.backend.fake.wanted = RoomWanted(everybody, bulletin=on_air)
    await phoned.until(lambda: phoned.connector.news.on_air is not None, 15)
    call = await calls(phoned, CALLER)
    await until_heard(phoned, call, "bulletin_join", 1, 30)
    await call.press("1")
    await until_heard(phoned, call, "bulletin_joined", 1, 10)
    assert call.stream is not None
    part = Template("bulletin", SPOKEN[RATE : 2 * RATE])
    assert len(Listened(call.stream.heard.samples()).find(part)) == 1
    assert await call.wait_end(20)
    marks = [one for one in told(phoned) if one[0] in (Mark.BULLETIN, Mark.CASE_JOINED)]
    assert marks == [(Mark.BULLETIN, "b1"), (Mark.CASE_JOINED, "00000018")]


async def test_with_nobody_there_the_key_twice_takes_the_words_at_once_as_an_emergency(
    phoned: Phoned,
) -> None:
    await phoned.keeps()
    call = await calls(phoned, CALLER)
    for _ in range(2):
        await asyncio.sleep(0.8)
        await call.press("0")
    await until_heard(phoned, call, "emergency_words", 1, 25)
    await until_heard(phoned, call, "beep", 1, 25)
    await phoned.until(lambda: (Mark.EMERGENCY, "0") in told(phoned), 3)
    await call.say(SPOKEN)
    await asyncio.sleep(0.5)
    await call.press("#")
    assert await call.wait_end(30)
    await phoned.until(lambda: bool(phoned.backend.reports), 10)
    (report,) = phoned.backend.reports.values()
    assert report.is_emergency
