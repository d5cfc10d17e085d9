"""A case on paper, and on a screen that is low or zoomed."""

import pytest
from playwright.sync_api import expect

from tests.backend.papers.printed import words_of
from tests.real.console.conftest import Open
from tests.real.console.reports import hang_up, ring
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
ZOOMED = {"width": 720, "height": 450}


def test_row_30_paper_holds_the_whole_case_and_nothing_for_the_screen_only(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1", color_scheme="dark")
    window.open(number)
    window.page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".rail", ".inbox .left", ".case .bar", ".mini", ".player"):
        expect(window.page.locator(f"{hidden}:visible")).to_have_count(0)
    expect(window.page.locator(".timeline li").last).to_be_visible()
    cut = "(body) => body.scrollHeight - body.clientHeight"
    assert window.page.locator(".case .body").evaluate(cut) <= 1
    expect(window.page.locator("body")).to_have_css("color", "rgb(21, 33, 31)")


def test_row_31_at_200_percent_a_form_has_the_room_of_the_whole_screen(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1", viewport=ZOOMED)
    window.open(number)
    window.press("file")
    window.page.locator("#note-file").scroll_into_view_if_needed()
    window.page.locator("form.form").evaluate("(form) => form.scrollIntoView({ block: 'start' })")
    top = window.page.locator("form.form").evaluate("(form) => form.getBoundingClientRect().top")
    assert top < 20
    assert window.too_wide() == 0


def test_the_file_of_a_case_is_downloaded_by_one_press(screen: Open, stage: Stage) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1")
    window.open(number)
    with window.page.expect_download() as taken:
        window.page.locator("[data-paper]").click()
    assert taken.value.suggested_filename.endswith(f"{number[:4]} {number[4:]}.pdf")
    assert number[4:] in words_of(taken.value.path().read_bytes())
    expect(window.page.locator("[data-paper]")).to_be_enabled()


def test_the_proof_for_who_called_is_downloaded_beside_it(screen: Open, stage: Stage) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1")
    window.open(number)
    button, page = window.page.locator("[data-proof]"), window.page
    # Nobody has signed it within this minute, or it is there: it says which of both.
    button.click()
    expect(page.locator("[role=alert], [role=status]", has_text="签").or_(page.locator(
        "[role=status]", has_text="文件已生成")).first).to_be_visible()  # fmt: skip
    expect(button).to_be_enabled()
    window.wrong.clear()  # the browser says so where it was refused for now
