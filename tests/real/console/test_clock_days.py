"""The case page tells how a clock was counted: paused, extended, or plain."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import expect

from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import timed
from hotline.wire import plain
from tests.cities import calendar
from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real

# A Monday morning of the city.
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = CaseClock(MORNING, limit="4wh")
CLOCKS = {
    "plain": PLAIN,
    "extended": replace(
        PLAIN, added=("1wd",), pauses=(Pause(MORNING + HOUR, MORNING + 50 * HOUR, "verifying"),)
    ),
    "paused": replace(PLAIN, paused=MORNING + 2 * HOUR),
}


def put(stage: Stage, number: str, clock: CaseClock) -> None:
    """Let a case have a clock, as if its steps had set it."""
    found = timed(clock, calendar(), 0.8)

    async def write() -> None:
        connection = await asyncpg.connect(stage.settings.database.url.replace("+asyncpg", ""))
        clocks: dict[str, Any] = {"stage": plain(found)}
        await connection.execute(
            "UPDATE cases SET clocks = $2::jsonb, stage_due = $3 WHERE number = $1",
            number,
            json.dumps(clocks),
            found.due_at,
        )
        await connection.close()

    stage.thread.submit(asyncio.run, write()).result(60)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("plain", "4 个工作小时，计时 09:00–12:00 和 14:00–15:00"),
        ("extended", "4 个工作小时，延期 1 个工作日，计时 3 天，自 11月23日周一 09:00 "),
        (
            "paused",
            "4 个工作小时，计时 09:00–11:00；自 11月23日周一 11:00 起因“待受理”暂停",
        ),
    ],
)
def test_a_clock_is_told_in_one_line_and_day_by_day(
    name: str, short: str, screen: Open, stage: Stage
) -> None:
    number = message(stage)
    put(stage, number, CLOCKS[name])
    window = screen("acceptor1")
    window.open(number)
    window.page.click(".counted summary")
    told = window.page.locator("[data-clock=stage]")
    expect(told.locator(".short")).to_contain_text(short)
    expect(told.locator(".short .icon, .short svg")).to_have_count(1 if name == "paused" else 0)
    expect(told.locator("li").first).to_contain_text("2026年11月23日周一")
    assert window.axe() == []
    assert window.too_wide() == 0


def test_a_case_without_any_clock_says_so(screen: Open, stage: Stage) -> None:
    number = message(stage)
    put(stage, number, CaseClock())
    window = screen("acceptor1")
    window.open(number)
    window.page.click(".counted summary")
    expect(window.page.locator(".counted .quiet")).to_be_visible()
