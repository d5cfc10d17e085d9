"""Who is rung back: asked for or missed, once a number, by the clock; and what people do of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.client import BackendClient
from backend.desks import retention
from backend.desks.context import AppContext
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.contract import CallBackAsked
from hotline.errors import HotlineError
from hotline.notice import CallEnd
from hotline.people import masked
from hotline.room import call_back as rules
from hotline.room.exchange import CallBackOrder, InLine, NotReached, RoomSeen
from hotline.room.plan import CallBackRule
from tests.backend.api.conftest import Browser, SignIn
from tests.backend.api.test_privacy import agreed
from tests.backend.api.test_retention import rows as rows_of

T = CallEventType
CALLER, OTHER, ABROAD = "13800138000", "13900139000", "004930901820"
RULE = CallBackRule()


@pytest.fixture
async def office(office: AppContext) -> AppContext:
    """The office of a city that rings back all day."""
    room = replace(office.city.room, call_back=RULE)
    return replace(office, city=replace(office.city, room=room))


class Phone:
    """The phone connector as it tells of calls, and what it is told to ring."""

    def __init__(self, client: BackendClient, clock: FixedClock):
        self.client = client
        self.clock = clock
        self.made = 0
        self.up: tuple[str, ...] = ()

    async def call(self, caller: str = CALLER) -> str:
        """Let somebody call; gives the key of the call."""
        self.made += 1
        key = f"h1-{int(self.clock.now().timestamp())}-{self.made}"
        await self.client.ring(CallRing(key, caller, self.clock.now()))
        return key

    async def tell(self, key: str, *marks: tuple[CallEventType, str]) -> None:
        """Tell what happened in a call."""
        notes = [CallEvent(key, mark, self.clock.now(), value) for mark, value in marks]
        await self.client.note_call(notes)

    async def miss(self, caller: str = CALLER, seconds: float = 30) -> str:
        """Let somebody call and hang up before anybody has answered."""
        key = await self.call(caller)
        await self.tell(key, (T.QUEUED, "general"))
        self.clock.move(timedelta(seconds=seconds))
        await self.tell(key, (T.ENDED, ""))
        return key

    async def ask(self, caller: str = CALLER, number: str = "") -> str:
        """Let somebody ask to be rung back."""
        key = await self.call(caller)
        asked = CallBackAsked(key, number or caller, "zh_CN", 1, rules.USUAL, self.clock.now())
        await self.client.call_back(asked)
        await self.tell(key, (T.ENDED, ""))
        return key

    async def look(
        self, ends: Sequence[NotReached] = (), waiting: Sequence[InLine] = ()
    ) -> tuple[CallBackOrder, ...]:
        """Tell how the exchange looks; gives whom to ring now."""
        seen = RoomSeen(
            self.clock.now(), self.up, (), ("seat001",),
            waiting=tuple(waiting), not_reached=tuple(ends),
        )  # fmt: skip
        return (await self.client.see_room(seen)).call_backs

    async def fails(self, end: CallEnd = CallEnd.NO_ANSWER) -> None:
        """Ring whoever is due, and reach nobody."""
        [order] = await self.look()
        await self.look([NotReached(order.leg, end)])


@pytest.fixture
def desk(phone: BackendClient, clock: FixedClock) -> Phone:
    """The phone connector."""
    return Phone(phone, clock)


@pytest.fixture
async def chief(sign_in: SignIn) -> Browser:
    """The duty chief, while one seat is there and free."""
    await (await sign_in("acceptor1")).post("/api/seat/online")
    return await sign_in("chief1")


async def rows(chief: Browser) -> list[dict[str, Any]]:
    """What the duty chief is shown."""
    return list(await chief.get("/api/room/call-backs"))


async def states(chief: Browser) -> list[tuple[str, int]]:
    """How each stands, and how often it was tried."""
    return [(one["state"], one["tries"]) for one in await rows(chief)]


async def test_the_list_is_in_the_order_of_the_line(desk: Phone, chief: Browser) -> None:
    """Whoever hung up earlier stands behind who asked to be rung."""
    await desk.miss("13800138001")
    desk.clock.move(timedelta(seconds=60))
    await desk.ask("13800138002")
    desk.clock.move(timedelta(seconds=60))
    await desk.ask("13800138003")
    shown = [(one["source"], one["number"][-3:]) for one in await rows(chief)]
    assert shown == [("asked", "002"), ("asked", "003"), ("missed", "001")]


async def test_who_asks_is_rung_at_their_place_and_met(desk: Phone, chief: Browser) -> None:
    asked_at = desk.clock.now()
    await desk.ask()
    desk.clock.move(timedelta(seconds=20))
    before = [InLine("h1-1-1", 1, rules.USUAL, asked_at - timedelta(seconds=1))]
    assert await desk.look(waiting=before) == ()
    behind = [InLine("h1-1-2", 1, rules.USUAL, asked_at + timedelta(seconds=1))]
    [order] = await desk.look(waiting=behind)
    assert (order.number, order.since, order.language) == (CALLER, asked_at, "zh_CN")
    assert await desk.look() == ()
    desk.up = (order.leg,)
    await desk.client.ring(CallRing(order.leg, CALLER, desk.clock.now()))
    await desk.look()
    assert await states(chief) == [("calling", 1)]
    await desk.tell(order.leg, (T.SEAT_ANSWERED, "seat001"))
    assert await states(chief) == [("met", 1)]
    desk.up = ()
    await desk.tell(order.leg, (T.SEAT_LEFT, "seat001"), (T.ENDED, ""))
    assert await states(chief) == [("met", 1)]


async def test_who_was_missed_is_rung_at_the_end_of_the_line(desk: Phone, chief: Browser) -> None:
    await desk.miss()
    waiting = [InLine("h1-1-1", 1, rules.USUAL, desk.clock.now())]
    assert await desk.look(waiting=waiting) == ()
    [order] = await desk.look()
    assert (order.number, order.since) == (CALLER, None)
    [shown] = await rows(chief)
    assert (shown["source"], shown["number"]) == ("missed", masked(CALLER))


async def test_three_tries_by_the_clock_and_then_a_message(
    desk: Phone, chief: Browser, phone: BackendClient
) -> None:
    await desk.ask()
    for minutes in (10, 20):
        await desk.fails(CallEnd.BUSY)
        assert await desk.look() == ()
        desk.clock.move(timedelta(minutes=minutes))
    await desk.fails()
    assert await states(chief) == [("unreached", 3)]
    [notice] = await phone.lease_notices([Channel.PHONE])
    assert (notice.address, notice.template, notice.number) == (CALLER, "told.call_back", "")


async def test_a_way_out_that_is_away_is_no_try(desk: Phone, chief: Browser) -> None:
    await desk.ask()
    for _ in range(5):
        await desk.fails(CallEnd.LINE_AWAY)
        desk.clock.move(rules.AWAY)
    assert await states(chief) == [("waiting", 0)]


async def test_a_connector_that_died_has_rung_nobody_or_its_call_is_up(
    desk: Phone, chief: Browser
) -> None:
    await desk.ask()
    [order] = await desk.look()
    desk.clock.move(timedelta(seconds=10))
    assert await desk.look() == ()
    desk.clock.move(rules.BEGUN)
    await desk.look()
    assert await states(chief) == [("waiting", 0)]
    desk.clock.move(rules.AWAY)
    [again] = await desk.look()
    assert again.leg != order.leg
    desk.up = (again.leg,)
    desk.clock.move(timedelta(minutes=9))
    assert await desk.look() == ()
    assert await states(chief) == [("calling", 1)]
    desk.up = ()
    await desk.look()
    assert await states(chief) == [("waiting", 1)]


async def test_what_is_told_twice_counts_once(desk: Phone, chief: Browser) -> None:
    await desk.ask()
    [order] = await desk.look()
    for _ in range(3):
        await desk.look([NotReached(order.leg, CallEnd.BUSY)])
    assert await states(chief) == [("waiting", 1)]


async def test_a_call_that_is_told_twice_asks_once_and_ends_nothing_later(
    desk: Phone, chief: Browser, sign_in: SignIn
) -> None:
    asked = CallBackAsked(await desk.call(), OTHER, "zh_CN", 1, rules.USUAL, desk.clock.now())
    for _ in range(2):
        await desk.client.call_back(asked)
    desk.clock.move(timedelta(hours=14))
    missed = await desk.miss()
    ended_at = desk.clock.now()
    desk.clock.move(timedelta(seconds=1))
    await desk.client.note_call([CallEvent(missed, T.ENDED, ended_at)])
    # Told anew by who goes on with the call, it ended later.
    await desk.tell(missed, (T.ENDED, ""))
    chief = await sign_in("chief1")
    assert [one["calls"] for one in await rows(chief)] == [1, 1]
    answered = CallEvent(await desk.call(), T.SEAT_ANSWERED, desk.clock.now(), "seat001")
    await desk.client.note_call([answered])
    assert sorted(await states(chief)) == [("called_in", 0), ("waiting", 0)]
    # The next day the same call is not missed once more, nor is that talk had once more.
    desk.clock.move(timedelta(hours=4))
    await desk.client.note_call([CallEvent(missed, T.ENDED, ended_at)])
    await desk.miss()
    await desk.client.note_call([answered])
    chief = await sign_in("chief1")
    assert sorted(await states(chief)) == [("called_in", 0), ("waiting", 0), ("waiting", 0)]


async def test_a_talk_that_is_told_late_ends_only_what_was_before_it(
    desk: Phone, chief: Browser
) -> None:
    key = await desk.call()
    answered = CallEvent(key, T.SEAT_ANSWERED, desk.clock.now(), "seat001")
    desk.clock.move(timedelta(minutes=1))
    await desk.miss()
    await desk.client.note_call([answered])
    assert await states(chief) == [("waiting", 0)]
    late = await desk.miss(OTHER)
    talked = desk.clock.now() - timedelta(seconds=20)
    await desk.client.note_call([CallEvent(late, T.SEAT_ANSWERED, talked, "seat001")])
    assert sorted(await states(chief)) == [("called_in", 0), ("waiting", 0)]


async def test_many_numbers_in_many_bundles_at_once_hold_nobody_up(
    desk: Phone, chief: Browser
) -> None:
    keys = [await desk.call(f"138{turn:08}") for turn in range(40) for _ in range(3)]
    desk.clock.move(timedelta(seconds=30))
    ends = [CallEvent(key, T.ENDED, desk.clock.now()) for key in keys]

    async def looks() -> None:
        for _ in range(8):
            await desk.look()

    bundles = [desk.client.note_call(ends[first::9]) for first in range(9)]
    await asyncio.gather(*bundles, looks(), looks())
    assert sum(one["calls"] for one in await rows(chief)) == len(keys)
    again = [await desk.call(f"138{turn:08}") for turn in range(40)]
    talks = [CallEvent(key, T.SEAT_ANSWERED, desk.clock.now(), "seat009") for key in again]
    ways = talks[::2] + talks[1::2], talks[::-2] + talks[-2::-2]
    cut = [way[first : first + 20] for way in ways for first in (0, 20)]
    await asyncio.gather(*(desk.client.note_call(part) for part in cut), looks())
    assert {one["state"] for one in await rows(chief)} == {"called_in"}


async def test_a_storm_of_missed_calls_from_one_number_is_one_row(
    desk: Phone, chief: Browser
) -> None:
    keys = [await desk.call() for _ in range(500)]
    desk.clock.move(timedelta(seconds=30))
    notes = [CallEvent(key, T.ENDED, desk.clock.now()) for key in keys]
    parts = [notes[at : at + 25] for at in range(0, 500, 25)]
    await asyncio.gather(*(desk.client.note_call(part) for part in parts))
    [shown] = await rows(chief)
    assert (shown["state"], shown["calls"]) == ("waiting", 500)


async def test_a_number_is_missed_once_a_day(desk: Phone, chief: Browser, sign_in: SignIn) -> None:
    await desk.miss()
    [order] = await desk.look()
    await desk.client.ring(CallRing(order.leg, CALLER, desk.clock.now()))
    await desk.tell(order.leg, (T.SEAT_ANSWERED, "seat001"))
    await desk.miss()
    [shown] = await rows(chief)
    assert (shown["state"], shown["calls"]) == ("met", 2)
    desk.clock.move(timedelta(days=1))
    await desk.miss()
    assert (await rows(await sign_in("chief1")))[0]["state"] == "waiting"


async def test_of_many_who_ask_for_one_number_at_once_one_is_kept(
    desk: Phone, chief: Browser
) -> None:
    keys = [await desk.call() for _ in range(20)]
    now = desk.clock.now()
    asked = [CallBackAsked(key, OTHER, "zh_CN", 1, rules.USUAL, now) for key in keys]
    await asyncio.gather(*(desk.client.call_back(one) for one in asked))
    [shown] = await rows(chief)
    assert (shown["calls"], shown["source"]) == (20, "asked")


async def test_a_missed_caller_who_then_asks_has_the_place_of_the_second_call(
    desk: Phone, chief: Browser
) -> None:
    await desk.miss()
    asked_at = desk.clock.now()
    await desk.ask()
    [order] = await desk.look()
    assert order.since == asked_at
    assert len(await rows(chief)) == 1


async def test_a_later_call_that_a_seat_answers_ends_it(desk: Phone, chief: Browser) -> None:
    await desk.ask()
    key = await desk.call()
    await desk.tell(key, (T.SEAT_ANSWERED, "seat001"))
    assert await states(chief) == [("called_in", 0)]


async def test_who_leaves_their_words_when_rung_needs_no_more(desk: Phone, chief: Browser) -> None:
    await desk.ask()
    [order] = await desk.look()
    await desk.client.ring(CallRing(order.leg, CALLER, desk.clock.now()))
    await desk.tell(order.leg, (T.RECORDED, "4.0"))
    assert await states(chief) == [("left_words", 1)]


@pytest.mark.parametrize("mark", [T.SEAT_ANSWERED, T.RECORDED, T.CASE_JOINED])
async def test_who_was_served_is_not_missed(
    desk: Phone, chief: Browser, mark: CallEventType
) -> None:
    key = await desk.call()
    await desk.tell(key, (mark, "seat001"))
    desk.clock.move(timedelta(seconds=30))
    await desk.tell(key, (T.ENDED, ""))
    assert await rows(chief) == []


async def test_withheld_and_short_calls_make_no_row_and_one_from_abroad_is_shown_as_not_rung(
    desk: Phone, chief: Browser
) -> None:
    await desk.miss("")
    await desk.miss(OTHER, seconds=3)
    await desk.miss(ABROAD)
    [shown] = await rows(chief)
    assert (shown["state"], shown["reason"]) == ("not_rung", "may_not_ring")
    assert await desk.look() == ()


@pytest.mark.parametrize(
    ("caller", "number", "code"),
    [
        (CALLER, ABROAD, "not_rung"),
        (CALLER, "110", "not_rung"),
        (CALLER, "12", "not_rung"),
        ("", OTHER, "withheld"),
    ],
)
async def test_a_number_that_is_not_rung_is_not_promised(
    desk: Phone, chief: Browser, caller: str, number: str, code: str
) -> None:
    with pytest.raises(HotlineError) as refused:
        await desk.ask(caller, number)
    assert refused.value.code == code
    assert await rows(chief) == []


async def test_nobody_is_rung_out_of_hours_nor_promised_it(
    desk: Phone, chief: Browser, office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.ask()
    monkeypatch.setattr(CallBackRule, "is_open", lambda *_: False)
    assert await desk.look() == ()
    with pytest.raises(HotlineError) as refused:
        await desk.ask(OTHER)
    assert refused.value.code == "call_back_closed"
    [shown] = await rows(chief)
    await chief.post(f"/api/room/call-backs/{shown['id']}/now")
    assert [one.number for one in await desk.look()] == [CALLER]


async def test_somebody_who_sets_a_telephone_on_another_is_stopped_by_the_day(
    desk: Phone, chief: Browser, office: AppContext
) -> None:
    most = office.city.calls.a_day
    tries = 0
    while tries < most:
        await desk.ask(CALLER, OTHER)
        for minutes in (10, 20, 1):
            await desk.fails()
            desk.clock.move(timedelta(minutes=minutes))
            tries += 1
    with pytest.raises(HotlineError) as refused:
        await desk.ask(CALLER, OTHER)
    assert refused.value.code == "day_limit"


async def test_who_asks_again_and_again_has_nobody_rung_without_end(
    desk: Phone, chief: Browser, office: AppContext
) -> None:
    for _ in range(office.city.calls.a_day):
        await desk.ask(CALLER, OTHER)
        await desk.fails()
        desk.clock.move(timedelta(minutes=1))
    with pytest.raises(HotlineError) as refused:
        await desk.ask(CALLER, OTHER)
    assert refused.value.code == "day_limit"


async def test_people_do_it_by_hand_drop_it_or_let_it_be_done_now(
    desk: Phone, chief: Browser
) -> None:
    await desk.ask()
    await desk.fails()
    desk.clock.move(timedelta(seconds=1))
    await desk.ask(OTHER)
    first, second = (f"/api/room/call-backs/{one['id']}" for one in await rows(chief))
    await chief.post(f"{first}/now")
    [order] = await desk.look()
    assert order.number == CALLER
    assert (await chief.ask("POST", f"{first}/now", json={}))[1]["code"] == "call_back_rings"
    desk.clock.move(timedelta(seconds=1))
    [other] = await desk.look([NotReached(order.leg, CallEnd.BUSY)])
    assert (await chief.ask("POST", f"{first}/done", json={"said": " "}))[0] == 400
    await chief.post(f"{first}/done", {"said": "手机打通了"})
    assert (await chief.ask("POST", f"{first}/drop", json={"said": "x"}))[1]["code"] == "not_open"
    _, ended = await rows(chief)
    assert (ended["state"], ended["said"]) == ("by_hand", "手机打通了")
    assert ended["ended_by"]
    await desk.look([NotReached(other.leg, CallEnd.BUSY)])
    desk.clock.move(timedelta(seconds=1))
    await chief.post(f"{second}/drop", {"said": "打错了"})
    assert [one["state"] for one in await rows(chief)] == ["dropped", "by_hand"]
    told = [one["what"] for one in (await chief.get("/api/audit"))["items"]]
    wanted = ["call_back_dropped", "call_back_done", "call_back_hastened"]
    assert [one for one in told if one.startswith("call_back")] == wanted


async def test_a_number_is_opened_with_a_reason_that_is_written_down(
    desk: Phone, chief: Browser
) -> None:
    await desk.ask()
    [shown] = await rows(chief)
    path = f"/api/room/call-backs/{shown['id']}/number"
    assert (await chief.ask("POST", path, json={}))[0] == 400
    assert await chief.post(path, {"reason": "call_back"}) == {"number": CALLER}


async def test_who_does_not_lead_the_room_sees_none(sign_in: SignIn) -> None:
    browser = await sign_in("water1")
    assert (await browser.ask("GET", "/api/room/call-backs"))[0] == 403


async def test_the_number_that_somebody_gave_goes_with_their_call_though_they_are_erased(
    desk: Phone, sign_in: SignIn, office: AppContext
) -> None:
    await desk.ask(CALLER, OTHER)
    who = {"channel": "phone", "address": CALLER, "reason": "本人书面申请"}
    wish = await (await sign_in("chief1")).post("/api/privacy/erasures", who)
    assert (await agreed(await sign_in("commander"), wish))["outcome"] == "erased"
    left = f"SELECT count(*) FROM contact WHERE address = '{OTHER}'"
    assert await rows_of(office, left) == [(1,)]
    desk.clock.move(timedelta(days=1_096))
    assert [one.kind async for one in retention.sweep(office, desk.clock.now()) if one.failed] == []
    assert await rows_of(office, left) == [(0,)]
