"""One move on many cases: each lands or says why, a stop stops, and nothing is done twice."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from backend.desks import casework
from backend.desks.context import AppContext
from hotline.case.case import Case
from tests.backend.api.conftest import Browser, SignIn, make_case

MANY = 500


def _item(number: str, version: int = 1, key: str = "") -> dict[str, Any]:
    return {"number": number, "version": version, "key": key or f"batch-{number}"}


async def _lines(
    browser: Browser, action: str, items: list[dict[str, Any]], **more: Any
) -> dict[str, dict[str, Any]]:
    """Send a batch; gives its lines by number, in the order in which they came."""
    headers = {"Origin": browser.origin, "X-CSRF-Token": browser.csrf, "Accept-Language": "en"}
    body = {"action": action, "items": items, **more}
    async with browser.client.post("/api/cases/act", headers=headers, json=body) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "application/x-ndjson"
        lines = [json.loads(line) async for line in response.content]
    return {line["number"]: line for line in lines}


async def test_of_five_hundred_three_say_why_and_the_others_land(
    office: AppContext, sign_in: SignIn
) -> None:
    numbers = [await make_case(office, str(key)) for key in range(MANY - 1)]
    other = await sign_in("acceptor2")
    await other.act(numbers[7], "decline", decline_reason="out_of_scope")
    await other.act(numbers[9], "note", note="mine now")
    browser = await sign_in("acceptor1")
    items = [_item(one) for one in [*numbers, "99999999"]]
    lines = await _lines(browser, "note", items, note="seen by all")
    assert list(lines) == [one["number"] for one in items]
    failed = {number: line for number, line in lines.items() if not line["made"]}
    assert {number: line["code"] for number, line in failed.items()} == {
        numbers[7]: "conflict",
        numbers[9]: "conflict",
        "99999999": "no_case",
    }
    assert "刚刚" in failed[numbers[9]]["message"]
    told = (await browser.get(f"/api/cases/{numbers[0]}"))["timeline"][-1]
    assert told["note"] == "seen by all"
    assert (await browser.get(f"/api/cases/{numbers[9]}"))["timeline"][-1]["note"] == "mine now"


async def test_what_is_left_when_the_session_ends_is_not_done(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await make_case(office, str(key)) for key in range(4)]
    browser, act = await sign_in("acceptor1"), casework.act

    async def then_out(*given: Any, **more: Any) -> Case:
        case = await act(*given, **more)
        async with office.store.begin() as connection:
            await connection.execute(text("DELETE FROM session"))
        return case

    monkeypatch.setattr(casework, "act", then_out)
    lines = await _lines(browser, "note", [_item(one) for one in numbers], note="x")
    assert [line["made"] for line in lines.values()] == [True, False, False, False]
    assert {line["code"] for line in lines.values() if not line["made"]} == {"unauthorised"}


async def test_the_same_keys_again_do_nothing_twice(office: AppContext, sign_in: SignIn) -> None:
    numbers = [await make_case(office, str(key)) for key in range(3)]
    browser = await sign_in("acceptor1")
    items = [_item(one) for one in numbers]
    first = await _lines(browser, "note", items, note="once")
    again = await _lines(browser, "note", items, note="once")
    assert first == again
    assert all(line["made"] for line in again.values())
    page = await browser.get(f"/api/cases/{numbers[0]}")
    assert [one["note"] for one in page["timeline"]].count("once") == 1
    # The key of one move is good for no other one, and says so of its own case only.
    other = await _lines(browser, "note", [_item(numbers[0]), _item(numbers[1], 2, "fresh-key")])
    assert [line["made"] for line in other.values()] == [True, False]
    assert other[numbers[1]]["code"] == "input_missing"
    assert "说明" in other[numbers[1]]["message"]


async def test_what_cannot_be_a_batch_is_refused_before_anything_is_done(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    refused: list[tuple[Any, str]] = [
        ([], "items"),
        ([_item(number)] * (MANY + 1), "items"),
        ([_item(number), _item(number, 1, "short")], "items"),
        ([{"number": number}], "items"),
        ("all", "items"),
    ]
    for items, field in refused:
        body = {"action": "note", "note": "x", "items": items}
        status, told = await browser.ask("POST", "/api/cases/act", json=body)
        assert (status, told["field"].split("[")[0].split(".")[0]) == (400, field), told
    assert (await browser.get(f"/api/cases/{number}"))["case"]["version"] == 1


async def test_who_hangs_up_stops_the_rest(office: AppContext, sign_in: SignIn) -> None:
    numbers = [await make_case(office, str(key)) for key in range(60)]
    browser = await sign_in("acceptor1")
    headers = {"Origin": browser.origin, "X-CSRF-Token": browser.csrf}
    body = {"action": "note", "note": "x", "items": [_item(one) for one in numbers]}
    response = await browser.client.post("/api/cases/act", headers=headers, json=body)
    await response.content.readline()
    response.close()
    versions = [(await browser.get(f"/api/cases/{one}"))["case"]["version"] for one in numbers]
    assert versions[0] == 2
    assert versions[-1] == 1
