"""A seat at the console: online, rung, talking, written behind; who calls, and what is typed."""

from datetime import timedelta
from typing import Any

from backend.client import BackendClient
from backend.desks import seating
from backend.desks.context import AppContext
from backend.store import seats
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock, iso
from hotline.room.exchange import Leg, RoomSeen, RoomWanted
from tests.backend.api.conftest import Browser, SignIn, make_case

KEY, OTHER = "h1-1764000000-1", "h1-1764000000-2"
CALLER = "13800138000"


async def tell(phone: BackendClient, clock: FixedClock, *marks: tuple[CallEventType, str]) -> None:
    """Tell what happened in the call, one second after the other."""
    for mark, value in marks:
        clock.move(timedelta(seconds=1))
        await phone.note_call([CallEvent(KEY, mark, clock.now(), value)])


async def rung(phone: BackendClient, clock: FixedClock, seat: str = "seat001") -> None:
    """Let a call wait and ring at a seat."""
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    await tell(
        phone, clock,
        (CallEventType.KEY, "9"), (CallEventType.QUEUED, "general"),
        (CallEventType.SEAT_RINGING, seat),
    )  # fmt: skip


async def online(sign_in: SignIn, person: str = "acceptor1") -> Browser:
    """Somebody who is at their seat."""
    browser = await sign_in(person)
    await browser.post("/api/seat/online")
    return browser


async def state(browser: Browser) -> tuple[str, str]:
    """What the browser's seat does, and why."""
    seat = (await browser.get("/api/seat"))["seat"]
    return seat["state"], seat["reason"]


async def looked(phone: BackendClient, clock: FixedClock, *legs: Leg) -> RoomWanted:
    """Tell what the exchange looks like, with the first two seats' telephones there."""
    seen = RoomSeen(clock.now(), tuple(one.call for one in legs), legs, ("seat001", "seat002"))
    return await phone.see_room(seen)


async def test_a_seat_goes_online_with_a_password_that_nobody_had_before(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await sign_in("acceptor1")
    assert (await browser.get("/api/seat"))["seat"] is None
    first, second = await browser.post("/api/seat/online"), await browser.post("/api/seat/online")
    assert first["seat"]["state"] == "ready"
    assert first["line"]["name"] == second["line"]["name"] == "seat001"
    assert first["line"]["password"] != second["line"]["password"]
    [wanted] = (await looked(phone, clock)).seats
    assert wanted.rung
    assert wanted.queues == (1,)
    digest = seating.digest_of("seat001", second["line"]["password"])
    assert wanted.secret == digest


async def test_who_may_take_no_calls_has_no_seat(sign_in: SignIn) -> None:
    browser = await sign_in("water1")
    assert (await browser.ask("GET", "/api/seat"))[0] == 403
    assert (await browser.ask("POST", "/api/seat/online", json={}))[0] == 403


async def test_a_call_rings_is_answered_and_written_behind(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, office: AppContext
) -> None:
    browser = await online(sign_in)
    await rung(phone, clock)
    assert await state(browser) == ("ringing", "")
    assert (await looked(phone, clock, Leg(KEY, "seat001", talking=False))).seats[0].rung
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    assert await state(browser) == ("talking", "")
    assert not (await looked(phone, clock, Leg(KEY, "seat001", talking=True))).seats[0].rung
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    assert await state(browser) == ("wrap_up", "")
    assert not (await looked(phone, clock)).seats[0].rung
    await browser.post("/api/seat/act", {"what": "extend"})
    status, refused = await browser.ask("POST", "/api/seat/act", json={"what": "extend"})
    assert (status, refused["code"]) == (422, "extended_already")
    clock.move(timedelta(seconds=34))
    assert await seating.turn_due(office) == 0
    clock.move(timedelta(seconds=2))
    assert await seating.turn_due(office) == 1
    assert await state(browser) == ("ready", "")


async def test_a_seat_that_misses_a_call_is_paused_and_says_why(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await online(sign_in)
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_MISSED, "seat001 no_answer"))
    assert await state(browser) == ("paused", "no_answer")
    assert not (await looked(phone, clock)).seats[0].rung
    await browser.post("/api/seat/act", {"what": "resume"})
    assert (await looked(phone, clock)).seats[0].rung


async def test_a_pause_has_a_reason_of_the_city(sign_in: SignIn) -> None:
    browser = await online(sign_in)
    for reason in ("", "holiday", "no_answer"):
        wish = {"what": "pause", "reason": reason}
        status, refused = await browser.ask("POST", "/api/seat/act", json=wish)
        assert (status, refused["code"]) == (400, "no_pause_reason")
    await browser.post("/api/seat/act", {"what": "pause", "reason": "meal"})
    assert await state(browser) == ("paused", "meal")


async def test_what_was_missed_is_put_right_by_the_next_look(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    """Events that never came: of a call that is talked in, and of its end."""
    browser = await online(sign_in)
    clock.move(timedelta(seconds=1))
    await looked(phone, clock, Leg(KEY, "seat001", talking=True))
    assert await state(browser) == ("talking", "")
    clock.move(timedelta(seconds=1))
    await looked(phone, clock)
    assert await state(browser) == ("wrap_up", "")


async def test_a_telephone_that_is_away_takes_its_seat_off_but_never_in_a_call(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, talks = await online(sign_in), await online(sign_in, "acceptor2")
    leg = Leg(KEY, "seat002", talking=True)
    clock.move(timedelta(seconds=21))
    wanted = await phone.see_room(RoomSeen(clock.now(), (KEY,), (leg,), ()))
    assert [one.name for one in wanted.seats] == ["seat002"]
    assert (await state(browser), await state(talks)) == (("off", ""), ("talking", ""))


async def test_a_telephone_on_the_desk_has_time_to_be_told_how_it_signs_in(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await sign_in("acceptor1")
    opened = await browser.post("/api/seat/online", {"device": "phone"})
    host, _, port = opened["line"]["server"].partition(":")
    assert (bool(host), port.isdigit()) == (True, True)
    assert (await browser.get("/api/seat"))["device"] == "phone"
    clock.move(timedelta(minutes=4))
    [wanted] = (await phone.see_room(RoomSeen(clock.now()))).seats
    assert (wanted.name, wanted.browser) == ("seat001", False)
    clock.move(timedelta(minutes=2))
    await phone.see_room(RoomSeen(clock.now()))
    assert await state(browser) == ("off", "")


async def test_who_calls_is_shown_to_the_seat_of_the_call_alone(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, office: AppContext
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    browser, other = await online(sign_in), await online(sign_in, "acceptor2")
    await rung(phone, clock)
    shown = await browser.get(f"/api/seat/calls/{KEY}")
    assert shown["address"] == CALLER
    assert (shown["keys"], shown["skill"]) == ("9", "general")
    assert [one["number"] for one in shown["open"]] == [number]
    assert shown["waiting_since"] is not None
    assert (await other.ask("GET", f"/api/seat/calls/{KEY}"))[0] == 403
    # One that is not there looks like one of somebody else.
    told = [await browser.ask("GET", f"/api/seat/calls/{key}") for key in (OTHER, "h1-9-9")]
    assert told == [await other.ask("GET", f"/api/seat/calls/{KEY}")] * 2


async def test_what_is_typed_is_kept_and_two_pages_do_not_overwrite_each_other(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, other = await online(sign_in), await online(sign_in, "acceptor2")
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    path = f"/api/seat/calls/{KEY}/draft"
    assert await browser.get(path) == {"version": 0, "typed": {}}
    kept: Any = {"version": 0, "typed": {"text": "井盖没了"}}
    assert (await browser.ask("PUT", path, json=kept))[0] == 200
    status, refused = await browser.ask("PUT", path, json=kept)
    assert (status, refused["code"]) == (409, "draft_changed")
    assert (await browser.get(path))["typed"] == {"text": "井盖没了"}
    for asked in (("GET", {}), ("PUT", {"json": kept})):
        assert (await other.ask(asked[0], path, **asked[1]))[0] == 403


async def test_a_report_of_a_call_is_registered_once_and_ends_its_draft(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, other = await online(sign_in), await online(sign_in, "acceptor2")
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    path = f"/api/seat/calls/{KEY}/draft"
    await browser.ask("PUT", path, json={"version": 0, "typed": {"text": "井盖没了"}})
    typed = {
        "text": "井盖没了", "key": "of-the-call-1", "call": KEY,
        "contact": {"channel": "phone", "address": CALLER},
    }  # fmt: skip
    assert (await other.ask("POST", "/api/reports", json=typed))[0] == 403
    first = await browser.post("/api/reports", typed)
    assert await browser.get(path) == {"version": 2, "typed": {}}
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    await browser.post("/api/seat/act", {"what": "resume"})
    again = await browser.post("/api/reports", typed)
    assert (first["fresh"], again["fresh"], again["number"]) == (True, False, first["number"])
    case = (await browser.get(f"/api/cases/{first['number']}"))["case"]
    assert case["channel"] == "phone"


async def test_one_more_report_of_a_call_is_written_when_the_call_is_long_over(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    """The draft went with the first report, and with it the right to write the second."""
    browser = await talking(sign_in, phone, clock)
    typed = {"text": "井盖没了", "key": "of-the-call-1", "call": KEY}
    first = await browser.post("/api/reports", typed)
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    await browser.post("/api/seat/act", {"what": "resume"})
    path = f"/api/seat/calls/{KEY}/draft"
    kept = await browser.get(path)
    more = {"version": kept["version"], "typed": {"text": "路灯也不亮"}}
    assert (await browser.ask("PUT", path, json=more))[0] == 200
    second = await browser.post(
        "/api/reports", {"text": "路灯也不亮", "key": "of-the-call-2", "call": KEY}
    )
    assert (second["fresh"], second["number"] != first["number"]) == (True, True)


async def test_what_was_typed_goes_along_to_who_takes_the_call_next(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, chief = await talking(sign_in, phone, clock), await online(sign_in, "chief1")
    path = f"/api/seat/calls/{KEY}/draft"
    await browser.ask("PUT", path, json={"version": 0, "typed": {"text": "要找领导"}})
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    await tell(phone, clock, (CallEventType.SEAT_RINGING, "seat002"))
    kept = await chief.get(path)
    assert kept == {"version": 1, "typed": {"text": "要找领导"}}
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat002"))
    more = {"version": 1, "typed": {"text": "要找领导，已记下"}}
    assert (await chief.ask("PUT", path, json=more))[0] == 200
    await browser.post("/api/seat/act", {"what": "resume"})
    assert (await browser.ask("PUT", path, json={"version": 2, "typed": {}}))[0] == 403


async def talking(sign_in: SignIn, phone: BackendClient, clock: FixedClock) -> Browser:
    """Somebody who talks in the call."""
    browser = await online(sign_in)
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    return browser


async def test_who_has_written_of_a_call_sees_who_called_when_it_is_over(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, other = await online(sign_in), await online(sign_in, "acceptor2")
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    await browser.post("/api/seat/act", {"what": "resume"})
    assert (await browser.get(f"/api/seat/calls/{KEY}"))["address"] == CALLER
    assert (await other.ask("GET", f"/api/seat/calls/{KEY}"))[0] == 403
    clock.move(timedelta(hours=13))
    browser = await sign_in("acceptor1")
    assert (await browser.ask("GET", f"/api/seat/calls/{KEY}"))[0] == 403


async def test_a_report_that_comes_again_leaves_what_was_typed_since(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    typed = {"text": "井盖没了", "key": "of-the-call-1", "call": KEY}
    await browser.post("/api/reports", typed)
    path = f"/api/seat/calls/{KEY}/draft"
    second: Any = {"version": 1, "typed": {"text": "路灯也坏了"}}
    assert (await browser.ask("PUT", path, json=second))[0] == 200
    await browser.post("/api/reports", typed)
    assert (await browser.get(path))["typed"] == second["typed"]


async def test_who_signs_out_everywhere_leaves_their_seat(
    sign_in: SignIn, office: AppContext
) -> None:
    browser, other = await online(sign_in), await sign_in("acceptor1")
    await other.ask("POST", "/api/logout", json={})
    assert await seating.leave_absent(office) == 0
    assert (await browser.get("/api/seat"))["seat"]["state"] == "ready"
    await browser.ask("POST", "/api/logout", json={})
    assert await seating.leave_absent(office) == 1
    again = await sign_in("acceptor1")
    assert (await again.get("/api/seat"))["seat"]["state"] == "off"


async def test_a_seat_that_missed_a_call_and_stays_away_is_off_after_a_while(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, office: AppContext
) -> None:
    browser = await online(sign_in)
    await rung(phone, clock)
    await tell(phone, clock, (CallEventType.SEAT_MISSED, "seat001 no_answer"))
    clock.move(timedelta(minutes=6))
    assert await seating.turn_due(office) == 1
    assert (await browser.get("/api/seat"))["seat"]["state"] == "off"


async def test_a_seat_ends_with_the_last_session_of_its_person_but_never_in_a_call(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, office: AppContext
) -> None:
    await talking(sign_in, phone, clock)
    other = await online(sign_in, "acceptor2")
    clock.move(timedelta(days=30))
    assert await seating.leave_absent(office) == 2
    chief = await sign_in("chief1")
    assert chief is not other
    async with office.store.connect() as connection:
        found = {one.person: one for one in await seats.all_on(connection)}
    assert {one: seat.state for one, seat in found.items()} == {"acceptor1": "talking"}
    assert found["acceptor1"].next.state == "off"
    assert await seating.leave_absent(office) == 0


async def test_who_is_handed_on_has_waited_since_the_talk_before(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    first = (await browser.get(f"/api/seat/calls/{KEY}"))["waiting_since"]
    clock.move(timedelta(minutes=1))
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    begun = clock.now()
    await tell(phone, clock, (CallEventType.QUEUED, "chief"))
    again = (await browser.get(f"/api/seat/calls/{KEY}"))["waiting_since"]
    assert first < again
    assert again >= iso(begun)


async def test_a_call_whose_case_a_seat_wrote_leads_to_it(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    typed = {"text": "井盖没了", "call": KEY}
    made = await browser.post("/api/reports", {**typed, "key": "of-the-call-1"})
    await browser.post("/api/reports", {**typed, "key": "of-the-call-2"})
    [call] = (await browser.get("/api/calls"))["items"]
    assert (call["key"], call["number"]) == (KEY, made["number"])


async def test_a_case_of_a_caller_in_danger_is_critical_from_the_first(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    calm = await browser.post(
        "/api/reports", {"text": "路灯坏了", "key": "calm-000001", "call": KEY}
    )
    await tell(phone, clock, (CallEventType.EMERGENCY, "0"))
    made = await browser.post(
        "/api/reports", {"text": "菜场起火", "key": "fire-000001", "call": KEY}
    )
    urgencies = [
        (await browser.get(f"/api/cases/{one['number']}"))["case"]["urgency"]
        for one in (calm, made)
    ]
    assert urgencies == [None, "critical"]


async def test_a_caller_who_was_cut_off_waits_again_for_the_seat_that_writes(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, path = await online(sign_in), f"/api/seat/calls/{KEY}"
    await rung(phone, clock)
    assert (await browser.get(path))["waits"]
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))
    assert not (await browser.get(path))["waits"]
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    assert not (await browser.get(path))["waits"]
    await tell(phone, clock, (CallEventType.QUEUED, "general"))
    assert (await browser.get(path))["waits"]
    assert (await state(browser))[0] == "wrap_up"
    await tell(phone, clock, (CallEventType.ENDED, ""))
    assert not (await browser.get(path))["waits"]


async def test_what_was_told_in_the_call_is_among_its_open_cases_whoever_it_is_for(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    own = {"channel": "phone", "address": CALLER}
    other = {"channel": "phone", "address": "13900139000"}
    numbers = []
    for turn, contact in enumerate((own, other)):
        typed = {"text": "井盖没了", "key": f"in-the-call-{turn}", "call": KEY, "contact": contact}
        numbers.append((await browser.post("/api/reports", typed))["number"])
        clock.move(timedelta(seconds=1))
    shown = await browser.get(f"/api/seat/calls/{KEY}")
    assert [one["number"] for one in shown["open"]] == numbers[::-1]


async def test_nobody_escalates_to_themselves(sign_in: SignIn) -> None:
    assert (await (await online(sign_in)).get("/api/seat"))["escalate_to"] == "chief"
    chief = await online(sign_in, "chief1")
    assert (await chief.get("/api/seat"))["escalate_to"] == ""
    assert (await chief.post("/api/seat/act", {"what": "resume"}))["escalate_to"] == ""
