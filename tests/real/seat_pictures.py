"""The pictures of a seat: a citizen rings the real exchange, and is answered in the browser."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from playwright.async_api import Page, async_playwright, expect

from config.prompts import PROMPTS
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from ivr.handset.caller import Caller
from ivr.handset.ear import Ear
from ivr.handset.phone import open_phone
from ivr.prompts import open_prompts
from tests.real.chromium import ARGUMENTS, find_chromium
from tests.real.people import give_accounts
from tests.real.stack import Stack, running

CLOCK = SystemClock()
CALLER = "13957400123"
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PATIENCE_MS = 30_000
# Beside the place that the seat chooses.
NEAR = (
    ("人行道地砖破了一块，容易绊倒", Point(121.5996, 29.8933)),
    ("路边的垃圾桶满了，没有人收", Point(121.5982, 29.8936)),
)
WORDS = "门前的井盖丢失了，车子开过去很危险"


def take(folder: Path, themes: dict[str, str]) -> None:
    """Take every picture into a folder, in each theme."""
    with _open_folder() as place, running(place, {"HOTLINE_SPEECH_ENGINE": "none"}) as stack:
        passwords = asyncio.run(give_accounts(stack))
        asyncio.run(_take_all(stack, passwords["acceptor1"], folder, themes))


@contextmanager
def _open_folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="hl-"))
    folder.chmod(0o755)  # servers enter that run as another user
    yield folder


async def _take_all(stack: Stack, password: str, folder: Path, themes: dict[str, str]) -> None:
    client = stack.client("bots")
    for words, point in NEAR:
        told = Contact(Channel.TELEGRAM, str(uuid4().int)[:10], "王小明")
        report = NewReport(Channel.TELEGRAM, f"t-{uuid4()}", told, CLOCK.now(), words, point=point)
        await client.submit(report)
    await client.close()
    async with async_playwright() as playwright:
        arguments = [*ARGUMENTS, *MICROPHONE]
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        for name, theme in themes.items():
            context = await browser.new_context(
                locale="zh-CN",
                permissions=["microphone"],
                color_scheme="dark" if theme == "dark" else "light",
                viewport={"width": 1440, "height": 900},
            )
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            typed = {"username": "acceptor1", "password": password}
            url = stack.settings.public_url
            assert (await page.request.post(f"{url}/api/login", data=typed)).ok
            await page.goto(f"{url}/")
            await _take_call(stack, page, folder, name)
            await context.close()
        await browser.close()


async def _take_call(stack: Stack, page: Page, folder: Path, name: str) -> None:
    state = page.locator(".seat .state")
    await expect(page.locator("[data-seat=ready]")).to_be_visible()
    await page.keyboard.press("Alt+r")
    await expect(page.locator(".seat .line.green")).to_be_visible(timeout=PATIENCE_MS)
    await expect(state).to_contain_text("就绪")
    phone = await open_phone(CLOCK)
    citizen = Caller(phone, Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN"), CLOCK)
    server = ("127.0.0.1", stack.settings.phone.sip_port)
    call = await citizen.phone.call(stack.settings.phone.hotline_number, server, CALLER)
    await call.wait_answer()
    await expect(state).to_contain_text("振铃", timeout=PATIENCE_MS)
    await expect(page.locator(".who h1")).to_be_visible()
    await _keep(page, folder, f"seat-ringing{name}")
    await page.keyboard.press("F2")
    await expect(state).to_contain_text("通话中", timeout=PATIENCE_MS)
    await page.locator("form textarea").fill(WORDS)
    for label, letters in (("类别", "jg"), ("地点", "zsdl")):
        box = page.get_by_role("combobox", name=label)
        await box.fill(letters)
        await expect(page.locator("[role=option]:visible").first).to_be_visible()
        await box.press("Enter")
    await expect(page.locator("[data-draft=kept]")).to_be_visible()
    await _keep(page, folder, f"seat-talking{name}")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".receipt .number")).to_be_visible()
    await call.hang_up()
    await expect(state).to_contain_text("话后处理", timeout=PATIENCE_MS)
    await _keep(page, folder, f"seat-wrap-up{name}")
    phone.close()
    await page.locator(".seat").get_by_role("button", name="下线").click()
    await expect(state).to_contain_text("未上线")


async def _keep(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", animations="disabled")
