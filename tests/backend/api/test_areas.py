"""Posts granted in a district: what is seen, listed, counted, found, told and moved is its own."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from aiohttp.web import Application

from backend.api.routes import CONSOLE_ROUTES
from backend.desks import acceptance, casework
from backend.desks.context import AppContext
from backend.queries import audit, casefile, inbox
from backend.queries.audit import Narrowed
from hotline.channel import Channel
from hotline.errors import Forbidden, NotFound
from hotline.people import Actor
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import Browser, SignIn, actor, make_case, publish
from tests.backend.api.test_feed import heard, listening
from tests.cities import MONDAY

FIRST, SECOND = "330299001001001", "330298002001001"
# No answer of anybody's has this id.
ITS_REVISIT = "7fffffff-ffff-7fff-bfff-ffffffffffff"
# Who holds the acceptor's post where: in either district, in both, and in the whole city.
SEES: Mapping[str, tuple[str, ...]] = {
    "acceptor4": ("first",),
    "acceptor5": ("second",),
    "acceptor6": ("first", "second"),
    "acceptor1": ("first", "second", "nowhere"),
}


async def put_in(office: AppContext, number: str, cell: str) -> None:
    """Correct where a case lies."""
    who = actor(office, "acceptor1")
    # Where it lies there already only its words change: what changes nothing is refused.
    key, given = f"put:{number}:{cell}", {"cell": cell, "place_text": cell}
    await casework.act(office, number, "correct", who, key=key, given=given)


async def placed(office: AppContext, key: str, cell: str) -> str:
    """A case that lies in a cell."""
    number = await make_case(office, key)
    await put_in(office, number, cell)
    return number


async def nowhere(office: AppContext) -> str:
    """A case of which nobody knows where it lies."""
    contact = Contact(Channel.TELEGRAM, "13800138000", "王小明")
    report = NewReport(Channel.TELEGRAM, "n", contact, MONDAY, text="供水井盖没了")
    return (await acceptance.record(office, report, connector="bots")).number


@pytest.fixture
async def three(office: AppContext) -> dict[str, str]:
    """A case in either district, and one without a place."""
    return {
        "first": await placed(office, "1", FIRST),
        "second": await placed(office, "2", SECOND),
        "nowhere": await nowhere(office),
    }


async def listed(browser: Browser, query: str = "") -> set[str]:
    """The numbers in a list."""
    return {row["number"] for row in (await browser.get(f"/api/cases{query}"))["items"]}


@pytest.mark.parametrize("person", SEES)
async def test_lists_counts_and_searches_have_the_cases_of_ones_own_districts(
    sign_in: SignIn, three: dict[str, str], person: str
) -> None:
    browser = await sign_in(person)
    mine = {three[where] for where in SEES[person]}
    counts = (await browser.get("/api/cases"))["counts"]
    assert await listed(browser) == mine
    assert await listed(browser, "?q=供水井盖") == mine
    assert await listed(browser, "?mine=1&open=1") == mine
    assert (counts["stages"], counts["mine"]) == ({"reported": len(mine)}, len(mine))
    for number in three.values():
        assert await listed(browser, f"?q={number}") == ({number} & mine)
    about = [one["properties"] for one in (await browser.get("/api/map/cases"))["features"]]
    assert {one["number"] for one in about} <= mine


@pytest.mark.parametrize("person", SEES)
async def test_cases_of_ones_own_districts_are_opened_and_moved_and_others_are_not_there(
    office: AppContext, sign_in: SignIn, three: dict[str, str], person: str
) -> None:
    browser = await sign_in(person)
    for where, number in three.items():
        expected = 200 if where in SEES[person] else 404
        assert (await browser.ask("GET", f"/api/cases/{number}"))[0] == expected, where
        version = 1 if where == "nowhere" else 2
        body = {"action": "note", "version": version, "key": f"note-{number}", "note": "hello"}
        path = f"/api/cases/{number}/act"
        status, answer = await browser.ask("POST", path, json=body)
        assert status == expected, (where, answer)
        if expected == 404:
            assert answer["code"] == "no_case"
            with pytest.raises(Forbidden):
                await casework.act(
                    *(office, number, "correct", actor(office, person)),
                    key=f"move-{number}",
                    given={"cell": FIRST},
                )


async def told(app: Application, *sockets: Any) -> list[bool]:
    """What each console hears of the change just made: True with the case, False without it."""
    await publish(app)
    return [(await heard(socket))["row"] is not None for socket in sockets]


async def quiet(socket: Any) -> bool:
    """Whether a console is told nothing."""
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.2)
    return True


async def test_a_case_put_into_the_other_district_goes_from_one_feed_and_comes_to_the_other(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browsers = [await sign_in(one) for one in ("acceptor4", "acceptor5", "acceptor6")]
    looking = browsers[0]
    async with AsyncExitStack() as stack:
        first, second, both = [
            (await stack.enter_async_context(listening(one)))[0] for one in browsers
        ]
        number = await nowhere(office)
        await publish(app)
        await put_in(office, number, FIRST)
        # What lay nowhere was no news for either district: theirs begins with the place.
        assert await told(app, first, both) == [True, True]
        page = await looking.get(f"/api/cases/{number}")
        await put_in(office, number, SECOND)
        assert await told(app, first, second, both) == [False, True, True]
        # Who still has the page open has typed in vain, and is told that it is not there any more.
        version = page["case"]["version"]
        body = {"action": "note", "version": version, "key": "note-1234", "note": "我去看看"}
        status, answer = await looking.ask("POST", f"/api/cases/{number}/act", json=body)
        assert (status, answer["code"]) == (404, "no_case")
        assert [await listed(one) for one in browsers] == [set(), {number}, {number}]
        counts = [(await one.get("/api/cases"))["counts"]["stages"] for one in browsers]
        assert counts == [{}, {"reported": 1}, {"reported": 1}]
        await office_note(office, number)
        assert await told(app, second, both) == [True, True]
        assert await quiet(first)


async def office_note(office: AppContext, number: str) -> None:
    """Write a note on a case."""
    who = actor(office, "acceptor1")
    await casework.act(office, number, "note", who, key=f"note:{number}", note="hello")


async def test_a_post_in_a_district_does_not_count_in_the_other(
    office: AppContext, sign_in: SignIn, three: dict[str, str]
) -> None:
    chief = actor(office, "chief3")
    assert chief.rights.post_for("case.close", (), SECOND) == "duty_chief"
    assert chief.rights.post_for("case.close", (), FIRST) is None
    assert chief.rights.post_for("case.accept", (), FIRST) is None
    browser = await sign_in("chief3")
    assert await listed(browser) == {three["second"]}


async def test_no_route_tells_of_a_case_in_another_district(
    app: Application, office: AppContext, sign_in: SignIn, three: Mapping[str, str]
) -> None:
    browser = await sign_in("acceptor5")
    paths = [
        (route.method, route.path.replace("{number}", three["first"]).replace("{id}", ITS_REVISIT))
        for route in CONSOLE_ROUTES
        if route.path.startswith("/api/cases/{number}")
    ]
    assert ("POST", f"/api/cases/{three['first']}/contact") in paths
    for method, path in paths:
        status, _ = await browser.ask(method, path)
        assert status in (400, 403, 404), f"{method} {path} answers {status}"
    status, answer = await browser.ask(
        "POST", f"/api/cases/{three['first']}/contact", json={"reason": "call_back"}
    )
    assert (status, answer["code"]) == (404, "no_case")
    assert (
        await browser.ask(
            "POST", f"/api/cases/{three['second']}/contact", json={"reason": "call_back"}
        )
    )[0] == 200


async def test_the_audit_and_notices_of_a_district_tell_of_its_own_cases(
    office: AppContext, three: Mapping[str, str]
) -> None:
    city, district = actor(office, "acceptor1"), actor(office, "chief3")
    for number in three.values():
        await casefile.unmask(office, number, city, "call_back")

    async def opened_by(who: Actor) -> set[str | None]:
        page = await audit.listed(
            office, who, narrowed=Narrowed("contact_opened"), who="", number="", before="", limit=50
        )
        return {one.number for one in page.items}

    assert await opened_by(district) == {three["second"]}
    assert await opened_by(city) == set(three.values())
    for where in ("first", "second"):
        key = f"decline:{where}"
        await casework.act(
            office,
            three[where],
            "decline",
            city,
            key=key,
            note="x",
            given={"decline_reason": "out_of_scope"},
        )
    of_city = {one.number for one in (await inbox.list_notices(office, city, "")).items}
    told = {one.number for one in (await inbox.list_notices(office, district, "")).items}
    assert three["first"] in of_city
    assert told <= {three["second"], None}
    foreign = next(
        one
        for one in (await inbox.list_notices(office, city, "")).items
        if one.number == three["first"]
    )
    with pytest.raises(NotFound):
        await inbox.check_notice_in_sight(office, district, UUID(foreign.id))
    await inbox.check_notice_in_sight(office, city, UUID(foreign.id))
