"""What callers say of their calls: asked once, answered once, and nothing of it for who handles."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.client import BackendClient
from backend.desks.context import AppContext
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.media import MediaKind
from tests.backend.api.conftest import SignIn, make_case, walk
from tests.backend.api.test_privacy import WHO, agreed
from tests.backend.api.test_retention import YEARS, closed_case, rows, swept
from tests.backend.test_media import make_wav
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

CALLER = "13800138000"
ASKED, SAID, SPOKE = (
    CallEventType.SURVEY_ASKED,
    CallEventType.SURVEYED,
    CallEventType.SURVEY_SAID,
)


def key_of(turn: int, clock: FixedClock) -> str:
    return f"h1-{int(clock.now().timestamp())}-{turn}"


async def rated(
    phone: BackendClient, clock: FixedClock, grade: str, turn: int = 1, sound: bytes = b""
) -> str:
    """A call whose caller was asked, and answered; gives its key."""
    key = key_of(turn, clock)
    await phone.ring(CallRing(key, CALLER, clock.now()))
    assert (await phone.survey(key)).asks
    marks = [CallEvent(key, ASKED, clock.now()), CallEvent(key, SAID, clock.now(), grade)]
    if sound:
        stored = await phone.upload_bytes(sound, MediaKind.RECORDING)
        marks.append(CallEvent(key, SPOKE, clock.now(), stored.sha256))
    await phone.note_call(marks)
    return key


async def listed(browser: Any) -> dict[str, Any]:
    found: dict[str, Any] = await browser.get("/api/calls")
    return found


async def test_an_answer_is_kept_once_shown_and_counted(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = await rated(phone, clock, "satisfied")
    await phone.note_call([CallEvent(key, SAID, clock.now() + timedelta(seconds=1), "fair")])
    assert not (await phone.survey(key)).asks
    page = await listed(await sign_in("acceptor1"))
    assert [one["survey"]["grade"] for one in page["items"]] == ["satisfied"]
    counts = {one["id"]: one["count"] for one in page["surveyed"]}
    assert counts == {"satisfied": 1, "fair": 0, "dissatisfied": 0, "": 0}


async def test_who_was_asked_and_says_nothing_has_not_rated_the_call(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = key_of(1, clock)
    await phone.ring(CallRing(key, CALLER, clock.now()))
    assert (await phone.survey(key)).asks
    page = await listed(await sign_in("chief1"))
    assert page["items"][0]["survey"]["grade"] == ""
    assert {one["id"]: one["count"] for one in page["surveyed"]}[""] == 1
    assert await (await sign_in("chief1")).get("/api/room/alarms") == []


async def test_one_who_is_not_satisfied_alarms_the_chief_once(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = await rated(phone, clock, "dissatisfied")
    await phone.note_call([CallEvent(key, SAID, clock.now() + timedelta(seconds=1), "satisfied")])
    [alarm] = await (await sign_in("chief1")).get("/api/room/alarms")
    assert (alarm["kind"], alarm["call"]) == ("survey", key)


async def test_several_questions_and_answers_at_once_are_one(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = key_of(1, clock)
    await phone.ring(CallRing(key, CALLER, clock.now()))
    told = await asyncio.gather(*(phone.survey(key) for _ in range(5)))
    assert sorted(one.asks for one in told) == [False] * 4 + [True]
    at = clock.now()
    await asyncio.gather(
        *(
            phone.note_call([CallEvent(key, SAID, at + timedelta(milliseconds=turn), grade)])
            for turn, grade in enumerate(("satisfied", "fair", "satisfied", "fair"))
        )
    )
    page = await listed(await sign_in("acceptor1"))
    assert sum(one["count"] for one in page["surveyed"]) == 1


async def test_about_one_case_a_caller_is_asked_once_in_thirty_days(
    office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    first = key_of(1, clock)
    await phone.ring(CallRing(first, CALLER, clock.now()))
    assert (await phone.survey(first)).asks  # the seat has not saved the case yet
    await make_case(office, first, Channel.PHONE, call=first)
    clock.move(timedelta(days=29))
    await phone.ring(CallRing(key_of(2, clock), CALLER, clock.now()))
    assert not (await phone.survey(key_of(2, clock))).asks
    clock.move(timedelta(days=2))
    await phone.ring(CallRing(key_of(3, clock), CALLER, clock.now()))
    assert (await phone.survey(key_of(3, clock))).asks


async def test_who_handles_the_case_neither_reads_nor_hears_nor_writes_an_answer(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = await rated(phone, clock, "dissatisfied", sound=make_wav(seconds=2))
    number = await make_case(office, key, Channel.PHONE, call=key)
    await walk(app, number, "file", "dispatch")
    acceptor, water = await sign_in("acceptor1"), await sign_in("water1")

    def call_of(page: dict[str, Any]) -> dict[str, Any]:
        return next(one["call"] for one in page["timeline"] if one["kind"] == "call")

    shown = call_of(await acceptor.get(f"/api/cases/{number}"))
    assert shown["survey"]["grade"] == "dissatisfied"
    comment = shown["survey"]["comment"]
    assert (await acceptor.client.get(f"/api/media/{comment}")).status == 200
    page = await water.get(f"/api/cases/{number}")
    assert call_of(page)["survey"] is None
    assert "survey" not in str(call_of(page)["marks"])
    assert "dissatisfied" not in str(page)
    assert (await water.client.get(f"/api/media/{comment}")).status in (403, 404)
    assert (await water.ask("GET", "/api/calls"))[0] == 403
    # No route writes one but the telephone's.
    for one in (acceptor, water):
        assert (await one.ask("POST", "/connector/calls/survey", json={"call": key}))[0] in (
            401, 403,
        )  # fmt: skip


async def test_what_was_said_to_an_answer_goes_with_its_call(
    office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    await rated(phone, clock, "dissatisfied", sound=make_wav(seconds=3))
    clock.move(timedelta(days=200))
    await swept(office)
    kept = await rows(office, "SELECT comment <> '', grade FROM call_survey")
    assert kept == [(True, "dissatisfied")]
    clock.move(YEARS)
    await swept(office)
    assert await rows(office, "SELECT comment, grade FROM call_survey") == [("", "dissatisfied")]
    assert len(await rows(office, "SELECT sha256 FROM erased_file")) == 1
    assert await rows(office, "SELECT sha256 FROM media") == []


async def test_who_asks_to_be_erased_is_told_of_it_and_it_goes(
    app: Application, office: AppContext, sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await closed_case(app)
    await rated(phone, clock, "dissatisfied", sound=make_wav(seconds=3))
    first, second = await sign_in("chief1"), await sign_in("commander")
    kept = await first.post("/api/privacy/person", WHO)
    assert kept["counts"]["surveys"] == 1
    wish = await first.post("/api/privacy/erasures", {**WHO, "reason": "本人书面申请"})
    await agreed(second, wish)
    assert await rows(office, "SELECT comment FROM call_survey") == [("",)]


async def test_a_comment_counts_only_where_it_is_stored(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    key = await rated(phone, clock, "dissatisfied")
    await phone.note_call([CallEvent(key, SPOKE, clock.now(), "f" * 64)])
    page = await listed(await sign_in("acceptor1"))
    assert page["items"][0]["survey"]["comment"] is None
    assert page["items"][0]["started_at"] >= MONDAY.isoformat()[:10]
