"""A seat in a browser on the real exchange: a citizen rings it, and both hear each other."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from config.prompts import PROMPTS
from hotline.clock import SystemClock
from ivr.handset.caller import Caller
from ivr.handset.ear import Ear
from ivr.handset.message import EVENT_TYPE
from ivr.handset.phone import Call, open_phone
from ivr.handset.rtp import KEYS
from ivr.pcm import RATE
from ivr.prompts import open_prompts
from tests.real.chromium import ARGUMENTS, find_chromium
from tests.real.people import give_accounts
from tests.real.seats import tone
from tests.real.stack import Stack, running
from tests.real.talks import rated

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(300)]
CLOCK = SystemClock()
CALLER, CALLER_HZ = "13800138000", 440
# A microphone that is none: it beeps once a second, and nobody is asked whether it may be used.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# What came in over the page's telephone: the energy of all sound so far.
HEARD = """async () => {
  let energy = 0
  for (const peer of window.peers) {
    for (const one of (await peer.getStats()).values()) {
      if (one.type === 'inbound-rtp') energy += one.totalAudioEnergy ?? 0
    }
  }
  return energy
}"""
KEEP_PEERS = """
window.peers = []
const Asked = RTCPeerConnection
window.RTCPeerConnection = class extends Asked {
  constructor(...given) { super(...given); window.peers.push(this) }
}
"""


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline without speech."""
    with running(open_folder, {"HOTLINE_SPEECH_ENGINE": "none"}) as stack:
        yield stack


@pytest.fixture(scope="module")
def passwords(stack: Stack) -> dict[str, str]:
    """The accounts of the city's people, made once."""
    return asyncio.run(give_accounts(stack))


@pytest_asyncio.fixture
async def page(stack: Stack, passwords: dict[str, str]) -> AsyncIterator[Page]:
    """An acceptor's console in a browser with a microphone."""
    async with async_playwright() as playwright:
        arguments = [*ARGUMENTS, *MICROPHONE]
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        context = await browser.new_context(locale="zh-CN", permissions=["microphone"])
        await context.add_init_script(KEEP_PEERS)
        page = await context.new_page()
        typed = {"username": "acceptor1", "password": passwords["acceptor1"]}
        url = stack.settings.public_url
        assert (await page.request.post(f"{url}/api/login", data=typed)).ok
        await page.goto(f"{url}/")
        yield page
        await browser.close()


@pytest_asyncio.fixture
async def citizen() -> AsyncIterator[Caller]:
    """Somebody with a telephone."""
    phone = await open_phone(CLOCK)
    yield Caller(phone, Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN"), CLOCK)
    phone.close()


async def online(page: Page) -> None:
    """Sit down, with the telephone in this page."""
    await page.get_by_role("button", name="上线").click()
    await expect(page.locator(".seat .line")).to_contain_text("话机已登录", timeout=40_000)
    state = page.locator(".seat .state")
    # The test before may have left it in a pause, or writing behind a call.
    await expect(state).to_contain_text(re.compile("就绪|暂停|话后处理"))
    if "就绪" not in await state.inner_text():
        await page.get_by_role("button", name="就绪").click()
    await expect(state).to_contain_text("就绪")


async def calls(stack: Stack, citizen: Caller) -> Call:
    """Ring the hotline up; gives the call when the exchange has picked up."""
    server = ("127.0.0.1", stack.settings.phone.sip_port)
    call = await citizen.phone.call(stack.settings.phone.hotline_number, server, CALLER)
    await call.wait_answer()
    return call


async def seat_is(page: Page, words: str) -> None:
    await expect(page.locator(".seat .state")).to_contain_text(words, timeout=40_000)


def loudness(call: Call, seconds: float = 2.0) -> float:
    """How loud it was at the citizen's ear last."""
    assert call.stream is not None
    sound = call.stream.heard.samples()[-int(seconds * RATE) :].astype(float)
    return float(np.sqrt((sound**2).mean())) if len(sound) else 0.0


async def test_a_citizen_is_answered_in_the_browser_heard_filed_and_let_go(
    stack: Stack, page: Page, citizen: Caller
) -> None:
    await online(page)
    call = await calls(stack, citizen)
    # It pops before it is answered: who calls, and the seat's bar says that it rings.
    await expect(page).to_have_url(re.compile("#/call/"), timeout=40_000)
    await expect(page.locator("h1")).to_have_text(CALLER)
    await seat_is(page, "振铃")
    await expect(page.get_by_role("button", name=re.compile("接听"))).to_be_visible()
    await page.keyboard.press("F2")
    await seat_is(page, "通话中")
    before = await page.evaluate(HEARD)
    await call.say(tone(CALLER_HZ, 2.0))
    assert await page.evaluate(HEARD) - before > 0.01
    assert loudness(call) > 100  # the microphone beeps
    await page.locator("textarea").fill("门前的井盖丢失了")
    await page.keyboard.press("Control+Shift+E")
    number = page.locator(".receipt .number")
    await expect(number).to_have_text(re.compile(r"\d{4} \d{4}"))
    await page.keyboard.press("F4")
    assert await rated(call)
    await seat_is(page, "话后处理")
    await page.get_by_role("button", name="就绪").click()
    await seat_is(page, "就绪")


async def test_a_muted_seat_is_silent_and_a_refused_call_pauses_it(
    stack: Stack, page: Page, citizen: Caller
) -> None:
    await online(page)
    call = await calls(stack, citizen)
    await seat_is(page, "振铃")
    await page.keyboard.press("F2")
    await seat_is(page, "通话中")
    await call.say(tone(CALLER_HZ, 1.5))
    assert loudness(call) > 100
    await page.keyboard.press("F9")
    await call.say(tone(CALLER_HZ, 2.5))
    assert loudness(call) < 20
    await call.hang_up()
    await seat_is(page, "话后处理")
    await page.get_by_role("button", name="就绪").click()
    await seat_is(page, "就绪")
    call = await calls(stack, citizen)
    await seat_is(page, "振铃")
    await page.keyboard.press("F4")
    await seat_is(page, "暂停")
    await expect(page.locator(".seat .state")).to_contain_text("拒接")
    await call.hang_up()


def pressed_keys(call: Call) -> list[str]:
    """The keys that come to the citizen's telephone as events (RFC 4733), in order, from now on."""
    assert call.stream is not None
    told, last = [], b""
    take = call.stream.datagram_received

    def heard(data: bytes, addr: tuple[str, int]) -> None:
        nonlocal last
        stamp = data[4:8]
        if data[1] & 0x7F == EVENT_TYPE and stamp != last:
            last = stamp
            told.append(KEYS[data[12]])
        take(data, addr)

    call.stream.datagram_received = heard  # type: ignore[method-assign]
    return told


async def test_keys_of_the_keypad_are_pressed_in_the_talk(
    stack: Stack, page: Page, citizen: Caller
) -> None:
    await online(page)
    call = await calls(stack, citizen)
    await seat_is(page, "振铃")
    await page.keyboard.press("F2")
    await seat_is(page, "通话中")
    told = pressed_keys(call)
    await page.keyboard.press("Alt+k")
    await expect(page.locator(".pad")).to_be_focused()
    await page.keyboard.type("19")
    await page.locator("[data-pad='#']").click()
    async with asyncio.timeout(20):
        while told != ["1", "9", "#"]:
            await asyncio.sleep(0.1)
    await page.keyboard.press("Escape")
    await expect(page.locator(".pad")).to_have_count(0)
    await call.hang_up()
    await seat_is(page, "话后处理")
    await page.keyboard.press("Alt+r")
    await seat_is(page, "就绪")


async def test_a_page_that_is_read_anew_is_at_its_seat_again(
    stack: Stack, page: Page, citizen: Caller
) -> None:
    await online(page)
    await page.reload()
    await expect(page.locator(".seat .line")).to_contain_text("话机已登录", timeout=40_000)
    call = await calls(stack, citizen)
    await seat_is(page, "振铃")
    await page.keyboard.press("F2")
    await seat_is(page, "通话中")
    await call.hang_up()
    await asyncio.sleep(0)
    await seat_is(page, "话后处理")


async def test_a_seat_asks_the_duty_chief_first_and_then_hands_the_caller_over(
    stack: Stack, page: Page, citizen: Caller, passwords: dict[str, str]
) -> None:
    """Two browsers on the real exchange: what is typed goes along to the second."""
    await online(page)
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(locale="zh-CN", permissions=["microphone"])
    await context.add_init_script(KEEP_PEERS)
    chief = await context.new_page()
    typed = {"username": "chief1", "password": passwords["chief1"]}
    url = stack.settings.public_url
    assert (await chief.request.post(f"{url}/api/login", data=typed)).ok
    await chief.goto(f"{url}/")
    call = await calls(stack, citizen)
    await seat_is(page, "振铃")
    await page.keyboard.press("F2")
    await seat_is(page, "通话中")
    await page.locator("form textarea").fill("要找值班长")
    await online(chief)
    await page.keyboard.press("Alt+c")
    await page.keyboard.type("值班长")
    await page.keyboard.press("Enter")
    await seat_is(chief, "振铃")
    told = page.locator(".seat .told")
    await expect(told).to_contain_text("正在呼叫", timeout=40_000)
    await expect(chief.locator(".seat .asked")).to_contain_text("咨询您", timeout=40_000)
    await chief.keyboard.press("F2")
    await seat_is(chief, "通话中")
    await expect(told).to_contain_text("正在与对方通话", timeout=40_000)
    await seat_is(page, "通话中")
    await page.keyboard.press("Alt+t")
    await seat_is(page, "话后处理")
    await expect(chief.locator("form textarea")).to_have_value("要找值班长", timeout=40_000)
    before = await chief.evaluate(HEARD)
    await call.say(tone(CALLER_HZ, 2.0))
    assert await chief.evaluate(HEARD) - before > 0.01
    await chief.keyboard.press("F4")
    assert await rated(call)
    await seat_is(chief, "话后处理")
    await chief.get_by_role("button", name="下线").click()
    await page.get_by_role("button", name="下线").click()
    await context.close()
