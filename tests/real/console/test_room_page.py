"""The telephone room's page: alarms on every page, bulletins heard first, callers restricted."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from backend.client import BackendClient
from hotline.call import CallEventType
from hotline.clock import SystemClock
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.bulletin import BulletinTold
from hotline.room.exchange import RoomSeen
from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage, until
from tests.real.console.test_seat import pytestmark, rung, seated

__all__ = ["pytestmark", "seated"]
CLOCK = SystemClock()
WORDS = "海曙区停水已知，预计十八时恢复。"
# The voice is made, and says all its words.
HEARD_MS = 60_000
PARTS = ("floor", "alarms", "back", "bulletins", "nuisance", "figures", "try")
DRAWN = {
    "floor": ".age",
    "alarms": "[data-alarm-row]", "back": ".empty, [data-call-back]",
    "bulletins": "form", "nuisance": ".empty, [data-nuisance]",
    "figures": ".asked", "try": ".pad",
}  # fmt: skip


def _alarm(stage: Stage, kind: AlarmKind, said: str) -> None:
    told = RoomAlarm(kind, CLOCK.now(), f"{uuid4()}", said)

    async def alarmed(client: BackendClient) -> None:
        await client.alarm(told)

    stage.connector(alarmed)


def _heard(stage: Stage) -> BulletinTold | None:
    """What callers hear now."""

    async def looked(client: BackendClient) -> BulletinTold | None:
        seats = tuple(f"seat{n:03}" for n in range(1, 10))
        return (await client.see_room(RoomSeen(CLOCK.now(), registered=seats))).bulletin

    return stage.connector(looked)


def _acknowledge_all(window: Screen) -> None:
    """Leave no alarm to the test that comes next."""
    headers = {"X-CSRF-Token": window.get("/api/me")["csrf"], "Origin": window.stage.url}
    for one in window.get("/api/room/alarms"):
        path = f"{window.stage.url}/api/room/alarms/{one['id']}/seen"
        assert window.page.context.request.post(path, headers=headers, data={}).ok
    expect(window.page.locator("[data-alarm]")).to_have_count(0)


def test_an_alarm_stands_on_every_page_until_one_key_says_that_it_was_seen(
    screen: Open, stage: Stage
) -> None:
    chief, acceptor = screen("chief1"), screen("acceptor3")
    _acknowledge_all(chief)
    chief.go("report")
    bar = chief.page.locator("[data-alarm]")
    expect(bar).to_have_count(0)
    _alarm(stage, AlarmKind.OVERLOAD, "12")
    expect(bar).to_contain_text("12 人在等候")
    _alarm(stage, AlarmKind.EMERGENCY, "有人触电")
    # Who is in danger comes first, whatever came before.
    expect(bar).to_contain_text("有人触电")
    expect(chief.page).to_have_title(re.compile("^⚠ 2"))
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    expect(acceptor.page.locator("[data-alarm]")).to_have_count(0)
    words = chief.page.locator("textarea").first
    words.focus()
    chief.page.keyboard.press("Alt+a")
    expect(bar).to_contain_text("12 人在等候")
    chief.page.keyboard.press("Alt+a")
    expect(bar).to_have_count(0)
    expect(words).to_have_value("")
    expect(chief.page).not_to_have_title(re.compile("⚠"))
    chief.go("room/alarms")
    rows = chief.page.locator("[data-alarm-row]")
    expect(rows.first).to_contain_text("励丽萍")
    assert rows.count() >= 2


def test_who_leads_no_room_has_no_page_of_it(screen: Open) -> None:
    window = screen("acceptor3")
    window.page.goto(f"{window.stage.url}/#/room")
    expect(window.page).to_have_url(re.compile("#/inbox"))
    assert window.page.locator("nav").get_by_text("话务").count() == 0


def test_typed_words_are_on_air_once_they_were_heard_until_they_are_ended(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "海曙区整片停水")
    chief = screen("chief1")
    chief.go("room/bulletins")
    page = chief.page
    expect(page.locator("[data-bulletin=off]")).to_be_visible()
    page.locator("[data-field=text] textarea").fill(WORDS)
    page.locator("[data-field=text_en] textarea").fill("Water is back by six.")
    page.get_by_role("combobox", name="已知案件").fill(number[-4:])
    option = page.locator("[role=option]:visible", has_text=f"{number[:4]} {number[4:]}")
    option.click()
    expect(page.locator(f"[data-known='{number}']")).to_be_visible()
    page.get_by_role("button", name="发布").click()
    expect(page.locator("form [role=alert]")).to_contain_text("请先试听")
    assert _heard(stage) is None
    with page.expect_request("**/api/room/speak") as asked:
        page.locator("[data-act=listen]").click()
    expect(page.locator("form .heard")).to_be_visible(timeout=HEARD_MS)
    # By the voice of the telephone, not the browser's.
    assert asked.value.post_data_json == {"text": WORDS, "language": "zh_CN"}
    page.get_by_role("button", name="发布").click()
    expect(page.locator("[data-bulletin=on]")).to_contain_text(WORDS)
    told = _heard(stage)
    assert told is not None
    assert (told.text, told.text_en, told.case) == (WORDS, "Water is back by six.", number)
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    page.locator("[data-act=end]").click()
    expect(page.locator("[data-bulletin=off]")).to_be_visible()
    assert _heard(stage) is None


def test_words_that_were_changed_are_heard_again_first(screen: Open, stage: Stage) -> None:
    chief = screen("chief1")
    chief.go("room/bulletins")
    words = chief.page.locator("[data-field=text] textarea")
    words.fill(WORDS)
    # Without words in English those callers hear others, and the form says which.
    expect(chief.page.locator("[data-hint=stock]")).to_contain_text("Many people are calling")
    chief.page.locator("[data-act=listen]").click()
    expect(chief.page.locator("form .heard")).to_be_visible(timeout=HEARD_MS)
    words.fill(f"{WORDS}请勿担心。")
    words.press("Control+Enter")
    expect(chief.page.locator("form [role=alert]")).to_contain_text("请先试听")
    assert _heard(stage) is None
    words.fill("")


def test_a_spoken_bulletin_is_recorded_heard_and_goes_out_as_a_telephone_plays_it(
    screen: Open, stage: Stage
) -> None:
    chief = screen("chief1", permissions=["microphone"])
    chief.go("room/bulletins")
    page = chief.page
    page.get_by_text("录音", exact=True).click()
    page.locator("[data-act=record]").click()
    expect(page.locator("[data-act=stop]")).to_contain_text("0:02")
    page.locator("[data-act=stop]").click()
    page.get_by_role("button", name="发布").click()
    expect(page.locator("form [role=alert]")).to_contain_text("请先试听")
    page.get_by_role("button", name="播放", exact=True).first.click()
    expect(page.locator("form .heard")).to_be_visible()
    page.get_by_role("button", name="发布").click()
    expect(page.locator("[data-bulletin=on] .player")).to_be_visible()
    told = _heard(stage)
    assert told is not None
    assert (told.text, bool(told.sound)) == ("", True)
    path = f"{stage.url}/api/room/bulletins/{told.id}/sound"
    sound = page.context.request.get(path).body()
    assert (sound[:4], int.from_bytes(sound[24:28], "little")) == (b"RIFF", 8000)
    assert len(sound) > 2 * 8000
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    page.locator("[data-act=end]").click()
    expect(page.locator("[data-bulletin=off]")).to_be_visible()


def test_a_restriction_is_asked_for_at_a_seat_and_counts_once_another_agrees(
    seated: Screen, screen: Open
) -> None:
    chief = screen("chief1")
    chief.go("room/nuisance")
    expect(chief.page.locator(".empty")).to_contain_text("没有限制来电")
    call = rung(seated, "13957400795")
    call.answered()
    ask = seated.page.locator(".ask")
    ask.locator("summary").click()
    ask.get_by_text("拒接").click()
    ask.get_by_role("button", name="提出").click()
    expect(ask.locator("[role=alert]")).to_be_visible()
    ask.locator("textarea").fill("一天打了四十次，只骂人")
    assert (seated.axe(), seated.too_wide()) == ([], 0)
    ask.get_by_role("button", name="提出").click()
    expect(
        seated.page.locator(".told-words, [role=status]", has_text="已提出").first
    ).to_be_visible()
    chief.page.reload()
    row = chief.page.locator("[data-nuisance]").first
    expect(row).to_contain_text("一天打了四十次，只骂人")
    expect(row).to_have_attribute("data-nuisance", "asked")
    row.get_by_role("button", name="同意", exact=True).click()
    expect(row).to_have_attribute("data-nuisance", "counts")
    expect(row).to_contain_text("励丽萍 同意")
    seated.page.reload()
    expect(seated.page.locator(".who .held")).to_contain_text("拒接：一天打了四十次，只骂人")
    row.get_by_role("button", name="解除").click()
    expect(row).to_have_attribute("data-nuisance", "ended")
    call.tell((CallEventType.SEAT_LEFT, call.seat))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_no_part_of_it_has_a_barrier_or_is_wider_than_its_window(
    screen: Open, stage: Stage, theme: str, size: dict[str, int]
) -> None:
    _alarm(stage, AlarmKind.SHUT_OUT, "192.0.2.77")
    window = screen("chief1", color_scheme=theme, viewport=size, has_touch=size is PHONE)
    found = {}
    for part in PARTS:
        window.go(f"room/{part}")
        expect(window.page.locator(DRAWN[part]).first).to_be_visible()
        found[part] = (window.axe(), window.too_wide())
    assert {part: what for part, what in found.items() if what != ([], 0)} == {}
    _acknowledge_all(window)


def test_english_is_whole(screen: Open) -> None:
    window = screen("chief2")
    window.go("account")
    window.page.click("text=English")
    for part in PARTS:
        window.go(f"room/{part}")
        until(lambda: window.page.locator(".page h1").count(), 20, "the page is there")
        text = window.page.locator("main").inner_text()
        assert not re.search(r"undefined|\[object|[a-z]+_[a-z]+", text), part
    window.go("account")
    window.page.click("text=中文")
