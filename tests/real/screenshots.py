"""Takes the pictures in docs/screenshots: `python -m tests.real.screenshots`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from backend.operations.postgres import Postgres
from config.settings import ROOT
from hotline.clock import SystemClock
from hotline.room.alarm import AlarmKind, RoomAlarm
from tests.real import seat_pictures
from tests.real.chromium import launch
from tests.real.console.reports import hang_up, message, ring
from tests.real.console.screen import DESKTOP, PHONE, Screen, open_screen
from tests.real.console.stage import Stage, staged, until

FOLDER = ROOT / "docs" / "screenshots"
SAMPLE = ROOT / "config" / "asterisk" / "samples" / "streetlight.wav"
SPOKEN = "你好，我要反映，光明路的路灯坏了好几天了，整条路黑漆漆的，什么都看不见。"
TYPED = "环城东路公交站旁边的垃圾桶满了好几天没人收，很臭"
ON_AIR = "江东片区停水已知，预计十八时恢复，不必再报。"
ON_AIR_EN = "The water cut in Jiangdong is known. Water is back by six."
WAIT = "11"
LIKELY_S = 30.0
SIZES = {"": DESKTOP, "-phone": PHONE}
THEMES = {"": "light", "-dark": "dark"}


def main() -> None:
    """Set a stage with a past, let two reports arrive, and take every picture."""
    with tempfile.TemporaryDirectory(prefix="hl-") as name:
        server = Postgres(Path(name))
        server.start()
        try:
            with staged(server, Path(name) / "stage", past=True) as stage:
                _take_all(stage)
        finally:
            server.stop()
    seat_pictures.take(FOLDER, THEMES)


def _take_all(stage: Stage) -> None:
    message(stage, TYPED, photo=True)
    number = hang_up(stage, ring(stage, ago_s=48), SPOKEN, recording=SAMPLE.read_bytes())
    ring(stage, "13957400123")
    waits = RoomAlarm(AlarmKind.OVERLOAD, SystemClock().now(), "general", WAIT)
    stage.connector(lambda connector: connector.alarm(waits))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for theme in THEMES:
            for size in SIZES:
                _take(browser, stage, theme, size, number)
            _take_room(browser, stage, theme)
        browser.close()


def _take_room(browser: Browser, stage: Stage, theme: str) -> None:
    """The duty chief's page of the telephone room, while something is on air and alarming."""
    screen = open_screen(browser, stage, color_scheme=THEMES[theme], viewport=DESKTOP)
    page = screen.sign_in("chief1").page
    screen.go("room/bulletins")
    if not page.locator("[data-bulletin=on]").count():
        page.locator("[data-field=text] textarea").fill(ON_AIR)
        page.locator("[data-field=text_en] textarea").fill(ON_AIR_EN)
        page.locator("[data-act=listen]").click()
        expect(page.locator("form .heard")).to_be_visible()
        page.locator("form button[type=submit]").click()
    expect(page.locator("[data-bulletin=on]")).to_be_visible()
    expect(page.locator("[data-alarm]")).to_be_visible()
    _keep(screen, f"room{theme}")
    screen.go("room/try")
    page.locator("[data-act=call]").click()
    expect(page.locator(".heard li").first).to_be_visible()
    page.locator(".pad").focus()
    page.keyboard.press("1")
    expect(page.locator(".heard .chip")).to_be_visible()
    _keep(screen, f"try{theme}")
    page.context.close()


def _take(browser: Browser, stage: Stage, theme: str, size: str, number: str) -> None:
    screen = open_screen(
        browser,
        stage,
        maps=True,
        color_scheme=THEMES[theme],
        viewport=SIZES[size],
        device_scale_factor=2 if SIZES[size] is PHONE else 1,
        has_touch=SIZES[size] is PHONE,
        is_mobile=SIZES[size] is PHONE,
    ).sign_in("acceptor1")
    case = screen.page.locator(f"[data-number='{number}']")
    expect(case).to_be_visible()
    _keep(screen, f"inbox{theme}{size}")
    screen.open(number)
    until(lambda: screen.page.locator(".suggestion").count(), LIKELY_S, "a class is suggested")
    screen.drawn(".facts")
    _keep(screen, f"case{theme}{size}")
    screen.go("map")
    screen.drawn(".map-page")
    _keep(screen, f"map{theme}{size}")
    screen.page.context.close()


def _keep(screen: Screen, name: str) -> None:
    screen.page.mouse.move(0, 0)
    screen.page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
