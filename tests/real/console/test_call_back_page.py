"""Call-backs on the duty chief's page: readable when there are many, and done by hand."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from backend.client import BackendClient
from hotline.call import CallRing
from hotline.clock import SystemClock, iso
from hotline.contract import CallBackAsked
from hotline.room.call_back import OPEN, USUAL, CallBackState
from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage
from tests.real.console.test_seat import pytestmark, seated

__all__ = ["pytestmark", "seated"]
CLOCK = SystemClock()
STATES = (*[CallBackState.WAITING] * 4, *CallBackState)
SOURCES = ("asked", "missed", "busy")
REASONS = ("", "no_answer", "busy", "answered", "line_away")


def _many(count: int = 60) -> list[dict[str, Any]]:
    """Rows as they are told, in every state."""
    now, rows = CLOCK.now(), list[dict[str, Any]]()
    for n in range(count):
        state = STATES[n % len(STATES)]
        ended = iso(now - timedelta(minutes=n)) if state not in OPEN else None
        rows.append(
            {
                "id": f"{uuid4()}", "number": f"*******{8000 + n}", "source": SOURCES[n % 3],
                "state": state, "is_open": state in OPEN,
                "since": iso(now - timedelta(minutes=2 * n)),
                "due": iso(now + timedelta(minutes=n % 3 * 10 - 5)), "tries": n % 4, "most": 3,
                "calls": 500 if n == 7 else 1 + n % 2, "at_once": n == 3,
                "given_at": iso(now) if state is CallBackState.CALLING else None,
                "reason": REASONS[n % 5],
                "said": "手机打通了，已经说明" if state == "by_hand" else "",
                "ended_by": "李建国" if state in ("by_hand", "dropped") else "", "ended_at": ended,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda one: not one["is_open"])


def _crowd(window: Screen) -> None:
    window.page.route("**/api/room/call-backs", lambda route: _answer(route))


def _answer(route: Route) -> None:
    route.fulfill(json=_many())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_sixty_are_readable_and_have_no_barrier(
    screen: Open, theme: str, size: dict[str, int]
) -> None:
    window = screen("chief1", color_scheme=theme, viewport=size, has_touch=size is PHONE)
    _crowd(window)
    window.go("room/back")
    page = window.page
    expect(page.locator("[data-call-back]")).to_have_count(60)
    assert (window.axe(), window.too_wide()) == ([], 0)
    expect(page.get_by_text("来电 500 次")).to_be_visible()
    page.locator("[data-call-back=waiting]").first.get_by_role("button", name="已人工回拨").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert window.axe() == []


def _asks(stage: Stage, caller: str) -> None:
    async def asked(client: BackendClient) -> None:
        now = CLOCK.now()
        key = f"h1-{int(now.timestamp())}-{caller[-4:]}"
        await client.ring(CallRing(key, caller, now))
        await client.call_back(CallBackAsked(key, caller, "zh_CN", 1, USUAL, now))

    stage.connector(asked)


@pytest.mark.usefixtures("seated")
def test_one_comes_up_by_itself_and_is_done_by_hand_with_a_note(
    stage: Stage, screen: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = screen("chief1")
    window.go("room/back")
    page = window.page
    expect(page.get_by_text("没有待回拨的来电")).to_be_visible()
    _asks(stage, "13800138123")
    row = page.locator("[data-call-back=waiting]")
    expect(row).to_contain_text("本人登记")
    row.get_by_role("button", name="显示").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("回访当事人").click()
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_contain_text("13800138123")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="已人工回拨").click()
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("处理情况").fill("手机打通了")
    dialog.locator("button[type=submit]").click()
    ended = page.locator("[data-call-back=by_hand]")
    expect(ended).to_contain_text("手机打通了")
