"""One spoken report from the ring to the call back, every step where it belongs."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from config.prompts import PROMPTS
from config.settings import ROOT
from hotline.case.case import replay
from hotline.clock import SystemClock
from hotline.number import groups, printed
from ivr.handset.caller import Caller, Script, Told
from ivr.handset.ear import Ear
from ivr.handset.phone import Call, open_phone
from ivr.pcm import RATE, read_wav
from ivr.prompts import open_prompts
from tests.real.people import Json, Seat, Terminal, at_terminal, give_accounts, signed_in
from tests.real.record import on_record
from tests.real.stack import Stack, free_ports, running

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(900)]

CLOCK = SystemClock()
SAMPLE = ROOT / "config/asterisk/samples/manhole.wav"
CITIZEN = "13912345678"
TRANSCRIBED_S = 180.0
CALLED_BACK_S = 120.0
MACHINE = {"attach", "transcribe", "suggest", "light"}
MOVES = [
    "report", "ask_verify", "verify_true", "file", "dispatch", "send_back",
    "approve_return", "dispatch", "accept", "report_done", "ask_check", "fail_check",
    "report_done", "ask_check", "pass_check", "close",
]  # fmt: skip


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline with its recogniser; calls to citizens go to a port of ours."""
    trunk = f"127.0.0.1:{free_ports(1)[0]}"
    with running(open_folder, {"HOTLINE_PHONE_TRUNK": trunk}) as stack:
        yield stack


@dataclass(slots=True)
class Citizen:
    """Somebody with a telephone that can be rung, and an ear for the hotline's words."""

    caller: Caller
    rung: "asyncio.Queue[Call]" = field(default_factory=asyncio.Queue)

    @property
    def ear(self) -> Ear:
        """What they know of the hotline's voice."""
        return self.caller.ear

    async def reports(self, stack: Stack) -> Told:
        """Ring the hotline up and speak."""
        server = ("127.0.0.1", stack.settings.phone.sip_port)
        script = Script(speech=read_wav(SAMPLE))
        return await self.caller.report(
            server, stack.settings.phone.hotline_number, CITIZEN, script
        )

    async def is_told(self) -> Told:
        """Take the call that comes and hear it to its end."""
        async with asyncio.timeout(CALLED_BACK_S):
            call = await self.rung.get()
        return await self.caller.listen(call)


@asynccontextmanager
async def a_citizen(stack: Stack) -> AsyncIterator[Citizen]:
    """Give somebody whose telephone hangs on the trunk."""
    host, _, port = stack.settings.phone.trunk.rpartition(":")
    phone = await open_phone(CLOCK, host, int(port))
    citizen = Citizen(Caller(phone, Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN"), CLOCK))
    phone.on_call = citizen.rung.put
    try:
        yield citizen
    finally:
        phone.close()


@dataclass(slots=True)
class Story:
    """Everybody in it, and the number it is about."""

    stack: Stack
    citizen: Citizen
    acceptor: Seat
    dispatcher: Seat
    chief: Seat
    photo: Path
    number: str = ""
    seats: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def at(self, person: str) -> Terminal:
        """Sit somebody down at a terminal for the rest of the story."""
        return await self.seats.enter_async_context(at_terminal(self.stack, person))

    async def in_stage(self, stage: str) -> Json:
        """Wait for a stage."""
        return await self.chief.in_stage(self.number, stage)


@pytest.fixture
async def story(stack: Stack, tmp_path: Path) -> AsyncIterator[Story]:
    """The citizen with a telephone, three people at the console, seats at terminals to come."""
    photo = tmp_path / "现场 1.jpg"
    accounts = await give_accounts(stack)
    async with AsyncExitStack() as seats:
        names = ("acceptor1", "dispatcher1", "chief1")
        acceptor, dispatcher, chief = [
            await seats.enter_async_context(signed_in(stack, name, accounts[name]))
            for name in names
        ]
        citizen = await seats.enter_async_context(a_citizen(stack))
        yield Story(stack, citizen, acceptor, dispatcher, chief, photo, seats=seats)


def taken(story: Story, colour: str) -> str:
    """Take a photo; gives the line that sends it from a terminal."""
    body = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(body, "JPEG")
    story.photo.write_bytes(body.getvalue())
    return f'photo "{story.photo}"'


async def the_report_is_spoken(story: Story) -> None:
    """The acceptor's screen shows the call while it rings and the case when it is spoken."""
    async with story.acceptor.feed() as feed:
        told = await story.citizen.reports(story.stack)
        news = [feed.get_nowait() for _ in range(feed.qsize())]
    assert told.number is not None
    assert told.numbers == [told.number] * 2, "the number is said twice"
    said = story.citizen.ear.groups(told.sound)
    assert said == [*groups(told.number)] * 2, "in two groups of four"
    story.number = told.number
    kinds = [one["kind"] for one in news]
    assert kinds.index("call") < kinds.index("case")
    assert {one["number"] for one in news if one["kind"] == "case"} == {told.number}


async def it_is_written_down(story: Story) -> Json:
    """Recording, transcript, class and place appear on the case's page; gives its case."""
    async with asyncio.timeout(TRANSCRIBED_S):
        while True:
            page = await story.acceptor.file(story.number)
            if page["case"]["suggestions"] and page["case"]["text"]:
                break
            await asyncio.sleep(0.2)
    case = page["case"]
    call = next(one["call"] for one in page["timeline"] if one["kind"] == "call")
    assert call["transcript"]["engine"].startswith("whisper")
    assert "井盖" in call["transcript"]["text"]
    assert call["transcript"]["confirmed"] is False
    with wave.open(io.BytesIO(await story.acceptor.sound(call["recording"]))) as sound:
        assert sound.getnframes() / sound.getframerate() > len(read_wav(SAMPLE)) / RATE - 0.5
    assert "井盖" in case["suggestions"][0]["name"]
    assert "中山东路" in case["place_text"]
    assert case["point"] is not None
    assert len(case["cell"]) == 15
    assert page["contact"]["address_masked"] != CITIZEN
    return dict(case)


async def it_is_verified_and_filed(story: Story, case: Json) -> Terminal:
    """The collector looks at the place and says so; gives the collector's terminal."""
    collector = await story.at(case["suggested"]["collector"])
    await collector.see("没有待办案件")
    await story.acceptor.act(story.number, "ask_verify", collector=case["suggested"]["collector"])
    await collector.press(printed(story.number))
    await collector.press("✅ 属实")
    await collector.see("请发一张现场照片")
    await collector.type(taken(story, "green"))
    page = await story.in_stage("reported")
    assert page["case"]["fields"]["verified"] == "true"
    await story.acceptor.act(
        story.number,
        "file",
        matter=case["suggestions"][0]["code"],
        condition=case["suggested"]["condition"],
        cell=case["cell"],
        text=case["text"],
        text_confirmed=True,
    )
    await story.in_stage("to_dispatch")
    return collector


async def it_is_sent_back_by_the_wrong_department(story: Story) -> None:
    """A department that it does not belong to asks to return it, and the dispatcher agrees."""
    await story.dispatcher.act(story.number, "dispatch", department="greening")
    wrong = await story.at("greening1")
    await wrong.press(printed(story.number))
    await wrong.press("↩️ 申请回退")
    await wrong.press("不属本单位")
    await story.in_stage("return_asked")
    await story.dispatcher.act(story.number, "approve_return")
    page = await story.in_stage("to_dispatch")
    assert (page["case"]["department"], page["case"]["counts"]["return_count"]) == (None, 1)


async def it_is_handled(story: Story) -> Terminal:
    """The right department accepts it and finishes; gives the handler's terminal."""
    page = await story.dispatcher.file(story.number)
    department = page["case"]["suggested_department"]["id"]
    await story.dispatcher.act(story.number, "dispatch", department=department)
    handler = await story.at(f"{department}1")
    await handler.press(printed(story.number))
    await handler.press("✅ 接单")
    await handler.see("✅ 接单 · ")
    await handler.press("🏁 处置反馈")
    await handler.see("请回复一张处理后的照片")
    await handler.type(f"{taken(story, 'white')} -- 已换新井盖")
    page = await story.in_stage("to_check")
    assert "accepted_at" in page["case"]["times"]
    return handler


async def it_is_checked(story: Story, collector: Terminal, answer: str, colour: str) -> None:
    """The collector looks whether it is solved."""
    await story.acceptor.act(story.number, "ask_check")
    await collector.press(printed(story.number))
    await collector.press(answer)
    await collector.see("请发一张现场照片")
    await collector.type(taken(story, colour))
    # A closing is proved on site, where the closing condition says so.
    case = (await story.acceptor.file(story.number))["case"]
    if answer.endswith("已解决") and case["closing"]["evidence"] == "photo_place":
        await collector.see("发送您的位置")
        await collector.type(f"at {case['point']['lon']},{case['point']['lat']}")


async def it_is_reworked(story: Story, handler: Terminal) -> None:
    """The department does it again."""
    page = await story.in_stage("handling")
    assert page["case"]["counts"]["rework_count"] == 1
    await handler.press(printed(story.number))
    await handler.press("🏁 处置反馈")
    await handler.see("请回复一张处理后的照片")
    await handler.type(taken(story, "grey"))
    await story.in_stage("to_check")


async def the_citizen_is_called_back(story: Story) -> None:
    """The duty chief closes it; the citizen's telephone rings and says so."""
    await story.in_stage("to_close")
    assert story.citizen.rung.empty(), "no step before this one rings anybody"
    await story.chief.act(story.number, "close")
    told = await story.citizen.is_told()
    assert told.numbers == [story.number] * 2
    for prompt in ("notice_intro", "notice_closed", "thanks"):
        assert story.citizen.ear.heard(told.sound, prompt), prompt
    assert not story.citizen.ear.heard(told.sound, "notice_void")


async def it_is_all_on_record(story: Story) -> None:
    """The page tells the whole story, and the steps alone make the case as it stands."""
    async with asyncio.timeout(120):
        while True:
            page = await story.chief.file(story.number)
            notices = [one["notice"] for one in page["timeline"] if one["kind"] == "notice"]
            told = {one["template"]: (one["channel"], one["state"]) for one in notices}
            if told["told.closed"] == ("phone", "sent"):
                break
            await asyncio.sleep(0.1)
    # How content they are is asked a day later.
    assert told == {"told.closed": ("phone", "sent"), "ask.revisit": ("phone", "waiting")}
    steps = [one["action"] for one in page["timeline"] if one["kind"] == "step"]
    assert [one for one in steps if one not in MACHINE] == MOVES
    assert set(steps) >= {"transcribe"}
    assert not {"attach", "suggest"} & set(steps)
    assert {one["kind"] for one in page["timeline"]} == {"step", "call", "notice"}
    photos = [m["kind"] for one in page["timeline"] for m in one["media"]]
    assert [one for one in photos if one != "recording"] == [
        "photo_verify", "photo_done", "photo_check", "photo_done", "photo_check",
    ]  # fmt: skip
    async with on_record(story.stack) as record:
        case, made = await record.story(story.number)
        assert replay(made) == case
        assert [one.number for one in await record.reports(CITIZEN)] == [story.number]
    assert (case.stage, case.counts.get("return_count", 0), case.counts.get("rework_count", 0)) == (
        "closed",
        1,
        1,
    )


async def test_a_spoken_report_is_returned_reworked_closed_and_called_back(story: Story) -> None:
    await the_report_is_spoken(story)
    case = await it_is_written_down(story)
    collector = await it_is_verified_and_filed(story, case)
    await it_is_sent_back_by_the_wrong_department(story)
    handler = await it_is_handled(story)
    await it_is_checked(story, collector, "❌ 未解决", "black")
    await it_is_reworked(story, handler)
    await it_is_checked(story, collector, "✅ 已解决", "yellow")
    await the_citizen_is_called_back(story)
    await it_is_all_on_record(story)
