"""The knowledge base: written by who may, found by who talks with citizens, with its history."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.desks.audit import What
from hotline.clock import FixedClock
from tests.backend.api.conftest import Browser, SignIn

WATER = {
    "id": "water_outage",
    "title": "停水了怎么办",
    "answer": "请先看小区公告，仍不清楚的请报地址，我们转供水值班处理。",
    "body": "## 计划停水\n- 提前一天公告",
    "matters": ["01001"],
    "words": ["停水", "没水"],
    "questions": ["家里突然没水了"],
}
LAMP = {"id": "lamp", "title": "路灯不亮", "answer": "请报灯杆编号。", "matters": ["01037"]}


async def write(browser: Browser, article: dict[str, Any], version: int = 0) -> dict[str, Any]:
    """Write an article."""
    body = {"article": article, "version": version}
    return dict(await browser.post("/api/knowledge/articles", body))


async def refused(browser: Browser, article: dict[str, Any], version: int = 0) -> tuple[Any, ...]:
    """Try to write one; gives how it was refused."""
    body = {"article": article, "version": version}
    status, said = await browser.ask("POST", "/api/knowledge/articles", json=body)
    return status, said["code"], said.get("field")


async def found(browser: Browser, **query: str) -> list[tuple[str, str]]:
    """The ids that are found, and how each stands."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    page = await browser.get(f"/api/knowledge?{asked}")
    assert page["total"] == len(page["items"])
    return [(one["id"], one["state"]) for one in page["items"]]


async def suggested(browser: Browser, text: str = "", *matters: str) -> list[str]:
    """The ids that are suggested."""
    body = {"text": text, "matters": matters}
    return [one["id"] for one in await browser.post("/api/knowledge/suggest", body)]


async def test_an_article_is_found_by_words_pinyin_class_and_what_is_said(sign_in: SignIn) -> None:
    chief, seat = await sign_in("chief1"), await sign_in("acceptor1")
    shown = await write(chief, WATER)
    assert (shown["version"], shown["state"]) == (1, "valid")
    await write(chief, LAMP)
    for words in ("停水", "tingshui", "ts", "没水", "庭水了"):
        assert (await found(seat, q=words))[0] == ("water_outage", "valid"), words
    assert await suggested(seat, "喂您好我家里今天早上突然就没水了怎么办啊") == ["water_outage"]
    assert await suggested(seat, "", "01037") == ["lamp"]
    assert await suggested(seat, "abcdefg") == []
    assert {one for one, _ in await found(seat)} == {"water_outage", "lamp"}


async def test_what_has_ended_is_found_as_such_and_suggested_never(
    sign_in: SignIn, clock: FixedClock
) -> None:
    chief, seat = await sign_in("chief1"), await sign_in("acceptor1")
    await write(chief, {**WATER, "valid_until": "2026-11-23"})
    await write(chief, {**LAMP, "valid_from": "2026-11-25"})
    assert await suggested(seat, "停水") == ["water_outage"]
    assert [one["id"] for one in await chief.get("/api/knowledge/due")] == ["water_outage"]
    assert await suggested(seat, "路灯不亮") == []
    assert ("lamp", "upcoming") in await found(seat, q="路灯")
    clock.move(timedelta(days=1))
    chief, seat = await sign_in("chief1"), await sign_in("acceptor2")
    assert await suggested(seat, "停水", "01001") == []
    assert await found(seat, q="停水") == [("water_outage", "expired")]
    assert [one["id"] for one in await chief.get("/api/knowledge/due")] == ["water_outage"]
    # A slip of the pen may be put right without a new end, but no end is set that has passed.
    fixed = {**WATER, "valid_until": "2026-11-23", "title": "停水怎么办"}
    assert (await write(chief, fixed, 1))["state"] == "expired"
    late = {**WATER, "valid_until": "2026-11-22"}
    assert await refused(chief, late, 2) == (400, "date_passed", "valid_until")
    assert await refused(chief, {**late, "id": "new"}) == (400, "date_passed", "valid_until")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"title": " "}, "input_missing", "title"),
        ({"answer": ""}, "input_missing", "answer"),
        ({"body": "见<b>公告</b>"}, "no_html", "body"),
        ({"words": ["<script>"]}, "no_html", "words"),
        ({"title": "长" * 81}, "too_long", "title"),
        ({"words": ["词"] * 61}, "many_phrases", "words"),
        ({"matters": ["99999"]}, "no_class", "matters"),
        ({"id": "停水"}, "bad_article_id", "id"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "ends_before", "valid_until"),
        ({"valid_until": "tomorrow"}, "invalid", "article.valid_until"),
    ],
)
async def test_what_is_wrong_with_an_article_is_said_by_its_field(
    sign_in: SignIn, wrong: dict[str, Any], code: str, field: str
) -> None:
    chief = await sign_in("chief1")
    assert await refused(chief, {**WATER, **wrong}) == (400, code, field)


async def test_the_field_at_fault_is_called_by_its_name_and_few_classes_are_asked_for(
    sign_in: SignIn,
) -> None:
    chief = await sign_in("chief1")
    body = {"article": {**WATER, "title": " "}}
    _, said = await chief.ask("POST", "/api/knowledge/articles", json=body)
    assert said["message"] == "还缺一项：标题。"
    many = {"matters": ["01001"] * 21}
    status, said = await chief.ask("POST", "/api/knowledge/suggest", json=many)
    assert (status, said["field"]) == (400, "matters")


async def test_every_version_stays_and_an_earlier_one_counts_again(sign_in: SignIn) -> None:
    chief, seat = await sign_in("chief1"), await sign_in("acceptor1")
    await write(chief, WATER)
    await write(chief, {**WATER, "answer": "请拨打供水热线。"}, 1)
    path = "/api/knowledge/articles/water_outage"
    shown = await chief.post(f"{path}/retire", {"version": 2, "reason": "合并到另一条"})
    assert (shown["state"], shown["version"]) == ("retired", 3)
    assert await found(seat, q="停水") == []
    assert await found(seat, state="retired") == [("water_outage", "retired")]
    shown = await chief.post(f"{path}/restore", {"version": 3, "earlier": 1})
    assert (shown["version"], shown["state"]) == (4, "valid")
    assert shown["article"]["answer"] == WATER["answer"]
    assert [one["changed"] for one in shown["versions"]] == [["answer"], [], ["answer"], []]
    assert {one["how"] for one in shown["versions"]} == {"console"}
    assert await suggested(seat, "停水") == ["water_outage"]
    status, said = await chief.ask("POST", f"{path}/restore", json={"version": 4, "earlier": 9})
    assert (status, said["code"]) == (404, "no_article")


async def test_of_two_who_write_at_once_the_second_sees_what_the_first_wrote(
    sign_in: SignIn,
) -> None:
    one, other = await sign_in("chief1"), await sign_in("chief2")
    await write(one, WATER)
    bodies = [{"article": {**WATER, "title": title}, "version": 1} for title in ("甲", "乙")]
    done = await asyncio.gather(
        *(
            browser.ask("POST", "/api/knowledge/articles", json=body)
            for browser, body in zip((one, other), bodies, strict=True)
        )
    )
    assert sorted(status for status, _ in done) == [200, 409]
    lost = next(said for status, said in done if status == 409)
    assert (lost["code"], lost["now"]["version"]) == ("article_changed", 2)
    assert lost["now"]["versions"][0]["changed"] == ["title"]
    assert await refused(one, WATER) == (409, "article_changed", None)
    assert await refused(one, {**WATER, "id": "nothing"}, 3) == (404, "no_article", None)
    same = lost["now"]["article"]
    assert await refused(one, same, 2) == (422, "article_same", None)


async def test_seats_read_and_only_who_may_writes(sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    await write(chief, WATER)
    for person in ("acceptor1", "dispatcher1", "water1"):
        browser = await sign_in(person)
        assert await suggested(browser, "停水") == ["water_outage"]
        assert await refused(browser, LAMP) == (403, "forbidden", None)
        assert (await browser.ask("GET", "/api/knowledge/due"))[0] == 403
    admin = await sign_in("admin")
    assert (await admin.ask("GET", "/api/knowledge"))[0] == 403


async def test_who_wrote_what_is_in_the_audit(sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    await write(chief, WATER)
    entries = (await chief.get("/api/audit?who=chief1"))["items"]
    assert What.ARTICLE_WRITTEN in [one["what"] for one in entries]
