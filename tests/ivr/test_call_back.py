"""Being rung back: offered by the wait, asked for by a key, and led to the place that was kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.prompts import PROMPTS
from hotline.call import CallEventType as Mark
from hotline.notice import CallEnd
from hotline.room.plan import CallBackRule, RoomPlan
from ivr.flows.intake import Incoming
from ivr.flows.reception import Reception
from ivr.flows.room_now import RoomNow
from ivr.flows.rung_back import RungBack
from ivr.prompts import Prompts, open_prompts
from tests.cities import demo_city
from tests.ivr.fakes import NOW, FakeLine, FakeOffice

KEY, LEG = "h1-1764000000-1", "callback0a-1764000000-1"
CALLER, OTHER = "13800138000", "057487654321"
Make = Callable[..., tuple[Reception, FakeLine, FakeOffice]]


RULE = CallBackRule()


def plan(rule: CallBackRule = RULE) -> RoomPlan:
    """The demo city's plan with another rule of its call-backs."""
    return replace(demo_city().room, call_back=rule)


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


@pytest.fixture
def make(tmp_path: Path, prompts: Prompts) -> Make:
    """Give a function that makes a call to a room in which callers wait for so long."""

    def made(
        line: FakeLine, *, caller: str = CALLER, expected: float = 120, key: str = KEY,
        of: RoomPlan | None = None,
    ) -> tuple[Reception, FakeLine, FakeOffice]:  # fmt: skip
        office = FakeOffice()
        room = RoomNow(
            of or plan(), lambda *_: None, lambda *_: 1, lambda *_: None, lambda _: expected
        )
        line.variables["QUEUE_MEMBER(queue1,logged)"] = "1"
        call = Incoming(key, caller, str(tmp_path / key))
        return Reception(line, call, office, prompts, line.clock, room), line, office

    return made


def waited(line: FakeLine, seconds: float) -> None:
    """Leave what the exchange does when a turn of waiting is over."""
    since = NOW - timedelta(seconds=seconds)
    line.variables |= {
        "ROOM_SINCE": f"{since.timestamp():.3f}", "QUEUESTATUS": "TIMEOUT", "WAIT": "500",
        "ENTERED": f"{NOW.timestamp():.3f}", "QUEUEPOSITION": "3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "seconds", "caller", "offered"),
    [
        (120, 20, CALLER, 1), (40, 20, CALLER, 0), (0, 20, CALLER, 0), (0, 65, CALLER, 1),
        (120, 20, "", 0),
    ],
)  # fmt: skip
def test_it_is_offered_where_the_wait_is_long_and_a_number_is_shown(
    make: Make, expected: float, seconds: float, caller: str, offered: int
) -> None:
    flow, line, _ = make(FakeLine(), expected=expected, caller=caller)
    waited(line, seconds)
    flow.go_on()
    assert line.heard("menu_call_back") == offered


def test_who_confirms_the_number_keeps_the_place_and_hangs_up(make: Make) -> None:
    flow, line, office = make(FakeLine(keys={"menu_call_back": ["3"], "call_back_confirm": ["1"]}))
    waited(line, 20)
    flow.go_on()
    [asked] = office.call_backs
    assert (asked.call, asked.number, asked.queue, asked.priority) == (KEY, CALLER, 1, 10)
    assert asked.since == NOW - timedelta(seconds=20)
    assert line.heard("call_back_kept") == 1
    assert line.over
    assert office.log[-1] == "end"


def test_another_number_is_typed_read_back_and_confirmed(make: Make) -> None:
    line = FakeLine(
        keys={"welcome": ["3"], "call_back_confirm": [OTHER[0], "1"]},
        typed=[*OTHER[1:], "#"],
    )
    flow, line, office = make(line)
    flow.run()
    assert [one.number for one in office.call_backs] == [OTHER]
    assert line.digits() == CALLER + OTHER


def test_a_number_that_is_not_rung_is_told_at_once_and_another_one_asked_for(make: Make) -> None:
    line = FakeLine(
        keys={"welcome": ["3"], "call_back_confirm": ["1", "1"], "call_back_other": [OTHER[0]]},
        typed=["#", *OTHER[1:], "#"],
    )
    flow, line, office = make(line)
    office.not_rung.append(CALLER)
    flow.run()
    assert line.heard("call_back_other") == 1
    assert [one.number for one in office.call_backs] == [OTHER]


def test_nothing_is_promised_while_the_office_is_away_and_the_caller_waits_on(make: Make) -> None:
    flow, line, office = make(FakeLine(keys={"welcome": ["3"], "call_back_confirm": ["1"]}))
    office.up = False
    flow.run()
    assert line.heard("call_back_kept") == 0
    assert line.heard("call_back_closed") == 1
    assert line.variables["WAY"] == "queue"


@pytest.mark.parametrize("keys", [["*"], ["#"], []])
def test_who_does_not_confirm_waits_on_at_their_place(make: Make, keys: list[str]) -> None:
    flow, line, office = make(FakeLine(keys={"welcome": ["3"], "call_back_confirm": keys}))
    flow.run()
    assert office.call_backs == []
    assert (line.variables["WAY"], line.variables["PLACE"]) == ("queue", "1")


def test_another_key_is_the_menus(make: Make) -> None:
    flow, _, office = make(FakeLine(keys={"welcome": ["3"], "call_back_confirm": ["9"]}))
    flow.run()
    assert (Mark.LANGUAGE, "en") in office.marks
    assert office.call_backs == []


@pytest.mark.parametrize(
    ("caller", "expected", "rule", "key", "told"),
    [
        ("", 120, CallBackRule(), KEY, "call_back_closed"),
        (CALLER, 120, CallBackRule(hours=()), KEY, "call_back_closed"),
        (CALLER, 120, CallBackRule(), LEG, "call_back_closed"),
        (CALLER, 10, CallBackRule(), KEY, "call_back_soon"),
    ],
)
def test_who_presses_it_without_an_offer_hears_why_not_and_waits(
    make: Make, caller: str, expected: float, rule: CallBackRule, key: str, told: str
) -> None:
    flow, line, office = make(
        FakeLine(keys={"welcome": ["3"]}), caller=caller, expected=expected, key=key, of=plan(rule)
    )
    flow.run()
    assert line.heard(told) == 1
    assert line.variables["WAY"] == "queue"
    assert office.call_backs == []


def rung(
    line: FakeLine, prompts: Prompts, kept: datetime | None, seats: int = 1
) -> tuple[FakeOffice, list[tuple[str, CallEnd]]]:
    """Ring somebody back who does as the line has it; gives who was not reached."""
    office, ends = FakeOffice(), list[tuple[str, CallEnd]]()
    room = RoomNow(plan(), lambda *_: None, lambda *_: 2, lambda *_: None)
    line.variables["QUEUE_MEMBER(queue1,logged)"] = str(seats)
    flow = RungBack(
        line, Incoming(LEG, CALLER, "/nowhere"), office, prompts, line.clock, room,
        kept=kept, reached_nobody=lambda leg, end: ends.append((leg, end)),
    )  # fmt: skip
    flow.run()
    return office, ends


def test_who_is_rung_and_presses_a_key_has_the_place_that_was_kept(prompts: Prompts) -> None:
    since = NOW - timedelta(minutes=7)
    line = FakeLine(keys={"call_back_hello": ["5"]})
    office, ends = rung(line, prompts, since)
    told = line.variables
    assert (told["WAY"], told["QUEUE"], told["PLACE"]) == ("queue", "queue1", "2")
    assert float(told["ROOM_SINCE"]) == since.timestamp()
    assert told["WAIT"] == str(plan().longest_wait_s)
    assert ends == []
    assert office.log == ["ring", "wait"]


def test_who_had_hung_up_waits_at_the_end_of_the_line(prompts: Prompts) -> None:
    line = FakeLine(keys={"call_back_missed": ["1"]})
    rung(line, prompts, None)
    assert (line.variables["WAY"], line.variables["PLACE"]) == ("queue", "0")


def test_a_machine_presses_no_key_and_takes_no_seat(prompts: Prompts) -> None:
    line = FakeLine()
    office, ends = rung(line, prompts, NOW)
    assert ends == [(LEG, CallEnd.ANSWERED)]
    assert line.heard("call_back_later") == 1
    assert line.over
    assert office.log == ["ring", "end"]
    assert "WAY" not in line.variables
