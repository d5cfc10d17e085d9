"""A seat in the console: a call pops as it rings, and becomes a case by the keyboard alone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from playwright.sync_api import expect

from backend.client import BackendClient
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.clock import SystemClock
from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage, until

pytestmark = pytest.mark.real
CALLER = "13800138000"
CLOCK = SystemClock()
CALLS = count(1)


class Ringing:
    """A call as the phone connector tells of it; the telephone itself is another test's."""

    def __init__(self, stage: Stage, seat: str, caller: str = CALLER):
        self.stage, self.seat, self.caller = stage, seat, caller
        self.key = f"h1-{int(datetime.now(UTC).timestamp())}-{next(CALLS)}"

    def tell(self, *marks: tuple[CallEventType, str]) -> None:
        """Tell what happens in the call."""
        notes = [CallEvent(self.key, mark, CLOCK.now(), value) for mark, value in marks]

        async def told(client: BackendClient) -> None:
            await client.note_call(notes)

        self.stage.connector(told)

    def rings(self) -> None:
        """Let it come in, wait, and ring at the seat."""

        async def rung(client: BackendClient) -> None:
            await client.ring(CallRing(self.key, self.caller, CLOCK.now()))

        self.stage.connector(rung)
        self.tell((CallEventType.KEY, "9"), (CallEventType.QUEUED, "general"))
        self.tell((CallEventType.SEAT_RINGING, self.seat))

    def answered(self) -> None:
        """Let the seat take it."""
        self.tell((CallEventType.SEAT_ANSWERED, self.seat))


def sit_down(window: Screen) -> str:
    """Take one's seat without a telephone; gives the seat's name."""
    csrf = window.get("/api/me")["csrf"]
    answer = window.page.context.request.post(
        f"{window.stage.url}/api/seat/online",
        headers={"X-CSRF-Token": csrf, "Origin": window.stage.url},
        data={},
    )
    assert answer.ok, answer.text()
    return str(answer.json()["seat"]["name"])


@pytest.fixture
def seated(screen: Open) -> Iterator[Screen]:
    """An acceptor at their seat, who leaves it at the end."""
    window = screen("acceptor1", viewport=DESKTOP)
    sit_down(window)
    expect(window.page.locator(".seat .state")).to_contain_text("就绪")
    yield window
    left = window.get("/api/seat")["seat"]
    if left["state"] in ("ringing", "talking"):
        call = Ringing(window.stage, left["name"])
        call.key = left["call"]
        call.tell(
            (CallEventType.SEAT_MISSED, left["name"]), (CallEventType.SEAT_LEFT, left["name"])
        )
        expect(window.page.locator(".seat .state")).not_to_contain_text("通话中")
    window.page.locator(".seat").get_by_role("button", name="下线").click()
    expect(window.page.locator(".seat .state")).to_contain_text("未上线")


def rung(window: Screen, caller: str = CALLER) -> Ringing:
    """Let a call ring at the window's seat, and wait until it has popped."""
    call = Ringing(window.stage, window.get("/api/seat")["seat"]["name"], caller)
    call.rings()
    expect(window.page).to_have_url(re.compile(f"#/call/{call.key}$"))
    expect(window.page.locator("h1")).to_have_text(caller)
    return call


def test_a_call_pops_before_it_is_answered_and_is_filed_by_few_keys(seated: Screen) -> None:
    call = rung(seated)
    expect(seated.page.locator(".seat .state")).to_contain_text("振铃")
    expect(seated.page.locator(".who dd").nth(1)).to_have_text("9")
    call.answered()
    expect(seated.page.locator(".seat .state")).to_contain_text("通话中")
    # The focus is in the words already. Free text is free; all other keys are counted.
    seated.page.keyboard.type("门前的井盖丢失了，很危险")
    # The class and the place by their initials: what may be chosen comes from the office's lists.
    keys = ["F2", "Tab", *"jg", "Enter", "Tab", *"zsdl", "Enter", "Control+Enter"]
    for key in keys:
        if key == "Enter":
            expect(seated.page.locator("[role=option]:visible").first).to_be_visible()
        seated.page.keyboard.press(key)
    number = seated.page.locator(".receipt .number")
    expect(number).to_have_text(re.compile(r"\d{4} \d{4}"))
    expect(seated.page.locator(".receipt")).to_contain_text("已立案")
    expect(seated.page.locator("[data-told=matter]")).to_contain_text("井盖")
    expect(seated.page.locator("[data-told=place]")).to_contain_text("中山")
    assert len(keys) <= 12
    case = seated.get(f"/api/cases/{number.inner_text().replace(' ', '')}")["case"]
    assert (case["channel"], case["text"]) == ("phone", "门前的井盖丢失了，很危险")
    assert (case["stage"], case["matter"] is not None) == ("to_dispatch", True)
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(seated.page.locator(".seat .state")).to_contain_text("话后处理")
    seated.page.locator(".seat").get_by_role("button", name="就绪").click()
    expect(seated.page.locator(".seat .state")).to_contain_text("就绪")


def test_what_is_typed_outlives_a_reload_and_is_there_in_another_window(
    seated: Screen, screen: Open
) -> None:
    call = rung(seated)
    call.answered()
    seated.page.locator("textarea").fill("路灯不亮，整条街都是黑的")
    path = f"/api/seat/calls/{call.key}/draft"
    until(lambda: seated.get(path)["typed"], 20, "what is typed is kept")
    seated.page.reload()
    expect(seated.page.locator("textarea")).to_have_value("路灯不亮，整条街都是黑的")
    other = screen("acceptor1", viewport=DESKTOP)
    other.go(f"call/{call.key}")
    expect(other.page.locator("textarea")).to_have_value("路灯不亮，整条街都是黑的")


def test_a_pause_has_a_reason_and_ends_by_one_button(seated: Screen) -> None:
    bar = seated.page.locator(".seat")
    bar.get_by_role("button", name="暂停").click()
    bar.get_by_role("button", name="用餐").click()
    expect(bar.locator(".state")).to_contain_text("暂停")
    expect(bar.locator(".state")).to_contain_text("用餐")
    bar.get_by_role("button", name="就绪").click()
    expect(bar.locator(".state")).to_contain_text("就绪")


def test_who_takes_no_calls_has_no_seat(screen: Open) -> None:
    window = screen("dispatcher1")
    expect(window.page.locator(".seat")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_the_call_page_has_no_findings_and_fits(seated: Screen, screen: Open, dark: bool) -> None:
    call = rung(seated)
    call.answered()
    assert seated.axe() == []
    phone = screen("acceptor1", viewport=PHONE, color_scheme="dark" if dark else "light")
    phone.go(f"call/{call.key}")
    expect(phone.page.locator("h1")).to_have_text(CALLER)
    assert phone.axe() == []
    assert phone.too_wide() == 0
