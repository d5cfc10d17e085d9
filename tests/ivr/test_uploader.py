"""What waits on disk reaches the backend exactly once, however often it is away."""

import asyncio
import errno
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.errors import Unauthorised, Unavailable
from ivr.numbers import BLOCK
from ivr.spool_records import SpokenReport
from ivr.uploader import PATIENCE
from tests.ivr.conftest import Door
from tests.ivr.fakes import NOW, keep_wav, talk
from tests.ivr.spooled import live_in, notes_in, reports_in, rings_in


def make_ring(key: str = "h1-100-0") -> CallRing:
    return CallRing(key, "13800138000", NOW, "", "12345")


def make_report(door: Door, key: str = "h1-100-0", number: str | None = None) -> SpokenReport:
    recording = keep_wav(door.folder / f"{key}_13800138000.wav", talk(3))
    return SpokenReport(key, "13800138000", "zh_CN", NOW, number, str(recording), 3.0)


async def test_a_call_is_on_record_when_ring_returns(door: Door) -> None:
    known = await door.ask(door.office.ring, make_ring())
    assert known is not None
    assert known.language == "zh_CN"
    assert list(door.backend.rings) == ["h1-100-0"]


async def test_a_call_rings_on_while_the_backend_is_away(door: Door) -> None:
    door.backend.down = True
    assert await door.ask(door.office.ring, make_ring()) is None
    assert door.spool.has_ring("h1-100-0")
    door.backend.down = False
    await door.uploader.bring()
    assert list(door.backend.rings) == ["h1-100-0"]
    assert rings_in(door.spool) == []


async def test_nobody_waits_for_a_backend_that_was_away_a_moment_ago(door: Door) -> None:
    door.backend.down = True
    await door.ask(door.office.ring, make_ring("h1-100-0"))
    before = door.backend.requests
    await door.ask(door.office.ring, make_ring("h1-100-1"))
    assert door.backend.requests == before
    door.clock.move(timedelta(seconds=3))
    await door.ask(door.office.ring, make_ring("h1-100-2"))
    assert door.backend.requests == before + 1


async def test_numbers_are_leased_ahead_and_last_while_the_backend_is_away(door: Door) -> None:
    await door.uploader.bring()
    assert door.numbers.count == BLOCK
    door.backend.down = True
    numbers = {door.office.take_number() for _ in range(BLOCK)}
    assert len(numbers) == BLOCK
    assert door.office.take_number() is None


async def test_a_report_arrives_with_its_number_and_its_recording(door: Door) -> None:
    await door.uploader.bring()
    number = door.office.take_number()
    report = make_report(door, number=number)
    sound = Path(report.recording).read_bytes()
    door.office.keep_report(report)
    await door.uploader.bring()
    assert door.backend.numbers == {"h1-100-0": number}
    assert door.backend.recording_of(str(number)) == sound
    assert door.backend.reports["h1-100-0"].call == "h1-100-0"
    assert reports_in(door.spool) == []
    assert not Path(report.recording).exists()


@pytest.mark.parametrize("cut", ["submit", "upload", "attach"])
async def test_a_report_cut_short_anywhere_is_taken_once(
    door: Door, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.office.keep_report(make_report(door))
    real = getattr(door.client, cut)

    async def lost(*arguments: object) -> None:
        await real(*arguments)
        raise Unavailable("the answer was lost")

    monkeypatch.setattr(door.client, cut, lost)
    with pytest.raises(Unavailable):
        await door.uploader.bring()
    monkeypatch.setattr(door.client, cut, real)
    await door.uploader.bring()
    await door.uploader.bring()
    (number,) = door.backend.numbers.values()
    assert len(door.backend.attached[number]) == 1
    assert reports_in(door.spool) == []


async def test_a_report_whose_recording_is_gone_arrives_without(door: Door) -> None:
    report = make_report(door)
    Path(report.recording).unlink()
    door.office.keep_report(report)
    await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-0"]
    assert door.backend.attached == {}


async def test_a_report_whose_number_another_has_is_taken_under_a_new_one(door: Door) -> None:
    door.backend.numbers["old"] = "20260418"
    door.office.keep_report(make_report(door, number="20260418"))
    await door.uploader.bring()
    assert door.backend.numbers["h1-100-0"] != "20260418"
    assert door.spool.aside() == []


async def test_a_refused_report_is_set_aside_and_the_next_goes_on(door: Door) -> None:
    door.office.keep_report(make_report(door, "h1-100-0"))
    door.backend.refuse_reports = True
    await door.uploader.bring()
    door.backend.refuse_reports = False
    door.office.keep_report(make_report(door, "h1-100-1"))
    await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-1"]
    (aside,) = door.spool.aside()
    assert (aside.ref, bool(aside.reason)) == ("h1-100-0", True)


async def test_m13_a_report_spoken_while_the_clock_was_wrong_is_still_taken(door: Door) -> None:
    wrong = datetime(1970, 1, 1, tzinfo=UTC)
    door.office.keep_report(replace(make_report(door), said_at=wrong))
    door.spool.keep_ring(replace(make_ring(), at=wrong))
    await door.uploader.bring()
    assert door.backend.reports["h1-100-0"].said_at == NOW
    assert door.backend.rings["h1-100-0"].at == NOW
    assert door.spool.aside() == []


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503]
)
async def test_d2_a_report_that_is_answered_with_an_error_holds_up_no_other(
    door: Door, status: int
) -> None:
    door.backend.bad["h1-100-0"] = status
    door.office.keep_report(make_report(door, "h1-100-0"))
    door.office.keep_report(make_report(door, "h1-100-1"))
    with suppress(Unavailable, Unauthorised):
        await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-1"]
    assert door.spool.has_report("h1-100-0")


async def test_d2_a_report_that_gets_no_answer_holds_up_no_other(door: Door) -> None:
    door.backend.bad["h1-100-0"] = 0
    door.office.keep_report(make_report(door, "h1-100-0"))
    door.office.keep_report(make_report(door, "h1-100-1"))
    bringing = asyncio.create_task(door.uploader.run())
    while len(reports_in(door.spool)) > 1:
        await asyncio.sleep(0.01)
    door.office.keep_report(make_report(door, "h1-100-2"))
    while "h1-100-2" not in door.backend.reports or len(reports_in(door.spool)) > 1:
        await asyncio.sleep(0.01)
    bringing.cancel()
    await asyncio.gather(bringing, return_exceptions=True)
    assert list(door.backend.reports) == ["h1-100-1", "h1-100-2"]
    assert [report.key for report in reports_in(door.spool)] == ["h1-100-0"]


@pytest.mark.parametrize("status", [403, 500])
async def test_d2_what_keeps_failing_is_set_aside_with_its_reason_and_comes_back(
    door: Door, status: int
) -> None:
    door.backend.bad["h1-100-0"] = status
    door.office.keep_report(make_report(door, "h1-100-0"))
    for _ in range(len(PATIENCE.waits)):
        await door.uploader.bring()
        assert door.spool.aside() == []
        door.clock.move(timedelta(seconds=max(PATIENCE.waits)))
    await door.uploader.bring()
    (aside,) = door.spool.aside()
    assert aside.reason
    door.backend.bad.clear()
    assert door.spool.bring_back(aside.queue, aside.ref)
    await door.uploader.bring()
    await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-0"]
    assert [len(files) for files in door.backend.attached.values()] == [1]


async def test_d2_a_report_that_is_forbidden_makes_no_other_rest(door: Door) -> None:
    door.backend.bad["h1-100-0"] = 403
    door.office.keep_report(make_report(door, "h1-100-0"))
    await door.uploader.bring()
    door.office.keep_report(make_report(door, "h1-100-1"))
    running = asyncio.create_task(door.uploader.run())
    async with asyncio.timeout(10):
        while "h1-100-1" not in door.backend.reports:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_d2_a_report_waits_longer_after_each_try(door: Door) -> None:
    door.backend.bad["h1-100-0"] = 500
    door.office.keep_report(make_report(door, "h1-100-0"))
    await door.uploader.bring()
    before = door.backend.requests
    await door.uploader.bring()
    assert door.backend.requests == before
    door.clock.move(timedelta(seconds=PATIENCE.waits[0]))
    await door.uploader.bring()
    assert door.backend.requests > before


async def test_a_backend_that_is_away_for_long_sets_nothing_aside(door: Door) -> None:
    door.office.keep_report(make_report(door, "h1-100-0"))
    door.backend.down = True
    for _ in range(3 * len(PATIENCE.waits)):
        with pytest.raises(Unavailable):
            await door.uploader.bring()
        door.clock.move(timedelta(hours=1))
    door.backend.down = False
    await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-0"]


@pytest.mark.parametrize("status", [404, 500, 422])
async def test_d2_a_call_that_is_refused_holds_up_no_other_call(door: Door, status: int) -> None:
    door.backend.bad["h1-100-0"] = status
    door.spool.keep_ring(make_ring("h1-100-0"))
    door.spool.keep_ring(make_ring("h1-100-1"))
    door.office.end("h1-100-1")
    await door.uploader.bring()
    assert list(door.backend.rings) == ["h1-100-1"]
    assert door.backend.marks("h1-100-1") == [CallEventType.ENDED]


async def test_marks_follow_their_call(door: Door) -> None:
    await door.ask(door.office.ring, make_ring())
    door.office.note("h1-100-0", CallEventType.ANSWERED)
    door.office.end("h1-100-0")
    await door.uploader.bring()
    assert set(door.backend.marks("h1-100-0")) == {CallEventType.ANSWERED, CallEventType.ENDED}
    assert live_in(door.spool) == {}


async def test_marks_wait_with_a_call_that_could_not_be_told(door: Door) -> None:
    door.backend.down = True
    await door.ask(door.office.ring, make_ring())
    door.office.end("h1-100-0")
    with pytest.raises(Unavailable):
        await door.uploader.bring()
    door.backend.down = False
    await door.uploader.bring()
    assert door.backend.marks("h1-100-0") == [CallEventType.ENDED]


async def test_marks_of_a_lost_answer_are_kept_on_disk(door: Door) -> None:
    await door.ask(door.office.ring, make_ring())
    await door.uploader.bring()
    door.office.end("h1-100-0")
    door.backend.down = True
    with pytest.raises(Unavailable):
        await door.uploader.bring()
    assert [note.mark for note in notes_in(door.spool)] == [CallEventType.ENDED]
    door.backend.down = False
    await door.uploader.bring()
    await door.uploader.bring()
    assert door.backend.marks("h1-100-0") == [CallEventType.ENDED]
    assert notes_in(door.spool) == []


async def test_one_mark_that_is_refused_does_not_hold_up_the_others(door: Door) -> None:
    await door.ask(door.office.ring, make_ring())
    door.office.note("h9-unknown-0", CallEventType.ANSWERED)
    door.office.end("h1-100-0")
    await door.uploader.bring()
    assert door.backend.marks("h1-100-0") == [CallEventType.ENDED]
    assert [one.queue for one in door.spool.aside()] == ["notes"]


async def test_a_withheld_number_has_no_newest_case_and_nobody_is_asked(door: Door) -> None:
    before = door.backend.requests
    assert await door.ask(door.office.newest_case, "") is None
    assert door.backend.requests == before


async def test_a_backlog_is_listed_once_and_brought_as_lanes_come_free(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each listing brought eight reports and then slept: a spool of thousands took a day."""
    keys = [f"h1-{turn}-0" for turn in range(100, 160)]
    for turn, key in enumerate(keys):
        door.spool.keep_report(SpokenReport(key, "138", "zh_CN", NOW, None))
        os.utime(door.folder / "spool" / "reports" / f"{key}.json", (turn, turn))
    door.backend.bad[keys[0]], door.backend.bad[keys[1]] = 500, 0
    listed, names = list[str](), door.spool.names

    def lists(kind: str) -> list[str]:
        listed.append(kind)
        if listed.count("reports") > 1:  # the second look: all of the first was handed out
            raise OSError("enough")
        return names(kind)

    monkeypatch.setattr(door.spool, "names", lists)
    bringing = asyncio.create_task(door.uploader.run())
    async with asyncio.timeout(20):
        while len(door.backend.reports) < len(keys) - 2:
            await asyncio.sleep(0.01)
    bringing.cancel()
    await asyncio.gather(bringing, return_exceptions=True)
    assert sorted(door.backend.reports) == keys[2:]
    taken = list(door.backend.reports)
    assert all(abs(taken.index(key) - at) <= 8 for at, key in enumerate(keys[2:]))


async def test_marks_stay_in_memory_while_the_disk_is_full(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.ask(door.office.ring, make_ring())
    door.office.end("h1-100-0")
    door.backend.down = True

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(door.spool, "keep_note", full)
        with pytest.raises(Unavailable):
            await door.uploader.bring()
    door.backend.down = False
    await door.uploader.bring()
    assert door.backend.marks("h1-100-0") == [CallEventType.ENDED]


async def test_a_mark_under_another_name_is_brought_once(door: Door) -> None:
    """Its own name was let go of, and the file was sent for ever."""
    await door.ask(door.office.ring, make_ring())
    door.spool.keep_note(CallEvent("h1-100-0", CallEventType.ANSWERED, NOW))
    (path,) = (door.folder / "spool" / "notes").iterdir()
    path.rename(path.with_name("copy.json"))
    door.spool.keep_report(make_report(door))
    (path,) = (door.folder / "spool" / "reports").iterdir()
    path.rename(path.with_name("copy.json"))
    await door.uploader.bring()
    assert list(door.backend.reports) == ["h1-100-0"]
    assert door.backend.marks("h1-100-0") == [CallEventType.ANSWERED]
    assert not list((door.folder / "spool").rglob("copy*"))
