"""Reports that a seat types at the console."""

from typing import Any

import pytest

from backend.desks.context import AppContext
from tests.backend.api.conftest import SignIn


async def test_a_typed_report_is_taken_once(office: AppContext, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    typed = {
        "text": "路灯不亮",
        "place_text": "中山东路",
        "point": {"lon": 121.57, "lat": 29.89},
        "contact": {"channel": "phone", "address": "13800138000", "name": '张\n"三"'},
        "key": "form-0001",
    }
    first = await browser.post("/api/reports", typed)
    again = await browser.post("/api/reports", typed)
    assert (first["fresh"], again["fresh"]) == (True, False)
    assert first["number"] == again["number"]
    other = await sign_in("acceptor2")
    assert (await other.post("/api/reports", typed))["fresh"] is True
    water = await sign_in("water1")
    assert (await water.ask("POST", "/api/reports", json=typed))[0] == 403
    status, body = await browser.ask("POST", "/api/reports", json={**typed, "text": "  "})
    assert (status, body["field"]) == (400, "text")


async def test_row_13_a_typed_report_says_who_registered_it_and_how_its_caller_is_reached(
    office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    typed = {
        "text": "路灯不亮",
        "contact": {"channel": "phone", "address": "13800138000", "name": "张三"},
        "key": "form-0013",
    }
    number = (await browser.post("/api/reports", typed))["number"]
    detail = await browser.get(f"/api/cases/{number}")
    [entry] = detail["timeline"]
    me = await browser.get("/api/me")
    assert (entry["action"], entry["post"], entry["person_name"]) == (
        *("register", "acceptor"),
        me["name"],
    )
    assert entry["changes"]["text"] == ["路灯不亮"]
    assert detail["contact"]["channel"] == "phone"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("text", {"text": "路" * 2001}),
        ("place_text", {"text": "路灯", "place_text": "路" * 201}),
        ("name", {"text": "路灯", "contact": {"address": "", "name": "张" * 51}}),
    ],
)
async def test_row_23_what_is_too_long_is_refused_with_the_limit_and_not_cut(
    sign_in: SignIn, field: str, typed: dict[str, Any]
) -> None:
    browser = await sign_in("acceptor1")
    status, body = await browser.ask("POST", "/api/reports", json={**typed, "key": "form-0023"})
    assert (status, body["code"], body["field"]) == (400, "too_long", field)
    assert any(digit in body["message"] for digit in ("2000", "200", "50"))
