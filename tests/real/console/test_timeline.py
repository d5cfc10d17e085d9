"""The timeline of a case reads as sentences, in both languages and however long it is."""

import asyncio

import asyncpg
import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
STEPS = 5000
HOSTILE = "路灯不亮 {who} <b>粗</b> [x] שלום"
# As many more steps as are wanted, all like the newest one.
LENGTHEN = """
    INSERT INTO step (id, case_id, seq, action, at, person, post, via, note, media, changes, schema)
    SELECT gen_random_uuid(), case_id, seq + more, action, at + more * interval '1 millisecond',
           person, post, via, '第 ' || more || ' 句', media, changes, schema
    FROM (SELECT * FROM step WHERE case_id = (SELECT id FROM cases WHERE number = $1)
          ORDER BY seq DESC LIMIT 1) AS newest, generate_series(1, $2) AS more
"""


def lengthen(stage: Stage, number: str, steps: int) -> None:
    """Give a case so many steps more, like its newest one."""

    async def write() -> None:
        connection = await asyncpg.connect(stage.settings.database.url.replace("+asyncpg", ""))
        await connection.execute(LENGTHEN, number, steps)
        grown = "UPDATE cases SET version = version + $2 WHERE number = $1"
        await connection.execute(grown, number, steps)
        await connection.close()

    stage.thread.submit(asyncio.run, write()).result(60)


def note(window: Screen, words: str) -> None:
    """Write a note on the open case."""
    window.press("note")
    window.page.fill("#note-note", words)
    window.send()


def test_the_timeline_reads_as_sentences_in_both_languages(screen: Open, stage: Stage) -> None:
    number = message(stage, HOSTILE, photo=True)
    window = screen("acceptor1")
    window.open(number)
    window.is_understood()
    window.press("ask_verify")
    window.page.fill("#note-ask_verify", "看看 {note} <i>灯</i>")
    window.send()
    note(window, "第一行\n第二行")
    sentences = window.page.locator(".timeline .sentence")
    name = window.get("/api/me")["name"]
    walks = window.get(f"/api/cases/{number}")["case"]["assignments"]["collector"]["person_name"]
    sent = f"受理员{name}下发核实，由监督员{walks}到现场查看，说明：“看看 {{note}} <i>灯</i>”。"
    expect(sentences.filter(has_text=sent)).to_have_count(1)
    expect(sentences.first).to_have_text("市民通过Telegram发来消息，附 1 张照片。")
    # What a citizen wrote, and what has several lines, stands beside the sentence, once.
    expect(window.page.locator(".timeline blockquote")).to_have_text(HOSTILE)
    expect(sentences.last).to_have_text(f"受理员{name}写了备注。")
    expect(window.page.locator(".timeline p.note")).to_have_text("第一行\n第二行")
    expect(window.page.locator(".timeline").get_by_text("监督员", exact=True)).to_have_count(0)
    assert window.axe() == []
    # The language is kept with the person, so that it is somebody's whom no other test knows.
    reader = screen("acceptor4", locale="en-GB")
    reader.page.get_by_role("button", name="Switch to English").click()
    reader.open(number)
    sentences = reader.page.locator(".timeline .sentence")
    expect(sentences.first).to_have_text("The citizen wrote by Telegram, with 1 photo.")
    expect(sentences.last).to_contain_text(" made a note.")
    expect(reader.page.locator(".timeline blockquote")).to_have_text(HOSTILE)


def test_a_long_timeline_shows_its_ends_at_once_and_all_of_it_when_asked(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "路灯不亮")
    window = screen("acceptor1")
    window.open(number)
    window.is_understood()
    note(window, "第 0 句")
    lengthen(stage, number, STEPS)
    phone = screen("acceptor2", viewport=PHONE)
    phone.open(number)
    entries, gap = phone.page.locator(".timeline li.entry-of"), phone.page.locator(".timeline .gap")
    expect(entries).to_have_count(220)
    expect(gap).to_contain_text("条记录未显示")
    expect(entries.last).to_contain_text(f"第 {STEPS} 句")
    assert phone.axe() == []
    gap.get_by_role("button").click()
    expect(entries).to_have_count(680)
    # Somebody's own move leaves what was asked for on the screen.
    note(phone, "最后一句")
    expect(entries.last).to_contain_text("最后一句")
    expect(entries).to_have_count(680)
    while gap.count():
        before = entries.count()
        gap.get_by_role("button").click()
        expect(entries).not_to_have_count(before)
    expect(entries.nth(1000)).to_contain_text(f"第 {1000 - 3} 句")
    expect(phone.page.locator(".timeline h2")).to_be_focused()
    assert phone.too_wide() == 0
