"""The duty chief's floor: who sits, who waits, the day's figures; and who hears of each change."""

from datetime import timedelta
from typing import Any

from aiohttp.web import Application

from backend.client import BackendClient
from backend.desks.context import AppContext
from hotline.call import CallEventType as Mark
from hotline.clock import FixedClock, iso
from hotline.people import masked
from tests.backend.api.conftest import Browser, SignIn, make_case, publish
from tests.backend.api.test_feed import heard, listening
from tests.backend.api.test_room_figures import rings, seat, tell


async def floor(chief: Browser) -> dict[str, Any]:
    """The floor as it stands."""
    return dict(await chief.get("/api/room/floor"))


async def test_seats_and_callers_stand_on_the_floor_as_they_are(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief = await sign_in("chief1")
    assert (await floor(chief))["seats"] == []
    await seat(sign_in, "acceptor1")
    other = await seat(sign_in, "acceptor2")
    await other.post("/api/seat/act", {"what": "pause", "reason": "meal"})
    first = await rings(phone, clock, 1)
    await tell(phone, clock, first, (2, Mark.SEAT_RINGING, "seat001"))
    await tell(phone, clock, first, (3, Mark.SEAT_ANSWERED, "seat001"))
    since = iso(clock.now())
    waits = await rings(phone, clock, 2)
    waits_since = iso(clock.now())
    danger = await rings(phone, clock, 3)
    await tell(phone, clock, danger, (1, Mark.EMERGENCY, "0"))
    gone = await rings(phone, clock, 4)
    await tell(phone, clock, gone, (9, Mark.QUEUE_LEFT, "hangup"), (0, Mark.ENDED, ""))
    clock.move(timedelta(seconds=20))
    told = await floor(chief)
    talking, paused = told["seats"]
    assert (talking["state"], talking["since"], talking["call"]) == ("talking", since, first)
    assert talking["caller"] == masked("13800138001")
    assert talking["shown"]
    assert (paused["state"], paused["reason"], paused["call"]) == ("paused", "meal", "")
    assert [one["call"] for one in told["waiting"]] == [danger, waits]
    assert told["waiting"][0]["emergency"]
    assert told["waiting"][1]["since"] == waits_since
    general = told["skills"][0]
    assert (general["waiting"], general["since"]) == (2, waits_since)
    assert (general["ready"], general["seats"]) == (0, 2)
    assert told["at"] == iso(clock.now())
    today = told["today"]
    assert (today["offered"], today["answered"], today["abandoned"]) == (4, 1, 1)
    assert told["limits"]["wait_s"] == 60


async def test_a_caller_who_was_cut_off_waits_again_since_then(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, _ = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (3, Mark.SEAT_ANSWERED, "seat001"))
    assert (await floor(chief))["waiting"] == []
    await tell(phone, clock, key, (9, Mark.SEAT_LEFT, "seat001"), (1, Mark.QUEUED, "general"))
    [again] = (await floor(chief))["waiting"]
    assert again["since"] == iso(clock.now())


async def test_who_does_not_lead_the_room_sees_no_floor(sign_in: SignIn) -> None:
    for person in ("acceptor1", "dispatcher1", "auditor"):
        assert (await (await sign_in(person)).ask("GET", "/api/room/floor"))[0] == 403


async def test_who_leads_the_room_hears_of_every_seat_and_others_of_their_own_alone(
    sign_in: SignIn, app: Application, office: AppContext
) -> None:
    chief, mine, other = [await sign_in(one) for one in ("chief1", "acceptor1", "acceptor2")]
    async with (
        listening(chief) as (led, _),
        listening(mine) as (own, _),
        listening(other) as (no, _),
    ):
        await mine.post("/api/seat/online")
        await publish(app)
        told = await heard(led)
        assert (told["kind"], told["seat"]) == ("floor", "seat001")
        assert (await heard(own))["kind"] == "seat"
        await make_case(office)
        await publish(app)
        assert [(await heard(one))["kind"] for one in (led, own, no)] == ["case"] * 3
