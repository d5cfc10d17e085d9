"""What is said in a talk: lines in order, each once, and never too many."""

from datetime import UTC, datetime, timedelta

from hotline.room.spoken import (
    MOST_LINES,
    TALK_SAID,
    Listening,
    NotWritten,
    Speaker,
    SpokenLine,
    TalkHeard,
    TalkSaid,
    told,
    words_of,
)
from hotline.wire import keep, kept

BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def line(second: int, text: str, speaker: Speaker = Speaker.CALLER) -> SpokenLine:
    """Give a line that begins at a second of the talk."""
    return SpokenLine(speaker, BEGAN + timedelta(seconds=second), 2.0, text, 0.9)


def test_lines_are_told_in_any_order_and_twice_and_stand_in_order_once() -> None:
    known = told(TalkSaid(), TalkHeard("h1", Listening.LISTENS, (line(5, "二"),)))
    heard = TalkHeard("h1", None, (line(1, "一"), line(5, "二"), line(5, "在", Speaker.SEAT)))
    for _ in range(2):
        known = told(known, heard)
    assert [one.text for one in known.lines] == ["一", "二", "在"]
    assert known.stands is Listening.LISTENS
    assert words_of(known.lines) == "一 二"
    assert words_of(known.lines, Speaker.SEAT) == "在"


def test_what_was_written_first_of_a_line_stays() -> None:
    known = told(TalkSaid(), TalkHeard("h1", None, (line(1, "一"),)))
    assert told(known, TalkHeard("h1", None, (line(1, "别的"),))).lines == known.lines


def test_a_talk_without_end_keeps_its_newest_lines_and_is_read_back() -> None:
    lines = tuple(line(second, str(second)) for second in range(MOST_LINES + 3))
    lost = SpokenLine(Speaker.CALLER, BEGAN + timedelta(hours=1), 3.0, lost=NotWritten.LAGS)
    known = told(TalkSaid(), TalkHeard("h1", Listening.OVER, (*lines, lost)))
    assert len(known.lines) == MOST_LINES
    assert known.lines[-1] == lost
    assert kept(TALK_SAID, keep(TALK_SAID, known)) == known
