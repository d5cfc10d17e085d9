"""The telephone room's duty chief: alarms are raised once, bulletins heard one at a time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from backend.client import BackendClient
from backend.desks import triage
from backend.desks.context import AppContext
from backend.sound import WaveShape
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock, iso
from hotline.intake.result import TriageResult, Urgency
from hotline.people import masked
from hotline.report import Contact, NewReport
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.exchange import RoomSeen
from tests.backend.api.conftest import Browser, SignIn, make_case
from tests.fakes.knowing import FakeTriageService

KEY, CALLER = "h1-1764000000-1", "13800138000"
DANGER = "电线掉下来带电，有人触电了，快来"
BULLETIN = {
    "text": "海曙区停水已知，预计十八时恢复。",
    "text_en": "Water is back by six.",
}


async def alarms(chief: Browser) -> list[dict[str, Any]]:
    """What the duty chief has to know."""
    return [dict(one) for one in await chief.get("/api/room/alarms")]


async def heard(phone: BackendClient, clock: FixedClock) -> str | None:
    """What callers hear now."""
    wanted = await phone.see_room(RoomSeen(clock.now()))
    return wanted.bulletin.text if wanted.bulletin else None


async def test_a_caller_in_danger_alarms_the_chief_once_until_somebody_has_seen_it(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief = await sign_in("chief1")
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    pressed = CallEvent(KEY, CallEventType.EMERGENCY, clock.now(), "key")
    await phone.note_call([pressed])
    await phone.note_call([pressed, CallEvent(KEY, CallEventType.EMERGENCY, clock.now(), "again")])
    [one] = await alarms(chief)
    assert (one["kind"], one["call"], one["seen_by"]) == ("emergency", KEY, "")
    assert one["caller"] == masked(CALLER)
    clock.move(timedelta(days=2))
    chief = await sign_in("chief1")
    await chief.post(f"/api/room/alarms/{one['id']}/seen")
    await (await sign_in("chief2")).post(f"/api/room/alarms/{one['id']}/seen")
    assert await alarms(chief) == []


async def test_who_has_seen_an_alarm_first_stays_on_record(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    first, second = await sign_in("chief1"), await sign_in("chief2")
    await phone.alarm(RoomAlarm(AlarmKind.SHUT_OUT, clock.now(), "192.0.2.9/2026-11-27", "seat001"))
    [one] = await alarms(first)
    await first.post(f"/api/room/alarms/{one['id']}/seen")
    await second.post(f"/api/room/alarms/{one['id']}/seen")
    [seen] = await alarms(second)
    assert seen["seen_by"]
    assert seen["seen_at"] == iso(clock.now())
    assert seen["seen_by"] == (await alarms(first))[0]["seen_by"]


async def look(office: AppContext, urgency: Urgency) -> None:
    """Understand the words that wait as being so urgent."""
    knowing = FakeTriageService(TriageResult(urgency=urgency))
    while await triage.look_at_new(replace(office, knowing=knowing)):
        pass


async def test_words_of_danger_alarm_the_chief_and_others_do_not(
    sign_in: SignIn, office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    chief = await sign_in("chief1")
    contact = Contact(Channel.PHONE, CALLER)
    await phone.submit(NewReport(Channel.PHONE, "key-1", contact, clock.now(), "路灯不亮了"))
    await look(office, "urgent")
    assert await alarms(chief) == []
    told = await phone.submit(NewReport(Channel.PHONE, "key-2", contact, clock.now(), DANGER))
    await look(office, "critical")
    [one] = await alarms(chief)
    assert (one["kind"], one["said"], one["number"]) == ("emergency", DANGER, told.number)


async def test_old_words_that_are_looked_at_late_alarm_nobody(
    sign_in: SignIn, office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    contact = Contact(Channel.PHONE, CALLER)
    await phone.submit(NewReport(Channel.PHONE, "key-1", contact, clock.now(), DANGER))
    clock.move(timedelta(hours=2))
    await look(office, "critical")
    assert await alarms(await sign_in("chief1")) == []


async def test_one_bulletin_is_heard_at_a_time_and_it_ends(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief = await sign_in("chief1")
    assert await heard(phone, clock) is None
    await chief.post("/api/room/bulletins", {**BULLETIN, "minutes": 30})
    clock.move(timedelta(seconds=1))
    second = await chief.post("/api/room/bulletins", {"text": "第二条", "minutes": 5})
    assert await heard(phone, clock) == "第二条"
    clock.move(timedelta(minutes=6))
    # The earlier one was ended by the later one.
    assert await heard(phone, clock) is None
    status, told = await chief.ask("POST", f"/api/room/bulletins/{second['id']}/end", json={})
    assert (status, told["code"]) == (422, "not_open")
    third = await chief.post("/api/room/bulletins", BULLETIN)
    assert await heard(phone, clock) == BULLETIN["text"]
    await chief.post(f"/api/room/bulletins/{third['id']}/end")
    assert await heard(phone, clock) is None
    listed = await chief.get("/api/room/bulletins")
    assert [(one["text"], one["is_heard"]) for one in listed] == [
        (BULLETIN["text"], False), ("第二条", False), (BULLETIN["text"], False),
    ]  # fmt: skip


async def test_a_recorded_bulletin_is_told_by_its_sound(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief = await sign_in("chief1")
    wav = WaveShape(44, 16000, 8000, 1).header + bytes(16000)
    _, stored = await chief.ask("PUT", "/api/room/bulletins/sound", data=wav)
    made = await chief.post("/api/room/bulletins", {"sound": stored["sha256"]})
    assert made["has_sound"]
    bulletin = (await phone.see_room(RoomSeen(clock.now()))).bulletin
    assert bulletin is not None
    assert await phone.media(bulletin.sound) == wav
    status, told = await (await sign_in("chief2")).ask(
        "POST", "/api/room/bulletins", json={"sound": stored["sha256"]}
    )
    assert status == 400, told


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "input_missing"),
        ({"text": " "}, 400, "input_missing"),
        ({"text": "x", "minutes": 0}, 400, "out_of_range"),
        ({"text": "x", "minutes": 1441}, 400, "out_of_range"),
        ({"text": "x" * 201}, 400, "invalid"),
        ({"text": "x", "case": "99999999"}, 404, "no_case"),
        ({"sound": "0" * 64}, 400, "no_photo"),
        ({"sound": "no hash"}, 400, "invalid"),
    ],
)
async def test_what_cannot_be_heard_is_refused_by_its_field(
    sign_in: SignIn, asked: dict[str, Any], status: int, code: str
) -> None:
    chief = await sign_in("chief1")
    got, told = await chief.ask("POST", "/api/room/bulletins", json=asked)
    assert (got, told["code"]) == (status, code)
    assert await chief.get("/api/room/bulletins") == []


async def test_only_the_duty_chief_sees_and_speaks(sign_in: SignIn) -> None:
    seat = await sign_in("acceptor1")
    for method, path in (
        ("GET", "/api/room/alarms"), ("GET", "/api/room/bulletins"),
        ("POST", "/api/room/bulletins"), ("PUT", "/api/room/bulletins/sound"),
    ):  # fmt: skip
        assert (await seat.ask(method, path, json={"text": "x"}))[0] == 403, path


async def test_callers_who_join_a_known_case_are_counted_once_a_call(
    sign_in: SignIn, office: AppContext, phone: BackendClient, clock: FixedClock
) -> None:
    number, chief = await make_case(office), await sign_in("chief1")
    calls = [f"h1-1764000000-{turn}" for turn in (1, 2)]
    for key in calls:
        await phone.ring(CallRing(key, CALLER, clock.now()))
    joined = [CallEvent(key, CallEventType.CASE_JOINED, clock.now(), number) for key in calls]
    elsewhere = CallEvent(calls[0], CallEventType.CASE_JOINED, clock.now(), "99999999")
    await phone.note_call([*joined, elsewhere])
    clock.move(timedelta(seconds=5))
    again = CallEvent(calls[0], CallEventType.CASE_JOINED, clock.now(), number)
    await phone.note_call([again])
    assert (await chief.get(f"/api/cases/{number}"))["case"]["joined"] == 2


async def test_of_bulletins_that_come_at_once_one_is_heard(sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    asked = [chief.post("/api/room/bulletins", {"text": f"第{turn}条"}) for turn in range(6)]
    await asyncio.gather(*asked)
    listed = await chief.get("/api/room/bulletins")
    assert sum(one["is_heard"] for one in listed) == 1


async def test_a_recording_that_nobody_would_hear_to_its_end_is_refused(sign_in: SignIn) -> None:
    chief = await sign_in("chief1")
    for rate, channels, status in ((16000, 2, 200), (8000, 1, 400)):
        size = rate * 2 * channels * (59 if status == 200 else 61)
        body = WaveShape(44, size, rate, channels).header + bytes(size)
        got, told = await chief.ask("PUT", "/api/room/bulletins/sound", data=BytesIO(body))
        assert (got, told.get("code")) == (status, None if status == 200 else "long_sound")
