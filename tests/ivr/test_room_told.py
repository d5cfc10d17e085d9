"""What the exchange tells of its queues becomes what happened in calls, each at its own time."""

from datetime import UTC, datetime

import pytest

from hotline.call import CallEvent, CallEventType
from hotline.room.exchange import Leg
from hotline.room.plan import NO_ROOM
from ivr.switch.told import SETTLED_S, RoomEvents
from tests.ivr.fakes import fixed_clock

AT = datetime.fromtimestamp(1795364519.25, UTC)
CALL = {"Uniqueid": "h1-1795364500.7", "Timestamp": "1795364519.25"}
SEAT = {"Interface": "PJSIP/seat001", "MemberName": "seat001"}
KEY = "h1-1795364500-7"


class Room:
    """What was noted, and which calls ended."""

    def __init__(self) -> None:
        self.clock = fixed_clock()
        self.noted: list[CallEvent] = []
        self.ended: list[tuple[str, datetime]] = []
        self.events = RoomEvents(
            self.noted.append, lambda key, at: self.ended.append((key, at)), lambda: NO_ROOM,
            self.clock,
        )  # fmt: skip

    def tell(self, name: str, **fields: str) -> None:
        self.events.take({"Event": name, **CALL, **fields})

    @property
    def marks(self) -> list[tuple[CallEventType, str]]:
        return [(one.mark, one.value) for one in self.noted]


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_call_from_the_queue_to_the_end_of_its_talk(room: Room) -> None:
    room.tell("QueueCallerJoin", Queue="queue1")
    room.tell("AgentCalled", Queue="queue1", **SEAT)
    room.tell("AgentConnect", Queue="queue1", **SEAT)
    room.tell("Hold", Channel="PJSIP/seat001-0000002a", Linkedid="h1-1795364500.7", Uniqueid="x")
    room.tell("Unhold", Channel="PJSIP/seat001-0000002a", Linkedid="h1-1795364500.7", Uniqueid="x")
    room.tell("AgentComplete", Queue="queue1", Reason="caller", **SEAT)
    assert room.marks == [
        (CallEventType.QUEUED, "general"),
        (CallEventType.SEAT_RINGING, "seat001"),
        (CallEventType.QUEUE_LEFT, "seat"),
        (CallEventType.SEAT_ANSWERED, "seat001"),
        (CallEventType.HELD, "seat001"),
        (CallEventType.UNHELD, "seat001"),
        (CallEventType.SEAT_LEFT, "seat001"),
    ]
    assert {(one.key, one.at) for one in room.noted} == {(KEY, AT)}


@pytest.mark.parametrize(("rang", "why"), [("20000", "no_answer"), ("1200", "refused")])
def test_who_turns_a_call_away_is_told_from_who_lets_it_ring(
    room: Room, rang: str, why: str
) -> None:
    room.tell("AgentCalled", **SEAT)
    room.tell("AgentRingNoAnswer", RingTime=rang, **SEAT)
    assert room.marks[-1] == (CallEventType.SEAT_MISSED, f"seat001 {why}")


def test_who_hangs_up_leaves_the_queue_and_the_seat_that_rings_is_not_at_fault(room: Room) -> None:
    room.tell("AgentCalled", **SEAT)
    room.tell("QueueCallerAbandon")
    room.tell("Hangup", Channel="PJSIP/trunk-0000002a")
    assert room.marks[1:] == [
        (CallEventType.QUEUE_LEFT, "hangup"),
        (CallEventType.SEAT_MISSED, "seat001"),
    ]
    room.tell("Hangup", Channel="PJSIP/trunk-0000002a")
    assert len(room.marks) == 3


def test_who_leaves_the_queue_to_hear_how_it_stands_has_waited_all_the_while(room: Room) -> None:
    room.tell("QueueCallerJoin", Queue="queue1")
    for _ in range(2):
        room.tell("QueueCallerAbandon")
        room.tell("QueueCallerLeave")
        room.tell("QueueCallerJoin", Queue="queue1")
    assert room.marks == [(CallEventType.QUEUED, "general")]
    room.tell("QueueCallerJoin", Queue="queue2")
    assert room.marks[1:] == [(CallEventType.QUEUED, "queue2")]
    room.tell("Hangup", Channel="PJSIP/trunk-0000002a")
    assert room.marks[2:] == [(CallEventType.QUEUE_LEFT, "hangup")]


def test_what_is_expected_of_a_wait_follows_how_long_the_last_ones_waited(room: Room) -> None:
    assert room.events.expected(1) == 0.0
    for waited, expected in ((100, 100), (60, 90), (90, 90)):
        room.tell("QueueCallerJoin", Queue="queue1")
        room.tell("QueueCallerLeave")
        room.tell("QueueCallerJoin", Queue="queue1")
        later = f"{AT.timestamp() + waited}"
        room.tell("AgentConnect", **SEAT | {"Timestamp": later})
        assert room.events.expected(1) == expected


def test_a_call_ends_with_its_own_line_and_not_with_a_seats(room: Room) -> None:
    room.tell("Hangup", Channel="PJSIP/seat001-0000002a")
    assert room.ended == []
    room.tell("Hangup", Channel="PJSIP/trunk-0000002a")
    assert room.ended == [(KEY, AT)]


def test_nobodys_names_and_times_are_taken_for_nothing(room: Room) -> None:
    room.tell("AgentCalled", Interface="Local/x@y")
    room.tell("Hold", Channel="PJSIP/trunk-1", Linkedid="h1-1795364500.7")
    room.tell("DeviceStateChange")
    assert room.noted == []
    room.tell("AgentCalled", **SEAT | {"Timestamp": "later"})
    assert room.noted[0].at == room.clock.now()


def test_how_long_nothing_was_told_of_a_seat(room: Room) -> None:
    assert room.events.since("seat001") == float("inf")
    room.tell("AgentCalled", **SEAT)
    assert room.events.since("seat001") == 0.0
    room.clock.wait(2)
    assert room.events.since("seat001") == 2.0


def test_a_key_leads_out_of_the_queue_when_the_exchange_said_so(room: Room) -> None:
    room.tell("AgentCalled", **SEAT)
    room.tell("QueueCallerLeave")
    room.clock.wait(3)
    room.events.left(KEY, "key")
    assert room.marks[1:] == [
        (CallEventType.QUEUE_LEFT, "key"),
        (CallEventType.SEAT_MISSED, "seat001"),
    ]
    assert room.noted[1].at == AT


@pytest.mark.parametrize("known", [True, False], ids=["seen", "of an earlier connector"])
def test_where_the_caller_hung_up_the_seat_is_left_by_what_is_known(
    room: Room, known: bool
) -> None:
    if known:
        room.tell("AgentConnect", **SEAT)
    told = {"Event": "AgentComplete", "Timestamp": "1795364519.25", "MemberName": "seat001"}
    room.events.take(told if known else told | {"DestLinkedid": CALL["Uniqueid"]})
    last = room.noted[-1]
    assert (last.key, last.mark, last.value) == (KEY, CallEventType.SEAT_LEFT, "seat001")


def test_what_was_told_of_a_seat_just_now_counts_more_than_what_is_seen(room: Room) -> None:
    ringing, talking = (Leg(KEY, "seat001", talking=one) for one in (False, True))
    other = Leg("h1-1-1", "seat002", talking=True)
    assert room.events.legs([ringing, other]) == (ringing, other)
    room.tell("AgentCalled", **SEAT)
    assert room.events.legs([other]) == (other, ringing)
    room.tell("AgentConnect", **SEAT)
    assert room.events.legs([ringing]) == (talking,)
    room.tell("AgentComplete", **SEAT)
    assert room.events.legs([talking]) == ()
    room.clock.wait(2)
    assert room.events.legs([talking]) == (talking,)


ASKER = {"Channel": "PJSIP/seat001-0000002a", "Linkedid": CALL["Uniqueid"], "Uniqueid": "h1-1.9"}
OTHER = {"Interface": "PJSIP/seat002", "MemberName": "seat002"}


def test_a_seat_that_asks_another_keeps_its_call_and_leaves_it_by_its_line(room: Room) -> None:
    room.tell("AgentConnect", Queue="queue1", **SEAT)
    room.noted.clear()
    room.events.stays("seat001")
    room.tell("AgentComplete", Queue="queue1", **SEAT)
    room.tell("QueueCallerJoin", Queue="queue3", **ASKER)
    room.tell("AgentCalled", Queue="queue3", **OTHER, **ASKER)
    room.tell("QueueCallerLeave", Queue="queue3", **ASKER)
    room.tell("AgentConnect", Queue="queue3", **OTHER, **ASKER)
    room.events.stays("seat002")
    room.tell("AgentComplete", Queue="queue3", **OTHER, **ASKER)
    room.tell("Hangup", **{**ASKER, "Channel": "PJSIP/seat001-0000002a<ZOMBIE>"})
    room.tell("Hangup", **ASKER)
    room.tell("Hangup", **ASKER)
    assert room.marks == [
        (CallEventType.SEAT_RINGING, "seat002"),
        (CallEventType.SEAT_ANSWERED, "seat002"),
        (CallEventType.SEAT_LEFT, "seat001"),
    ]
    assert {one.key for one in room.noted} == {KEY}
    assert not room.ended


def test_a_seat_that_gives_up_to_ask_lets_the_other_ring_no_more(room: Room) -> None:
    room.tell("AgentCalled", Queue="queue3", **OTHER, **ASKER)
    room.tell("QueueCallerAbandon", Queue="queue3", **ASKER)
    assert room.marks == [
        (CallEventType.SEAT_RINGING, "seat002"),
        (CallEventType.SEAT_MISSED, "seat002"),
    ]


def test_a_seat_whose_line_ends_first_has_left_once(room: Room) -> None:
    room.tell("AgentConnect", Queue="queue1", **SEAT)
    room.noted.clear()
    room.tell("Hangup", **ASKER)
    room.tell("AgentComplete", Queue="queue1", **SEAT)
    assert room.marks == [(CallEventType.SEAT_LEFT, "seat001")]


def test_what_is_seen_later_counts_where_nobody_told_of_the_end(room: Room) -> None:
    room.tell("AgentConnect", Queue="queue1", **SEAT)
    other = Leg("h1-2-2", "seat002", talking=True)
    room.clock.wait(SETTLED_S + 1)
    assert room.events.legs([other]) == (other,)
    # The exchange has died, and rings the seat for another call.
    room.tell("AgentCalled", Queue="queue1", **SEAT)
    assert room.events.legs([other]) == (other, Leg(KEY, "seat001", talking=False))
    room.noted.clear()
    room.tell("Hangup", Channel="PJSIP/seat002-1", Linkedid="h1-2.2", Uniqueid="h1-2.3")
    assert room.marks == [(CallEventType.SEAT_LEFT, "seat002")]


def test_a_seat_that_names_another_number_has_missed_its_call(room: Room) -> None:
    room.tell("AgentCalled", **SEAT)
    room.tell("AgentCalled", **SEAT)
    assert room.marks == [
        (CallEventType.SEAT_RINGING, "seat001"),
        (CallEventType.SEAT_MISSED, "seat001 refused"),
    ]
