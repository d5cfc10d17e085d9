"""A duty chief listens to a seat's talk: who may, once, at their own seat; each is in the audit."""

from datetime import timedelta
from typing import Any

from backend.client import BackendClient
from hotline.call import CallEventType as Mark
from hotline.clock import FixedClock
from hotline.room.exchange import Leg, RoomSeen, RoomWanted
from hotline.room.listening import ListenEnd, ListenOver, ListenSeen, ListenWay
from tests.backend.api.conftest import Browser, SignIn
from tests.backend.api.test_room_figures import rings, seat, tell
from tests.backend.api.test_room_floor import floor

THEIRS, OWN = "seat001", "seat002"


async def talking(sign_in: SignIn, phone: BackendClient, clock: FixedClock) -> tuple[Browser, str]:
    """A chief at their seat, and the key of a call that another seat talks in."""
    await seat(sign_in, "acceptor1")
    chief = await seat(sign_in, "chief1")
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (3, Mark.SEAT_ANSWERED, THEIRS))
    return chief, key


def asked(key: str, way: str = "listen", **more: str) -> dict[str, str]:
    """What a chief asks for."""
    return {"seat": THEIRS, "call": key, "way": way, "reason": "quality", **more}


async def looked(phone: BackendClient, clock: FixedClock, key: str, **more: Any) -> RoomWanted:
    """Tell what the exchange shows, a second later."""
    clock.move(timedelta(seconds=1))
    legs = (Leg(key, THEIRS, talking=True),)
    return await phone.see_room(RoomSeen(clock.now(), (key,), legs, (THEIRS, OWN), **more))


async def audit(sign_in: SignIn) -> list[tuple[str, str, str]]:
    """What is in the audit of listening: what, the way, and how it ended."""
    page = await (await sign_in("auditor")).get("/api/audit?view=opened")
    found = [one for one in page["items"] if one["what"].startswith("listening")]
    return [(one["what"], *_told(one["subject"])) for one in reversed(found)]


def _told(subject: str) -> tuple[str, str]:
    seat_name, person, _, way, *ended = subject.split(" ")
    assert (seat_name, person) == (THEIRS, "acceptor1")
    return way, ended[-1] if ended else ""


async def test_it_is_handed_out_once_and_each_way_of_it_is_on_record(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, key = await talking(sign_in, phone, clock)
    await chief.post("/api/room/listen", asked(key))
    (new,) = (await looked(phone, clock, key)).listens
    assert (new.by, new.seat, new.call, new.way, new.begun) == (
        OWN, THEIRS, key, ListenWay.LISTEN, False,
    )  # fmt: skip
    wanted = await looked(phone, clock, key, listens=(ListenSeen(new.id, False),))
    assert wanted.listens[0].begun
    assert [one.rung for one in wanted.seats if one.name == OWN] == [False]
    assert await audit(sign_in) == []
    await looked(phone, clock, key, listens=(ListenSeen(new.id, True),))
    (shown,) = (await floor(chief))["listening"]
    assert (shown["chief"], shown["seat"], shown["way"]) == ("chief1", THEIRS, "listen")
    await chief.post(f"/api/room/listen/{new.id}/way", {"way": "whisper"})
    wanted = await looked(phone, clock, key, listens=(ListenSeen(new.id, True),))
    assert wanted.listens[0].way is ListenWay.WHISPER
    turned = ListenSeen(new.id, True, ListenWay.BARGE)
    wanted = await looked(phone, clock, key, listens=(turned,))
    assert wanted.listens[0].way is ListenWay.BARGE
    over = ListenOver(new.id, ListenEnd.CALL_OVER)
    assert (await looked(phone, clock, key, listened=(over,))).listens == ()
    told = await floor(chief)
    assert (told["listening"], told["ended"]) == ([], "call_over")
    assert sorted(await audit(sign_in)) == [
        ("listening_began", "listen", ""), ("listening_ended", "barge", "call_over"),
        ("listening_turned", "barge", ""), ("listening_turned", "whisper", ""),
    ]  # fmt: skip


async def test_the_chief_stops_it_and_a_seat_that_orders_something_ends_it(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, key = await talking(sign_in, phone, clock)
    await chief.post("/api/room/listen", asked(key, "barge"))
    (one,) = (await looked(phone, clock, key)).listens
    await looked(phone, clock, key, listens=(ListenSeen(one.id, True),))
    await chief.post(f"/api/room/listen/{one.id}/end")
    assert (await looked(phone, clock, key)).listens == ()
    await looked(phone, clock, key, listened=(ListenOver(one.id, ListenEnd.STOPPED),))
    await chief.post("/api/room/listen", asked(key))
    (one,) = (await looked(phone, clock, key)).listens
    await looked(phone, clock, key, listens=(ListenSeen(one.id, True),))
    theirs = await sign_in("acceptor1")
    order = {"kind": "consult", "target": "municipal"}
    await theirs.post(f"/api/seat/calls/{key}/order", order)
    wanted = await looked(phone, clock, key, listens=(ListenSeen(one.id, True),))
    assert (len(wanted.orders), wanted.listens) == (1, ())
    await looked(phone, clock, key, listened=(ListenOver(one.id, ListenEnd.STOPPED),))
    assert (await floor(chief))["ended"] == "seat_ordered"
    ends = [ended for what, _, ended in await audit(sign_in) if what == "listening_ended"]
    assert sorted(ends) == ["seat_ordered", "stopped"]


async def test_what_nobody_did_in_time_is_not_done_later_and_who_leaves_hears_no_more(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, key = await talking(sign_in, phone, clock)
    await chief.post("/api/room/listen", asked(key))
    clock.move(timedelta(seconds=11))
    assert (await looked(phone, clock, key)).listens == ()
    assert (await floor(chief))["ended"] == "failed"
    await chief.post("/api/room/listen", asked(key))
    (one,) = (await looked(phone, clock, key)).listens
    await chief.post("/api/seat/act", {"what": "off"})
    assert (await looked(phone, clock, key, listens=(ListenSeen(one.id, True),))).listens == ()


async def test_who_may_not_and_when_it_cannot_be(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, key = await talking(sign_in, phone, clock)
    for body, code in (
        (asked(key, reason="curiosity"), "no_listen_reason"),
        (asked("h1-1764000000-7"), "talk_over"),
        (asked(key, seat=OWN), "talk_over"),
    ):
        assert (await chief.ask("POST", "/api/room/listen", json=body))[1]["code"] == code
    other = await sign_in("acceptor2")
    assert (await other.ask("POST", "/api/room/listen", json=asked(key)))[0] == 403
    second = await sign_in("chief2")
    status, refused = await second.ask("POST", "/api/room/listen", json=asked(key))
    assert (status, refused["code"]) == (422, "seat_off")
    await chief.post("/api/room/listen", asked(key))
    status, refused = await chief.ask("POST", "/api/room/listen", json=asked(key))
    assert (status, refused["code"]) == (422, "listens_already")
    (one,) = (await looked(phone, clock, key)).listens
    for path in ("way", "end"):
        body = {"way": "barge"} if path == "way" else {}
        status, _ = await second.ask("POST", f"/api/room/listen/{one.id}/{path}", json=body)
        assert status == 404
    mine = await rings(phone, clock, 2)
    await tell(phone, clock, mine, (1, Mark.SEAT_ANSWERED, OWN))
    await looked(phone, clock, key, listened=(ListenOver(one.id, ListenEnd.NO_ANSWER),))
    clock.move(timedelta(seconds=1))
    await tell(phone, clock, mine, (1, Mark.SEAT_ANSWERED, OWN))
    status, refused = await chief.ask("POST", "/api/room/listen", json=asked(key))
    assert (status, refused["code"]) == (422, "own_call")
