"""Saved views: of one person each, made anew by their name, renamed, dropped, and bounded."""

from typing import Any

import pytest

from backend.desks import saved_views
from backend.desks.context import AppContext
from tests.backend.api.conftest import Browser, SignIn

pytestmark = pytest.mark.slow
NOBODYS = "7fffffff-ffff-7fff-bfff-ffffffffffff"


async def _save(browser: Browser, name: str, query: str = "stage=handling") -> Any:
    return await browser.post("/api/views", {"name": name, "query": query})


async def test_a_view_is_saved_renamed_and_dropped_by_who_has_it(sign_in: SignIn) -> None:
    browser, other = await sign_in("acceptor1"), await sign_in("leader")
    one = await _save(browser, " a 红灯 ", "light=red&sort=left")
    two = await _save(browser, "b 东岸")
    assert (one["name"], one["query"]) == ("a 红灯", "light=red&sort=left")
    assert await browser.get("/api/views") == [one, two]
    assert await other.get("/api/views") == []
    again = await _save(browser, "b 东岸", "area=330299")
    assert again["id"] == two["id"]
    left = await browser.post(f"/api/views/{one['id']}/name", {"name": "a"})
    assert [(view["name"], view["query"]) for view in left] == [
        ("a", "light=red&sort=left"),
        ("b 东岸", "area=330299"),
    ]
    for ident in (one["id"], NOBODYS, "no-id"):
        for what, body in (("name", {"name": "x"}), ("drop", {})):
            status, said = await other.ask("POST", f"/api/views/{ident}/{what}", json=body)
            assert (status, said["code"]) == (404, "not_found")
    path = f"/api/views/{one['id']}/drop"
    assert [view["name"] for view in await browser.post(path)] == ["b 东岸"]
    status, _ = await browser.ask("POST", path, json={})
    assert status == 404


async def test_a_name_is_given_once(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    one, _ = await _save(browser, "一"), await _save(browser, "二")
    path = f"/api/views/{one['id']}/name"
    status, said = await browser.ask("POST", path, json={"name": "二"})
    assert (status, said["code"]) == (422, "view_there")
    assert len(await browser.post(path, {"name": "一"})) == 2


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("  ", "", "input_missing"),
        ("长" * 41, "", "too_long"),
        ("x", "q=" + "长" * 2_000, "too_long"),
    ],
)
async def test_what_is_no_view_is_refused(
    sign_in: SignIn, name: str, query: str, code: str
) -> None:
    browser = await sign_in("acceptor1")
    status, said = await browser.ask("POST", "/api/views", json={"name": name, "query": query})
    assert (status, said["code"]) == (400, code)
    assert await browser.get("/api/views") == []


async def test_one_person_keeps_so_many(
    office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST", 2)
    browser = await sign_in("acceptor1")
    await _save(browser, "一")
    await _save(browser, "二")
    status, said = await browser.ask("POST", "/api/views", json={"name": "三", "query": ""})
    assert (status, said["code"]) == (422, "many_views")
    assert (await _save(browser, "二", "light=red"))["query"] == "light=red"
