"""What somebody did with a case that has left their scope is answered again, as it was then."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from aiohttp.web import Application

from backend.desks import notices
from backend.desks.context import AppContext
from backend.store import cases
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.notice import Outcome, Settled
from hotline.number import printed
from hotline.words import say
from tests.backend.api import outside
from tests.backend.api.conftest import MakeClient, SignIn
from tests.backend.api.outside import HERE, THEIRS, THERE, WHOLE_CITY, Place, nobodys

AWAY: Final[Mapping[str, Any]] = {
    "action": "correct",
    "key": "away-1234",
    "given": {"cell": THERE},
}


@pytest.fixture
async def office(office: AppContext) -> AppContext:
    """The office of a city with people of every post who may not know of everything."""
    return replace(office, city=outside.city())


@pytest.fixture
def place(app: Application) -> Place:
    """The office as cases go their way in it."""
    return Place(app)


async def gone_on(place: Place, number: str, clock: FixedClock) -> None:
    """Let a case go on elsewhere, later."""
    clock.move(timedelta(minutes=1))
    await place.file(number, THEIRS)
    await place.move(number, "accept", "water1")
    photo = await place.photo("water1", "#aabbcc")
    await place.move(number, "report_done", "water1", note="zqlater done", media=(photo,))
    await place.note(number, "zqlater")


async def test_a_move_that_took_a_case_away_is_answered_again_on_the_console_as_it_was_then(
    place: Place, sign_in: SignIn, clock: FixedClock
) -> None:
    number = await place.told("zqback", HERE)
    browser = await sign_in("acceptor-here")
    version = (await browser.get(f"/api/cases/{number}"))["case"]["version"]
    path, body = f"/api/cases/{number}/act", {**AWAY, "version": version}
    first = await browser.post(path, body)
    assert (first["case"]["stage"], first["case"]["cell"]) == ("reported", THERE)
    await gone_on(place, number, clock)
    again = await browser.post(path, body)
    assert again["case"]["version"] == first["case"]["version"]
    assert again["case"]["stage"] == "reported"
    assert "zqlater" not in str(again)
    told = [entry["id"] for entry in first["timeline"]]
    assert [entry["id"] for entry in again["timeline"]] == told
    # Another key, or another wish by the same one, finds no case.
    for other in ({"key": "away-5678"}, {"action": "file"}):
        status, answer = await browser.ask("POST", path, json={**body, **other})
        assert (status, answer["code"]) == (404, "no_case")


async def test_a_move_that_took_a_case_away_is_answered_again_in_a_chat_as_it_was_then(
    office: AppContext, place: Place, client: MakeClient, clock: FixedClock
) -> None:
    bots, chats = client("bots"), await outside.bound(office)
    chat = Channel.TELEGRAM, chats["acceptor-here"][1]
    number = await place.told("zqback", HERE)
    given = {"cell": THERE}
    first = await bots.act(number, "correct", chat, key="tap-1", given=given)
    await gone_on(place, number, clock)
    again = await bots.act(number, "correct", chat, key="tap-1", given=given)
    assert (again.version, again.stage) == (first.version, "reported")
    assert again.photos == ()


async def test_a_report_typed_in_again_tells_no_stage_to_who_may_not_see_the_case(
    place: Place, sign_in: SignIn
) -> None:
    typed = {"text": "水管爆了", "key": "press-1234", "contact": {"address": ""}}
    stages = {}
    for person in ("acceptor-here", "acceptor1"):
        browser = await sign_in(person)
        first = await browser.post("/api/reports", typed)
        await place.move(first["number"], "correct", "acceptor1", given={"cell": THERE})
        await place.file(first["number"], THEIRS)
        again = await browser.post("/api/reports", typed)
        assert (again["number"], again["fresh"]) == (first["number"], False)
        stages[person] = again["stage"]
    assert stages == {"acceptor-here": "reported", "acceptor1": "handling"}


async def test_what_lies_aside_of_a_case_elsewhere_is_brought_back_unnamed(
    office: AppContext, place: Place, sign_in: SignIn
) -> None:
    number = await place.told("zqaside", THERE)
    true = await outside.dead(office, number, "transcripts", "zqaside")
    whole, here = await sign_in(WHOLE_CITY), await sign_in("duty_chief-here")

    async def items(browser: Any) -> list[dict[str, Any]]:
        checks = (await browser.get("/api/health"))["checks"]
        return [item for one in checks for item in one["items"] if item["queue"] == "transcripts"]

    [named], [unnamed] = await items(whole), await items(here)
    assert (named["ref"], named["reason"]) == (true, "zqasidereason")
    assert unnamed["name"] == ""
    assert number not in str(unnamed)
    assert "zqaside" not in str(unnamed)
    status, answer = await here.ask(
        "POST", "/api/health/again", json={"queue": "transcripts", "ref": true}
    )
    assert (status, answer["code"]) == (404, "not_aside")
    ref = {"queue": "transcripts", "ref": unnamed["ref"]}
    assert await here.post("/api/health/again", ref) == {"many": 1}
    assert (await items(whole), await items(here)) == ([], [])


@pytest.mark.parametrize("sent", [False, True])
async def test_no_notice_of_a_case_tells_the_number_of_one_out_of_sight(
    office: AppContext, place: Place, sign_in: SignIn, sent: bool
) -> None:
    """Merged into one elsewhere, or split into one that was moved there."""
    here, there = await place.told("zqhere", HERE), await place.told("zqthere", THERE)
    parted = await place.told("zqparted", HERE)
    await place.move(here, "merge", "acceptor1", given={"leader": there})
    await place.move(parted, "split", "acceptor1", given={"split_text": "zqsplit"})
    async with office.store.connect() as connection:
        of_it = await cases.load(connection, parted)
    part = str(of_it.fields["split_into"])
    await place.move(part, "correct", "acceptor1", given={"cell": THERE})
    if sent:
        for task in await notices.lease(office, [Channel.TELEGRAM], None, 50):
            words = say(task.template, "zh_CN", **{**task.values, "leader": printed(there)})
            await notices.settle(office, Settled(task.id, Outcome.SENT, words=words))
    whole, browser = await sign_in(WHOLE_CITY), await sign_in("acceptor-here")
    for number, other in ((here, there), (parted, part)):
        for seen, who in ((True, whole), (False, browser)):
            page = await who.get(f"/api/cases/{number}")
            told = [one["notice"]["text"] for one in page["timeline"] if one["notice"]]
            listed = (await who.get("/api/notices"))["items"]
            told += [one["text"] for one in listed if one["number"] == number]
            assert len(told) > 1
            assert all(number in one for one in told)
            assert any(other in one.replace(" ", "") for one in told) is seen
            assert any("…" in one for one in told) is not seen


async def test_a_merged_case_whose_leader_is_out_of_sight_is_no_case_to_merge_into(
    place: Place, sign_in: SignIn
) -> None:
    """It has not ended, and whose it is nobody hears who may not know of it."""
    there, here = await place.told("zqthere", THERE), await place.told("zqlead", HERE)
    followers = [await place.told(f"zqfollow{one}", HERE) for one in range(2)]
    asked = await place.told("zqasked", HERE)
    for number, leader in zip(followers, (there, here), strict=True):
        await place.move(number, "merge", "acceptor1", given={"leader": leader})
    browser, found = await sign_in("acceptor-here"), list[tuple[int, str]]()
    version = (await browser.get(f"/api/cases/{asked}"))["case"]["version"]
    for number in (*followers, nobodys().number):
        given = {"leader": number}
        body = {"action": "merge", "version": version, "key": f"m{number}", "given": given}
        status, answer = await browser.ask("POST", f"/api/cases/{asked}/act", json=body)
        found.append((status, answer["code"]))
        assert there not in str(answer)
    assert found == [(400, "no_such_case"), (422, "case_follows"), (400, "no_such_case")]


async def test_what_was_refused_is_told_whole_to_who_sees_all_and_unnamed_to_others(
    place: Place, sign_in: SignIn
) -> None:
    number = await place.told("zqrefused", THERE)
    refused = await sign_in("department-here")
    for path in (f"/api/cases/{number}/contact", f"/api/people/{number}/chats"):
        await refused.ask("POST", path)
    await refused.ask("GET", "/api/seat/calls/h1-1764000002-2")
    told = {}
    for person in (WHOLE_CITY, "administrator-here"):
        page = await (await sign_in(person)).get("/api/audit?what=refused")
        told[person] = sorted(one["subject"] for one in page["items"])
    assert told[WHOLE_CITY] == [
        "GET /api/seat/calls/h1-1764000002-2",
        f"POST /api/cases/{number}/contact",
    ]
    assert told["administrator-here"] == ["GET /api/seat/calls/…"]
