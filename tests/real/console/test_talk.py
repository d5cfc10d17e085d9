"""A call that is written down while it goes on: beside the form, and into it by a key alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from backend.client import BackendClient
from hotline.call import CallEventType as Mark
from hotline.room.spoken import Listening, NotWritten, Speaker, SpokenLine, TalkHeard
from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.test_seat import CLOCK, Ringing, rung, sit_down

pytestmark = pytest.mark.real
TALK = (
    (Speaker.SEAT, "您好，城市服务热线，请问您要反映什么问题？"),
    (Speaker.CALLER, "您好，中山东路86号门口的井盖不见了，留下一个大洞，车子开过去很危险。"),
    (Speaker.SEAT, "好的，还有别的情况吗？"),
)


class Spoken:
    """What is said in a call, as the phone connector tells of it."""

    def __init__(self, call: Ringing):
        self.call, self.at = call, CLOCK.now()

    def says(
        self, *lines: tuple[Speaker, str], stands: Listening | None = None,
        lost: NotWritten | None = None,
    ) -> None:  # fmt: skip
        """Tell of lines, three seconds after each other."""
        told = []
        for speaker, words in lines:
            self.at += timedelta(seconds=3)
            told.append(SpokenLine(speaker, self.at, 2.5, words, 0.4 if lost else 0.9, lost))

        async def tell(client: BackendClient) -> None:
            await client.talk_heard(TalkHeard(self.call.key, stands, tuple(told)))

        self.call.stage.connector(tell)


@pytest.fixture
def seated(screen: Open) -> Iterator[Screen]:
    """An acceptor at their seat, whose call is over in the end."""
    window = screen("acceptor1", viewport=DESKTOP)
    sit_down(window)
    expect(window.page.locator(".seat .state")).to_contain_text("就绪")
    yield window
    over(window)


def over(window: Screen) -> None:
    """Let the call at a seat end, and leave the seat."""
    seat = window.get("/api/seat")["seat"]
    call = Ringing(window.stage, seat["name"])
    call.key = seat["call"]
    call.tell((Mark.SEAT_LEFT, seat["name"]))
    expect(window.page.locator(".seat .state")).not_to_contain_text("通话中")


def test_what_is_said_stands_beside_the_form_and_is_taken_by_a_key_and_given_back(
    seated: Screen,
) -> None:
    page, call = seated.page, rung(seated)
    panel, form = page.locator(".talk"), page.locator("form.form")
    call.answered()
    expect(page.locator(".seat .state")).to_contain_text("通话中")
    expect(panel).to_have_count(0)
    spoken = Spoken(call)
    spoken.says(stands=Listening.BUSY)
    expect(panel.locator("[data-stands]")).to_have_text("正在转写其他通话，轮到后开始")
    spoken.says(*TALK, stands=Listening.LISTENS)
    expect(panel.locator("li")).to_have_count(3)
    expect(panel.locator("li").nth(1)).to_contain_text("来电人")
    expect(panel.locator("li").nth(1)).to_contain_text("中山东路86号门口的井盖不见了")
    expect(panel.locator("[data-stands]")).to_have_text("正在转写")
    place = form.locator("[data-field=place_text] input").first
    expect(panel.locator("[data-offer=place]")).to_contain_text("中山东路")
    expect(place).to_have_value("")
    place.fill("路口")
    page.keyboard.press("Alt+o")
    expect(place).to_have_value("中山东路86号门口")
    expect(panel.locator("[data-offer=place]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+z")
    expect(place).to_have_value("路口")
    page.keyboard.press("Alt+m")
    expect(panel.locator("[data-offer=matter]").first).to_have_attribute("aria-pressed", "true")
    panel.locator("[data-offer=urgency]").click()
    expect(panel.locator("[data-offer=urgency]")).to_have_attribute("aria-pressed", "true")
    assert seated.axe() == []
    spoken.says((Speaker.CALLER, ""), lost=NotWritten.LAGS)
    expect(panel.locator("[data-stands]")).to_have_text("转写跟不上，部分内容没有写下")
    expect(panel.locator("li").last).to_contain_text("这一句来不及转写")
    # The newest is in view, unless somebody has scrolled up.
    many = [(Speaker.CALLER, f"第{turn}句，请你们尽快来处理") for turn in range(12)]
    spoken.says(*many)
    expect(panel.locator("li").last).to_contain_text("第11句")
    expect(panel.locator("li").last).to_be_in_viewport()
    panel.locator(".log").evaluate("one => one.scrollTop = 0")
    spoken.says((Speaker.CALLER, "最后一句"), stands=Listening.OVER)
    expect(panel.locator("[data-stands]")).to_have_text("转写已结束")
    assert panel.locator(".log").evaluate("one => one.scrollTop") == 0


def test_what_is_not_the_citys_is_registered_only(seated: Screen) -> None:
    page, call = seated.page, rung(seated)
    call.answered()
    expect(page.locator(".seat .state")).to_contain_text("通话中")
    Spoken(call).says(
        (Speaker.CALLER, "有人在打架，正在打人，请派警察过来"), stands=Listening.LISTENS
    )
    page.locator("[data-offer=scope]").click()
    expect(page.locator("[data-field=in_scope]")).to_contain_text("只登记，不派出")
    page.locator("form.form textarea").fill("有人打架")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".receipt")).to_contain_text("已登记")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_small_screen_nothing_is_too_wide(screen: Open, theme: Any) -> None:
    window = screen("acceptor2", viewport=PHONE, color_scheme=theme)
    sit_down(window)
    call = rung(window)
    call.answered()
    Spoken(call).says(*TALK, stands=Listening.LISTENS)
    expect(window.page.locator(".talk li")).to_have_count(3)
    window.page.locator(".talk").scroll_into_view_if_needed()
    assert window.too_wide() <= 0
    assert window.axe() == []
    over(window)
