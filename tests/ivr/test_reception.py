"""The call where people take calls: a person is the default, and every key leads back to one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.prompts import PROMPTS
from hotline.call import CallEventType as Mark
from hotline.room.plan import RoomPlan
from ivr.flows.intake import Incoming
from ivr.flows.reception import Reception, RoomNow
from ivr.prompts import Prompts, open_prompts
from tests.cities import demo_city
from tests.ivr.fakes import NOW, FakeLine, FakeOffice, Says, fixed_clock, talk

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
        names = ("WAY", "QUEUE", "PLACE", "CHANNEL(language)")
        return {name: self.line.variables.get(name, "") for name in names}


Make = Callable[..., Call]
WAITS = {"WAY": "queue", "QUEUE": "queue1", "PLACE": "0", "CHANNEL(language)": "zh_CN"}


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


@pytest.fixture
def make(tmp_path: Path, prompts: Prompts) -> Make:
    """Give a function that makes a call, by default with one seat for everybody."""

    def made(line: FakeLine | None = None, plan: RoomPlan | None = None, seats: int = 1) -> Call:
        line, office = line or FakeLine(), FakeOffice()
        incoming = Incoming(KEY, "13800138000", str(tmp_path / f"{KEY}_13800138000"), "12345")
        call: Call

        def place_of(queue: int, _call: str, since: datetime) -> int:
            call.asked.append((queue, since))
            return 2

        room = RoomNow(
            plan or demo_city().room, lambda key, _: call.begun.append(key), place_of,
            lambda _, why: call.left.append(why),
        )  # fmt: skip
        call = Call(Reception(line, incoming, office, prompts, fixed_clock(), room), line, office)
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
    assert line.played == ["zh_CN/welcome", "zh_CN/no_case"]
    assert call.office.marks[1:] == [(Mark.KEY, "1"), (Mark.KEY, "9"), (Mark.LANGUAGE, "en")]
    # Nobody speaks English: everybody's queue, in the caller's language.
    assert call.queued() == WAITS | {"CHANNEL(language)": "en"}


def test_who_speaks_a_language_waits_where_it_is_spoken(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["9"]}))
    call.seats(2, 1)
    call.reception.run()
    assert call.queued() == WAITS | {"QUEUE": "queue2", "CHANNEL(language)": "en"}


def test_a_key_leads_to_a_queue_in_which_nothing_is_said(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["0"]}))
    call.line.variables |= {"QUEUE_WAITING_COUNT(queue1)": "0", "QUEUE_MEMBER(queue1,ready)": "0"}
    call.reception.run()
    assert call.queued() == WAITS | {"CHANNEL(language)": "quiet"}
    assert call.line.played == ["zh_CN/welcome"]


def test_the_first_who_waits_is_told_so_at_once(make: Make) -> None:
    call = make()
    call.line.variables |= {"QUEUE_WAITING_COUNT(queue1)": "0", "QUEUE_MEMBER(queue1,ready)": "0"}
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome", "zh_CN/queue_next"]


def came_back(call: Call, seconds: float, **variables: str) -> None:
    since = NOW - timedelta(seconds=seconds)
    call.line.variables |= {
        "ROOM_SINCE": f"{since.timestamp():.3f}", "ROOM_SPEAKS": "en", **variables,
    }  # fmt: skip
    call.reception.go_on()


def test_a_key_in_the_queue_tells_the_state_and_leads_back_to_the_place(make: Make) -> None:
    call = make()
    came_back(call, 30, PRESSED="1")
    assert call.line.played == ["en/no_case", "en/room_back"]
    assert call.queued() == WAITS | {"PLACE": "2", "CHANNEL(language)": "en"}
    assert call.asked == [(1, NOW - timedelta(seconds=30))]
    assert call.line.variables["WAIT"] == str(demo_city().room.longest_wait_s - 30)
    assert (call.left, call.office.log) == (["key"], ["ring", "wait"])
    assert Mark.ANSWERED not in [mark for mark, _ in call.office.marks]


def test_a_key_that_does_nothing_leads_straight_back(make: Make) -> None:
    call = make()
    came_back(call, 30, PRESSED="7")
    assert call.line.played == []
    assert call.queued()["WAY"] == "queue"


def test_a_key_in_the_queue_leads_to_the_spoken_report(make: Make) -> None:
    call = make(FakeLine(says=[Says(talk(4))]))
    came_back(call, 30, PRESSED="2")
    assert call.line.played[0] == "en/speak"
    assert len(call.office.reports) == 1
    assert call.office.log[-1] == "end"


@pytest.mark.parametrize("status", ["TIMEOUT", "FULL", "LEAVEEMPTY"])
def test_who_has_waited_in_vain_is_asked_for_the_words(make: Make, status: str) -> None:
    call = make(FakeLine(says=[Says(talk(4))]), seats=0)
    came_back(call, 600, QUEUESTATUS=status)
    assert call.line.played[:2] == ["en/room_busy", "en/speak"]
    assert (call.left, len(call.office.reports)) == (["timeout"], 1)


def test_a_seat_that_comes_back_finds_its_callers_waiting(make: Make) -> None:
    call = make()
    came_back(call, 30, QUEUESTATUS="LEAVEEMPTY")
    assert call.queued()["WAY"] == "queue"
    assert call.line.played == []


def test_after_the_talk_the_caller_hears_goodbye(make: Make) -> None:
    call = make()
    came_back(call, 30, QUEUESTATUS="CONTINUE")
    assert call.line.played == ["en/goodbye"]
    assert call.line.over
    assert call.left == []


@pytest.mark.parametrize(
    ("endpoint", "contact", "goes_on"),
    [("from-seats", "seat001@@1", True), ("from-seats", "seat001;@1", False), ("", "", False)],
    ids=["lost", "hung up", "left"],
)
def test_who_talked_to_a_seat_whose_line_is_lost_waits_again_in_front(
    make: Make, endpoint: str, contact: str, goes_on: bool
) -> None:
    call = make()
    seat = {
        "MEMBERINTERFACE": "PJSIP/seat001", "PJSIP_ENDPOINT(seat001,context)": endpoint,
        "PJSIP_AOR(seat001,contact)": contact,
    }  # fmt: skip
    came_back(call, 30, QUEUESTATUS="CONTINUE", **seat)
    assert call.line.played == ["en/room_back" if goes_on else "en/goodbye"]
    assert (call.queued()["WAY"] == "queue") is goes_on
    assert [queue for queue, _ in call.asked] == ([1] if goes_on else [])


def test_who_hangs_up_in_the_greeting_has_an_ended_record(make: Make) -> None:
    call = make(FakeLine(hang_up_at=("welcome", 1)))
    call.reception.run()
    assert call.office.log == ["ring", "end"]


def test_keys_without_an_end_lead_to_a_person(make: Make) -> None:
    call = make(FakeLine(keys={"welcome": ["1"], "no_case": ["1"] * 40}))
    call.reception.run()
    assert call.queued()["WAY"] == "queue"
