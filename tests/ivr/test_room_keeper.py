"""The keeper of the room: it tells how the exchange stands and makes it as it is wanted, once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from backend.client import BackendClient
from hotline.errors import Unavailable
from hotline.notice import CallEnd
from hotline.room.exchange import (
    CallBackOrder,
    Leg,
    OrderDone,
    OrderKind,
    RoomOrder,
    RoomWanted,
    SeatWanted,
)
from ivr.manager import Exchange
from ivr.switch.call_backs import CallBackRinger
from ivr.switch.doors import Door, SeatDoors
from ivr.switch.keeper import RoomKeeper
from ivr.switch.news import RoomNews
from ivr.switch.orders import NOT_KNOWN, NOT_UP, RoomOrders
from ivr.switch.ringing import RUNG
from ivr.switch.told import RoomEvents
from ivr.switch.watch import RoomWatch
from tests.fakes.backend import FakeBackend
from tests.ivr.fakes import fixed_clock

CALLER = {"Channel": "PJSIP/trunk-1", "Uniqueid": "h1-100.1", "Linkedid": "h1-100.1"}
RINGING = {
    "Channel": "PJSIP/seat001-00000002", "Uniqueid": "h1-100.2", "Linkedid": "h1-100.1",
    "ChannelState": "5",
}  # fmt: skip


KNOWN = ("110", "119", "057487000001")


class FakeConnected:
    """Whether there is a line to the exchange."""

    def __init__(self) -> None:
        self.up = True

    def is_set(self) -> bool:
        return self.up


@dataclass
class FakeExchange:
    """An exchange with queues, and what it was told to do."""

    lines: list[Mapping[str, Any]] = field(default_factory=list)
    members: dict[tuple[str, str], bool] = field(default_factory=dict)
    status: str = "1"
    done: list[str] = field(default_factory=list)
    fails: dict[str, str] = field(default_factory=dict)
    connected: FakeConnected = field(default_factory=FakeConnected)
    turn: int = 1
    rung: list[CallBackOrder] = field(default_factory=list)
    ends: CallEnd = CallEnd.ANSWERED
    waiting: list[Mapping[str, Any]] = field(default_factory=list)
    takers: dict[str, Any] = field(default_factory=dict)

    def listen(self, names: Iterable[str], take: Callable[[Mapping[str, Any]], object]) -> None:
        self.takers |= dict.fromkeys(names, take)

    async def channels(self) -> list[Mapping[str, Any]]:
        return self.lines

    async def ring_back(self, order: CallBackOrder, _own: str, _seconds: float) -> CallEnd:
        self.rung.append(order)
        return self.ends

    async def queues(self) -> list[Mapping[str, Any]]:
        return self.waiting + [
            {
                "Event": "QueueMember", "Queue": queue, "Location": seat, "Status": self.status,
                "Paused": "1" if paused else "0",
            }
            for (queue, seat), paused in self.members.items()
        ]  # fmt: skip

    async def do(self, action: str, **fields: str) -> str:
        if action == "QueueReload":
            self.done.append(action)
            return ""
        if "Queue" not in fields:
            self.done.append(" ".join((action, *fields.values())))
            return self.fails.get(action, "")
        place = (fields["Queue"], fields["Interface"])
        self.done.append(f"{action} {place[0]} {fields.get('Paused', '')}".strip())
        if action == "QueueRemove":
            del self.members[place]
        else:
            self.members[place] = fields["Paused"] == "true"
        return ""


@dataclass
class FakeDoors:
    """Seats in memory, and what was asked for."""

    there: dict[str, Door] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    async def seats(self) -> dict[str, Door]:
        return dict(self.there)

    async def put(self, seat: SeatWanted) -> None:
        kind = "browser" if seat.browser else "plain"
        self.done.append(f"put {seat.name} {seat.secret} {kind}")
        self.there.setdefault(seat.name, Door(seat.name, online=False))

    async def drop(self, name: str) -> None:
        self.done.append(f"drop {name}")
        del self.there[name]

    def forget(self) -> None:
        self.done.append("forget")


class Room:
    """A keeper between a backend and an exchange that remember."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = fixed_clock()
        self.backend, self.exchange, self.doors = (
            FakeBackend(self.clock), FakeExchange(), FakeDoors(),
        )  # fmt: skip
        client = cast("BackendClient", self.backend)
        self.events = RoomEvents(lambda _: None, lambda *_: None, lambda: None, self.clock)
        self.watch = RoomWatch(client)
        self.since: dict[str, datetime] = {}
        self.keeper = RoomKeeper(
            client, cast("Exchange", self.exchange), cast("SeatDoors", self.doors), self.events,
            self.watch,
            RoomOrders(
                cast("Exchange", self.exchange), "12345", self.events.stays, KNOWN.__contains__
            ),
            self.clock, folder, self.tell, RoomNews(client, folder, lambda _: None),
            CallBackRinger(cast("Exchange", self.exchange), "12345"), self.since.get,
        )  # fmt: skip

    async def tell(self) -> None:
        self.doors.done.append("told")

    async def wants(self, *seats: SeatWanted) -> None:
        self.backend.wanted = RoomWanted(seats)
        self.exchange.done.clear()
        self.doors.done.clear()
        assert await self.keeper.look()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def seat(*queues: int, rung: bool = True, secret: str = "s1") -> SeatWanted:
    return SeatWanted("seat001", rung, queues or (1,), secret)


async def test_a_look_tells_calls_seats_and_whose_telephones_are_there(room: Room) -> None:
    room.exchange.lines = [CALLER, RINGING, {"Uniqueid": "notice-1", "Channel": "PJSIP/trunk-3"}]
    room.doors.there = {"seat001": Door("seat001", online=True), "seat002": Door("seat002", False)}
    await room.wants(seat(), SeatWanted("seat002", True, (1,), "s"))
    (seen,) = room.backend.rooms
    assert (seen.at, seen.calls) == (room.clock.now(), ("h1-100-1",))
    assert seen.legs == (Leg("h1-100-1", "seat001", talking=False),)
    assert seen.registered == ("seat001",)


async def test_a_seat_is_made_once_and_anew_where_its_password_or_the_exchange_is(
    room: Room,
) -> None:
    await room.wants(seat())
    assert room.exchange.done == ["QueueAdd queue1 false"]
    assert room.doors.done == ["forget", "told", "put seat001 s1 browser"]
    await room.wants(seat())
    assert (room.exchange.done, room.doors.done) == ([], ["told"])
    await room.wants(seat(secret="s2"))
    assert room.doors.done == ["told", "put seat001 s2 browser"]
    room.exchange.turn += 1
    await room.wants(seat(secret="s2"))
    assert room.doors.done == ["forget", "told", "put seat001 s2 browser"]


async def test_a_telephone_on_the_desk_is_spoken_to_plainly(room: Room) -> None:
    await room.wants(replace(seat(), browser=False))
    assert room.doors.done == ["forget", "told", "put seat001 s1 plain"]
    await room.wants(replace(seat(2, rung=False), browser=False))
    assert room.doors.done == ["told"]
    await room.wants(seat())
    assert room.doors.done == ["told", "put seat001 s1 browser"]


async def test_seats_move_and_go_with_what_is_wanted(room: Room) -> None:
    await room.wants(seat(1, 2))
    await room.wants(seat(2, 3, rung=False))
    assert sorted(room.exchange.done) == [
        "QueueAdd queue3 true", "QueuePause queue2 true", "QueueRemove queue1",
    ]  # fmt: skip
    await room.wants()
    assert room.exchange.members == {}
    assert room.doors.done == ["told", "drop seat001"]


async def test_who_is_busy_or_was_told_of_just_now_is_not_rung_yet(room: Room) -> None:
    await room.wants(seat(rung=False))
    room.exchange.status = "2"
    await room.wants(seat())
    assert room.exchange.done == []
    room.exchange.status = "1"
    room.events.take({"Event": "AgentRingNoAnswer", "Interface": "PJSIP/seat001"})
    await room.wants(seat())
    assert room.exchange.done == []
    room.clock.wait(2)
    await room.wants(seat())
    assert room.exchange.done == ["QueuePause queue1 false"]


async def test_an_order_is_answered_with_the_next_look_and_once(room: Room) -> None:
    order = RoomOrder("o-1", OrderKind.BACK, "h1-100-1", "seat001")
    room.backend.wanted = RoomWanted((), (order,))
    await room.keeper.look()
    room.backend.wanted = RoomWanted()
    await room.keeper.look()
    await room.keeper.look()
    told = [[done.id for done in seen.done] for seen in room.backend.rooms]
    assert told == [[], ["o-1"], []]


async def test_without_a_line_nothing_is_seen_and_without_a_backend_nothing_is_made(
    room: Room,
) -> None:
    room.exchange.connected.up = False
    assert not await room.keeper.look()
    room.exchange.connected.up = True
    room.backend.down = True
    with pytest.raises(Unavailable):
        await room.keeper.look()
    assert room.exchange.done == []


ROOM = "h1-100-1-o1"
TALKING: Mapping[str, Any] = {
    "Uniqueid": "h1-101.0", "Linkedid": "h1-100.1", "Channel": "PJSIP/seat001-7",
    "ChannelState": "6",
}  # fmt: skip


def order(kind: OrderKind, **more: Any) -> RoomOrder:
    return RoomOrder("o1", kind, "h1-100-1", "seat001", **more)


@pytest.mark.parametrize(
    ("wished", "done"),
    [
        (
            order(OrderKind.TRANSFER, number="119"),
            ["Setvar PJSIP/trunk-1 HANDED_TO 119", "Redirect PJSIP/trunk-1 handed-on s 1"],
        ),
        (
            order(OrderKind.REQUEUE, queue=3),
            ["Setvar PJSIP/trunk-1 QUEUE queue3", "Setvar PJSIP/trunk-1 PLACE 1",
             "Setvar PJSIP/trunk-1 ROOM_SENT queue3",
             "Redirect PJSIP/trunk-1 hotline s queue"],
        ),
        (
            order(OrderKind.JOIN, number="110"),
            ["Setvar PJSIP/trunk-1 PLACE 1",
             f"Redirect PJSIP/trunk-1 joined-caller {ROOM} 1 PJSIP/seat001-7 joined {ROOM} 1",
             f"Originate PJSIP/110@trunk third {ROOM} 1 30000 <12345> true third-{ROOM}"],
        ),
        (
            order(OrderKind.CONSULT, queue=3),
            ["Setvar PJSIP/trunk-1 PLACE 1", "Setvar PJSIP/seat001-7 HELD PJSIP/trunk-1",
             "Setvar PJSIP/seat001-7 ASKED ", "Setvar PJSIP/seat001-7 ASKED_IN queue3",
             f"Redirect PJSIP/trunk-1 joined-caller {ROOM} 1 PJSIP/seat001-7 asks {ROOM} 1"],
        ),
    ],
)  # fmt: skip
async def test_an_order_is_done_once_and_rings_or_is_at_its_end(
    room: Room, wished: RoomOrder, done: list[str]
) -> None:
    room.exchange.lines = [CALLER, TALKING]
    room.backend.wanted = RoomWanted((), (wished,))
    assert await room.keeper.look()
    assert room.exchange.done[: len(done)] == done
    room.backend.wanted = RoomWanted()
    assert await room.keeper.look()
    seen = room.backend.rooms[-1]
    told = (seen.done, seen.rings)
    assert told == (((), ("o1",)) if wished.kind in RUNG else ((OrderDone("o1"),), ()))
    assert await room.keeper.look()
    assert not room.backend.rooms[-1].done
    assert room.exchange.done == done


@pytest.mark.parametrize(
    ("kind", "done"),
    [
        (
            OrderKind.COMPLETE,
            ["Setvar PJSIP/trunk-1 MEMBERINTERFACE PJSIP/seat002",
             "Redirect PJSIP/seat002-8 back r1 1 PJSIP/seat001-7 let-go s 1"],
        ),
        (OrderKind.BACK, ["Redirect PJSIP/seat001-7 back r1 1"]),
        (
            OrderKind.REQUEUE,
            ["Setvar PJSIP/trunk-1 QUEUE queue2", "Setvar PJSIP/trunk-1 PLACE 1",
             "Setvar PJSIP/trunk-1 ROOM_SENT queue2",
             "Redirect PJSIP/trunk-1 hotline s queue PJSIP/seat001-7 let-go s 1"],
        ),
    ],
)  # fmt: skip
async def test_a_seat_that_asks_somebody_is_back_or_leaves_the_two(
    room: Room, kind: OrderKind, done: list[str]
) -> None:
    asks = {**TALKING, "Context": "asks", "BridgeId": "b1"}
    asked = {**TALKING, "Channel": "PJSIP/seat002-8", "Uniqueid": "h1-100.8", "BridgeId": "b1"}
    room.exchange.lines = [{**CALLER, "Exten": "r1", "BridgeId": "b2"}, asks, asked]
    room.backend.wanted = RoomWanted((), (order(kind, queue=2),))
    assert await room.keeper.look()
    assert room.exchange.done == done


@pytest.mark.parametrize("kind", [OrderKind.TRANSFER, OrderKind.JOIN, OrderKind.CONSULT])
async def test_a_number_that_is_not_in_the_address_book_is_not_dialled(
    room: Room, kind: OrderKind
) -> None:
    room.exchange.lines = [CALLER, TALKING]
    room.backend.wanted = RoomWanted((), (order(kind, number="008821390000001"),))
    assert await room.keeper.look()
    assert room.exchange.done == []
    room.backend.wanted = RoomWanted()
    assert await room.keeper.look()
    assert room.backend.rooms[-1].done == (OrderDone("o1", NOT_KNOWN),)


async def test_nobody_is_put_together_while_nobody_is_asked(room: Room) -> None:
    room.exchange.lines = [CALLER, TALKING]
    room.backend.wanted = RoomWanted((), (order(OrderKind.COMPLETE),))
    assert await room.keeper.look()
    assert room.exchange.done == []


async def test_an_order_about_a_call_that_is_gone_or_that_fails_says_why(room: Room) -> None:
    wished = order(OrderKind.TRANSFER, number="119")
    room.exchange.fails["Redirect"] = "Channel does not exist"
    for more, why in (([], NOT_UP), ([TALKING], "Channel does not exist")):
        room.exchange.lines = [CALLER, *more]
        room.backend.wanted = RoomWanted((), (wished,))
        assert await room.keeper.look()
        room.backend.wanted = RoomWanted()
        assert await room.keeper.look()
        assert room.backend.rooms[-1].done == (OrderDone("o1", why),)


async def test_the_plans_times_are_told_to_the_queues_once_and_to_each_exchange(
    room: Room,
) -> None:
    await room.watch.look()
    await room.wants()
    assert room.exchange.done == ["QueueReload"]
    plan = room.backend.room
    told = (room.folder / "queues-timing.conf").read_text()
    assert told == f"timeout = {plan.ring_s}\n"
    await room.wants()
    assert room.exchange.done == []
    room.exchange.turn += 1
    await room.wants()
    assert room.exchange.done == ["QueueReload"]


async def test_a_telephone_on_the_desk_that_answers_no_more_in_a_talk_is_let_go(room: Room) -> None:
    talks = {**RINGING, "ChannelState": "6"}
    room.exchange.lines = [CALLER, talks]
    desk = replace(seat(), browser=False)
    room.doors.there = {"seat001": Door("seat001", online=True)}
    await room.wants(desk)
    room.doors.there["seat001"] = Door("seat001", online=False)
    for seconds, ended in ((0, False), (9, False), (2, True)):
        room.clock.wait(seconds)
        await room.wants(desk)
        assert (f"Hangup {RINGING['Channel']}" in room.exchange.done) is ended
    # A page whose line is gone ends by its sound, which it sends all the time.
    await room.wants(seat())
    room.clock.wait(30)
    await room.wants(seat())
    assert not any(one.startswith("Hangup") for one in room.exchange.done)


async def test_who_has_paused_counts_as_away_only_where_their_telephone_is(room: Room) -> None:
    away = replace(seat(1, 2), away=True, rung=False)
    room.doors.there = {"seat001": Door("seat001", online=True)}
    await room.wants(away)
    assert (room.keeper.away(1), room.keeper.away(2), room.keeper.away(3)) == (1, 1, 0)
    made = [one for one in room.doors.done if one.startswith("put")]
    await room.wants(seat(1, 2))
    assert [one for one in room.doors.done if one.startswith("put")] == []
    assert made == ["put seat001 s1 browser"]
    room.doors.there["seat001"] = Door("seat001", online=False)
    await room.wants(away)
    assert room.keeper.away(1) == 0


@pytest.mark.parametrize(
    ("status", "failed"),
    [("ANSWER", ""), ("NOANSWER", "no_answer"), ("BUSY", "busy"), ("CHANUNAVAIL", "unreachable")],
)
@pytest.mark.parametrize("kind", RUNG)
async def test_what_came_of_whom_an_order_rang_is_told_at_once_and_once(
    room: Room, kind: OrderKind, status: str, failed: str
) -> None:
    room.exchange.lines = [CALLER, TALKING]
    room.backend.wanted = RoomWanted((), (order(kind, number="110"),))
    assert await room.keeper.look()
    room.backend.wanted = RoomWanted()
    third = f"third-{ROOM}" if kind is OrderKind.JOIN else "h1-105.1"
    call = third if kind is OrderKind.JOIN else "h1-100.1"
    hears = room.exchange.takers["DialEnd"]
    hears({"Event": "DialEnd", "DestUniqueid": "x", "DestLinkedid": "h1-9.9", "DialStatus": "BUSY"})
    assert await room.keeper.look()
    assert (room.backend.rooms[-1].done, room.backend.rooms[-1].rings) == ((), ("o1",))
    told = {"DestUniqueid": third, "DestLinkedid": call, "DialStatus": status}
    hears({"Event": "DialEnd", **told})
    assert await room.keeper.look()
    assert (room.backend.rooms[-1].done, room.backend.rooms[-1].rings) == (
        *((OrderDone("o1", failed),), ()),
    )


THIRD = {"Channel": "PJSIP/trunk-9", "Uniqueid": f"third-{ROOM}", "Linkedid": f"third-{ROOM}"}
ASKING = {**TALKING, "Context": "asks"}


@pytest.mark.parametrize(
    ("kind", "lines", "came"),
    [
        (OrderKind.JOIN, [CALLER, {**THIRD, "ChannelState": "5"}], None),
        (OrderKind.JOIN, [CALLER, {**THIRD, "ChannelState": "6"}], ""),
        (OrderKind.JOIN, [CALLER], "no_answer"),
        (OrderKind.TRANSFER, [{**CALLER, "Context": "handed-on"}], None),
        (OrderKind.TRANSFER, [{**CALLER, "Context": "handed-on", "BridgeId": "b"}], ""),
        (OrderKind.TRANSFER, [{**CALLER, "Context": "hotline"}], "no_answer"),
        (OrderKind.TRANSFER, [], "no_answer"),
        (OrderKind.CONSULT, [CALLER, ASKING], None),
        (OrderKind.CONSULT, [CALLER, {**ASKING, "BridgeId": "b"}], ""),
        (OrderKind.CONSULT, [CALLER, {**TALKING, "Context": "joined"}], "no_answer"),
        (OrderKind.CONSULT, [CALLER], "no_answer"),
    ],
)
async def test_what_rang_when_a_connector_died_is_told_by_the_lines_that_are_up(
    room: Room, kind: OrderKind, lines: list[Mapping[str, Any]], came: str | None
) -> None:
    """The office tells it as begun; what was begun just now may not be up yet."""
    room.exchange.lines = lines
    room.backend.wanted = RoomWanted(begun=(order(kind, number="110"),))
    assert await room.keeper.look()
    assert await room.keeper.look()
    assert room.backend.rooms[-1].rings == ("o1",)
    room.clock.wait(2)
    assert await room.keeper.look()
    seen = room.backend.rooms[-1]
    rings = ((), ("o1",)) if came is None else ((OrderDone("o1", came),), ())
    assert (seen.done, seen.rings) == rings
    assert room.exchange.done == []
