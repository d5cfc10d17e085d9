"""The list of cases: what is searched, by whom, how it is narrowed and in which order it comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.desks import acceptance, casework, timers
from backend.desks.context import AppContext
from backend.queries.city_meta import meta
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.pinyin import spelled
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import Browser, SignIn, actor, make_case, walk
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

PHONE = "13800138027"
WATERS = ["handler:o:water", "handler:p:water1"]


async def _numbers(browser: Browser, query: str) -> list[str]:
    page = await browser.get(f"/api/cases?{query}")
    return [row["number"] for row in page["items"]]


async def _phoned(office: AppContext, key: str = "p", name: str = "诸葛大明") -> str:
    contact = Contact(Channel.PHONE, PHONE, name)
    report = NewReport(Channel.CONSOLE, key, contact, MONDAY, text="楼道灯坏了")
    return (await acceptance.record(office, report)).number


async def test_row_11_a_number_is_found_by_its_last_four_digits(
    office: AppContext, sign_in: SignIn
) -> None:
    number, other = await make_case(office, "1"), await make_case(office, "2")
    browser = await sign_in("dispatcher1")
    # Any part of a number finds it, and the one may begin as the other ends.
    those = sorted(one for one in (other, number) if number[-4:] in one)
    assert sorted(await _numbers(browser, f"q={number[-4:]}")) == those
    wide = number[-4:].translate({ord(str(n)): 0xFF10 + n for n in range(10)})
    assert sorted(await _numbers(browser, f"q={wide}")) == those
    assert await _numbers(browser, f"q={other[:4]}-{other[4:]}") == [other]


async def test_row_11_a_telephone_number_is_found_whole_and_by_its_end_by_who_may_see_it(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await _phoned(office)
    await make_case(office, "other")
    for person, sees in (("acceptor1", True), ("chief1", True), ("dispatcher1", False)):
        browser = await sign_in(person)
        for words in (PHONE, PHONE[-4:], f"%2B86 {PHONE}", "138-0013-8027", "诸葛大"):
            assert await _numbers(browser, f"q={words}") == [number] * sees, (person, words)
    browser = await sign_in("acceptor1")
    # The same last four digits of another number are not the same number.
    assert await _numbers(browser, "q=13911118027") == []


async def test_row_11_marks_between_words_stop_no_search(
    office: AppContext, sign_in: SignIn
) -> None:
    """Full-width marks were made half, so that words copied out of a report were not found."""
    contact = Contact(Channel.PHONE, PHONE, "诸葛大明")
    text = "中山路12号：井盖破了，快来（危险）！"
    report = NewReport(Channel.CONSOLE, "marks", contact, MONDAY, text=text)
    number = (await acceptance.record(office, report)).number
    await make_case(office, "other")
    browser = await sign_in("acceptor1")
    numbers = (f"{number}。", f"{PHONE}，")
    for words in (text, "12号：井盖", "12号:井盖", "破了，快来", "(危险)", *numbers):
        assert await _numbers(browser, f"q={words}") == [number], words
    for words in ("！！", "？", "%25", "_"):
        assert await _numbers(browser, f"q={words}") == [], words


async def test_kind_1_a_number_is_found_in_chinese_numerals_and_with_any_dash(
    office: AppContext, sign_in: SignIn
) -> None:
    number, other = await make_case(office, "1"), await _phoned(office)
    browser = await sign_in("acceptor1")
    for numerals in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖"):
        han = str.maketrans("0123456789", numerals)
        assert await _numbers(browser, f"q={number.translate(han)}") == [number]
        assert await _numbers(browser, f"q={PHONE.translate(han)}") == [other]
    for between in ("—", "–", "−", "・", "～", "\u200b"):
        assert await _numbers(browser, f"q={number[:4]}{between}{number[4:]}") == [number]


async def test_row_11_who_has_a_case_is_found_by_name(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await make_case(office, "other", text="别的")
    await walk(app, number, "ask_verify", "verify_true", "file", "dispatch", "accept")
    city = office.city.organisation
    browser = await sign_in("leader")
    for name in (
        city.people["collector01"].name,
        city.people["water1"].name,
        city.departments["water"].name,
    ):
        assert await _numbers(browser, f"q={name}") == [number], name


async def test_row_11_a_list_is_narrowed_by_day_class_department_channel_and_urgency(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "file", "dispatch")
    row = (await (await sign_in("acceptor1")).get("/api/cases"))["items"][0]
    browser = await sign_in("leader")
    inside = (
        f"matter={row['matter']}&department=water&channel=telegram",
        f"urgency={row['urgency']}",
        "from=2026-11-23&to=2026-11-23",
        "from=2026-11-01",
    )
    outside = (
        "matter=01002",
        "department=lighting",
        "channel=phone",
        "from=2026-11-24",
        "to=2026-11-22",
    )
    for query in inside:
        assert await _numbers(browser, query) == [number], query
    for query in outside:
        assert await _numbers(browser, query) == [], query
    for query in ("from=yesterday", "channel=fax", "department=x", "sort=best"):
        status, body = await browser.ask("GET", f"/api/cases?{query}")
        assert (status, body["field"]) == (400, query.split("=")[0])
    for query, field in (
        ("facet=verified:maybe", "verified"),
        ("facet=mood:good", "field"),
        ("field=text:x", "field"),
        ("field=", None),
    ):
        status, body = await browser.ask("GET", f"/api/cases?{query}")
        assert (status, body.get("field")) == ((200, None) if field is None else (400, field))


async def test_row_5_the_least_time_left_comes_first_and_pages_follow_without_gap(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    filed = []
    for key in range(3):
        filed.append(await make_case(office, f"f{key}"))
        clock.move(timedelta(minutes=1))
    for number in filed:
        await walk(app, number, "file")
    new = [await make_case(office, f"n{key}") for key in range(4)]
    await casework.act(
        office,
        new[0],
        "decline",
        actor(office, "acceptor1"),
        key="declined",
        note="no",
        given={"decline_reason": "out_of_scope"},
    )
    browser = await sign_in("acceptor1")
    whole = await browser.get("/api/cases?sort=left")
    dues = [row["stage_due"] for row in whole["items"]]
    told = [due for due in dues if due is not None]
    assert told == sorted(told)
    assert dues == told + [None] * (len(dues) - len(told))
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = await browser.get(f"/api/cases?sort=left&limit=2&before={page['next']}")
        seen += [row["number"] for row in page["items"]]
    assert seen == [row["number"] for row in whole["items"]]
    assert len(set(seen)) == 7
    assert await _numbers(browser, "sort=oldest") == (await _numbers(browser, ""))[::-1]


async def test_row_5_where_the_time_left_is_the_same_the_more_urgent_comes_first(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    calm, pressing = await make_case(office, "1"), await make_case(office, "2")
    browser = await sign_in("acceptor1")
    for number, urgency in ((calm, "normal"), (pressing, "critical")):
        status, body = await browser.act(number, "correct", urgency=urgency, key=number)
        assert status == 200, body
    assert await _numbers(browser, "sort=left&mine=1") == [pressing, calm]


async def test_where_time_left_and_urgency_are_the_same_who_came_first_is_first_on_every_page(
    office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    """All reports of a night are due at the same instant of the morning."""
    clock.move(timedelta(hours=12))
    came = []
    for key in range(5):
        came.append(await make_case(office, f"n{key}"))
        clock.move(timedelta(minutes=1))
    browser = await sign_in("acceptor1")
    whole = await browser.get("/api/cases?sort=left&mine=1")
    assert len({row["stage_due"] for row in whole["items"]}) == 1
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = await browser.get(f"/api/cases?sort=left&mine=1&limit=2&before={page['next']}")
        seen += [row["number"] for row in page["items"]]
    assert seen == came


async def test_row_6_cases_found_true_are_counted_and_listed_apart(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, "1")
    await make_case(office, "2")
    await walk(app, number, "ask_verify", "verify_true")
    browser = await sign_in("acceptor1")
    page = await browser.get("/api/cases?facet=verified:true")
    assert [row["number"] for row in page["items"]] == [number]
    assert page["items"][0]["facets"] == {"verified": "true"}
    assert page["counts"]["facets"] == {"verified": {"true": 1}}
    await walk(app, number, "file")
    page = await browser.get("/api/cases?facet=verified:true")
    assert (page["items"], page["counts"]["facets"]) == ([], {})


async def test_row_18_a_department_is_shown_no_delay_of_the_centre(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "file", "dispatch", "report_done")
    clock.move(timedelta(days=9))
    while await timers.work_due(office):
        continue
    centre, department = await sign_in("chief1"), await sign_in("water1")
    red = "/api/cases?light=red"
    seen = await centre.get(red)
    assert ([row["number"] for row in seen["items"]], seen["counts"]["lights"]["red"]) == (
        [number],
        1,
    )
    seen = await department.get(red)
    assert (seen["items"], seen["counts"]["lights"]["red"]) == ([], 0)
    assert await _numbers(department, "open=1") == [number]
    drawn = [
        (await one.get("/api/map/cases"))["features"][0]["properties"]["light"]
        for one in (centre, department)
    ]
    assert drawn == ["red", "green"]


async def test_the_console_is_told_which_cases_wait_for_whom(sign_in: SignIn) -> None:
    meta = await (await sign_in("water1")).get("/api/meta")
    assert meta["waits"]["stages"] == []
    assisting = ["assisting:o:water", "assisting:p:water1"]
    assert meta["waits"]["lying"]["handling"] == sorted([*assisting, *WATERS])
    assert meta["waits"]["lying"]["to_check"] == assisting
    assert meta["everything"] is False
    assert (await (await sign_in("leader")).get("/api/meta"))["everything"] is True


async def test_letters_find_places_things_and_people_and_say_what_they_were_taken_for(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    contact = Contact(Channel.PHONE, PHONE, "诸葛大明")
    there = NewReport(Channel.CONSOLE, "t", contact, MONDAY, text="灯坏", place_text="海晏路9号")
    place = (await acceptance.record(office, there)).number
    await walk(app, number, "ask_verify")
    browser = await sign_in("leader")
    for letters in ("hyl", "haiyan", "HYL"):
        page = await browser.get(f"/api/cases?q={letters}")
        assert [row["number"] for row in page["items"]] == [place]
        assert page["matched"] == {place: ["place"]}
        assert page["meant"] == {letters: ["海晏路"]}
    name = office.city.organisation.people["collector01"].name
    whole, initials = spelled(name)
    for letters in (whole, initials, whole.upper()):
        page = await browser.get(f"/api/cases?q={letters}")
        assert [row["number"] for row in page["items"]] == [number], letters
        assert page["matched"] == {number: ["people"]}
    assert (await browser.get("/api/cases?q=xqqq"))["items"] == []


async def test_a_search_says_what_of_a_case_it_was_found_in(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await _phoned(office)
    browser = await sign_in("acceptor1")
    for words, by in (
        (number[-4:], ["number"]),
        ("楼道灯", ["text"]),
        (f"{number[-4:]} 楼道灯", ["number", "text"]),
        ("诸葛大", ["citizen"]),
        (PHONE, ["citizen"]),
    ):
        page = await browser.get(f"/api/cases?q={words}")
        assert page["matched"] == {number: by}, words
        assert page["meant"] == {}
    assert (await browser.get("/api/cases"))["matched"] == {}


async def test_a_list_is_narrowed_by_groups_of_classes_and_by_areas(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "file")
    browser = await sign_in("leader")
    row = (await browser.get("/api/cases"))["items"][0]
    cell, group = row["cell"], office.matters[row["matter"]].group_code
    other = next(
        one.group_code for one in office.matters.values() if one.group_code not in (group, "")
    )
    elsewhere = next(code for code in office.city.areas if code and not cell.startswith(code))
    within = next(code for code in office.city.areas if code and cell.startswith(code))
    for query in (
        f"group={group}",
        f"group={other},{group}&matter={row['matter']}",
        f"area={within}",
        f"area={elsewhere},{within}&group={group}",
    ):
        assert await _numbers(browser, query) == [number], query
    for query in (f"group={other}", f"group={other}&matter={row['matter']}", f"area={elsewhere}"):
        assert await _numbers(browser, query) == [], query
    for wrong in ("group=nothing", "area=1", "area=%25"):
        status, body = await browser.ask("GET", f"/api/cases?{wrong}")
        assert (status, body["code"]) == (400, "invalid"), wrong
    areas = (await browser.get("/api/meta"))["areas"]
    assert [one["code"] for one in areas] == sorted(one["code"] for one in areas)
    assert within in {one["code"] for one in areas}


async def test_an_area_that_is_the_whole_city_has_all_of_its_cells(office: AppContext) -> None:
    code = min(office.city.area_names)
    whole = replace(office.city, areas={**office.city.areas, code: ()})
    shown = await meta(replace(office, city=whole), actor(office, "leader"), 8)
    assert [one.beginnings for one in shown.areas if one.code == code] == [[code]]
