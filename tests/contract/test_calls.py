"""Calls on record before a word is said, recordings that are written down, and signs of life."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.call import (
    CallEvent,
    CallEventType,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.contract import CallBackAsked
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from hotline.health import BACKEND, BOTS, IVR, SCRIBE, Beat, Ref
from hotline.queue import Aside
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.exchange import RoomSeen, RoomWanted
from hotline.room.spoken import Listening, Speaker, SpokenLine, TalkHeard
from tests.backend.test_media import make_wav
from tests.cities import MONDAY, demo_city
from tests.contract.acts import ACCEPTOR, CALLER, NO_CASE, by_phone, refused, seat, spoken
from tests.contract.side import Side

RING = CallRing("h1-1-1", CALLER, MONDAY)
ENGLISH = CallEvent(RING.key, CallEventType.LANGUAGE, MONDAY, "en")
LEASE_S = 60
TOLD_ASIDE = Aside("reports", "h1-1-1", "no such class", MONDAY)


async def test_nothing_is_known_of_a_caller_who_rings_for_the_first_time(side: Side) -> None:
    known = await side.phone.ring(RING)
    assert (known.language, known.newest) == ("zh_CN", None)


async def test_a_caller_who_rings_again_is_told_of_their_newest_case(side: Side) -> None:
    taken = await side.phone.submit(by_phone())
    known = await side.phone.ring(replace(RING, key="h1-2-1", caller="+86 138 0013 8000"))
    assert known.newest is not None
    assert (known.newest.number, known.newest.stage) == (taken.number, "reported")


async def test_a_withheld_number_is_nobodys(side: Side) -> None:
    await side.phone.submit(by_phone(caller=""))
    known = await side.phone.ring(replace(RING, caller=""))
    assert (known.language, known.newest) == ("zh_CN", None)


async def test_a_call_that_is_told_twice_is_one(side: Side) -> None:
    first = await side.phone.ring(RING)
    assert await side.phone.ring(RING) == first


async def test_a_call_that_is_told_several_times_at_once_is_one(side: Side) -> None:
    """Each was answered with a call of its own, and one of them alone was on record."""
    known = await asyncio.gather(*(side.phone.ring(RING) for _ in range(5)))
    assert {one.call for one in known} == {(await side.phone.ring(RING)).call}


async def test_a_caller_is_asked_about_a_call_once(side: Side) -> None:
    await side.phone.ring(RING)
    assert (await side.phone.survey(RING.key)).asks
    assert not (await side.phone.survey(RING.key)).asks
    with refused(NotFound, "no_call"):
        await side.phone.survey("h9-9-9")


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_call_without_a_proper_key_is_refused(side: Side, key: str) -> None:
    with refused(Invalid, "invalid", "key"):
        await side.phone.ring(replace(RING, key=key))


async def test_a_call_of_a_wrong_clock_is_refused_by_its_instant(side: Side) -> None:
    with refused(Invalid, "bad_time", "at"):
        await side.phone.ring(replace(RING, at=datetime(1970, 1, 1, tzinfo=UTC)))


async def test_a_language_that_was_chosen_is_the_callers_from_then_on(side: Side) -> None:
    await side.phone.ring(RING)
    await side.phone.note_call([CallEvent(RING.key, CallEventType.ANSWERED, MONDAY), ENGLISH])
    assert (await side.phone.ring(replace(RING, key="h1-2-1"))).language == "en"
    other = await side.phone.ring(replace(RING, key="h1-3-1", caller="13900139000"))
    assert other.language == "zh_CN"


async def test_a_mark_that_comes_twice_is_taken_once(side: Side) -> None:
    await side.phone.ring(RING)
    await side.phone.note_call([ENGLISH])
    later = MONDAY + timedelta(seconds=5)
    await side.phone.note_call([CallEvent(RING.key, CallEventType.LANGUAGE, later, "zh_CN")])
    await side.phone.note_call([ENGLISH])
    assert (await side.phone.ring(replace(RING, key="h1-2-1"))).language == "zh_CN"


async def test_marks_may_come_before_their_call(side: Side) -> None:
    await side.phone.note_call([CallEvent("h9-9-9", CallEventType.ENDED, MONDAY)])
    await side.phone.note_call([])


@pytest.mark.parametrize("key", ["", "x" * 201, "0f" * 3_000])
async def test_a_mark_of_no_proper_call_is_refused_and_those_beside_it_are_taken(
    side: Side, key: str
) -> None:
    await side.phone.ring(RING)
    with refused(Invalid, "invalid", "[0].key"):
        await side.phone.note_call([replace(ENGLISH, key=key), ENGLISH])
    assert (await side.phone.ring(replace(RING, key="h1-2-1"))).language == "en"


# --- recordings


async def test_a_recording_is_handed_out_once_to_be_written_down(side: Side) -> None:
    number, sha256 = await spoken(side)
    assert await side.phone.transcript_tasks() == [
        TranscriptTask(number, sha256, "zh_CN", demo_city().release)
    ]
    assert await side.phone.transcript_tasks() == []


async def test_so_many_recordings_are_handed_out_as_are_wanted(side: Side) -> None:
    numbers = []
    for turn in range(3):
        numbers.append((await spoken(side, f"h1-{turn}-1"))[0])
        side.clock.move(timedelta(seconds=1))  # each is due at an instant of its own
    taken = await side.phone.transcript_tasks(2)
    assert [one.number for one in (*taken, *await side.phone.transcript_tasks(2))] == numbers


async def test_what_was_heard_becomes_the_words_of_the_case(side: Side) -> None:
    number, sha256 = await spoken(side)
    await side.phone.transcript_tasks()
    await side.phone.put_transcript(NewTranscript(number, sha256, "engine", "路灯不亮"))
    await side.work()
    await seat(side, ACCEPTOR, "acceptor1")
    assert (await side.bots.card(number, ACCEPTOR)).text == "路灯不亮"


async def test_the_second_transcript_of_a_recording_changes_nothing(side: Side) -> None:
    number, sha256 = await spoken(side)
    for text in ("路灯不亮", "井盖没了"):
        await side.phone.put_transcript(NewTranscript(number, sha256, "engine", text))
        await side.work()
    await seat(side, ACCEPTOR, "acceptor1")
    assert (await side.bots.card(number, ACCEPTOR)).text == "路灯不亮"


async def test_what_is_written_down_is_not_handed_out_again(side: Side) -> None:
    number, sha256 = await spoken(side)
    await side.phone.transcript_tasks()
    await side.phone.put_transcript(NewTranscript(number, sha256, "engine", ""))
    side.clock.move(timedelta(days=1))
    assert await side.phone.transcript_tasks() == []


async def test_a_transcript_of_no_case_is_not_found(side: Side) -> None:
    with refused(NotFound, "no_case"):
        await side.phone.put_transcript(NewTranscript(NO_CASE, "a" * 64, "engine", "x"))


async def test_what_is_no_recording_of_the_case_gives_it_no_words(side: Side) -> None:
    """The words of a stranger's call, or of nobody's, became those of the case."""
    number, _ = await spoken(side)
    other, _ = await spoken(side, "h1-2-1", make_wav(2.0))
    _, theirs = await spoken(side, "h1-3-1", make_wav(3.0))
    await seat(side, ACCEPTOR, "acceptor1")
    for sha256 in (theirs, "a" * 64, "x", "0f" * 3_000):
        for case in (number, other):
            with refused(Invalid, "invalid", "sha256"):
                await side.phone.put_transcript(NewTranscript(case, sha256, "engine", "路灯不亮"))
    await side.work()
    assert (await side.bots.card(number, ACCEPTOR)).text == ""
    assert len(await side.phone.transcript_tasks()) == 3


async def test_a_recording_that_could_not_be_heard_is_tried_so_often_and_given_up(
    side: Side,
) -> None:
    number, sha256 = await spoken(side)
    tried = []
    for _ in range(6):
        tried.append(len(await side.phone.transcript_tasks()))
        await side.phone.transcript_failed(FailedTranscript(number, sha256, "no engine"))
        side.clock.move(timedelta(minutes=1))
    assert tried == [1, 1, 1, 1, 0, 0]


async def test_a_recording_that_failed_waits_before_its_next_try(side: Side) -> None:
    number, sha256 = await spoken(side)
    await side.phone.transcript_tasks()
    await side.phone.transcript_failed(FailedTranscript(number, sha256, "no engine"))
    assert await side.phone.transcript_tasks() == []
    side.clock.move(timedelta(seconds=2))
    assert len(await side.phone.transcript_tasks()) == 1


async def test_a_failure_of_what_nobody_works_on_counts_for_nothing(side: Side) -> None:
    number, sha256 = await spoken(side)
    await side.phone.transcript_failed(FailedTranscript(number, sha256, "no engine"))
    await side.phone.transcript_failed(FailedTranscript(NO_CASE, sha256, "no engine"))
    assert len(await side.phone.transcript_tasks()) == 1


async def test_who_writes_down_and_gives_no_sign_loses_the_recording(side: Side) -> None:
    await spoken(side)
    await side.phone.transcript_tasks()
    side.clock.move(timedelta(seconds=LEASE_S))
    assert len(await side.phone.transcript_tasks()) == 1


async def test_who_says_that_they_still_work_on_a_recording_keeps_it(side: Side) -> None:
    number, sha256 = await spoken(side)
    await side.phone.transcript_tasks()
    held = (Ref("transcripts", f"{number}/{sha256}"),)
    for _ in range(3):
        side.clock.move(timedelta(seconds=LEASE_S - 1))
        await side.phone.beat(Beat(SCRIBE, side.clock.now(), held=held))
    assert await side.phone.transcript_tasks() == []


# --- signs of life


async def test_what_lies_aside_under_no_proper_name_is_refused_by_its_field(side: Side) -> None:
    odd = replace(TOLD_ASIDE, ref="0f" * 3_000)
    with refused(Invalid, "invalid", "aside[0].ref"):
        await side.phone.beat(Beat(IVR, MONDAY, aside=(odd,)))


async def test_a_sign_of_life_is_answered_with_nothing_to_bring_back(side: Side) -> None:
    assert await side.phone.beat(Beat(IVR, MONDAY, {"reports": 2})) == []
    assert await side.bots.beat(Beat(BOTS, MONDAY)) == []


async def test_a_sign_of_somebody_elses_life_is_refused(side: Side) -> None:
    with refused(Forbidden, "forbidden"):
        await side.phone.beat(Beat(BACKEND, MONDAY))


async def test_what_a_person_wishes_back_is_told_once(side: Side) -> None:
    beat = Beat(IVR, MONDAY, aside=(TOLD_ASIDE,))
    assert await side.phone.beat(beat) == []
    wished = Ref(TOLD_ASIDE.queue, TOLD_ASIDE.ref)
    await side.wish_back(wished)
    assert await side.phone.beat(beat) == [wished]
    assert await side.phone.beat(beat) == []


async def test_what_lies_aside_no_longer_is_not_brought_back(side: Side) -> None:
    await side.wish_back(Ref(TOLD_ASIDE.queue, TOLD_ASIDE.ref))
    assert await side.phone.beat(Beat(IVR, MONDAY)) == []
    assert await side.phone.beat(Beat(IVR, MONDAY, aside=(TOLD_ASIDE,))) == []


async def test_a_room_in_which_nobody_sits_wants_no_seats(side: Side) -> None:
    assert await side.phone.see_room(RoomSeen(MONDAY)) == RoomWanted()


def back(number: str = CALLER, call: str = RING.key) -> CallBackAsked:
    """A caller who wants to be rung."""
    return CallBackAsked(call, number, "zh_CN", 1, 10, MONDAY)


async def test_a_caller_is_rung_back_where_such_numbers_are_and_asks_in_a_call(side: Side) -> None:
    await side.phone.ring(RING)
    await side.phone.call_back(back())
    with refused(Refused, "not_rung"):
        await side.phone.call_back(back("+4930901820"))
    with refused(NotFound, "no_call"):
        await side.phone.call_back(back(call="h9-9-9"))


async def test_what_is_said_in_a_talk_is_taken_in_any_order_and_twice(side: Side) -> None:
    line = SpokenLine(Speaker.CALLER, MONDAY, 2.5, "路灯不亮", 0.9)
    for heard in (TalkHeard(RING.key, None, (line,)), TalkHeard(RING.key, Listening.LISTENS)):
        for _ in range(2):
            await side.phone.talk_heard(heard)
    with pytest.raises(Invalid):
        await side.phone.talk_heard(TalkHeard("", Listening.OVER))


async def test_a_status_is_told_to_who_knows_number_and_last_digits(side: Side) -> None:
    await side.phone.ring(replace(RING, caller="13900139000"))
    taken = await side.phone.submit(by_phone(key="h1-0-1"))
    told = await side.phone.status(RING.key, taken.number, CALLER[-4:])
    assert told is not None
    assert (told.number, told.stage_name) == (taken.number, "已登记，等待受理")


async def test_three_wrong_tries_of_a_status_end_it_for_the_call(side: Side) -> None:
    await side.phone.ring(RING)
    taken = await side.phone.submit(by_phone(key="h1-0-1"))
    for digits in ("0000", "1111", "2222"):
        assert await side.phone.status(RING.key, taken.number, digits) is None
        side.clock.move(timedelta(seconds=1))
    with refused(Refused, "status_tries"):
        await side.phone.status(RING.key, taken.number, CALLER[-4:])
    with refused(NotFound, "no_call"):
        await side.phone.status("h9-9-9", taken.number, CALLER[-4:])


async def test_an_alarm_is_taken_and_may_come_twice(
    side: Side,
) -> None:
    alarm = RoomAlarm(AlarmKind.OVERLOAD, MONDAY, "overload 1", "12")
    for _ in range(2):
        await side.phone.alarm(alarm)
