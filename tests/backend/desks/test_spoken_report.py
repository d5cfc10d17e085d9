"""A spoken report is two versions of its case: taken in, then its words with what they suggest."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.desks import acceptance, aside, casework, executor, media, telephone, triage
from backend.desks.context import AppContext
from backend.desks.queues import TRANSCRIPTS, UNDERSTANDING
from backend.desks.triage_runner import TriageRunner
from backend.store import cases, jobs
from hotline.call import CallRing, FailedTranscript, NewTranscript, TranscriptTask
from hotline.case.case import Case, Step
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.health import SCRIBE, Beat, Ref
from hotline.intake.result import TriageResult
from hotline.media import Attachment, MediaKind
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import actor, queued
from tests.cities import MONDAY
from tests.fakes.knowing import FakeTriageService

SOUND, OTHER = "5d" * 32, "6e" * 32
WORDS = "中山东路井盖没了"
MINE = frozenset({"connector:ivr"})


class Unwilling(FakeTriageService):
    """Fails on all words, or hangs until it is let go."""

    def __init__(self, way: str) -> None:
        super().__init__(TriageResult())
        self.way = way
        self.released = threading.Event()

    def understand(self, text: str, point: Point | None = None) -> TriageResult:
        """Fail, or hang."""
        if self.way == "hangs":
            self.released.wait(60)
        raise ZeroDivisionError(text)


@pytest.fixture(params=["fails", "hangs"])
def unwilling(request: pytest.FixtureRequest) -> Iterator[Unwilling]:
    knowing = Unwilling(request.param)
    yield knowing
    knowing.released.set()


async def spoken(office: AppContext, sound: str = SOUND) -> str:
    """A call that left a recording; gives its case's number."""
    await telephone.ring(office, CallRing("h1-100-0", "13812345678", MONDAY))
    contact = Contact(Channel.PHONE, "13812345678")
    report = NewReport(Channel.PHONE, "h1-100-0", contact, MONDAY, call="h1-100-0")
    number = (await acceptance.record(office, report, connector="ivr")).number
    await record(office, number, sound)
    return number


async def test_a_report_of_an_emergency_is_urgent_before_and_after_it_is_understood(
    office: AppContext,
) -> None:
    contact = Contact(Channel.PHONE, "13812345678")
    report = NewReport(
        Channel.PHONE, "h1-100-0", contact, MONDAY, text=WORDS, call="h1-100-0", is_emergency=True
    )
    number = (await acceptance.record(office, report, connector="ivr")).number
    case, steps = await story(office, number)
    assert (case.urgency, steps[0].changes["urgency"]) == ("critical", "critical")
    await triage.look_at_new(office)
    case, _ = await story(office, number)
    assert (case.understood, case.urgency) == (True, "critical")


async def record(office: AppContext, number: str, sound: str, key: str = "1:recording") -> None:
    file = Attachment(sound, MediaKind.RECORDING, MediaKind.RECORDING.mime)
    await media.stored(office, file, 9, MINE)
    await media.attach(office, number, file, key, MINE)


async def story(office: AppContext, number: str) -> tuple[Case, list[Step]]:
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        return case, await cases.steps_of(connection, case.id)


async def told(office: AppContext, number: str) -> int:
    """How many messages there are of a case."""
    async with office.store.connect() as connection:
        rows = await connection.execute(
            text("SELECT count(*) FROM change WHERE kind = 'case' AND ref = :ref"), {"ref": number}
        )
        return int(rows.scalar_one())


async def hear(office: AppContext, number: str, words: str = WORDS, sound: str = SOUND) -> None:
    await telephone.put_transcript(office, NewTranscript(number, sound, "whisper", words))


async def test_a_spoken_report_is_two_versions_and_two_messages(office: AppContext) -> None:
    number = await spoken(office)
    await record(office, number, SOUND)
    (task,) = await telephone.transcript_tasks(office, 5)
    assert task == TranscriptTask(number, SOUND, "zh_CN", office.city.release)
    await hear(office, number)
    await hear(office, number)
    assert await triage.look_at_new(office) == 1
    case, steps = await story(office, number)
    assert [one.action for one in steps] == ["report", "transcribe"]
    assert (case.version, case.text, case.text_confirmed) == (2, WORDS, False)
    assert case.understood
    assert await told(office, number) == 2
    assert await triage.look_at_new(office) == 0
    assert await telephone.transcript_tasks(office, 5) == []


async def test_what_was_heard_is_kept_at_once_and_words_come_with_the_next_worker(
    office: AppContext,
) -> None:
    number = await spoken(office)
    await hear(office, number)
    case, _ = await story(office, number)
    waiting = await queued(office, case)
    assert waiting.count(UNDERSTANDING.name) == 1
    assert TRANSCRIPTS.name not in waiting
    (lost,) = await executor.lease(office, UNDERSTANDING, 5, holder="killed")
    assert lost.ref == number
    assert await triage.look_at_new(office) == 0
    assert isinstance(office.clock, FixedClock)
    office.clock.move(timedelta(seconds=UNDERSTANDING.lease_s))
    assert await triage.look_at_new(office) == 1
    assert (await story(office, number))[0].text == WORDS


async def test_words_that_nobody_understands_come_all_the_same_marked_unsure(
    office: AppContext, unwilling: Unwilling
) -> None:
    lame = replace(office, knowing=unwilling, thinking=TriageRunner(longest_s=0.1))
    number = await spoken(office)
    await hear(office, number)
    await triage.look_at_new(lame)
    case, steps = await story(office, number)
    assert (case.text, case.unsure, case.understood, case.version) == (WORDS, True, True, 2)
    assert steps[-1].action == "transcribe"
    # It can be asked for once more, and is understood then.
    await aside.bring_back(office, Ref(UNDERSTANDING.name, number))
    await triage.look_at_new(office)
    case, steps = await story(office, number)
    assert [one.action for one in steps] == ["report", "transcribe", "suggest"]
    assert case.understood


async def test_words_that_come_while_others_are_looked_at_are_not_lost(
    office: AppContext,
) -> None:
    """Who looks at a case when its transcript comes has not seen it, and must not end its job."""
    number = await spoken(office)
    await record(office, number, OTHER, "2:recording")
    await hear(office, number, "")
    (old,) = await executor.lease(office, UNDERSTANDING, 5)
    await hear(office, number, WORDS, OTHER)
    await triage._look(office, old)
    case, steps = await story(office, number)
    assert (case.version, len(steps)) == (1, 1)
    while await triage.look_at_new(office):
        continue
    case, steps = await story(office, number)
    assert [one.action for one in steps] == ["report", "transcribe", "transcribe"]
    assert case.text == WORDS


async def test_what_a_person_has_typed_stays(office: AppContext) -> None:
    number = await spoken(office)
    by = actor(office, "acceptor1")
    given = {"text": "路灯不亮"}
    await casework.act(office, number, "correct", by, key="c", given=given)
    await hear(office, number)
    while await triage.look_at_new(office):
        continue
    case, _ = await story(office, number)
    assert (case.text, case.understood) == ("路灯不亮", True)


async def test_who_writes_down_keeps_its_lease_by_its_signs_of_life(
    office: AppContext, clock: FixedClock
) -> None:
    number = await spoken(office)
    await telephone.transcript_tasks(office, 5)
    ref = Ref(TRANSCRIPTS.name, f"{number}/{SOUND}")
    for _ in range(3):
        clock.move(timedelta(seconds=TRANSCRIPTS.lease_s - 1))
        await aside.beat(office, Beat(SCRIBE, clock.now(), held=(ref,)))
        assert await telephone.transcript_tasks(office, 5) == []
    clock.move(timedelta(seconds=TRANSCRIPTS.lease_s))
    assert len(await telephone.transcript_tasks(office, 5)) == 1


async def test_a_recording_that_nobody_can_write_down_is_given_up(
    office: AppContext, clock: FixedClock
) -> None:
    number = await spoken(office)
    for wait in (*TRANSCRIPTS.patience.waits, 0):
        assert len(await telephone.transcript_tasks(office, 5)) == 1
        await telephone.transcript_failed(office, FailedTranscript(number, SOUND, "no such file"))
        clock.move(timedelta(seconds=wait))
    async with office.store.connect() as connection:
        ((letter, _),) = await jobs.dead(connection, 9)
    assert (letter.ref, letter.reason) == (f"{number}/{SOUND}", "no such file")
    # Whoever has the words after all hands them in.
    await hear(office, number)
    async with office.store.connect() as connection:
        assert await jobs.dead(connection, 9) == []
