"""Which talks are listened to: so many at a time, who came first first, and each to its end."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from hotline.call import CallEvent, CallEventType
from hotline.errors import Unavailable
from hotline.room.spoken import Listening, Speaker
from ivr.listening.listener import LegExpected, TalkOffice
from ivr.manager import LISTENS, Exchange
from ivr.switch.talk_listening import ListeningChild, TalkListening
from ivr.switch.told import RoomEvents
from tests.ivr.fakes import NOW, fixed_clock
from tests.ivr.test_listening import FakeOffice
from tests.ivr.test_room_keeper import FakeExchange


@dataclass
class FakeChild:
    """What listens, as far as it is there."""

    port: int = 4573
    expected: list[LegExpected] = field(default_factory=list)

    def expect(self, leg: LegExpected) -> None:
        self.expected.append(leg)


def caller(number: int) -> dict[str, str]:
    """Give a caller's line."""
    ident = f"h1-100.{number}0"
    return {
        "Channel": f"PJSIP/trunk-{number}", "Uniqueid": ident, "Linkedid": ident,
        "ChannelState": "6", "Language": "en" if number == 2 else "zh_CN",
    }  # fmt: skip


def seat(number: int, call: int, state: str = "6") -> dict[str, str]:
    """Give the line of a seat in a call."""
    return {
        "Channel": f"PJSIP/seat00{number}-0", "Uniqueid": f"h1-100.{number}1",
        "Linkedid": f"h1-100.{call}0", "ChannelState": state,
    }  # fmt: skip


class Listened:
    """Talks between an exchange and an office that remember."""

    def __init__(self, most: int = 1):
        self.clock = fixed_clock()
        self.exchange, self.office, self.child = FakeExchange(), FakeOffice(), FakeChild()
        events = RoomEvents(lambda _: None, lambda *_: None, lambda: None, self.clock)
        self.talks = TalkListening(
            cast("Exchange", self.exchange), cast("TalkOffice", self.office), events, self.clock,
            most, cast("ListeningChild", self.child),
        )  # fmt: skip

    async def looks(self, *lines: dict[str, str]) -> list[tuple[str, Listening | None]]:
        """Let it look at these lines, and those it has asked for; gives what is told."""
        self.exchange.lines = [*lines, *self.made()]
        known = len(self.office.told)
        await self.talks.look()
        await self.talks.tell()
        self.clock.move(timedelta(seconds=5))
        return [(one.call, one.stands) for one in self.office.told[known:]]

    def made(self) -> list[dict[str, Any]]:
        """Give the lines by which somebody is listened to."""
        return [{"Channel": f"AudioSocket/{one.id}", "Uniqueid": f"{LISTENS}{one.id}"}
                for one in self.child.expected]  # fmt: skip

    def asked(self) -> list[str]:
        """Give whose lines are asked for."""
        return [
            word.removeprefix("LISTENED=")
            for one in self.exchange.done
            if one.startswith("Originate")
            for word in one.split()
            if word.startswith("LISTENED=")
        ]


ONE, TWO = "h1-100-10", "h1-100-20"


async def test_both_legs_of_a_talk_are_asked_for_once_and_in_its_language() -> None:
    room = Listened()
    assert await room.looks(caller(2), seat(1, 2, "5")) == []
    assert await room.looks(caller(2), seat(1, 2)) == [(TWO, Listening.LISTENS)]
    assert await room.looks(caller(2), seat(1, 2)) == []
    assert room.asked() == ["PJSIP/trunk-2", "PJSIP/seat001-0"]
    assert [(one.call, one.speaker, one.language) for one in room.child.expected] == [
        (TWO, Speaker.CALLER, "en"), (TWO, Speaker.SEAT, "en"),
    ]  # fmt: skip


async def test_a_talk_too_many_is_told_as_such_and_listened_to_when_another_ends() -> None:
    room = Listened()
    first, second = (caller(1), seat(1, 1)), (caller(2), seat(2, 2))
    assert await room.looks(*first) == [(ONE, Listening.LISTENS)]
    assert await room.looks(*second, *first) == [(TWO, Listening.BUSY)]
    assert await room.looks(*second, *first) == []
    told = await room.looks(*second, caller(1))
    assert told == [(ONE, Listening.OVER), (TWO, Listening.LISTENS)]
    hung_up = [one for one in room.exchange.done if one.startswith("Hangup")]
    assert len(hung_up) == 2
    assert room.asked()[2:] == ["PJSIP/trunk-2", "PJSIP/seat002-0"]


async def test_lines_that_are_gone_are_asked_for_again_and_strange_ones_hung_up() -> None:
    room = Listened()
    await room.looks(caller(1), seat(1, 1))
    room.child.expected.clear()
    assert await room.looks(caller(1), seat(1, 1)) == []
    assert len(room.asked()) == 4
    strange = {"Channel": "AudioSocket/x", "Uniqueid": f"{LISTENS}x"}
    await room.looks(caller(1), seat(1, 1), strange)
    assert room.exchange.done[-1] == "Hangup AudioSocket/x"


async def test_nobody_is_asked_while_what_listens_is_away_nor_without_a_line_to_the_exchange() -> (
    None
):
    room = Listened()
    room.child.port = 0
    assert await room.looks(caller(1), seat(1, 1)) == []
    assert room.asked() == []
    room.child.port = 4573
    room.exchange.connected.up = False
    assert await room.looks(caller(1), seat(1, 1)) == []
    room.exchange.connected.up = True
    assert await room.looks(caller(1), seat(1, 1)) == [(ONE, Listening.LISTENS)]


async def test_what_the_office_did_not_hear_is_told_at_the_next_look() -> None:
    room = Listened()
    room.office.fails = [Unavailable("away")]
    with pytest.raises(Unavailable):
        await room.looks(caller(1), seat(1, 1))
    assert await room.looks(caller(1), seat(1, 1)) == [(ONE, Listening.LISTENS)]


async def test_a_talk_that_begins_or_ends_is_looked_at_at_once() -> None:
    talks = Listened().talks
    child = ListeningChild(fixed_clock())
    talks._child = child
    talks.take(CallEvent(ONE, CallEventType.HELD, NOW, "seat001"))
    assert not child.changed.is_set()
    talks.take(CallEvent(ONE, CallEventType.SEAT_ANSWERED, NOW, "seat001"))
    assert child.changed.is_set()
