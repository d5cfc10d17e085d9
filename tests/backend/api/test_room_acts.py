"""What a duty chief does about others' seats and calls: on record, and told to the seat."""

from datetime import timedelta

from backend.client import BackendClient
from backend.desks import seating
from hotline.call import CallEventType as Mark
from hotline.clock import FixedClock
from hotline.room.exchange import Leg, OrderKind, RoomSeen
from tests.backend.api.conftest import Browser, SignIn
from tests.backend.api.test_room_figures import rings, seat, tell
from tests.backend.api.test_room_floor import floor

THEIRS = "seat001"


async def force(chief: Browser, what: str, **more: str) -> tuple[int, str]:
    """Put the first seat into a state; gives the status and the code."""
    body = {"what": what, "why": "忘记示忙", **more}
    status, answer = await chief.ask("POST", f"/api/room/seats/{THEIRS}/state", json=body)
    return status, answer.get("code", "")


async def test_a_seat_is_put_into_a_state_and_told_by_whom_and_why(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, theirs = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    assert await force(chief, "pause", reason="meal") == (200, "")
    own = (await theirs.get("/api/seat"))["seat"]
    assert (own["state"], own["reason"], own["why"]) == ("paused", "meal", "忘记示忙")
    assert own["by"] == (await floor(chief))["seats"][0]["by"] != ""
    clock.move(timedelta(seconds=1))
    await theirs.post("/api/seat/act", {"what": "resume"})
    again = (await theirs.get("/api/seat"))["seat"]
    assert (again["state"], again["by"], again["why"]) == ("ready", "", "")
    clock.move(timedelta(seconds=1))
    assert await force(chief, "off") == (200, "")
    assert (await theirs.get("/api/seat"))["seat"]["state"] == "off"
    assert await force(chief, "ready") == (422, "seat_off")
    page = await (await sign_in("auditor")).get("/api/audit?what=seat_forced")
    assert {(one["subject"], one["reason"]) for one in page["items"]} == {
        (f"{THEIRS} acceptor1 pause meal", "忘记示忙"), (f"{THEIRS} acceptor1 off", "忘记示忙"),
    }  # fmt: skip


async def test_a_talk_is_never_cut_what_is_wanted_comes_behind_it(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, theirs = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (3, Mark.SEAT_ANSWERED, THEIRS))
    assert await force(chief, "pause", reason="meeting") == (200, "")
    own = (await theirs.get("/api/seat"))["seat"]
    assert (own["state"], own["next"], own["next_reason"]) == ("talking", "paused", "meeting")
    assert own["next_by"]
    await tell(phone, clock, key, (9, Mark.SEAT_LEFT, THEIRS), (0, Mark.ENDED, ""))
    clock.move(timedelta(seconds=30))
    await seating.turn_due(chief.office)
    own = (await theirs.get("/api/seat"))["seat"]
    assert (own["state"], own["reason"], own["why"]) == ("paused", "meeting", "忘记示忙")
    assert own["by"]


async def test_what_cannot_be_and_who_may_not(sign_in: SignIn) -> None:
    chief, theirs = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    assert await force(chief, "pause", why="  ", reason="meal") == (400, "input_missing")
    assert await force(chief, "pause", reason="holiday") == (400, "no_pause_reason")
    assert await force(theirs, "off") == (403, "forbidden")
    path = "/api/room/seats/seat077/state"
    status, _ = await chief.ask("POST", path, json={"what": "off", "why": "x"})
    assert status == 404


async def test_a_caller_who_waits_is_led_to_another_skill_where_somebody_sits(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, _ = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    key = await rings(phone, clock, 1)
    path = f"/api/room/calls/{key}/move"
    assert (await chief.ask("POST", path, json={"target": "nobody"}))[1]["code"] == "no_target"
    assert (await chief.ask("POST", path, json={"target": "municipal"}))[1]["code"] == "no_target"
    assert (await chief.ask("POST", path, json={"target": "english"}))[1]["code"] == "nobody_there"
    await seat(sign_in, "acceptor2")
    await chief.post(path, {"target": "english"})
    (order,) = (await phone.see_room(RoomSeen(clock.now(), (key,)))).orders
    assert (order.kind, order.call, order.seat, order.queue) == (OrderKind.MOVE, key, "", 2)
    assert (await phone.see_room(RoomSeen(clock.now(), (key,)))).orders == ()
    await tell(phone, clock, key, (1, Mark.QUEUE_LEFT, "hangup"), (0, Mark.ENDED, ""))
    status, refused = await chief.ask("POST", path, json={"target": "english"})
    assert (status, refused["code"]) == (422, "not_waiting")


async def test_out_of_a_talk_it_is_an_order_of_the_seat_given_by_the_chief(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, theirs = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (3, Mark.SEAT_ANSWERED, THEIRS))
    await chief.post(f"/api/room/calls/{key}/move", {"target": "municipal"})
    leg = Leg(key, THEIRS, talking=True)
    (order,) = (await phone.see_room(RoomSeen(clock.now(), (key,), (leg,), (THEIRS,)))).orders
    assert (order.kind, order.seat, order.number) == (OrderKind.TRANSFER, THEIRS, "057487000001")
    assert (await theirs.get("/api/seat"))["order"]["kind"] == "transfer"
    page = await (await sign_in("auditor")).get("/api/audit?what=call_moved")
    assert [(one["person"], one["subject"]) for one in page["items"]] == [
        ("chief1", f"{key} municipal")
    ]


async def test_a_form_that_is_taken_over_is_written_by_both_and_overwrites_nobody(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, theirs = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (3, Mark.SEAT_ANSWERED, THEIRS))
    path = f"/api/seat/calls/{key}/draft"
    await theirs.ask("PUT", path, json={"version": 0, "typed": {"text": "井盖"}})
    assert (await chief.ask("GET", path))[0] == 403
    await chief.post(f"/api/room/calls/{key}/draft")
    assert await chief.get(path) == {"version": 1, "typed": {"text": "井盖"}}
    assert (await chief.get(f"/api/seat/calls/{key}"))["call"] == key
    body = {"version": 1, "typed": {"text": "井盖丢失"}}
    assert (await chief.ask("PUT", path, json=body))[0] == 200
    # The seat has read the version before: what it types is not laid over the chief's.
    status, refused = await theirs.ask("PUT", path, json=body)
    assert (status, refused["code"]) == (409, "draft_changed")
    assert (await theirs.ask("PUT", path, json={**body, "version": 2}))[0] == 200
    assert (await chief.get(path))["version"] == 3
    assert (await (await sign_in("chief2")).ask("GET", path))[0] == 403
    page = await (await sign_in("auditor")).get("/api/audit?what=draft_taken")
    assert [(one["person"], one["subject"]) for one in page["items"]] == [
        ("chief1", f"{key} acceptor1")
    ]
    assert (await chief.ask("POST", "/api/room/calls/h1-1764000000-9/draft"))[0] == 404
