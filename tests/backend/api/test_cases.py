"""Cases on the console: what each post sees, and moves that meet other moves."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.office_keys import MEDIA, OFFICE
from backend.desks import authorization, casework, media, notices, telephone, triage
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import cases, views
from hotline.call import CallEvent, CallEventType, CallRing, NewTranscript
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden
from hotline.media import MediaKind
from hotline.notice import NoticeState, Outcome, Settled
from tests.backend.api.conftest import Browser, SignIn, actor, keep_photo, make_case, walk
from tests.backend.test_media import make_wav
from tests.cities import MONDAY

New = Callable[[], Browser]


async def test_a_case_is_listed_with_names_and_counts(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "file")
    browser = await sign_in("dispatcher1")
    page = await browser.get("/api/cases?open=1")
    [row] = page["items"]
    assert (row["number"], row["stage"], row["light"]) == (number, "to_dispatch", "green")
    assert (row["matter_name"], row["matter"]) == (office.matters["01001"].name, "01001")
    assert row["point"] == {"lon": 121.57, "lat": 29.89}
    assert row["received_at"] == "2026-11-23T01:00:00.000Z"
    assert page["counts"]["stages"] == {"to_dispatch": 1}
    assert page["counts"]["mine"] == 1
    assert page["next"] is None


async def test_pages_follow_each_other_without_gap(
    office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    numbers = []
    for key in range(7):
        numbers.append(await make_case(office, str(key)))
        clock.move(timedelta(seconds=1))
    browser = await sign_in("acceptor1")
    seen: list[str] = []
    path = "/api/cases?limit=3"
    before = ""
    for _ in range(3):
        page = await browser.get(path + before)
        seen += [row["number"] for row in page["items"]]
        before = f"&before={page['next']}"
    assert seen == numbers[::-1]
    assert page["next"] is None


NARROWED = {
    "stage=to_dispatch": 1,
    "stage=reported,to_dispatch": 3,
    "light=red": 0,
    "light=green": 3,
    "q=梧桐": 1,
    "q=梧桐 树": 1,
    "q=供水井盖": 3,
    "q=%25": 0,
    "q=_": 0,
    "q=zzzz": 0,
    "q=water supply": 1,
    "mine=1": 2,
    "open=1": 3,
    "stage=closed&open=1": 0,
}


async def test_a_list_is_narrowed(app: Application, office: AppContext, sign_in: SignIn) -> None:
    await make_case(office, "1", text="供水井盖,梧桐路的树倒了")
    await make_case(office, "2")
    await walk(app, await make_case(office, "3"), "file")
    browser = await sign_in("acceptor1")
    found = {query: len((await browser.get(f"/api/cases?{query}"))["items"]) for query in NARROWED}
    assert found == NARROWED


async def test_a_number_is_found_by_its_beginning(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    page = await browser.get(f"/api/cases?q={number[:4]} {number[4:]}")
    assert [row["number"] for row in page["items"]] == [number]


MEANINGLESS = (
    "stage=nowhere",
    "light=blue",
    "limit=x",
    "limit=-1",
    "before=1'--",
    "before=" + "-" * 32,
    "q=%00",
    "stage=%00",
)


async def test_a_query_that_means_nothing_is_refused(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    for query in MEANINGLESS:
        status, body = await browser.ask("GET", f"/api/cases?{query}")
        assert status == 400, (query, body)


SEEN_BY = {
    "acceptor1": True,
    "chief1": True,
    "dispatcher1": True,
    "commander": True,
    "leader": True,
    "water1": True,
    "water2": True,
    "lighting1": False,
    "collector01": True,
    "collector02": False,
}


async def test_everybody_sees_what_is_theirs_and_no_more(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await walk(app, number, "ask_verify", "verify_true", "file", "dispatch")
    for person, sees in SEEN_BY.items():
        browser = await sign_in(person)
        listed = await browser.get("/api/cases")
        status, _ = await browser.ask("GET", f"/api/cases/{number}")
        points = await browser.get("/api/map/cases")
        seen = [listed["items"], listed["counts"]["stages"], status == 200, points["features"]]
        assert [bool(one) for one in seen] == [sees] * 4, person
        if not sees:
            body = {"action": "note", "version": 1, "key": "12345678", "note": "hello"}
            status, answer = await browser.ask("POST", f"/api/cases/{number}/act", json=body)
            assert (status, answer["code"]) == (404, "no_case")


async def test_an_administrator_sees_people_and_no_cases(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("admin")
    for path in ("/api/cases", f"/api/cases/{number}", "/api/map/cases", "/api/calls"):
        assert (await browser.ask("GET", path))[0] == 403
    people = await browser.get("/api/people")
    assert {one["person"] for one in people} == set(office.city.organisation.people)
    other = await sign_in("acceptor1")
    assert (await other.ask("GET", "/api/people"))[0] == 403


async def test_lists_and_pages_agree_on_who_sees_what(app: Application, office: AppContext) -> None:
    number = await make_case(office)
    case = await walk(app, number, "ask_verify", "verify_true", "file", "dispatch")
    for person in office.city.organisation.people.values():
        async with office.store.connect() as connection:
            listed = await views.is_in_scope(connection, scope_of(person.actor()), number)
        assert listed is authorization.may_see(case, person.actor()), person


async def test_a_note_is_for_who_sees_the_case(office: AppContext) -> None:
    number = await make_case(office)
    with pytest.raises(Forbidden) as refused:
        await casework.act(
            office, number, "note", actor(office, "water1"), key="note-0001", note="hello"
        )
    assert refused.value.code == "move_forbidden"


async def test_nobody_without_a_session_reads_anything(browser: New, office: AppContext) -> None:
    number = await make_case(office)
    for path in (
        "/api/me",
        "/api/meta",
        "/api/cases",
        f"/api/cases/{number}",
        "/api/people",
        "/api/map/cases",
        "/api/map/roads.geojson",
        "/api/feed",
        "/api/calls",
        "/api/notices",
        "/api/media/" + "ab" * 32,
    ):
        status, body = await browser().ask("GET", path)
        assert (status, body["code"]) == (401, "unauthorised")


async def test_buttons_are_exactly_what_a_post_may_press(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    detail = await browser.get(f"/api/cases/{number}")
    actions = {button["action"] for button in detail["buttons"]}
    several = {"merge", "split"}
    others = {"withdraw_for", "note", *several}
    assert actions == {"ask_verify", "correct", "file", "decline", *others}
    leader = await sign_in("leader")
    detail = await leader.get(f"/api/cases/{number}")
    assert [button["action"] for button in detail["buttons"]] == ["note"]


async def test_a_case_is_walked_to_its_end_by_buttons(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    await triage.look_at_new(office)
    acceptor, collector = await sign_in("acceptor1"), await sign_in("collector01")
    dispatcher, water = await sign_in("dispatcher1"), await sign_in("water1")
    chief = await sign_in("chief1")
    mine = [await keep_photo(app, who) for who in ("collector01", "water1", "collector01")]
    detail = await acceptor.get(f"/api/cases/{number}")
    case = detail["case"]
    assert [one["code"] for one in case["suggestions"]] == ["01001", "01002"]
    assert case["suggested_department"]["id"] == "water"
    steps: list[tuple[Browser, str, dict[str, Any]]] = [
        (acceptor, "ask_verify", {"collector": "collector01"}),
        (collector, "verify_true", {"media": [mine[0]]}),
        (acceptor, "file", {"matter": "01001", "condition": case["suggested"]["condition"]}),
        (dispatcher, "dispatch", {"department": "water"}),
        (water, "accept", {}),
        (water, "report_done", {"media": [mine[1]]}),
        (acceptor, "ask_check", {"collector": "collector01"}),
        (collector, "pass_check", {"media": [mine[2]]}),
        (chief, "close", {}),
    ]
    for who, action, given in steps:
        status, body = await who.act(number, action, **given)
        assert status == 200, (action, body)
    assert body["case"]["stage"] == "closed"
    assert body["case"]["limits"] == {"handling": "2uh", "safe": "1uh", "whole": "30ud"}
    assert body["case"]["closing"]["text_en"].startswith("cover in place")
    entries = [one for one in body["timeline"] if one["kind"] == "step"]
    assert [one["action"] for one in entries][2:] == [action for _, action, _ in steps]
    assert entries[3]["media"][0]["kind"] == "photo_verify"
    assert entries[3]["person_name"] == office.city.organisation.people["collector01"].name
    assert entries[4]["changes"]["matter"] == ["01001"]
    async with office.store.connect() as connection:
        stored = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, stored.id)) == stored


async def test_two_who_press_at_once_are_told_who_was_faster(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    one, two = await sign_in("acceptor1"), await sign_in("acceptor2")
    version = (await one.get(f"/api/cases/{number}"))["case"]["version"]
    answers = await asyncio.gather(
        one.act(
            number,
            "decline",
            note="不归这里",
            decline_reason="out_of_scope",
            version=version,
            key="one-press",
        ),
        two.act(
            number,
            "decline",
            note="不归这里",
            decline_reason="out_of_scope",
            version=version,
            key="two-press",
        ),
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    loser = next(body for status, body in answers if status == 409)
    assert loser["code"] == "conflict"
    assert loser["now"]["case"]["stage"] == "declined"
    names = [office.city.organisation.people[who].name for who in ("acceptor1", "acceptor2")]
    assert any(name in loser["message"] for name in names)


async def test_two_taps_of_one_press_are_one_move(office: AppContext, sign_in: SignIn) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    version = (await browser.get(f"/api/cases/{number}"))["case"]["version"]
    answers = await asyncio.gather(
        *(
            browser.act(number, "note", note="看过了", version=version, key="one-and-the-same")
            for _ in range(5)
        )
    )
    assert [status for status, _ in answers] == [200] * 5
    detail = await browser.get(f"/api/cases/{number}")
    assert detail["case"]["version"] == version + 1


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no such action": ({"action": "explode"}, 422, "move_refused"),
    "not this post": ({"action": "verify_true"}, 422, "move_refused"),
    "note missing": ({"action": "decline"}, 400, "input_missing"),
    "note too long": ({"action": "note", "note": "x" * 3000}, 400, "too_long"),
    "unknown field": ({"action": "correct", "given": {"number": "1"}}, 400, "invalid"),
    "no field at all": ({"action": "correct", "given": {"evil": "1"}}, 400, "invalid"),
    "wrong type": ({"action": "correct", "given": {"point": "here"}}, 400, "invalid"),
    "off the earth": (
        {"action": "correct", "given": {"point": {"lon": 999, "lat": 0}}},
        400,
        "invalid",
    ),
    "unknown class": ({"action": "correct", "given": {"matter": "99999"}}, 400, "no_class"),
    "unknown file": ({"action": "note", "note": "x", "media": ["ab" * 32]}, 400, "no_photo"),
    "file by path": ({"action": "note", "note": "x", "media": ["../../secret"]}, 400, "no_photo"),
    "too many files": (
        {"action": "note", "note": "x", "media": [f"{n:064x}" for n in range(50)]},
        400,
        "invalid",
    ),
    "short key": ({"action": "note", "note": "x", "key": "1"}, 400, "invalid"),
    "newline in key": ({"action": "note", "note": "x", "key": "12345678\n"}, 400, "invalid"),
    "nul in note": ({"action": "note", "note": "x\0y"}, 400, "invalid"),
    "version is a word": ({"action": "note", "note": "x", "version": "one"}, 400, "invalid"),
}


async def test_a_move_that_cannot_be_is_refused_and_changes_nothing(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office)
    browser = await sign_in("acceptor1")
    for name, (given, status, code) in REFUSED.items():
        body = {"version": 1, "key": "12345678", **given}
        got, answer = await browser.ask("POST", f"/api/cases/{number}/act", json=body)
        assert (got, answer["code"]) == (status, code), (name, answer)
        assert answer["message"]
    assert (await browser.get(f"/api/cases/{number}"))["case"]["version"] == 1


async def test_a_contact_is_masked_until_somebody_asks_and_that_is_written_down(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    browser = await sign_in("acceptor1")
    detail = await browser.get(f"/api/cases/{number}")
    assert detail["contact"] == {
        "channel": "phone",
        "address_masked": "********000",
        "name_masked": "王**",
    }
    assert "13800138000" not in str(detail)
    shown = await browser.post(f"/api/cases/{number}/contact", {"reason": "call_back"})
    assert (shown["address"], shown["name"]) == ("13800138000", "王小明")
    async with office.store.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT person FROM audit")
        assert [row[0] for row in rows] == ["acceptor1"]
    for person in ("dispatcher1", "leader", "water1", "admin"):
        other = await sign_in(person)
        assert (
            await other.ask("POST", f"/api/cases/{number}/contact", json={"reason": "call_back"})
        )[0] == 403


async def test_words_are_confirmed_only_where_somebody_has_confirmed_these_very_words(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    """The machine's words stood as confirmed where the acceptor had confirmed others."""
    await telephone.ring(office, CallRing("call-1", "13800138000", MONDAY))
    sound = await keep_sound(app)
    number = await make_case(
        office, "call-1", Channel.PHONE, text="", call="call-1", media=(sound,)
    )
    words = NewTranscript(number, sound, "whisper", "供水井概没了", "供水井概没了", 0.8, 12.0)
    await telephone.put_transcript(office, words)
    browser = await sign_in("acceptor1")

    async def judged(text: str, key: str) -> tuple[bool, bool]:
        await casework.act(
            office,
            number,
            "correct",
            actor(office, "acceptor1"),
            key=key,
            given={"text": text, "text_confirmed": True},
        )
        detail = await browser.get(f"/api/cases/{number}")
        [entry] = [one for one in detail["timeline"] if one["kind"] == "call"]
        shown = entry["call"]["transcript"]
        assert shown["text"] == "供水井概没了"
        return shown["confirmed"], shown["corrected"]

    assert await judged("供水井盖没了", "one") == (False, True)
    assert await judged("供水井概没了", "two") == (True, False)


async def test_a_call_is_on_the_timeline_with_its_words(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    ring = CallRing("call-1", "13800138000", MONDAY)
    await telephone.ring(office, ring)
    sound = await keep_sound(app)
    number = await make_case(
        office, "call-1", Channel.PHONE, text="", call="call-1", media=(sound,)
    )
    ended = MONDAY.replace(second=30)
    await telephone.note(office, [CallEvent("call-1", CallEventType.ENDED, ended)])
    heard = NewTranscript(number, sound, "whisper", "供水井盖没了", "供水井概没了", 0.8, 12.0)
    await telephone.put_transcript(office, heard)
    await walk(app, number, "file", "dispatch")
    browser = await sign_in("acceptor1")
    detail = await browser.get(f"/api/cases/{number}")
    [entry] = [one for one in detail["timeline"] if one["kind"] == "call"]
    call = entry["call"]
    assert entry["text"] == "市民来电（********000），通话 30 秒，有录音。"
    english = "A citizen called (********000); the call took 30 s, with a recording."
    assert entry["text_en"] == english
    assert (call["caller_masked"], call["seconds"]) == ("********000", 30)
    assert call["recording"] == sound
    assert call["transcript"]["raw"] == "供水井概没了"
    assert (call["transcript"]["confirmed"], call["transcript"]["corrected"]) == (False, False)
    assert [mark["mark"] for mark in call["marks"]] == ["ring", "ended"]
    [item] = (await browser.get("/api/calls"))["items"]
    assert (item["number"], item["state"], item["seconds"]) == (number, "ended", 30)
    water = await sign_in("water1")
    detail = await water.get(f"/api/cases/{number}")
    [entry] = [one for one in detail["timeline"] if one["kind"] == "call"]
    assert entry["call"]["recording"] is None
    assert entry["text"] == "市民来电，通话 30 秒。"
    assert entry["call"]["caller_masked"] == ""  # L6: departments see no part of a number
    assert (await water.ask("GET", f"/api/media/{sound}"))[0] == 404
    async with browser.client.get(f"/api/media/{sound}", headers={"Range": "bytes=0-3"}) as part:
        assert (part.status, await part.read()) == (206, b"RIFF")


async def keep_sound(app: Application) -> str:
    """A stored recording."""
    file = await app[MEDIA].put_bytes(make_wav(), MediaKind.RECORDING)
    await media.stored(app[OFFICE].now, file, 1, media.by_connector("ivr"))
    return file.sha256


async def test_a_failed_notice_is_seen_and_tried_again(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await casework.act(
        office,
        number,
        "decline",
        actor(office, "acceptor1"),
        key="decline-1",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )
    (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
    await notices.settle(office, Settled(task.id, Outcome.FAILED, "busy"))
    browser = await sign_in("chief1")
    [item] = (await browser.get("/api/notices?state=failed"))["items"]
    assert (item["number"], item["recipient"], item["error"]) == (number, "********000", "busy")
    await browser.post(f"/api/notices/{item['id']}/retry")
    assert (await browser.get("/api/notices?state=failed"))["items"] == []
    [item] = (await browser.get(f"/api/notices?state={NoticeState.WAITING}"))["items"]
    assert (await browser.ask("POST", f"/api/notices/{item['id']}/retry"))[0] == 404
    assert (await browser.ask("POST", "/api/notices/nothing/retry"))[0] == 404
    assert (await browser.ask("GET", "/api/notices?state=odd"))[0] == 400


@pytest.mark.parametrize(("who", "may"), [("auditor", False), ("leader", True), ("water1", True)])
async def test_a_console_learns_whether_one_may_move_several_cases(
    sign_in: SignIn, who: str, may: bool
) -> None:
    assert (await (await sign_in(who)).get("/api/meta"))["several"] is may


async def test_the_console_learns_the_city(office: AppContext, sign_in: SignIn) -> None:
    browser = await sign_in("water1")
    meta = await browser.get("/api/meta")
    assert meta["city"]["zone"] == "Asia/Shanghai"
    assert meta["city"]["synthetic"] is True
    assert (meta["number_digits"], meta["near_days"]) == (8, 90)
    assert meta["city"]["center"] == [121.5886, 29.8814]
    ends = ["closed", "declined", "void", "merged", "withdrawn", "withdrawn_for"]
    assert [one["id"] for one in meta["stages"] if one["end"]] == ends
    assert {"id": "water", "name": "自来水公司", "name_en": "Water Supply Company"} in meta[
        "departments"
    ]
    assert all(one["grids"] for one in meta["collectors"])
    assert all(one["conditions"] for one in meta["matters"])
    (cover,) = (one for one in meta["matters"] if one["code"] == "01001")
    assert cover["conditions"][0]["safe"] == "1uh"
    critical, _ = cover["conditions"][0]["variants"]
    assert (critical["urgency"], critical["safe"], critical["limit"]) == ("critical", "30um", None)
    assert cover["conditions"][0]["closing"]["evidence"] == "photo_place"
    assert [one["id"] for one in meta["area_classes"]] == ["A", "B", "C"]
    assert meta["whole"] == "30ud"
