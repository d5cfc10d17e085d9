"""The duty chief's floor: readable with 60 seats and 40 callers, live, and honest about its age."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from backend.client import BackendClient
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock, iso
from hotline.room.exchange import Leg, RoomSeen
from hotline.room.listening import ListenEnd, ListenOver, ListenSeen, ListenWanted, ListenWay
from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage
from tests.real.console.test_seat import Ringing, pytestmark, seated, sit_down

__all__ = ["pytestmark", "seated"]
CLOCK = SystemClock()
STATES = ("ready", "talking", "talking", "wrap_up", "paused", "ringing")
NAMES = ("胡雅芬", "励丽萍", "章建国", "诸葛亮亮", "欧阳晓梅")


def _ago(seconds: int) -> str:
    return iso(CLOCK.now() - timedelta(seconds=seconds))


def _crowded(floor: dict[str, Any], seats: int = 60, calls: int = 40) -> dict[str, Any]:
    """The floor as it is told, with many seats and callers on it."""
    sitting = [
        {
            "name": f"seat{n:03}", "person": f"p{n}", "shown": NAMES[n % 5], "shown_en": "Hu Yafen",
            "state": STATES[n % 6], "since": _ago(7 + 37 * n), "until": None, "next": "ready",
            "reason": "meal" if STATES[n % 6] == "paused" else "", "next_reason": "",
            "call": f"k{n}" if STATES[n % 6] == "talking" else "",
            "caller": "*******8000" if STATES[n % 6] == "talking" else "",
            "device": "phone" if n % 7 == 0 else "browser",
            "skills": ["general", "english"] if n % 4 == 0 else ["general"],
        }
        for n in range(1, seats + 1)
    ]  # fmt: skip
    waiting = [
        {
            "call": f"w{n}", "caller": f"*******{8000 + n}" if n % 9 else "",
            "skill": "english" if n % 5 == 0 else "general", "since": _ago(200 - 4 * n),
            "emergency": n == 0,
        }
        for n in range(calls)
    ]  # fmt: skip
    return {**floor, "seats": sitting, "waiting": waiting}


def crowd(window: Screen) -> None:
    """Let the page find many seats and callers."""

    def answer(route: Route) -> None:
        told = route.fetch()
        route.fulfill(response=told, json=_crowded(told.json()))

    window.page.route("**/api/room/floor", answer)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_60_seats_and_40_callers_are_readable_and_have_no_barrier(
    screen: Open, theme: str, size: dict[str, int]
) -> None:
    window = screen("chief1", color_scheme=theme, viewport=size, has_touch=size is PHONE)
    crowd(window)
    window.go("room/floor")
    page = window.page
    expect(page.locator("[data-seat-card]")).to_have_count(60)
    expect(page.locator("[data-waits]")).to_have_count(40)
    assert (window.axe(), window.too_wide()) == ([], 0)
    expect(page.locator("[data-figure=waiting]")).to_contain_text("达到 10 人")
    expect(page.locator("[data-figure=longest]")).to_contain_text("超过 60 秒")
    cut = page.locator("[data-seat-card] strong").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert cut == 0
    page.get_by_role("button", name=re.compile("^暂停")).click()
    expect(page.locator("[data-seat-card]")).to_have_count(10)


def test_a_seat_and_a_caller_stand_there_as_they_change_and_their_time_runs(
    screen: Open, stage: Stage, seated: Screen
) -> None:
    chief, name = screen("chief1"), sit_down(seated)
    chief.go("room/floor")
    card = chief.page.locator(f"[data-seat-card={name}]")
    expect(card).to_contain_text("就绪")
    call = Ringing(stage, name)
    call.rings()
    expect(card).to_contain_text("振铃")
    expect(chief.page.locator(f"[data-waits='{call.key}']")).to_contain_text("000")
    call.answered()
    expect(card).to_contain_text("通话中")
    expect(chief.page.locator(f"[data-waits='{call.key}']")).to_have_count(0)
    before = card.locator(".time").inner_text()
    expect(card.locator(".time")).not_to_have_text(before)
    call.tell((Mark.SEAT_LEFT, name), (Mark.ENDED, ""))
    expect(card).to_contain_text("话后处理")


def test_a_chief_whispers_to_a_seat_turns_it_and_is_told_why_it_ended(
    screen: Open, stage: Stage, seated: Screen
) -> None:
    chief, name = screen("chief1"), sit_down(seated)
    chief.go("room/floor")
    page, call = chief.page, Ringing(stage, name)
    call.rings()
    call.answered()
    card = page.locator(f"[data-seat-card={name}]")
    expect(card).to_contain_text("通话中")
    card.get_by_role("button").click()
    expect(page.locator("[data-hinders]")).to_contain_text("请先上线")
    page.keyboard.press("Escape")
    own = sit_down(chief)

    def look(**more: Any) -> tuple[ListenWanted, ...]:
        legs = (Leg(call.key, name, talking=True),)

        async def told(client: BackendClient) -> tuple[ListenWanted, ...]:
            seen = RoomSeen(CLOCK.now(), (call.key,), legs, (name, own), **more)
            return (await client.see_room(seen)).listens

        return stage.connector(told)

    card.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("密语").click()
    dialog.get_by_label("事由").select_option(label="带教新坐席")
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    dialog.get_by_role("button", name="开始").click()
    bar = page.locator("[data-listening]")
    expect(bar).to_contain_text("正在接通您的电话")
    (wanted,) = look()
    look(listens=(ListenSeen(wanted.id, True),))
    expect(bar).to_contain_text("正在对")
    expect(card).to_contain_text("密语")
    bar.locator("[data-way=barge]").click()
    expect(bar.locator("[data-way=barge]")).to_have_attribute("aria-pressed", "true")
    assert chief.axe() == []
    (wanted,) = look(listens=(ListenSeen(wanted.id, True),))
    assert wanted.way is ListenWay.BARGE
    look(listened=(ListenOver(wanted.id, ListenEnd.CALL_OVER),))
    expect(page.locator("[data-listening-ended]")).to_contain_text("通话已离开该坐席")
    call.tell((Mark.SEAT_LEFT, name), (Mark.ENDED, ""))


def test_a_floor_whose_line_is_cut_says_how_old_it_is(screen: Open) -> None:
    chief = screen("chief1")
    chief.go("room/floor")
    expect(chief.page.locator(".age")).to_contain_text("实时")
    chief.page.context.set_offline(True)
    chief.page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    chief.page.route("**/api/**", lambda route: route.abort())
    expect(chief.page.locator(".age")).to_contain_text("数据停在")
    chief.page.unroute("**/api/**")
    chief.page.context.set_offline(False)
    expect(chief.page.locator(".age")).to_contain_text("实时")
    # What the browser complains about is the line that was cut.
    chief.wrong.clear()
