"""One case to its end, with every key, click and photo of five posts counted; undo; the help."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message, picture
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
FILED = {"matter": "01001", "condition": "1", "cell": "330299001001001"}
# "Measured in a browser test": one case, five posts, keys and taps and photos together.
MOST_ACTS = 12


@dataclass
class Hand:
    """Whoever works with a case: each key and photo of theirs is an act, what is typed is none."""

    window: Screen
    number: str
    acts: int = 0

    def stand(self) -> None:
        """Be at the row of the case, as the keys leave somebody who has done the one before."""
        row = self.window.page.locator(f"[data-number='{self.number}']")
        expect(row).to_be_visible()
        row.focus()

    def key(self, key: str) -> None:
        """Press a key."""
        self.acts += 1
        self.window.page.keyboard.press(key)

    def photo(self, key: str, path: Path) -> None:
        """Press a key that asks for a photo, and take it."""
        path.write_bytes(picture())
        with self.window.page.expect_file_chooser() as chooser:
            self.key(key)
        self.acts += 1
        chooser.value.set_files(path)


def test_one_case_comes_to_its_end_in_twelve_acts_of_five_posts(
    screen: Open, stage: Stage, tmp_path: Path
) -> None:
    number = message(stage, "供水井盖没了")
    acceptor = Hand(screen("acceptor1"), number)
    acceptor.window.open(number)
    acceptor.window.is_understood()
    acceptor.window.page.keyboard.press("Escape")
    acceptor.stand()
    acceptor.key("Shift+V")
    acceptor.window.stage_is("核实中")
    who = acceptor.window.assigned(number, "collector")
    collector = Hand(screen(who), number)
    collector.stand()
    collector.photo("Shift+A", tmp_path / "true.jpg")
    collector.window.stage_is("待受理")
    acceptor.stand()
    # The case is open still; what its letters press, they press from its own row as well.
    acceptor.window.stage_is("待受理")
    acceptor.key("Shift+A")
    acceptor.window.stage_is("待派遣")
    dispatcher = Hand(screen("dispatcher1"), number)
    dispatcher.stand()
    dispatcher.key("Shift+D")
    dispatcher.window.stage_is("处置中")
    department = dispatcher.window.get(f"/api/cases/{number}")["case"]["department"]
    worker = Hand(screen(f"{department}1"), number)
    worker.stand()
    worker.key("a")
    expect(worker.window.page.locator(".told")).to_contain_text("接单")
    worker.stand()
    # A photo of what was done says enough; words may stand beside it.
    worker.photo("Shift+F", tmp_path / "covered.jpg")
    worker.window.stage_is("待核查")
    acceptor.stand()
    acceptor.window.stage_is("待核查")
    acceptor.key("Shift+V")
    acceptor.window.stage_is("核查中")
    checker = Hand(screen(acceptor.window.assigned(number, "collector")), number)
    checker.window.open(number)
    checker.window.stands_at(number)
    checker.window.page.keyboard.press("Escape")
    checker.stand()
    checker.photo("Shift+A", tmp_path / "done.jpg")
    checker.window.stage_is("待结案")
    chief = Hand(screen("chief1"), number)
    chief.stand()
    chief.key("Shift+A")
    chief.window.stage_is("已结案")
    hands = (acceptor, collector, dispatcher, worker, checker, chief)
    assert sum(one.acts for one in hands) <= MOST_ACTS, [one.acts for one in hands]


def test_a_dispatch_is_two_keys_from_the_list_and_the_next_case_is_under_them(
    screen: Open, stage: Stage
) -> None:
    numbers = [message(stage, "供水井盖没了") for _ in range(3)]
    for number in numbers:
        Desk(stage, "acceptor1").act(number, "file", **FILED)
    window = screen("dispatcher1")
    page, keys = window.page, window.page.keyboard
    rows = page.locator("[data-number]")
    expect(page.locator(f"[data-number='{numbers[-1]}']")).to_be_visible()
    first, second = window.numbers()[:2]
    rows.first.focus()
    keys.press("d")
    expect(page.locator("form.form select").first).to_be_focused()
    keys.press("Enter")
    window.stage_is("处置中")
    expect(page.locator(f"[data-number='{second}']")).to_be_focused()
    # Taken back by one key, while the seconds run that stand beside it.
    offer = page.locator(".told .offer")
    expect(offer).to_contain_text("秒")
    expect(offer.locator("kbd")).to_have_text("Z")
    keys.press("z")
    window.stage_is("待派遣")
    assert Desk(stage, "dispatcher1").case(first)["case"]["stage"] == "to_dispatch"


def test_what_is_filled_in_already_is_one_tap_and_what_is_a_guess_is_looked_at(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "供水井盖没了")
    Desk(stage, "acceptor1").act(number, "file", **FILED)
    window = screen("dispatcher1", viewport=PHONE, has_touch=True, is_mobile=True)
    window.open(number)
    swift = window.page.locator("[data-swift=dispatch]")
    named = Desk(stage, "dispatcher1").case(number)["case"]["suggested_department"]["name"]
    expect(swift).to_contain_text(named)
    assert window.too_wide() <= 0
    assert window.axe() == []
    swift.tap()
    window.stage_is("处置中")
    unknown = message(stage, "这里有点问题", point=None)
    acceptor = screen("acceptor1")
    acceptor.open(unknown)
    expect(acceptor.page.locator("[data-swift]")).to_have_count(0)
    acceptor.page.keyboard.press("Shift+A")
    expect(acceptor.page.locator("form.form")).to_be_visible()
    acceptor.stage_is("待受理")


def test_single_keys_are_off_where_somebody_wants_it_so(screen: Open, stage: Stage) -> None:
    number = message(stage, "供水井盖没了")
    Desk(stage, "acceptor1").act(number, "file", **FILED)
    window = screen("dispatcher1")
    page = window.page
    page.keyboard.press("?")
    help_box = page.locator("dialog[open]")
    expect(help_box).to_contain_text("撤回刚才的办理")
    assert window.axe() == []
    help_box.locator("input[type=checkbox]").uncheck()
    page.keyboard.press("Escape")
    window.open(number)
    expect(page.locator(".bar kbd")).to_have_count(0)
    page.keyboard.press("d")
    page.keyboard.press("Shift+D")
    expect(page.locator("form.form")).to_have_count(0)
    window.stage_is("待派遣")


def _bar(page: Page) -> None:
    """Open the command bar, and wait until it takes what is typed."""
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open] input")).to_be_focused()


def test_the_command_bar_finds_moves_pages_and_cases_by_pinyin_while_somebody_types(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "供水井盖没了")
    Desk(stage, "acceptor1").act(number, "file", **FILED)
    window = screen("dispatcher1")
    page, keys = window.page, window.page.keyboard
    window.open(number)
    page.locator("input[type=search]").focus()
    keys.press("Control+k")
    box = page.locator("dialog[open]")
    expect(box.locator("input")).to_be_focused()
    keys.type("pq")
    expect(box.locator("[aria-selected=true]")).to_have_attribute("data-command", "move.dispatch")
    expect(box.locator("[aria-selected=true] kbd")).to_have_text("D")
    assert window.axe() == []
    # Enter of an input method that composes takes nothing.
    compose = "one => one.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', %s}))"
    more = "isComposing: true, bubbles: true, cancelable: true"
    box.locator("input").evaluate(compose % more)
    expect(box).to_be_visible()
    keys.press("Enter")
    expect(page.locator("form.form [data-field=department]")).to_be_visible()
    _bar(page)
    keys.type("dt")
    expect(box.locator("[aria-selected=true]")).to_have_attribute("data-command", "page.map")
    keys.press("Enter")
    expect(page.locator(".case")).to_have_count(0)
    _bar(page)
    keys.type("shenji")
    # What kind it is stands in words, not as a sentence with a gap.
    expect(box.locator("[data-command=search]")).to_contain_text("搜索“shenji”")
    expect(box.locator("[data-command=search] .quiet")).to_have_text("搜索")
    keys.press("Escape")
    expect(box).to_have_count(0)
    _bar(page)
    keys.type(number[:4])
    expect(box.locator("[aria-selected=true]")).to_contain_text(f"{number[:4]} {number[4:]}")
    keys.press("Enter")
    expect(page.locator(".case h1")).to_have_text(f"{number[:4]} {number[4:]}")
