"""One test over all queues: whatever the item at the head does, the next is served."""

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from backend.desks import acceptance, telephone, timers, triage
from backend.desks.context import AppContext
from backend.desks.queues import NOTICES, TRANSCRIPTS, UNDERSTANDING, Queue
from backend.jobs.reader import Courier, FeedReader
from backend.jobs.sequencer import Sequencer
from backend.store import calls, cases, media
from backend.store.feed import FeedItem
from backend.store.jobs import Job
from backend.store.session import Transaction
from config.prompts import PROMPTS
from hotline.call import CallEventType, CallRing, FailedTranscript, NewTranscript, TranscriptTask
from hotline.case.case import Case
from hotline.case.light import Light
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Invalid, NotFound
from hotline.media import Attachment, MediaKind
from hotline.notice import CallEnd
from hotline.phonetic import NameIndex
from hotline.report import Contact, NewReport
from ivr import recording
from ivr.callout import Callout
from ivr.comments import SpokenComments
from ivr.flows.survey import comment_of
from ivr.hearing import Hearing
from ivr.prompts import open_prompts
from ivr.recovery import OrphanRecovery
from ivr.speech import Transcript
from ivr.spool_records import SpokenReport
from ivr.transcription import TranscriptionWorker
from tests import cities
from tests.bots.stage import FILED, Stage
from tests.cities import MONDAY
from tests.fakes.served import notice_task
from tests.ivr.conftest import Connector
from tests.ivr.fakes import NOW, keep_wav, talk
from tests.ivr.spooled import reports_in
from tests.queues.conftest import HANGS_S
from tests.sources import ROOT, name_of, python_files, text_of

pytestmark = pytest.mark.slow

SOON_S = 20.0
BAD, GOOD = "h1-100-0", "h1-200-0"


@dataclass(slots=True)
class Parts:
    """What the queues run on."""

    office: AppContext
    connector: Connector
    stage: Stage
    clock: FixedClock
    monkeypatch: pytest.MonkeyPatch
    folder: Path
    served: list[str] = field(default_factory=list)


Play = Callable[[Parts, str], Awaitable[None]]
"""Puts a bad item (that raises, is refused, or hangs) and a good one into a queue, and works it."""
QUEUES: dict[str, tuple[str, tuple[str, ...], Play]] = {}
"""Name -> (module that works the queue, what its head may do, the play)."""


def queue(module: str, *ways: str) -> Callable[[Play], Play]:
    """Put a queue into the registry."""

    def add(play: Play) -> Play:
        QUEUES[play.__name__] = (module, ways, play)
        return play

    return add


WRONG = {
    "raises": ZeroDivisionError("broken"),
    "refused": Invalid("text", "no"),
    "forbidden": Forbidden("not this one"),
}


async def misbehave(way: str) -> None:
    """Do what a bad item does."""
    if way == "hangs":
        await asyncio.Event().wait()
    raise WRONG[way]


def impatient(queue: Queue) -> Queue:
    """A queue that bears with an item that hangs no longer than the test needs."""
    return replace(queue, patience=replace(queue.patience, longest_s=HANGS_S))


async def soon(true: Callable[[], object]) -> None:
    """Wait for what comes in the queue's usual time."""
    async with asyncio.timeout(SOON_S):
        while not true():
            await asyncio.sleep(0.01)


async def let_run(work: Awaitable[object], true: Callable[[], object]) -> None:
    """Let a loop run until something is so."""
    running = asyncio.ensure_future(work)
    try:
        await soon(true)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


STATUS = {"raises": 500, "refused": 422, "forbidden": 403, "missing": 404, "hangs": 0}


@queue("ivr/backlog.py", *STATUS)
async def spoken_reports(parts: Parts, way: str) -> None:
    connector = parts.connector
    connector.backend.bad[BAD] = STATUS[way]
    for key in (BAD, GOOD):
        connector.spool.keep_report(SpokenReport(key, "13800138000", "zh_CN", NOW, None))
    await let_run(connector.uploader.run(), lambda: GOOD in connector.backend.reports)
    assert connector.spool.has_report(BAD)
    parts.served.append(GOOD)


@queue("ivr/backlog.py", *STATUS)
async def calls_on_record(parts: Parts, way: str) -> None:
    connector = parts.connector
    connector.backend.bad[BAD] = STATUS[way]
    for key in (BAD, GOOD):
        connector.spool.keep_ring(CallRing(key, "13800138000", NOW))
    await let_run(connector.uploader.run(), lambda: GOOD in connector.backend.rings)
    parts.served.append(GOOD)


@queue("ivr/uploader.py", "raises", "refused", "forbidden", "missing")
async def marks_of_calls(parts: Parts, way: str) -> None:
    connector = parts.connector
    for key in (BAD, GOOD):
        await connector.ask(connector.office.ring, CallRing(key, "13800138000", NOW))
    connector.backend.bad[BAD] = STATUS[way]
    for key in (BAD, GOOD):
        connector.office.note(key, CallEventType.ANSWERED)
    await let_run(connector.uploader.run(), lambda: connector.backend.marks(GOOD))
    parts.served.append(GOOD)


@queue("ivr/comments.py", "raises", "refused", "forbidden", "missing")
async def comments_behind_calls(parts: Parts, way: str) -> None:
    connector, left = parts.connector, parts.folder
    paths = {key: keep_wav(comment_of(f"{left}/call.wav", key), talk(2)) for key in (BAD, GOOD)}
    connector.backend.bad[BAD] = STATUS[way]
    brought = SpokenComments(left, connector.client, connector.office, parts.clock)
    await let_run(brought.run(), lambda: not paths[GOOD].exists())
    assert paths[BAD].exists()
    parts.served.append(GOOD)


@queue("ivr/spool.py", "broken", "empty", "of_another_make")
async def files_of_the_spool(parts: Parts, way: str) -> None:
    spool = parts.connector.spool
    spool.keep_report(SpokenReport(GOOD, "13800138000", "zh_CN", NOW, None))
    said = {"broken": "{", "empty": "", "of_another_make": json.dumps({"title": "?"})}[way]
    path = parts.connector.folder / "spool" / "reports" / f"{BAD}.json"
    path.write_text(said, "utf-8")
    os.utime(path, (1, 1))
    parts.served += [report.key for report in reports_in(spool)]
    assert [one.ref for one in spool.aside()] == [BAD]


@queue("ivr/recovery.py", "raises")
async def recordings_left_behind(parts: Parts, way: str) -> None:
    connector, left = parts.connector, parts.folder / "exchange"
    for name in ("recording", "note"):
        (left / name).mkdir(parents=True)
    for key in (BAD, GOOD):
        path = keep_wav(left / "recording" / f"{key}_138.wav", talk(4))
        at = (NOW - timedelta(seconds=60)).timestamp()
        os.utime(path, (at, at))

    def breaks(path: Path) -> float:
        if path.name.startswith(BAD):
            raise ZeroDivisionError(way)
        return recording.speech_in(path)

    async def no_calls() -> frozenset[str]:
        return frozenset()

    parts.monkeypatch.setattr("ivr.recovery.speech_in", breaks)
    await OrphanRecovery(
        left, connector.spool, connector.office, connector.clock, "zh_CN", no_calls
    ).recover()
    parts.served += [report.key for report in reports_in(connector.spool)]


class Recordings:
    """A backend with two recordings to be written down; it hands a failed one out no more."""

    def __init__(self, way: str):
        self.way = way
        self.waiting = [TranscriptTask("1", BAD, "zh_CN"), TranscriptTask("2", GOOD, "zh_CN")]
        self.written: list[str] = []
        self.failed: list[FailedTranscript] = []

    async def transcript_tasks(self, limit: int) -> list[TranscriptTask]:
        """Hand out."""
        return self.waiting[:limit]

    async def transcript_failed(self, failed: FailedTranscript) -> None:
        """Take a failure."""
        self.failed.append(failed)
        self.waiting = [one for one in self.waiting if one.sha256 != failed.sha256]

    async def media(self, sha256: str) -> bytes:
        """Give a recording."""
        if sha256 == BAD and self.way in ("missing", "forbidden"):
            raise NotFound("no such file") if self.way == "missing" else Forbidden("not this one")
        return sha256.encode()

    async def put_transcript(self, transcript: NewTranscript) -> None:
        """Take a transcript."""
        if self.way == "refused" and transcript.sha256 == BAD:
            raise Invalid("text", "no")
        self.written.append(transcript.sha256)
        self.waiting = [one for one in self.waiting if one.sha256 != transcript.sha256]


@queue("ivr/transcription.py", "raises", "refused", "forbidden", "missing")
async def recordings_to_write_down(parts: Parts, way: str) -> None:
    client = Recordings(way)

    class Recogniser:
        """An engine that breaks on one recording."""

        engine = "whisper"

        def transcribe(self, path: Path, language: str, _: Any) -> Transcript:
            """Hear."""
            if way == "raises" and path.read_bytes() == BAD.encode():
                raise ZeroDivisionError
            return Transcript("words", "words", "whisper", 0.8, language, 5.0)

    hearing = Hearing(NameIndex(()), {})
    scribe = TranscriptionWorker(client, Recogniser(), hearing, parts.clock)  # type: ignore[arg-type]
    while await scribe.work_once():
        continue
    assert [one.sha256 for one in client.failed] == [BAD]
    parts.served += client.written


async def two_cases(parts: Parts) -> tuple[str, str]:
    """Two reports on record, the bad one first; gives their numbers."""
    numbers = []
    for key in (BAD, GOOD):
        contact = Contact(Channel.TELEGRAM, key)
        report = NewReport(Channel.TELEGRAM, key, contact, MONDAY, text="供水井盖没了")
        numbers.append((await acceptance.record(parts.office, report)).number)
        parts.clock.move(timedelta(seconds=1))
    return numbers[0], numbers[1]


async def case_of(parts: Parts, number: str) -> Case:
    async with parts.office.store.connect() as connection:
        return await cases.load(connection, number)


@queue("backend/desks/executor.py", *WRONG)
async def lights_to_turn(parts: Parts, way: str) -> None:
    bad, good = await two_cases(parts)
    bad_case, turn = (await case_of(parts, bad)).id, timers.fire

    async def turns(
        office: AppContext, transaction: Transaction, job: Job, case: Case
    ) -> datetime | None:
        if case.id == bad_case:
            raise WRONG[way]
        return await turn(office, transaction, job, case)

    parts.monkeypatch.setattr(timers, "fire", turns)
    parts.clock.move(timedelta(minutes=25))
    assert await timers.work_due(parts.office) == 2
    if (await case_of(parts, good)).light is not Light.GREEN:
        parts.served.append(GOOD)


@queue("backend/desks/executor.py", "raises", "refused", "forbidden", "hangs")
async def words_to_understand(parts: Parts, way: str) -> None:
    bad, good = await two_cases(parts)
    suggest = triage.suggest

    async def suggests(office: AppContext, case: Case) -> Mapping[str, Any]:
        if case.number == bad:
            await misbehave(way)
        return await suggest(office, case)

    parts.monkeypatch.setattr(triage, "suggest", suggests)
    hurried = impatient(UNDERSTANDING)
    parts.monkeypatch.setattr(triage, "UNDERSTANDING", hurried)
    await triage.look_at_new(parts.office)
    if (await case_of(parts, good)).understood:
        parts.served.append(GOOD)


@queue("backend/desks/executor.py", "ends_its_process")
async def recordings_that_end_who_writes_them_down(parts: Parts, way: str) -> None:
    office, numbers = parts.office, await two_cases(parts)
    async with office.store.append(office.clock.now()) as writes:
        for number in numbers:
            case = await cases.load(writes.connection, number)
            file = Attachment(number, MediaKind.RECORDING, MediaKind.RECORDING.mime)
            media.add_file(writes, file, 9, ())
            link = media.link_row(case.id, number, file.kind, number, writes.now)
            writes.add("case_media", link)
            calls.add_transcript_job(writes, case, number)
    given: list[str] = []
    for _ in range(9):
        tasks = await telephone.transcript_tasks(office, 1)
        given += [one.number for one in tasks if one.number == numbers[0]]
        parts.served += [GOOD for one in tasks if one.number == numbers[1]][:1]
        for one in tasks:
            if one.number == numbers[1]:
                heard = NewTranscript(one.number, one.sha256, way, "")
                await telephone.put_transcript(office, heard)
        parts.clock.move(timedelta(seconds=TRANSCRIPTS.lease_s))
    assert 0 < len(given) < 9


@queue("bots/delivery.py", "raises", "forbidden", "hangs")
async def notices_to_chats(parts: Parts, way: str) -> None:
    stage = parts.stage
    filing = cities.organisation().person("acceptor1").actor()
    for chat in (111, 222):
        await stage.write(chat, "中山东路井盖没了")
        await stage.tap(chat, "提交")
        number = list(stage.backend.cases)[-1]
        stage.backend.move(number, "file", filing, key=f"k{chat}", given=FILED)
    send, told = stage.channel.send, list[str]()

    async def sends(message: Any) -> Any:
        if message.address == "111":
            await misbehave(way)
        told.append(message.address)
        return await send(message)

    parts.monkeypatch.setattr(stage.channel, "send", sends)
    await let_run(stage.delivery.run(), lambda: told == ["222"])
    parts.served.append(GOOD)


class Trunk:
    """An exchange on which one number misbehaves."""

    def __init__(self, way: str):
        self.way = way
        self.connected = asyncio.Event()
        self.connected.set()

    async def place_call(self, number: str, _own: str, _notice: str, _s: float) -> CallEnd:
        """Place a call."""
        if number == "13811111111":
            await misbehave(self.way)
        return CallEnd.NOT_DIALABLE


@queue("ivr/callout.py", "raises", "refused", "forbidden", "hangs")
async def calls_to_citizens(parts: Parts, way: str) -> None:
    connector = parts.connector
    bad, good = notice_task("20260418", "13811111111"), notice_task("20260426", "13822222222")
    connector.backend.owe(bad, good)
    prompts = open_prompts(PROMPTS)
    out = Callout(connector.client, Trunk(way), prompts, connector.clock, "12345")  # type: ignore[arg-type]
    await let_run(out.run(), lambda: good.id in {one.id for one in connector.backend.settled})
    parts.served.append(GOOD)


@queue("ivr/callout.py", *STATUS)
async def answers_of_calls_to_citizens(parts: Parts, way: str) -> None:
    connector, rung, at = parts.connector, list[str](), list[datetime]()
    bad, good = notice_task("20260418", "13811111111"), notice_task("20260426", "13822222222")
    connector.backend.owe(bad)
    connector.backend.bad[str(bad.id)] = STATUS[way]
    final = way in ("refused", "missing")

    class Line(Trunk):
        async def place_call(self, number: str, _own: str, _notice: str, _s: float) -> CallEnd:
            rung.append(number)
            if number == bad.address:
                at.append(connector.clock.now())
            return CallEnd.NOT_DIALABLE

    out = Callout(connector.client, Line(way), open_prompts(PROMPTS), connector.clock, "12345")  # type: ignore[arg-type]
    asked = connector.backend.requests

    def settled() -> bool:
        if connector.backend.requests > asked + 1 and "13822222222" not in rung:
            # The bad one comes again, as after its lease.
            connector.backend.owe(*([good] if final else [bad, good]))
        return good.id in {one.id for one in connector.backend.settled}

    await let_run(out.run(), settled)
    # The clock of this test runs ahead: an answer that nobody takes is followed by the next lease.
    lease = timedelta(seconds=NOTICES.lease_s)
    assert all(later - earlier >= lease for earlier, later in pairwise(at))
    assert final or len(at) == 1
    parts.served.append(GOOD)


@queue("backend/jobs/reader.py", "raises", "refused", "forbidden", "hangs")
async def listeners_of_the_feed(parts: Parts, way: str) -> None:
    async def bad(_: list[FeedItem]) -> None:
        await misbehave(way)

    async def good(items: list[FeedItem]) -> None:
        parts.served.extend(GOOD for _ in items[:1] if not parts.served)

    office = parts.office
    reader = FeedReader(office.store, office.tally, [Courier(bad), Courier(good)])
    sequencer = Sequencer(office.store)

    async def report() -> None:
        while not office.tally.is_loaded:  # it reads on from where the feed stands then
            await asyncio.sleep(0.01)
        await two_cases(parts)

    async def feeding() -> None:
        await asyncio.gather(sequencer.run(), reader.run(), report())

    await let_run(feeding(), lambda: parts.served)


@queue("bots/telegram/updates.py", "raises", "forbidden")
async def messages_of_chats(parts: Parts, way: str) -> None:
    stage = parts.stage
    hear = stage.talk.hear

    async def hears(message: Any) -> Any:
        if message.address == "111":
            await misbehave(way)
        return await hear(message)

    stage.inbox._hear = hears
    bad, good = stage.api.write(111, "井盖没了"), stage.api.write(222, "井盖没了")
    await stage.hear(bad, good)
    assert stage.api.of(222)
    parts.served.append(GOOD)


@pytest.fixture
def parts(
    office: AppContext,
    connector: Connector,
    stage: Stage,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Parts:
    """Everything a queue may need."""
    return Parts(office, connector, stage, clock, monkeypatch, tmp_path)


CASES = [(name, way) for name, (_, ways, _) in QUEUES.items() for way in ways]


@pytest.mark.parametrize(("name", "way"), CASES)
async def test_k4_one_bad_item_at_the_head_holds_up_nobody(
    parts: Parts, name: str, way: str
) -> None:
    _, _, play = QUEUES[name]
    async with asyncio.timeout(2 * SOON_S):
        await play(parts, way)
    assert parts.served == [GOOD]


def test_k4_every_module_that_works_a_queue_is_in_the_registry() -> None:
    """A new queue is put into the registry above, or this fails."""
    works = re.compile(r"\b(Lanes|Tries|Courier)\(|\bQueue\(\"")
    found = {
        name_of(path)
        for path in python_files()
        if path.is_relative_to(ROOT)
        and not name_of(path).startswith(("tests/", "hotline/queue.py"))
        and works.search(text_of(path))
    }
    assert found
    assert found <= {module for module, _, _ in QUEUES.values()}
