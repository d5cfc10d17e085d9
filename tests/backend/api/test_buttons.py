"""What the buttons of a case say, and a correction that corrects nothing."""

from aiohttp.web import Application

from backend.desks.context import AppContext
from tests.backend.api.conftest import SignIn, make_case


async def test_a_correction_that_changes_nothing_is_refused_and_makes_no_step(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    before = (await browser.get(f"/api/cases/{number}"))["case"]
    for given in ({}, {"text": before["text"]}, {"urgency": before["urgency"]}):
        status, told = await browser.act(number, "correct", note="看过了", **given)
        assert (status, told["code"]) == (422, "nothing_changed")
        assert "没有改动" in told["message"]
    assert (await browser.get(f"/api/cases/{number}"))["case"]["version"] == before["version"]
    status, _ = await browser.act(number, "correct", urgency="urgent")
    assert status == 200


async def test_a_button_says_in_which_stages_the_cases_are_that_it_may_name(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    filed = {"matter": "01001", "condition": "1", "cell": "330299001001001"}
    assert (await browser.act(number, "file", **filed))[0] == 200
    buttons = (await (await sign_in("dispatcher1")).get(f"/api/cases/{number}"))["buttons"]
    named = {one["action"]: one["stages"] for one in buttons}
    assert named["bundle_up"] == ["to_dispatch"]
    assert named["dispatch"] == []
