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
from hotline.channel import Channel
from hotline.errors import Unauthorised, Unavailable
from hotline.report import Contact, NewReport
from ivr import uploader as uploading
from ivr.numbers import BLOCK
from ivr.spool_records import SpokenReport
from ivr.uploader import PATIENCE
from tests.ivr.conftest import Connector
from tests.ivr.fakes import NOW, keep_wav, talk
from tests.ivr.spooled import live_in, notes_in, reports_in, rings_in


def make_ring(key: str = "h1-100-0") -> CallRing:
    return CallRing(key, "13800138000", NOW, "", "12345")


def make_report(
    connector: Connector, key: str = "h1-100-0", number: str | None = None
) -> SpokenReport:
    recording = keep_wav(connector.folder / f"{key}_13800138000.wav", talk(3))
    return SpokenReport(key, "13800138000", "zh_CN", NOW, number, str(recording), 3.0)


async def test_a_call_is_on_record_when_ring_returns(connector: Connector) -> None:
    known = await connector.ask(connector.office.ring, make_ring())
    assert known is not None
    assert known.language == "zh_CN"
    assert list(connector.backend.rings) == ["h1-100-0"]


async def test_a_call_rings_on_while_the_backend_is_away(connector: Connector) -> None:
    connector.backend.fake.down = True
    assert await connector.ask(connector.office.ring, make_ring()) is None
    assert connector.spool.ring("h1-100-0") is not None
    connector.backend.fake.down = False
    await connector.uploader.bring()
    assert list(connector.backend.rings) == ["h1-100-0"]
    assert rings_in(connector.spool) == []


async def test_nobody_waits_for_a_backend_that_was_away_a_moment_ago(connector: Connector) -> None:
    connector.backend.fake.down = True
    await connector.ask(connector.office.ring, make_ring("h1-100-0"))
    before = connector.backend.requests
    await connector.ask(connector.office.ring, make_ring("h1-100-1"))
    assert connector.backend.requests == before
    connector.clock.move(timedelta(seconds=3))
    await connector.ask(connector.office.ring, make_ring("h1-100-2"))
    assert connector.backend.requests == before + 1


async def test_numbers_are_leased_ahead_and_last_while_the_backend_is_away(
    connector: Connector,
) -> None:
    await connector.uploader.bring()
    assert connector.numbers.count == BLOCK
    connector.backend.fake.down = True
    numbers = {connector.office.take_number() for _ in range(BLOCK)}
    assert len(numbers) == BLOCK
    assert connector.office.take_number() is None


async def test_a_report_arrives_with_its_number_and_its_recording(connector: Connector) -> None:
    await connector.uploader.bring()
    number = connector.office.take_number()
    report = make_report(connector, number=number)
    sound = Path(report.recording).read_bytes()
    connector.office.keep_report(report)
    await connector.uploader.bring()
    assert connector.backend.numbers == {"h1-100-0": number}
    assert connector.backend.recording_of(str(number)) == sound
    assert connector.backend.reports["h1-100-0"].call == "h1-100-0"
    assert not connector.backend.reports["h1-100-0"].is_emergency
    assert reports_in(connector.spool) == []
    assert not Path(report.recording).exists()


@pytest.mark.parametrize("cut", ["submit", "upload", "attach"])
async def test_a_report_cut_short_anywhere_is_taken_once(
    connector: Connector, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector.office.keep_report(make_report(connector))
    real = getattr(connector.client, cut)

    async def lost(*arguments: object) -> None:
        await real(*arguments)
        raise Unavailable("the answer was lost")

    monkeypatch.setattr(connector.client, cut, lost)
    with pytest.raises(Unavailable):
        await connector.uploader.bring()
    monkeypatch.setattr(connector.client, cut, real)
    await connector.uploader.bring()
    await connector.uploader.bring()
    (number,) = connector.backend.numbers.values()
    assert len(connector.backend.attached[number]) == 1
    assert reports_in(connector.spool) == []


async def test_a_report_of_an_emergency_says_so(connector: Connector) -> None:
    connector.office.keep_report(replace(make_report(connector), is_emergency=True))
    await connector.uploader.bring()
    assert connector.backend.reports["h1-100-0"].is_emergency


async def test_a_report_whose_recording_is_gone_arrives_without(connector: Connector) -> None:
    report = make_report(connector)
    Path(report.recording).unlink()
    connector.office.keep_report(report)
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-0"]
    assert connector.backend.attached == {}


async def test_a_report_whose_number_another_has_is_taken_under_a_new_one(
    connector: Connector,
) -> None:
    other = Contact(Channel.PHONE, "13900139000")
    await connector.client.submit(
        NewReport(Channel.PHONE, "old", other, NOW, number="20260415", call="old")
    )
    connector.office.keep_report(make_report(connector, number="20260415"))
    await connector.uploader.bring()
    assert connector.backend.numbers["h1-100-0"] != "20260415"
    assert connector.spool.aside() == []


async def test_a_refused_report_is_set_aside_and_the_next_goes_on(connector: Connector) -> None:
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    connector.backend.bad["h1-100-0"] = 422
    await connector.uploader.bring()
    connector.office.keep_report(make_report(connector, "h1-100-1"))
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-1"]
    (aside,) = connector.spool.aside()
    assert (aside.ref, bool(aside.reason)) == ("h1-100-0", True)


async def test_m13_a_report_spoken_while_the_clock_was_wrong_is_still_taken(
    connector: Connector,
) -> None:
    wrong = datetime(1970, 1, 1, tzinfo=UTC)
    connector.office.keep_report(replace(make_report(connector), said_at=wrong))
    connector.spool.keep_ring(replace(make_ring(), at=wrong))
    await connector.uploader.bring()
    assert connector.backend.reports["h1-100-0"].said_at == NOW
    assert connector.backend.rings["h1-100-0"].at == NOW
    assert connector.spool.aside() == []


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503]
)
async def test_d2_a_report_that_is_answered_with_an_error_holds_up_no_other(
    connector: Connector, status: int
) -> None:
    connector.backend.bad["h1-100-0"] = status
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    connector.office.keep_report(make_report(connector, "h1-100-1"))
    with suppress(Unavailable, Unauthorised):
        await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-1"]
    assert connector.spool.has_report("h1-100-0")


async def test_a_backend_of_another_version_is_waited_for(connector: Connector) -> None:
    """It has none of our addresses: a report that met it for ten minutes was set aside."""
    connector.backend.bad["/connector/"] = 405
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    for _ in range(len(PATIENCE.waits) + 2):
        with pytest.raises(Unavailable):
            await connector.uploader.bring()
        connector.clock.move(timedelta(seconds=max(PATIENCE.waits)))
    connector.backend.bad.clear()
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-0"]
    assert connector.spool.aside() == []


async def test_d2_a_report_that_gets_no_answer_holds_up_no_other(connector: Connector) -> None:
    connector.backend.bad["h1-100-0"] = 0
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    connector.office.keep_report(make_report(connector, "h1-100-1"))
    bringing = asyncio.create_task(connector.uploader.run())
    while len(reports_in(connector.spool)) > 1:
        await asyncio.sleep(0.01)
    connector.office.keep_report(make_report(connector, "h1-100-2"))
    while "h1-100-2" not in connector.backend.reports or len(reports_in(connector.spool)) > 1:
        await asyncio.sleep(0.01)
    bringing.cancel()
    await asyncio.gather(bringing, return_exceptions=True)
    assert list(connector.backend.reports) == ["h1-100-1", "h1-100-2"]
    assert [report.key for report in reports_in(connector.spool)] == ["h1-100-0"]


@pytest.mark.parametrize("status", [403, 500])
async def test_d2_what_keeps_failing_is_set_aside_with_its_reason_and_comes_back(
    connector: Connector, status: int
) -> None:
    connector.backend.bad["h1-100-0"] = status
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    for _ in range(len(PATIENCE.waits)):
        await connector.uploader.bring()
        assert connector.spool.aside() == []
        connector.clock.move(timedelta(seconds=max(PATIENCE.waits)))
    await connector.uploader.bring()
    (aside,) = connector.spool.aside()
    assert aside.reason
    connector.backend.bad.clear()
    assert connector.spool.bring_back(aside.queue, aside.ref)
    await connector.uploader.bring()
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-0"]
    assert [len(files) for files in connector.backend.attached.values()] == [1]


async def test_d2_a_report_that_is_forbidden_makes_no_other_rest(connector: Connector) -> None:
    connector.backend.bad["h1-100-0"] = 403
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    await connector.uploader.bring()
    connector.office.keep_report(make_report(connector, "h1-100-1"))
    running = asyncio.create_task(connector.uploader.run())
    async with asyncio.timeout(10):
        while "h1-100-1" not in connector.backend.reports:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_d2_a_report_waits_longer_after_each_try(connector: Connector) -> None:
    connector.backend.bad["h1-100-0"] = 500
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    await connector.uploader.bring()
    before = connector.backend.requests
    await connector.uploader.bring()
    assert connector.backend.requests == before
    connector.clock.move(timedelta(seconds=PATIENCE.waits[0]))
    await connector.uploader.bring()
    assert connector.backend.requests > before


async def test_a_backend_that_is_away_for_long_sets_nothing_aside(connector: Connector) -> None:
    connector.office.keep_report(make_report(connector, "h1-100-0"))
    connector.backend.fake.down = True
    for _ in range(3 * len(PATIENCE.waits)):
        with pytest.raises(Unavailable):
            await connector.uploader.bring()
        connector.clock.move(timedelta(hours=1))
    connector.backend.fake.down = False
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-0"]


@pytest.mark.parametrize("status", [404, 500, 422])
async def test_d2_a_call_that_is_refused_holds_up_no_other_call(
    connector: Connector, status: int
) -> None:
    connector.backend.bad["h1-100-0"] = status
    connector.spool.keep_ring(make_ring("h1-100-0"))
    connector.spool.keep_ring(make_ring("h1-100-1"))
    connector.office.end("h1-100-1")
    await connector.uploader.bring()
    assert list(connector.backend.rings) == ["h1-100-1"]
    assert connector.backend.marks("h1-100-1") == [CallEventType.ENDED]


async def test_marks_follow_their_call(connector: Connector) -> None:
    await connector.ask(connector.office.ring, make_ring())
    connector.office.note("h1-100-0", CallEventType.ANSWERED)
    connector.office.end("h1-100-0")
    await connector.uploader.bring()
    assert set(connector.backend.marks("h1-100-0")) == {CallEventType.ANSWERED, CallEventType.ENDED}
    assert live_in(connector.spool) == {}


async def test_what_is_told_while_marks_are_brought_waits_for_no_round(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "ROUND_SECONDS", 60.0)
    await connector.ask(connector.office.ring, make_ring())
    asked, go_on = asyncio.Event(), asyncio.Event()
    note_call = connector.client.note_call

    async def slowly(notes: list[CallEvent]) -> None:
        asked.set()
        await go_on.wait()
        await note_call(notes)

    monkeypatch.setattr(connector.client, "note_call", slowly)
    working = asyncio.create_task(connector.uploader.run())
    connector.office.tell(CallEvent("h1-100-0", CallEventType.QUEUED, NOW))
    await asked.wait()
    connector.office.tell(CallEvent("h1-100-0", CallEventType.SEAT_RINGING, NOW, "seat001"))
    await asyncio.sleep(0.05)
    go_on.set()
    async with asyncio.timeout(5):
        while len(connector.backend.marks("h1-100-0")) < 2:
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_marks_wait_with_a_call_that_could_not_be_told(connector: Connector) -> None:
    connector.backend.fake.down = True
    await connector.ask(connector.office.ring, make_ring())
    connector.office.end("h1-100-0")
    with pytest.raises(Unavailable):
        await connector.uploader.bring()
    connector.backend.fake.down = False
    await connector.uploader.bring()
    assert connector.backend.marks("h1-100-0") == [CallEventType.ENDED]


async def test_marks_of_a_lost_answer_are_kept_on_disk(connector: Connector) -> None:
    await connector.ask(connector.office.ring, make_ring())
    await connector.uploader.bring()
    connector.office.end("h1-100-0")
    connector.backend.fake.down = True
    with pytest.raises(Unavailable):
        await connector.uploader.bring()
    assert [note.mark for note in notes_in(connector.spool)] == [CallEventType.ENDED]
    connector.backend.fake.down = False
    await connector.uploader.bring()
    await connector.uploader.bring()
    assert connector.backend.marks("h1-100-0") == [CallEventType.ENDED]
    assert notes_in(connector.spool) == []


async def test_one_mark_that_is_refused_does_not_hold_up_the_others(connector: Connector) -> None:
    await connector.ask(connector.office.ring, make_ring())
    connector.office.note("h9-refused-0", CallEventType.ANSWERED)
    connector.backend.bad["h9-refused-0"] = 404
    connector.office.end("h1-100-0")
    await connector.uploader.bring()
    assert connector.backend.marks("h1-100-0") == [CallEventType.ENDED]
    assert [one.queue for one in connector.spool.aside()] == ["notes"]


async def test_a_withheld_number_has_no_newest_case_and_nobody_is_asked(
    connector: Connector,
) -> None:
    before = connector.backend.requests
    assert await connector.ask(connector.office.newest_case, "") is None
    assert connector.backend.requests == before


async def test_a_backlog_is_listed_once_and_brought_as_lanes_come_free(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each listing brought eight reports and then slept: a spool of thousands took a day."""
    keys = [f"h1-{turn}-0" for turn in range(100, 160)]
    for turn, key in enumerate(keys):
        connector.spool.keep_report(SpokenReport(key, "138", "zh_CN", NOW, None))
        os.utime(connector.folder / "spool" / "reports" / f"{key}.json", (turn, turn))
    connector.backend.bad[keys[0]], connector.backend.bad[keys[1]] = 500, 0
    listed, names = list[str](), connector.spool.names

    def lists(kind: str) -> list[str]:
        listed.append(kind)
        if listed.count("reports") > 1:  # the second look: all of the first was handed out
            raise OSError("enough")
        return names(kind)

    monkeypatch.setattr(connector.spool, "names", lists)
    bringing = asyncio.create_task(connector.uploader.run())
    async with asyncio.timeout(20):
        while len(connector.backend.reports) < len(keys) - 2:
            await asyncio.sleep(0.01)
    bringing.cancel()
    await asyncio.gather(bringing, return_exceptions=True)
    assert sorted(connector.backend.reports) == keys[2:]
    taken = list(connector.backend.reports)
    # Oldest first, as lanes come free; a lane that is slow lets others pass.
    in_turn = sum(abs(taken.index(key) - at) <= 8 for at, key in enumerate(keys[2:]))
    assert in_turn > len(taken) * 3 / 4


async def test_marks_stay_in_memory_while_the_disk_is_full(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connector.ask(connector.office.ring, make_ring())
    connector.office.end("h1-100-0")
    connector.backend.fake.down = True

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(connector.spool, "keep_note", full)
        with pytest.raises(Unavailable):
            await connector.uploader.bring()
    connector.backend.fake.down = False
    await connector.uploader.bring()
    assert connector.backend.marks("h1-100-0") == [CallEventType.ENDED]


async def test_a_mark_under_another_name_is_brought_once(connector: Connector) -> None:
    """Its own name was let go of, and the file was sent for ever."""
    await connector.ask(connector.office.ring, make_ring())
    connector.spool.keep_note(CallEvent("h1-100-0", CallEventType.ANSWERED, NOW))
    (path,) = (connector.folder / "spool" / "notes").iterdir()
    path.rename(path.with_name("copy.json"))
    connector.spool.keep_report(make_report(connector))
    (path,) = (connector.folder / "spool" / "reports").iterdir()
    path.rename(path.with_name("copy.json"))
    await connector.uploader.bring()
    assert list(connector.backend.reports) == ["h1-100-0"]
    assert connector.backend.marks("h1-100-0") == [CallEventType.ANSWERED]
    assert not list((connector.folder / "spool").rglob("copy*"))
