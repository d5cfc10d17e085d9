"""Holds, and what is kept about somebody: told, handed out, and erased by two people."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import text

from backend.api.office_keys import MEDIA
from backend.desks import acceptance, media, retention
from backend.desks.context import AppContext
from backend.store import cases
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.media import MediaKind
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import POINT, Browser, SignIn, make_case, walk
from tests.backend.api.test_retention import TO_CLOSE, closed_case, rows
from tests.backend.test_media import make_photo

pytestmark = pytest.mark.slow

WHO = {"channel": "phone", "address": "138 0013 8000"}
ASKED = {**WHO, "reason": "本人书面申请"}
CHIEFS = ("chief1", "commander")
SEEN = {"seen": "0" * 64}


async def agreed(browser: Browser, wish: dict[str, Any]) -> dict[str, Any]:
    """Look what would go, and agree to it."""
    path = f"/api/privacy/erasures/{wish['id']}"
    seen = (await browser.get(path))["seen"]
    done: dict[str, Any] = await browser.post(f"{path}/agree", {"seen": seen})
    return done


async def test_an_erasure_takes_two_and_is_the_same_asked_twice(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    number, other = await closed_case(app), await closed_case(app, "2", "13900139000")
    first, second = [await sign_in(person) for person in CHIEFS]
    kept = await first.post("/api/privacy/person", WHO)
    assert kept["counts"]["reports"] == kept["counts"]["contact"] == 1
    wish = await first.post("/api/privacy/erasures", ASKED)
    assert "13800138000" not in str(wish)
    assert await first.post("/api/privacy/erasures", ASKED) == wish
    path = f"/api/privacy/erasures/{wish['id']}/agree"
    status, answer = await first.ask("POST", path, json=SEEN)
    assert (status, answer["code"]) == (422, "same_person")
    assert "13800138000" in str(await rows(office, "SELECT address FROM contact"))
    done = await agreed(second, wish)
    assert done["outcome"] == "erased"
    for table in ("cases", "report", "step", "contact", "notice", "case_text", "erasure", "audit"):
        left = str(await rows(office, f"SELECT {table}::text FROM {table}"))
        assert "13800138000" not in left, table
    words = await rows(office, "SELECT number, text <> '' FROM cases ORDER BY number")
    assert sorted(words) == sorted([(number, False), (other, True)])
    assert await second.post(path, {"seen": ""}) == done
    assert (await first.post("/api/privacy/erasures", ASKED))["id"] == wish["id"]
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case
    told = (await first.get("/api/audit?view=erasures"))["items"]
    assert sorted((one["what"], one["subject"], one["number"] or "") for one in told) == [
        ("erased", wish["id"], number),
        ("erasure_asked", wish["id"], ""),
    ]
    page = await first.get(f"/api/cases/{number}")
    assert "13800138000" not in str(page)
    steps = [one for one in page["timeline"] if one["kind"] == "step"]
    assert any("（内容已清除）" in one["text"] for one in steps)
    assert any("(its words were erased)" in one["text_en"] for one in steps)
    assert not any(one["note"] for one in page["timeline"])


async def test_who_agrees_has_seen_what_goes_and_what_came_since(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await closed_case(app)
    first, second = [await sign_in(person) for person in CHIEFS]
    wish = await first.post("/api/privacy/erasures", ASKED)
    path = f"/api/privacy/erasures/{wish['id']}"
    for body in ({}, {"seen": 1}, {"seen": "x" * 101}):
        assert (await second.ask("POST", f"{path}/agree", json=body))[0] == 400, body
    status, answer = await second.ask("POST", f"{path}/agree", json=SEEN)
    assert (status, answer["code"]) == (409, "erasure_changed")
    shown = await second.get(path)
    assert shown["wish"] == {**wish, "mine": False}
    assert (shown["cases"], shown["stays"], shown["held"], shown["going"]) == ([number], [], [], [])
    kinds = {"contact": 1, "reports": 1, "cases": 1, "files": 1}
    assert {name: shown["counts"][name] for name in kinds} == kinds
    assert shown["counts"]["steps"] > len(TO_CLOSE)
    assert shown["counts"] == shown["before"]
    assert "13800138000" not in str(shown)
    other = await closed_case(app, "2")
    status, answer = await second.ask("POST", f"{path}/agree", json={"seen": shown["seen"]})
    assert (status, answer["code"]) == (409, "erasure_changed")
    assert (await first.get("/api/privacy/erasures"))[0]["outcome"] == ""
    again = await second.get(path)
    assert (again["counts"]["reports"], again["before"]["reports"]) == (2, 1)
    assert sorted(again["cases"]) == sorted([number, other])
    assert (await second.post(f"{path}/agree", {"seen": again["seen"]}))["outcome"] == "erased"
    assert set((await second.get(path))["counts"].values()) <= {0}
    assert await rows(office, "SELECT count(*) FROM cases WHERE text <> ''") == [(0,)]
    assert (await second.ask("GET", f"{path}x"))[0] == 404
    assert (await (await sign_in("acceptor1")).ask("GET", path))[0] == 403
    assert (await (await sign_in("chief3")).ask("GET", path))[0] == 403


async def test_words_about_them_go_everywhere_and_what_stays_is_told(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    alone, shared = await closed_case(app), await closed_case(app, "2")
    async with office.store.begin() as connection:
        # Somebody else told of the second one, too; and the duty chief was told of the first.
        for order in (
            "INSERT INTO report SELECT gen_random_uuid(), case_id, channel, 'else', NULL, said_at, "
            "received_at, language, '另一位市民的话', '', NULL, NULL, NULL FROM report WHERE "
            f"case_id = (SELECT id FROM cases WHERE number = '{shared}')",
            "INSERT INTO alarm (id, kind, about, at, said, call, number, seen_by) SELECT "
            "gen_random_uuid(), 'emergency', number, received_at, text, '', number, '' FROM cases "
            f"WHERE number = '{alone}'",
            "INSERT INTO notice (id, key, case_id, channel, address, person, template, language, "
            "fields, created_at, state, error, message, words, settled_at) SELECT "
            "gen_random_uuid(), 'n', id, 'telegram', '9', 'acceptor1', 'x', 'zh_CN', '{}', "
            "received_at, 'sent', '', '', '中山东路井盖没了', received_at FROM cases "
            f"WHERE number = '{alone}'",
        ):
            await connection.execute(text(order))
    first, second = [await sign_in(person) for person in CHIEFS]
    wish = await first.post("/api/privacy/erasures", ASKED)
    assert wish["stays"] == []
    done = await agreed(second, wish)
    assert done["stays"] == [shared]
    assert await rows(office, "SELECT said FROM alarm") == [("",)]
    assert await rows(office, "SELECT words FROM notice WHERE person = 'acceptor1' "
                              "AND words <> ''") == []  # fmt: skip
    assert await rows(office, "SELECT text FROM report WHERE text <> ''") == [("另一位市民的话",)]
    words = await rows(office, "SELECT number FROM cases WHERE text <> ''")
    assert words == [(shared,)]
    (told,) = await first.get("/api/privacy/erasures")
    assert told["stays"] == [shared]


async def test_what_is_on_hold_or_goes_on_is_not_erased(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    number = await closed_case(app)
    first, second = [await sign_in(person) for person in CHIEFS]
    wish = await first.post("/api/privacy/erasures", ASKED)
    path = f"/api/cases/{number}/hold"
    assert (await first.ask("POST", path, json={"reason": " "}))[0] == 400
    await first.post(path, {"reason": "诉讼（2026）民初 12 号"})
    assert (await first.ask("POST", path, json={"reason": "again"}))[0] == 409
    (held,) = await second.get("/api/privacy/holds")
    assert (held["number"], held["reason"]) == (number, "诉讼（2026）民初 12 号")
    agree = f"/api/privacy/erasures/{wish['id']}/agree"
    status, answer = await second.ask("POST", agree, json=SEEN)
    assert (status, answer["code"]) == (422, "case_held")
    assert number in answer["message"]
    clock.move(timedelta(days=3700))
    first, second = [await sign_in(person) for person in CHIEFS]
    assert {
        one.gone
        async for one in retention.sweep(office, office.clock.now())
        if one.kind != "position"
    } == {0}
    await second.post(f"{path}/end", {"reason": "判决生效"})
    assert (await second.ask("POST", f"{path}/end", json={"reason": "x"}))[0] == 409
    await make_case(office, key="9", channel="phone")  # type: ignore[arg-type]
    status, answer = await second.ask("POST", agree, json=SEEN)
    assert (status, answer["code"]) == (422, "case_open")
    assert (await second.post(agree.replace("agree", "decline")))["outcome"] == "refused"
    status, answer = await first.ask("POST", agree, json=SEEN)
    assert (status, answer["code"]) == (422, "not_open")
    assert (await first.ask("POST", "/api/privacy/erasures", json=ASKED))[0] == 422
    told = await rows(office, "SELECT what FROM audit WHERE case_id IS NOT NULL ORDER BY id")
    assert told == [("hold_set",), ("hold_ended",)]


async def test_a_person_is_given_all_that_is_kept_about_them(
    app: Application, sign_in: SignIn
) -> None:
    number = await closed_case(app)
    await closed_case(app, "2", "13900139000")
    chief = await sign_in("chief1")
    told: dict[str, list[dict[str, Any]]] = (await chief.post("/api/privacy/export", WHO))["kept"]
    assert told["contact"][0]["address"] == "13800138000"
    assert [one["text"] for one in told["reports"]] == ["中山东路井盖没了"]
    assert {one["number"] for one in told["cases"]} == {number}
    assert {one["kind"] for one in told["files"]} >= {"recording"}
    assert "13900139000" not in str(told)
    (row,) = (await chief.get("/api/audit?what=person_exported"))["items"]
    assert "13800138000" not in str(row)


async def test_nobody_else_may_and_nonsense_is_told_by_its_field(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    asks = (
        *(("POST", f"/api/privacy/{name}", WHO) for name in ("person", "export")),
        ("POST", "/api/privacy/erasures", ASKED),
        ("POST", f"/api/cases/{number}/hold", {"reason": "x"}),
        ("GET", "/api/privacy/holds", None),
        ("GET", "/api/privacy/erasures", None),
    )
    for person in ("acceptor1", "admin", "leader", "water1"):
        browser = await sign_in(person)
        for method, path, body in asks:
            assert (await browser.ask(method, path, json=body))[0] == 403, (person, path)
    district = await sign_in("chief3")
    for method, path, body in asks[:3]:
        assert (await district.ask(method, path, json=body))[0] == 403, path
    chief = await sign_in("chief1")
    for body, code in (
        ({**ASKED, "address": "call me"}, "bad_phone"),
        ({**ASKED, "channel": "telegram", "address": " "}, "input_missing"),
        ({**ASKED, "channel": "smoke"}, "invalid"),
        ({**ASKED, "reason": "\u200b"}, "input_missing"),
        ({**ASKED, "reason": "x" * 501}, "invalid"),
    ):
        status, answer = await chief.ask("POST", "/api/privacy/erasures", json=body)
        assert (status, answer["code"]) == (400, code), body
    assert (await chief.ask("POST", "/api/privacy/erasures", json=ASKED))[0] == 404
    assert (await chief.ask("POST", "/api/privacy/erasures/no/agree", json=SEEN))[0] == 404
    assert await rows(office, "SELECT id FROM erasure") == []


async def test_a_photo_that_somebody_else_handed_in_too_stays_theirs(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    same = await app[MEDIA].put_bytes(make_photo(), MediaKind.PHOTO)
    own = await app[MEDIA].put_bytes(make_photo(colour="red"), MediaKind.PHOTO)
    numbers = []
    for address, files in (("100", (same, own)), ("200", (same,))):
        contact = Contact(Channel.TELEGRAM, address, address)
        for file in files:
            holders = media.by_contact(office, Channel.TELEGRAM, address)
            await media.stored(office, file, 1, holders)
        said = contact, office.clock.now()
        hashes = tuple(file.sha256 for file in files)
        report = NewReport(Channel.TELEGRAM, address, *said, text="a", point=POINT, media=hashes)
        numbers.append((await acceptance.record(office, report, connector="bots")).number)
    await walk(app, numbers[0], *TO_CLOSE)
    first, second = [await sign_in(person) for person in CHIEFS]
    await first.post(f"/api/cases/{numbers[1]}/hold", {"reason": "court"})
    asked = {"channel": "telegram", "address": "100", "reason": "asked"}
    wish = await first.post("/api/privacy/erasures", asked)
    await agreed(second, wish)
    linked = (
        "SELECT c.number, l.sha256 FROM case_media l JOIN cases c ON c.id = l.case_id "
        "WHERE l.sha256 = ANY(:ours)"
    )
    hashes_of = [same.sha256, own.sha256]
    assert await rows(office, linked, ours=hashes_of) == [(numbers[1], same.sha256)]
    assert await rows(office, "SELECT sha256 FROM erased_file") == [(own.sha256,)]
    held = await rows(office, "SELECT holder FROM media_holder WHERE sha256 = :one",
                      one=same.sha256)  # fmt: skip
    (theirs,) = media.by_contact(office, Channel.TELEGRAM, "200")
    (gone,) = media.by_contact(office, Channel.TELEGRAM, "100")
    assert (theirs,) in held
    assert (gone,) not in held
    erased = await rows(office, "SELECT c.number FROM audit a JOIN cases c ON c.id = a.case_id "
                                "WHERE a.what = 'erased'")  # fmt: skip
    assert erased == [(numbers[0],)]


async def test_four_who_ask_at_once_are_given_one_wish(app: Application, sign_in: SignIn) -> None:
    await closed_case(app)
    first, second = [await sign_in(person) for person in CHIEFS]
    asked = [one.post("/api/privacy/erasures", ASKED) for one in (first, second, first, second)]
    assert len({one["id"] for one in await asyncio.gather(*asked)}) == 1


async def test_what_somebody_joined_stands_against_it_too(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    await closed_case(app)
    other = await closed_case(app, "2", "13900139000")
    async with office.store.begin() as connection:
        joined = (
            "INSERT INTO joined_caller (case_id, call_key, contact_id, at) SELECT id, 'k', :who, "
            "received_at FROM cases WHERE number = :number"
        )
        who = office.contacts.of(Channel.PHONE, "13800138000")
        await connection.execute(text(joined), {"who": who, "number": other})
    first, second = [await sign_in(person) for person in CHIEFS]
    wish = await first.post("/api/privacy/erasures", ASKED)
    await first.post(f"/api/cases/{other}/hold", {"reason": "court"})
    assert (await first.post("/api/privacy/person", WHO))["held"] == [other]
    path = f"/api/privacy/erasures/{wish['id']}/agree"
    status, answer = await second.ask("POST", path, json=SEEN)
    assert (status, answer["code"]) == (422, "case_held")
    assert (who,) in await rows(office, "SELECT contact_id FROM joined_caller")
