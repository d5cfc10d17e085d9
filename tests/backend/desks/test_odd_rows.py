"""Rows that nobody wrote so, wishes that come twice, and clocks that went ahead: all go on."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.desks import aside, casework, executor, notices, telephone, timers, triage
from backend.desks.context import AppContext
from backend.desks.queues import NOTICES, TIMERS, TRANSCRIPTS, UNDERSTANDING, UNTOLD
from backend.queries import casefile, feed_messages, inbox
from backend.store import cases, jobs
from backend.store.rows import StepRow
from hotline.case.case import Step, replay
from hotline.channel import Channel
from hotline.clock import FixedClock, iso
from hotline.errors import NotFound
from hotline.health import IVR, Beat, Ref
from hotline.notice import Outcome, Settled
from hotline.wire import Schema
from tests.backend.api.conftest import actor, make_case
from tests.cities import MONDAY

pytestmark = pytest.mark.slow


async def sql(office: AppContext, said: str, *given: Any) -> None:
    """Write into the database past everything."""
    async with office.store.begin() as connection:
        await connection.exec_driver_sql(said, given)


async def decline(office: AppContext, key: str = "1") -> str:
    """Leave a notice to a caller in the outbox; gives the case's number."""
    number = await make_case(office, channel=Channel.PHONE, key=key)
    by = actor(office, "acceptor1")
    await casework.act(
        office,
        number,
        "decline",
        by,
        key=f"d{key}",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )
    return number


@pytest.mark.parametrize("kept", ["null", "[]", '"x"', "7", '{"note": null, "number": {"a": 1}}'])
async def test_a_notice_with_odd_values_holds_up_nobody_and_is_listed(
    office: AppContext, kept: str
) -> None:
    """One such row let every lease of its channel and the page of notices fail, for ever."""
    for key in "12":
        await decline(office, key)
    await sql(
        office, "UPDATE notice SET fields = $1::text::jsonb WHERE id = (SELECT min(id::text)::uuid "
        "FROM notice)", kept,
    )  # fmt: skip
    tasks = await notices.lease(office, [Channel.PHONE], None, 5)
    assert len(tasks) == 2
    assert all(isinstance(value, str) for task in tasks for value in task.values.values())
    assert len((await inbox.list_notices(office, actor(office, "chief1"), "")).items) == 2


ODD_DUES = ["-infinity", "4713-01-01 00:00:00+00 BC"]


async def reasons(office: AppContext) -> dict[str, str]:
    """Give why the dead letters are dead, by their refs."""
    async with office.store.connect() as connection:
        return {one.ref: one.reason for one, _ in await jobs.dead(connection)}


async def test_a_job_of_no_notice_is_a_dead_letter_and_the_others_go_out(
    office: AppContext,
) -> None:
    """One such row kept every notice of its channel, leased and never handed out, for ever."""
    await decline(office)
    await sql(
        office, "INSERT INTO job SELECT queue, $1, lane, case_id, body, due - interval '1 hour', "
        "tries, lease_until, holder, state, reason, since FROM job WHERE queue = 'notices'", "odd",
    )  # fmt: skip
    assert len(await notices.lease(office, [Channel.PHONE], None, 5)) == 1
    assert await reasons(office) == {"odd": "it is of no notice"}


@pytest.mark.parametrize("due", ODD_DUES)
async def test_a_notice_of_any_year_goes_out_and_holds_up_no_other(
    office: AppContext, due: str
) -> None:
    for key in "12":
        await decline(office, key)
    await sql(
        office, f"UPDATE job SET due = '{due}' WHERE ref = (SELECT min(ref) FROM job "
        "WHERE queue = 'notices')",
    )  # fmt: skip
    assert len(await notices.lease(office, [Channel.PHONE], None, 5)) == 2


@pytest.mark.parametrize("due", ODD_DUES)
async def test_a_light_of_any_year_holds_up_no_other(
    office: AppContext, clock: FixedClock, due: str
) -> None:
    first, second = [await make_case(office, key=key) for key in "12"]
    await sql(office, f"UPDATE job SET due = '{due}' WHERE ref LIKE '%light.yellow@%'")
    assert await timers.first_due(office, clock.now()) is not None
    await timers.work_due(office)
    assert await timers.first_due(office, clock.now()) is None
    clock.move(timedelta(days=60))
    while await timers.work_due(office):
        continue
    async with office.store.connect() as connection:
        seen = [await cases.load(connection, number) for number in (first, second)]
    assert [one.light for one in seen] == ["red", "red"]


@pytest.mark.parametrize(
    "odd", ["state = 'odd'", f"state = 'dead', since = '{ODD_DUES[1]}'", "since = 'infinity'"]
)
async def test_an_odd_job_keeps_nobody_from_the_dead_letters_and_is_brought_back(
    office: AppContext, odd: str
) -> None:
    """The health page and every sign of life of a connector failed by one such row."""
    number = await make_case(office, text="井盖没了")
    await sql(
        office, "UPDATE job SET state = 'dead', reason = 'broken' WHERE queue = 'understanding'"
    )
    await sql(office, f"UPDATE job SET {odd} WHERE queue = 'understanding'")
    assert await aside.beat(office, Beat(IVR, MONDAY)) == []
    assert await reasons(office) == {number: "broken"}
    await aside.bring_back(office, Ref(UNDERSTANDING.name, number))
    assert await triage.look_at_new(office) == 1


async def test_a_job_with_as_many_tries_as_can_be_counted_holds_up_no_other(
    office: AppContext, clock: FixedClock
) -> None:
    """The number of its next try is none that the column holds, so its queue stood still."""
    numbers = [await decline(office, key) for key in "12"]
    await sql(
        office, "UPDATE job SET tries = 32767 WHERE (queue, ref) IN "
        "(SELECT queue, min(ref) FROM job GROUP BY queue)",
    )  # fmt: skip
    # Each try is a call to its number, and no number is rung so often.
    await sql(
        office, "UPDATE notice SET address = '13900139000' "
        "WHERE id = (SELECT min(id::text)::uuid FROM notice)",
    )  # fmt: skip
    assert len(await notices.lease(office, [Channel.PHONE], None, 5)) == 1
    assert list((await reasons(office)).values()) == [UNTOLD]
    await sql(
        office, "INSERT INTO job SELECT 'transcripts', number, '', id, '{}', received_at, 32767, "
        "NULL, '', 'waiting', '', received_at FROM cases",
    )  # fmt: skip
    assert await telephone.transcript_tasks(office, 5) == []
    assert set(numbers) < set(await reasons(office))


async def test_a_light_with_as_many_tries_as_can_be_counted_is_a_dead_letter(
    office: AppContext, clock: FixedClock
) -> None:
    first, second = [await make_case(office, key=key) for key in "12"]
    odd = "UPDATE job SET tries = 32767, body = '{\"light\": \"odd\"}' WHERE queue = 'timers' "
    await sql(office, odd + "AND case_id = (SELECT id FROM cases WHERE number = $1)", first)
    clock.move(timedelta(days=60))
    while await timers.work_due(office):
        continue
    async with office.store.connect() as connection:
        assert (await cases.load(connection, second)).light == "red"
    assert len(await reasons(office)) == 2


async def test_a_case_that_cannot_be_read_holds_up_no_words_behind_it(office: AppContext) -> None:
    """One such row let no report be understood any more."""
    bad = await make_case(office, key="1", text="井盖没了")
    good = await make_case(office, key="2", text="路灯不亮")
    await sql(office, "UPDATE cases SET suggestions = '{\"a\": 1}' WHERE number = $1", bad)
    assert await triage.look_at_new(office) == 2
    async with office.store.connect() as connection:
        assert (await cases.load(connection, good)).understood
        assert [one.ref for one, _ in await jobs.dead(connection, 9)] == [bad]


async def test_an_odd_change_holds_up_no_console(office: AppContext) -> None:
    """A console that came back asked for it again and again, and was never up to date."""
    for seq, (kind, ref) in enumerate([("notice", "none"), ("odd", ""), ("case", "")], 1):
        await sql(
            office, "INSERT INTO feed (seq, id, kind, ref, at) VALUES ($1, gen_random_uuid(), $2, "
            "$3, $4)", seq, kind, ref, MONDAY,
        )  # fmt: skip
    told = await feed_messages.after(office, 0)
    assert told is not None
    assert [one.seq for one in told] == [1, 2, 3]


async def test_an_odd_light_is_a_dead_letter_and_the_next_one_turns(
    office: AppContext, clock: FixedClock
) -> None:
    number = await make_case(office, key="1")
    odd = "UPDATE job SET body = '{\"light\": \"odd\"}' WHERE ref LIKE '%light.yellow@%'"
    await sql(office, odd)
    clock.move(timedelta(days=60))
    while await timers.work_due(office):
        continue
    async with office.store.connect() as connection:
        assert (await cases.load(connection, number)).light == "red"
        assert [one.queue for one, _ in await jobs.dead(connection, 9)] == [TIMERS.name]


async def test_what_was_put_off_while_a_clock_went_a_year_ahead_is_tried_now(
    office: AppContext, clock: FixedClock
) -> None:
    """A try of then let a notice, a light or a transcript wait for a year."""
    await decline(office)
    clock.move(timedelta(days=366))
    (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
    await notices.settle(office, Settled(task.id, Outcome.RETRY, "busy"))
    clock.move(timedelta(days=-366))
    await executor.right_clocks(office)
    assert [one.id for one in await notices.lease(office, [Channel.PHONE], None, 5)] == [task.id]


async def test_a_notice_shows_the_tries_and_the_next_try_of_its_job(
    office: AppContext, clock: FixedClock
) -> None:
    """A next try of its own stayed a year ahead, where its job was tried at once."""

    async def shown() -> tuple[str, int, str | None]:
        (one,) = (await inbox.list_notices(office, actor(office, "chief1"), "")).items
        page = await casefile.detail(office, number, actor(office, "chief1"))
        (entry,) = (entry.notice for entry in page.timeline if entry.notice is not None)
        assert (entry.tries, entry.next_try) == (one.tries, one.next_try)
        return one.state, one.tries, one.next_try

    async def tried(end: Outcome) -> None:
        (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
        await notices.settle(office, Settled(task.id, end, "busy"))

    number = await decline(office)
    assert await shown() == ("waiting", 0, iso(MONDAY))
    clock.move(timedelta(days=366))
    await tried(Outcome.RETRY)
    clock.move(timedelta(days=-366))
    await executor.right_clocks(office)
    assert await shown() == ("waiting", 1, iso(MONDAY))
    await tried(Outcome.AWAY)
    state, tries, later = await shown()
    assert (state, tries) == ("waiting", 1)
    assert later is not None
    assert later > iso(MONDAY)
    clock.move(timedelta(hours=1))
    await tried(Outcome.SENT)
    assert await shown() == ("sent", 2, None)


async def test_a_light_that_was_put_off_while_a_clock_went_ahead_turns_now(
    office: AppContext, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    number = await make_case(office)
    clock.move(timedelta(days=366))
    with monkeypatch.context() as broken:
        broken.setattr(timers, "fire", breaks)
        await timers.work_due(office)
    clock.move(timedelta(days=-365))
    assert await timers.work_due(office) == 0
    await executor.right_clocks(office)
    while await timers.work_due(office):
        continue
    async with office.store.connect() as connection:
        assert (await cases.load(connection, number)).light == "red"


@pytest.mark.parametrize("ahead", [timedelta(days=366), timedelta(minutes=20)])
async def test_a_light_that_failed_while_a_clock_went_ahead_turns_at_its_instant(
    office: AppContext, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    """It was not due yet when the clock was right again, so its job was taken away for nothing."""

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    number = await make_case(office)
    async with office.store.connect() as connection:
        yellow = (await cases.load(connection, number)).stage_clock.warn_at
    assert yellow is not None
    clock.move(yellow - timedelta(minutes=1) - clock.now())
    clock.move(ahead)
    with monkeypatch.context() as broken:
        broken.setattr(timers, "fire", breaks)
        assert await timers.work_due(office)
    clock.move(-ahead)
    await executor.right_clocks(office)
    while await timers.work_due(office):
        continue
    # Its wait is that of a first try again, which nobody cuts short.
    await executor.right_clocks(office)
    assert await timers.work_due(office) == 0
    for left, light in ((timedelta(seconds=59), "green"), (timedelta(seconds=1), "yellow")):
        clock.move(left)
        await timers.work_due(office)
        async with office.store.connect() as connection:
            assert (await cases.load(connection, number)).light == light


async def test_a_light_that_is_due_in_a_year_is_no_wait_of_a_wrong_clock(
    office: AppContext, clock: FixedClock
) -> None:
    await make_case(office)
    await sql(office, "UPDATE job SET due = due + interval '1 year'")
    await executor.right_clocks(office)
    clock.move(timedelta(days=2))
    assert await timers.work_due(office) == 0


async def test_try_again_pressed_twice_at_once_puts_one_back_once(office: AppContext) -> None:
    await decline(office)
    (task,) = await notices.lease(office, [Channel.PHONE], None, 5)
    await notices.settle(office, Settled(task.id, Outcome.FAILED, "busy"))
    async with office.store.connect() as connection:
        ((letter, _),) = await jobs.dead(connection)
    assert (letter.queue, letter.reason) == (NOTICES.name, "busy")
    pressed = [aside.bring_back(office, Ref(NOTICES.name, letter.ref)) for _ in range(2)]
    ends = await asyncio.gather(*pressed, return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [NotFound]
    assert len(await notices.lease(office, [Channel.PHONE], None, 5)) == 1
    with pytest.raises(NotFound):
        await aside.bring_back(office, Ref(NOTICES.name, letter.ref))


async def test_try_again_for_what_is_done_does_nothing(office: AppContext) -> None:
    number = await make_case(office, text="井盖没了")
    await sql(office, "UPDATE job SET state = 'dead' WHERE queue = 'understanding'")
    await aside.bring_back(office, Ref(UNDERSTANDING.name, number))
    assert await triage.look_at_new(office) == 1
    for queue in (UNDERSTANDING, TRANSCRIPTS):
        with pytest.raises(NotFound):
            await aside.bring_back(office, Ref(queue.name, number))
    assert await triage.look_at_new(office) == 0


async def test_a_step_of_a_later_version_is_shown_as_far_as_it_is_known(
    office: AppContext,
) -> None:
    """One such step must not keep anybody from the case, its list or its next move."""
    number = await make_case(office)
    by = actor(office, "acceptor1")
    await casework.act(office, number, "note", by, key="n", note="下午再打")
    await sql(
        office, "UPDATE step SET schema = 9, action = 'mediate', post = 'mediator', "
        "changes = changes || $1::text::jsonb WHERE action = 'note'",
        '{"mood": {"calm": true}, "light": "purple", "urgency": "high"}',
    )  # fmt: skip
    page = await casefile.detail(office, number, by)
    step = page.timeline[-1]
    assert (step.action, step.post, step.note) == ("mediate", "mediator", "下午再打")
    assert step.changes == {"urgency": ["high"]}
    moved = await casework.act(
        office,
        number,
        "decline",
        by,
        key="d",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )
    assert moved.stage == "declined"
    async with office.store.connect() as connection:
        kept = await connection.execute(
            select(StepRow.schema, StepRow.changes).order_by(StepRow.seq)
        )
        steps = kept.all()
    assert [step.schema for step in steps] == [2, 9, 2]
    assert steps[1].changes["mood"] == {"calm": True}


async def test_a_step_of_an_earlier_version_is_brought_up_when_it_is_read(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await make_case(office, text="井盖没了")

    def renamed(row: Mapping[str, Any]) -> Mapping[str, Any]:
        """As if 2 had called the words otherwise than 3."""
        changes = {"text" if name == "words" else name: one for name, one in row["changes"].items()}
        return {**row, "changes": changes}

    await sql(
        office, "UPDATE step SET changes = (changes - 'text') || "
        "jsonb_build_object('words', changes -> 'text')",
    )  # fmt: skip
    monkeypatch.setattr(cases, "STEP_SCHEMA", Schema(Step, 3, upcasts={2: renamed}))
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case
