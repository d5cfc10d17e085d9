"""Texts and positions that came in as nobody meant them: cleaned, doubted, or refused by name."""

import pytest

from backend.client import BackendClient
from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.queries import casefile
from backend.store import cases
from hotline.call import CallRing
from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from hotline.sanitize import sanitize_line, sanitize_text
from hotline.wire import received
from tests.backend.api.conftest import SignIn, actor, make_case
from tests.cities import MONDAY
from tests.knowing import demo_knowledge

pytestmark = pytest.mark.slow

HIDDEN = ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\u2060", "\x07", "\x1b", "\u0085"]


@pytest.mark.parametrize("sign", HIDDEN)
async def test_signs_that_nobody_sees_are_dropped_at_the_console_and_at_a_connector(
    office: AppContext, sign_in: SignIn, bots: BackendClient, sign: str
) -> None:
    """A place with U+202E in it turned the rest of its line around, on every screen."""
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    given = {"place_text": f"中山{sign}东路\n86号", "text": f"井盖{sign}没了\n请来看"}
    status, body = await browser.act(number, "correct", note=f"更{sign}正", **given)
    assert status == 200, body
    shown = body["case"]
    assert "".join(shown["place_text"].split()) == "中山东路86号"
    assert "\n" not in shown["place_text"]
    assert "".join(shown["text"].split()) == "井盖没了请来看"
    assert "\n" in shown["text"]
    contact = Contact(Channel.TELEGRAM, "77", f"王{sign}小明")
    report = NewReport(
        Channel.TELEGRAM, f"k{ord(sign)}", contact, MONDAY, text="路灯", place_text=f"湖{sign}边"
    )
    receipt = await bots.submit(report)
    async with office.store.connect() as connection:
        case = await cases.load(connection, receipt.number)
    assert "".join(case.place_text.split()) == "湖边"


def test_every_line_and_every_word_is_cleaned_and_what_is_compared_is_not() -> None:
    ring = CallRing("k\u200b1", "138", MONDAY, caller_name="李\u202e\n四")
    body = b'{"key":"k\\u200b1","caller":"138","at":"2026-11-23T01:00:00Z",'
    body += '"caller_name":"李\\u202e\\n四"}'.encode()
    assert received(body, CallRing, MONDAY) == CallRing(ring.key, "138", MONDAY, "李 四")
    assert sanitize_line("\u2028a\u3164b\tc ") == "ab c"
    assert sanitize_text("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"
    # Joined emoji and their looks stay as they are.
    assert sanitize_line("👨\u200d👩\u200d👧 ❤\ufe0f") == "👨\u200d👩\u200d👧 ❤\ufe0f"


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b"])
async def test_putting_the_words_right_does_not_empty_them(
    office: AppContext, sign_in: SignIn, text: str
) -> None:
    """The words of a citizen could be replaced by nothing."""
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    before = (await browser.get(f"/api/cases/{number}"))["case"]["text"]
    status, body = await browser.act(number, "correct", text=text)
    assert (status, body["code"], body["field"]) == (400, "input_missing", "text")
    assert (await browser.get(f"/api/cases/{number}"))["case"]["text"] == before


@pytest.mark.parametrize("point", [Point(0, 0), Point(2.35, 48.85), Point(-121.5, 29.8)])
async def test_a_position_outside_the_city_is_not_the_cases_and_is_told(
    office: AppContext, sign_in: SignIn, bots: BackendClient, point: Point
) -> None:
    """0, 0 and other countries were kept as the place of a case."""
    contact = Contact(Channel.TELEGRAM, "78")
    report = NewReport(Channel.TELEGRAM, "far", contact, MONDAY, text="路灯不亮", point=point)
    number = (await bots.submit(report)).number
    page = (await casefile.detail(office, number, actor(office, "leader"))).case
    assert (page.point, page.cell) == (None, None)
    assert page.outside == point
    assert (await bots.understand("路灯不亮", point)).outside
    browser = await sign_in("acceptor1")
    where = {"lon": point.lon, "lat": point.lat}
    status, body = await browser.act(number, "correct", point=where)
    assert (status, body["code"], body["field"]) == (400, "outside_city", "point")
    typed = {"text": "路灯", "key": "typed-far", "point": where}
    status, body = await browser.ask("POST", "/api/reports", json=typed)
    assert (status, body["code"], body["field"]) == (400, "outside_city", "point")
    inside = NewReport(
        Channel.TELEGRAM, "in", contact, MONDAY, text="路灯不亮", point=Point(121.55, 29.87)
    )
    near = (await acceptance.record(office, inside)).number
    page = (await casefile.detail(office, near, actor(office, "leader"))).case
    assert page.outside is None
    assert page.point


def test_the_city_knows_what_is_near_it() -> None:
    city = demo_knowledge()[1]
    grid = city.grid
    cell = grid.cell_at(city.gazetteer.spots[0].point)
    assert cell is not None
    middle = grid.middle(cell)
    assert city.is_near(middle)
    for far in (Point(0, 0), Point(middle.lat, middle.lon % 90), Point(middle.lon + 1, middle.lat)):
        assert not city.is_near(far)


def test_what_is_no_text_stays_what_it_is() -> None:
    with pytest.raises(Invalid):
        received(b'{"key":1}', CallRing, MONDAY)
