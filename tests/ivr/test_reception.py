"""The call where people take calls: a person is the default, and every key leads back to one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.prompts import PROMPTS
from hotline.call import CallEventType as Mark
from hotline.room.nuisance import NuisanceLevel
from hotline.room.plan import RoomPlan
from ivr.flows.intake import Incoming
from ivr.flows.reception import Reception
from ivr.flows.room_now import RoomNow
from ivr.line import End
from ivr.prompts import Prompts, open_prompts
from tests.cities import demo_city
from tests.ivr.fakes import NOW, FakeLine, FakeOffice, Says, talk

SEATS = "QUEUE_MEMBER(queue{},logged)"
KEY = "h1-100-0"


@dataclass
class Call:
    """A call to a room with seats in some queues, and what became of it."""

    reception: Reception
    line: FakeLine
    office: FakeOffice
    left: list[str] = field(default_factory=list)
    asked: list[tuple[int, datetime]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    def seats(self, queue: int, count: int) -> None:
        self.line.variables[SEATS.format(queue)] = str(count)

    def queued(self) -> dict[str, str]:
        names = ("WAY", "QUEUE", "PLACE", "ROOM_SPEAKS", "ROOM_CALM")
        return {name: self.line.variables.get(name, "") for name in names}


Make = Callable[..., Call]
WAITS = {"WAY": "queue", "QUEUE": "queue1", "PLACE": "0", "ROOM_SPEAKS": "zh_CN", "ROOM_CALM": ""}


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


@pytest.fixture
def make(tmp_path: Path, prompts: Prompts) -> Make:
    """Give a function that makes a call, by default with one seat for everybody."""

    def made(
        line: FakeLine | None = None,
        plan: RoomPlan | None = None,
        seats: int = 1,
        caller: str = "13800138000",
        nuisance: NuisanceLevel | None = None,
        expected: float = 0.0,
        place: int = 0,
        **news: Any,
    ) -> Call:
        line, office = line or FakeLine(), FakeOffice(nuisance=nuisance)
        incoming = Incoming(KEY, caller, str(tmp_path / f"{KEY}_{caller}"), "12345")
        call: Call

        def place_of(queue: int, _call: str, since: datetime, _priority: int) -> int:
            call.asked.append((queue, since))
            return place

        room = RoomNow(
            plan or demo_city().room, lambda key, _: call.begun.append(key), place_of,
            lambda _, why: call.left.append(why), lambda _: expected, **news,
        )  # fmt: skip
        call = Call(Reception(line, incoming, office, prompts, line.clock, room), line, office)
        call.seats(1, seats)
        return call

    return made


def test_who_presses_nothing_waits_for_a_person_and_no_thread_is_held(make: Make) -> None:
    call = make()
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome"]
    assert call.queued() == WAITS
    assert call.office.log == ["ring", "wait"]
    assert call.line.variables["WAIT"] == str(demo_city().room.longest_wait_s)
    assert call.begun == [KEY]
    assert not call.line.over


def test_without_a_seat_and_outside_the_hours_the_report_is_spoken_as_ever(make: Make) -> None:
    closed = replace(demo_city().room, hours=())
    for call in (make(seats=0), make(plan=closed)):
        call.line.says.append(Says(talk(4)))
        call.reception.run()
        assert call.line.played[0] == "zh_CN/greeting"
        assert call.office.reports[0].number == "20260418"
        assert call.office.log[-1] == "end"
        assert "WAY" not in call.line.variables


def test_keys_interrupt_the_greeting_and_are_done_one_after_the_other(make: Make) -> None:
    line = FakeLine(keys={"welcome": ["1"], "no_case": ["9"]})
    call = make(line)
    call.reception.run()
    # Who turns to another language hears in it what everybody hears first.
    assert line.played == ["zh_CN/welcome", "zh_CN/no_case", "en/welcome"]
    assert call.office.marks[1:] == [(Mark.KEY, "1"), (Mark.KEY, "9"), (Mark.LANGUAGE, "en")]
    # Nobody speaks English: everybody's queue, in the caller's language.
    assert call.queued() == WAITS | {"ROOM_SPEAKS": "en"}


def test_who_speaks_a_language_waits_where_it_is_spoken(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["9"]}))
    call.seats(2, 1)
    call.reception.run()
    assert call.queued() == WAITS | {"QUEUE": "queue2", "ROOM_SPEAKS": "en"}


def test_a_key_leads_to_a_queue_in_which_nothing_is_said(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["0"]}))
    call.reception.run()
    assert call.queued() == WAITS | {"ROOM_CALM": "yes"}
    assert call.line.played == ["zh_CN/welcome"]


def came_back(call: Call, seconds: float, **variables: str) -> None:
    since = NOW - timedelta(seconds=seconds)
    call.line.variables |= {
        "ROOM_SINCE": f"{since.timestamp():.3f}", "ROOM_SPEAKS": "en",
        "ENTERED": str(int(since.timestamp())), "WAIT": "600", "QUEUE_PRIO": "10", **variables,
    }  # fmt: skip
    call.reception.go_on()


def test_a_key_in_the_queue_tells_the_state_and_leads_back_to_the_place(make: Make) -> None:
    call = make(FakeLine(typed=["*"]), place=2)
    came_back(call, 30, PRESSED="1")
    said = ["no_case", "status_number", "room_back", "queue_place", "count_2", "queue_place_end"]
    assert call.line.played == [f"en/{word}" for word in said]
    assert call.queued() == WAITS | {"PLACE": "2", "ROOM_SPEAKS": "en"}
    assert set(call.asked) == {(1, NOW - timedelta(seconds=30))}
    assert call.line.variables["WAIT"] == str(demo_city().room.longest_wait_s - 30)
    assert (call.left, call.office.log) == (["key"], ["ring", "wait"])
    assert Mark.ANSWERED not in [mark for mark, _ in call.office.marks]


def test_who_presses_what_does_nothing_hears_which_key_and_which_do_something(make: Make) -> None:
    call = make(FakeLine(typed=["0"]), place=2)
    came_back(call, 30, PRESSED="7")
    said = ["you_pressed", "digit_7"]
    for word, digit in (("status", 1), ("report", 2), ("human", 0)):
        said += ["pause", f"menu_{word}", f"digit_{digit}"]
    assert call.line.played == [f"en/{word}" for word in said]
    assert [value for mark, value in call.office.marks if mark is Mark.KEY] == ["7", "0"]
    assert call.queued() == WAITS | {"PLACE": "2", "ROOM_CALM": "yes", "ROOM_SPEAKS": "en"}


def test_who_presses_what_does_nothing_for_the_second_time_waits_for_a_person(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["7"], "digit_0": ["8"]}))
    call.reception.run()
    assert call.line.heard("you_pressed") == 1
    assert call.queued() == WAITS
    assert call.line.variables["ROOM_MISSED"] == "2"


def test_a_key_in_the_queue_leads_to_the_spoken_report(make: Make) -> None:
    call = make(FakeLine(says=[Says(talk(4))]))
    came_back(call, 30, PRESSED="2")
    assert call.line.played[0] == "en/speak"
    assert len(call.office.reports) == 1
    assert call.office.log[-1] == "end"


@pytest.mark.parametrize("status", ["TIMEOUT", "FULL", "LEAVEEMPTY"])
def test_who_has_waited_in_vain_is_asked_for_the_words(make: Make, status: str) -> None:
    call = make(FakeLine(says=[Says(talk(4))]), seats=0)
    came_back(call, 600, QUEUESTATUS=status, ENTERED=str(int(NOW.timestamp()) - 601))
    assert call.line.played[:2] == ["en/room_busy", "en/speak"]
    assert (call.left, len(call.office.reports)) == (["timeout"], 1)


def test_a_seat_that_comes_back_finds_its_callers_waiting(make: Make) -> None:
    call = make()
    came_back(call, 30, QUEUESTATUS="LEAVEEMPTY")
    assert call.queued()["WAY"] == "queue"
    assert call.line.played == []


def test_after_the_talk_the_caller_hears_goodbye(make: Make) -> None:
    call = make()
    came_back(call, 30, QUEUESTATUS="CONTINUE", MET="yes")
    assert call.line.played == ["en/goodbye"]
    assert call.line.over
    assert call.left == []


@pytest.mark.parametrize(
    ("endpoint", "contact", "status", "goes_on"),
    [
        ("from-seats", "seat001@@1", "", True),
        ("from-seats", "seat001;@1", "Unreachable", True),
        ("from-seats", "seat001;@1", "Reachable", False),
        ("", "", "", False),
    ],
    ids=["lost", "without power", "hung up", "left"],
)
def test_who_talked_to_a_seat_whose_line_is_lost_waits_again_in_front(
    make: Make, endpoint: str, contact: str, status: str, goes_on: bool
) -> None:
    call = make()
    seat = {
        "MEMBERINTERFACE": "PJSIP/seat001", "PJSIP_ENDPOINT(seat001,context)": endpoint,
        "PJSIP_AOR(seat001,contact)": contact, f"PJSIP_CONTACT({contact},status)": status,
    }  # fmt: skip
    came_back(call, 30, QUEUESTATUS="CONTINUE", MET="yes", **seat)
    assert call.line.played == ["en/room_back" if goes_on else "en/goodbye"]
    assert (call.queued()["WAY"] == "queue") is goes_on
    assert {queue for queue, _ in call.asked} == ({1} if goes_on else set())


def test_who_hangs_up_in_the_greeting_has_an_ended_record(make: Make) -> None:
    call = make(FakeLine(hang_up_at=("welcome", 1)))
    call.reception.run()
    assert call.office.log == ["ring", "end"]


def test_keys_without_an_end_lead_to_a_person(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["1"], "no_case": ["1"] * 40}))
    call.reception.run()
    assert call.queued()["WAY"] == "queue"


def turn_over(call: Call, seconds: float, **variables: str) -> None:
    came_back(call, seconds, QUEUESTATUS="TIMEOUT", QUEUEPOSITION="4", **variables)


@pytest.mark.parametrize(("waited", "turn"), [(0, 20), (20, 45), (21, 44), (65, 45), (90, 20)])
def test_who_waits_hears_how_it_stands_at_0_20_and_every_45_seconds(
    make: Make, waited: int, turn: int
) -> None:
    call = make(place=4)
    if waited:
        turn_over(call, waited)
        assert (call.line.variables["PLACE"], call.left) == ("4", [])
    else:
        call.reception.run()
    said = [word.partition("/")[2] for word in call.line.played if "menu" not in word]
    assert [w for w in said if "_" in w][:3] == ["queue_place", "count_4", "queue_place_end"]
    assert ("menu_status" in str(call.line.played)) is (waited in (20, 21))
    assert call.line.variables["TURN"] == str(turn)
    assert call.line.variables["WAIT"] == str(600 - waited)


def test_the_last_turn_ends_with_the_longest_wait_and_who_wants_calm_has_but_one(
    make: Make,
) -> None:
    call = make()
    turn_over(call, 590)
    assert call.line.variables["TURN"] == "10"
    call = make(FakeLine(keys={"welcome": ["0"]}))
    call.reception.run()
    assert call.line.variables["TURN"] == call.line.variables["WAIT"] == "600"


def test_how_long_callers_wait_is_told_where_it_is_known_and_never_more_than_is_left(
    make: Make,
) -> None:
    said = []
    for waited in (0, 20, 290):
        call = make(expected=310)
        if waited:
            turn_over(call, waited)
        else:
            call.reception.run()
        told = [word.partition("/")[2] for word in call.line.played]
        said.append([word for word in told if word.startswith(("queue_w", "queue_m", "count_5"))])
        assert call.queued()["WAY"] == "queue"
    assert said == [["queue_wait", "count_5", "queue_minutes"]] * 2 + [[]]


def test_a_key_while_the_wait_is_told_counts(make: Make) -> None:
    call = make(FakeLine(keys={"queue_wait": ["9"]}), expected=310)
    call.reception.run()
    assert call.line.heard("queue_wait") == 1
    assert call.queued() == WAITS | {"ROOM_SPEAKS": "en"}


def test_who_is_held_to_be_a_nuisance_waits_behind_all_others_also_when_back(make: Make) -> None:
    call = make(nuisance=NuisanceLevel.SLOW)
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome"]
    assert call.line.variables["QUEUE_PRIO"] == "5"
    call = make(nuisance=NuisanceLevel.SLOW)
    came_back(call, 30, PRESSED="9", QUEUE_PRIO="5")
    assert call.line.variables["QUEUE_PRIO"] == "5"
    for level in (None, NuisanceLevel.MARK):
        call = make(nuisance=level)
        call.reception.run()
        assert call.line.variables["QUEUE_PRIO"] == "10"


def test_who_is_refused_hears_one_sentence_and_is_on_record(make: Make) -> None:
    call = make(nuisance=NuisanceLevel.REFUSE)
    call.reception.run()
    assert call.line.played == ["zh_CN/refused"]
    assert call.office.marks == [(Mark.ANSWERED, ""), (Mark.TURNED_AWAY, "refuse")]
    assert call.line.over
    assert call.office.log == ["ring", "end"]


def test_a_number_that_is_withheld_is_never_refused(make: Make) -> None:
    call = make(nuisance=NuisanceLevel.REFUSE, caller="")
    call.reception.run()
    assert call.queued() == WAITS


def test_who_is_refused_and_in_danger_is_first_all_the_same(make: Make) -> None:
    call = make(FakeLine(keys={"refused": ["0"]}, typed=["0"]), nuisance=NuisanceLevel.REFUSE)
    call.reception.run()
    assert call.line.played == ["zh_CN/refused", "zh_CN/emergency_next"]
    assert (Mark.EMERGENCY, "0") in call.office.marks
    assert call.line.variables["QUEUE_PRIO"] == "20"
    call = make(FakeLine(keys={"refused": ["0"]}), nuisance=NuisanceLevel.REFUSE)
    call.reception.run()
    assert call.line.over


def test_the_same_key_again_is_an_emergency_that_waits_for_as_long_as_somebody_is_there(
    make: Make,
) -> None:
    call = make(FakeLine(keys={"welcome": ["0"]}))
    call.reception.run()
    assert call.line.variables["ROOM_KEYS"] == "0"
    again = make()
    came_back(again, 500, PRESSED="0", ROOM_KEYS="0")
    assert again.office.marks[-1] == (Mark.EMERGENCY, "0")
    assert again.line.played == ["en/emergency_next"]
    told = {"QUEUE": "queue1", "QUEUE_PRIO": "20", "WAIT": "86400", "TURN": "86400"}
    assert {name: again.line.variables[name] for name in told} == told
    # Once more in the same call is the same emergency, told once.
    third = make()
    came_back(third, 700, PRESSED="0", ROOM_KEYS="00", QUEUE_PRIO="20")
    assert Mark.EMERGENCY not in [mark for mark, _ in third.office.marks]
    assert third.line.variables["QUEUE_PRIO"] == "20"


def test_an_emergency_goes_to_the_chief_where_only_the_chief_is_there(make: Make) -> None:
    call = make(seats=0)
    call.seats(3, 1)
    came_back(call, 5, PRESSED="0", ROOM_KEYS="0")
    assert call.queued()["QUEUE"] == "queue3"


@pytest.mark.parametrize("seats", [0, 1])
def test_an_emergency_in_the_closed_hours_or_with_nobody_there_has_its_words_taken_at_once(
    make: Make, seats: int
) -> None:
    plan = replace(demo_city().room, hours=()) if seats else None
    line = FakeLine(says=[Says(talk(4))], keys={"greeting": ["0"], "speak": ["0"]})
    call = make(line, plan=plan, seats=seats)
    call.reception.run()
    words = ["greeting", "speak", "emergency_words", "beep", "recorded"]
    assert call.line.played[:5] == [f"zh_CN/{word}" for word in words]
    assert (Mark.EMERGENCY, "0") in call.office.marks
    assert call.office.reports[0].is_emergency
    assert call.line.digits() == "20260418" * 2


def test_who_speaks_a_report_and_presses_for_help_keeps_the_report_and_gets_a_person(
    make: Make,
) -> None:
    line = FakeLine(says=[Says(talk(4), key="0")], keys={"welcome": ["2"]})
    call = make(line)
    call.reception.run()
    assert len(call.office.reports) == 1
    assert call.line.digits() == ""
    assert call.queued() == WAITS | {"ROOM_CALM": "yes"}
    assert call.office.log[-1] == "wait"


def test_nobody_is_there_for_an_emergency_any_more_and_the_words_are_taken(make: Make) -> None:
    call = make(FakeLine(says=[Says(talk(4))]), seats=0)
    came_back(call, 900, QUEUESTATUS="LEAVEEMPTY", QUEUE_PRIO="20")
    assert call.line.played[:2] == ["en/emergency_words", "en/beep"]
    assert call.office.reports[0].is_emergency


def test_the_emergency_key_twice_while_a_number_is_asked_for_is_an_emergency(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["1"], "no_case": ["0"]}, typed=["0"]))
    call.reception.run()
    assert (Mark.EMERGENCY, "0") in call.office.marks
    assert call.line.variables["QUEUE_PRIO"] == "20"


def test_who_is_rung_for_at_once_hears_no_place_and_all_others_do(make: Make) -> None:
    for ready, waiting, is_told in (("1", "0", False), ("1", "1", True), ("0", "0", True)):
        call = make(place=1)
        call.line.variables |= {
            "QUEUE_MEMBER(queue1,ready)": ready, "QUEUE_WAITING_COUNT(queue1)": waiting,
        }  # fmt: skip
        call.reception.run()
        assert bool(call.line.heard("queue_next")) is is_told
        assert call.queued()["WAY"] == "queue"


def test_a_key_while_the_place_is_told_counts(make: Make) -> None:
    call = make(FakeLine(keys={"queue_place": ["9"]}), place=3)
    call.reception.run()
    assert call.line.variables["ROOM_SPEAKS"] == "en"
    assert call.begun == [KEY]
    assert call.line.variables["PLACE"] == "3"


def test_a_seat_that_hangs_up_before_it_has_met_the_caller_lets_them_wait_on(make: Make) -> None:
    call = make()
    came_back(call, 30, QUEUESTATUS="CONTINUE")
    assert call.line.played == ["en/room_back"]
    assert call.queued()["WAY"] == "queue"


def test_one_press_that_comes_in_two_ways_is_no_emergency(make: Make) -> None:
    line = FakeLine(keys={"welcome": ["0"]}, apart_s=0.1)
    call = make(line)
    call.reception.run()
    assert call.queued()["WAY"] == "queue"
    came_back(call, 0, PRESSED="0")
    assert Mark.EMERGENCY not in dict(call.office.marks)
    call.line.clock.wait(1.0)
    came_back(call, 1, PRESSED="0")
    assert Mark.EMERGENCY in dict(call.office.marks)


def test_who_interrupts_the_excuse_is_heard(make: Make) -> None:
    line = FakeLine(says=[Says(talk(4))], keys={"room_busy": ["9"]})
    call = make(line, seats=0)
    came_back(call, 600, QUEUESTATUS="TIMEOUT", ENTERED=str(int(NOW.timestamp()) - 601))
    assert call.line.played[:2] == ["en/room_busy", "en/speak"]
    assert (Mark.LANGUAGE, "en") in call.office.marks
    line = FakeLine(says=[Says(talk(0.1)), Says(talk(4))], keys={"too_short": ["9"]})
    call = make(line, seats=0)
    call.reception.run()
    assert "en/speak" in call.line.played
    assert len(call.office.reports) == 1


def test_seats_that_take_no_calls_are_nobody_to_wait_for(make: Make) -> None:
    call = make(FakeLine(says=[Says(talk(4))]), seats=2, away=lambda _queue: 2)
    call.reception.run()
    assert call.line.played[0] == "zh_CN/greeting"
    assert call.office.reports
    call = make(seats=2, away=lambda _queue: 1)
    call.reception.run()
    assert call.queued()["WAY"] == "queue"
    # The last one has gone for a meal since.
    call = make(FakeLine(says=[Says(talk(4))]), away=lambda _queue: 1)
    came_back(call, 30, QUEUESTATUS="TIMEOUT", WAIT="500")
    assert "en/room_busy" in call.line.played
    assert call.office.reports


def test_who_says_nothing_to_the_machine_waits_for_a_person_where_one_is_there(make: Make) -> None:
    quiet = Says(talk(0.1), End.SILENCE)
    call = make(FakeLine(keys={"welcome": ["2"]}, says=[quiet, quiet]))
    call.reception.run()
    assert call.line.heard("too_short") == 1
    assert call.line.heard("goodbye") == 0
    assert call.queued()["WAY"] == "queue"


def test_whom_a_seat_sent_to_a_queue_waits_there_and_not_where_their_language_is(
    make: Make,
) -> None:
    call = make()
    call.seats(3, 1)
    turn_over(call, 45, ROOM_SENT="queue3")
    assert call.queued()["QUEUE"] == "queue3"
    assert call.line.variables["ROOM_SENT"] == "queue3"
    # Nobody is there any more, or the caller wishes for another language.
    for key, seats in (("1", 0), ("9", 1)):
        call = make(FakeLine(typed=["*"]))
        call.seats(3, seats)
        came_back(call, 45, PRESSED=key, ROOM_SENT="queue3")
        assert call.queued()["QUEUE"] == "queue1"


def test_the_key_of_a_language_pressed_again_leads_back(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["9", "9"]}))
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome", "en/welcome", "zh_CN/welcome"]
    assert call.queued()["ROOM_SPEAKS"] == "zh_CN"
