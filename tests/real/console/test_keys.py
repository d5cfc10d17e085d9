"""Keys: those of an input method are its own; a move is a few keys away; focus stays."""

import pytest
from playwright.sync_api import Locator, expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.stage import Stage

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]
# Escape as browsers send it while an input method composes; Safari tells it by the code alone.
COMPOSING = ({"isComposing": True}, {"keyCode": 229})
PRESS = """(field, more) => field.dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true, ...more }))"""


def _composes(field: Locator) -> None:
    for more in COMPOSING:
        field.evaluate(PRESS, more)


def test_25_escape_of_an_input_method_leaves_form_and_search_as_they_are(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    search, note = window.page.locator("input[type=search]"), window.page.locator("#note-decline")
    search.fill("路灯")
    _composes(search)
    expect(search).to_have_value("路灯")
    search.press("Escape")
    expect(search).to_have_value("")
    window.press("decline")
    note.fill("不属于")
    _composes(note)
    _composes(window.page.locator("body"))
    expect(note).to_have_value("不属于")
    note.press("Escape")
    expect(note).to_have_count(0)
    expect(window.page.locator(".case")).to_be_visible()
