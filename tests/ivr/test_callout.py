"""Notices by phone: said once whole is delivered, anything else is tried again, nothing is lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from config.prompts import PROMPTS
from hotline.errors import Unavailable
from hotline.notice import CallEnd, NoticeTask, Outcome
from hotline.room.alarm import AlarmKind
from ivr import callout as callout_module
from ivr.callout import Callout
from ivr.flows import notice
from ivr.prompts import Prompts, open_prompts
from tests.fakes.served import notice_task
from tests.ivr.conftest import Connector
from tests.ivr.fakes import FakeLine


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


class FakeExchange:
    """An exchange whose callee does what `happens` says."""

    def __init__(self, end: CallEnd, happens: Callable[[str], None] = lambda _: None):
        self.connected = asyncio.Event()
        self.connected.set()
        self.placed: list[tuple[str, str]] = []
        self.end = end
        self._happens = happens

    async def place_call(
        self, number: str, own_number: str, notice: str, ring_seconds: float
    ) -> CallEnd:
        """Place a call."""
        self.placed.append((number, own_number))
        self._happens(notice)
        return self.end


def make_callout(connector: Connector, prompts: Prompts, end: CallEnd, line: FakeLine) -> Callout:
    """Give a callout whose calls are said over `line`."""

    def say(ident: str) -> None:
        pending = out.pending(ident)
        assert pending is not None
        if end in (CallEnd.ANSWERED, CallEnd.UNTOLD):
            pending.told = notice.tell(line, pending.task, prompts)
            pending.done.set()

    exchange = FakeExchange(end, say)
    out = Callout(connector.client, exchange, prompts, connector.clock, "12345")  # type: ignore[arg-type]
    return out


@pytest.mark.parametrize(
    "template",
    [
        *("told.closed", "told.closed_partly", "told.closed_explained", "told.closed_forced"),
        *("told.declined", "told.void"),
    ],
)
async def test_a_notice_is_said_with_its_number(
    connector: Connector, prompts: Prompts, template: str
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000", template))
    line = FakeLine()
    assert await make_callout(connector, prompts, CallEnd.ANSWERED, line).work_once()
    assert line.digits() == "2026041820260418"
    assert line.heard(template.replace("told.", "notice_")) == 2
    assert [s.outcome for s in connector.backend.settled] == [Outcome.SENT]


async def test_who_is_refused_hears_why(connector: Connector, prompts: Prompts) -> None:
    task = notice_task("20260418", "13800138000", "told.declined")
    # What this telephone has no sound for is left out, and stops nothing.
    connector.backend.owe(replace(task, values={"spoken": "reason_untrue no_such_sound"}))
    line = FakeLine()
    assert await make_callout(connector, prompts, CallEnd.ANSWERED, line).work_once()
    assert (line.heard("notice_declined"), line.heard("reason_untrue")) == (2, 2)
    assert [s.outcome for s in connector.backend.settled] == [Outcome.SENT]


@pytest.mark.parametrize(
    ("prompt", "outcome"),
    [
        ("notice_intro", Outcome.RETRY),
        ("notice_closed", Outcome.RETRY),
        ("again", Outcome.SENT),
        ("thanks", Outcome.SENT),
    ],
)
async def test_only_what_was_said_whole_counts_as_delivered(
    connector: Connector, prompts: Prompts, prompt: str, outcome: Outcome
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    await make_callout(
        connector, prompts, CallEnd.ANSWERED, FakeLine(hang_up_at=(prompt, 1))
    ).work_once()
    assert [s.outcome for s in connector.backend.settled] == [outcome]


async def test_nobody_picks_up_and_it_is_tried_again(
    connector: Connector, prompts: Prompts
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    await make_callout(connector, prompts, CallEnd.NO_ANSWER, FakeLine()).work_once()
    (settled,) = connector.backend.settled
    assert (settled.outcome, settled.detail) == (Outcome.RETRY, "no_answer")


async def test_a_manager_line_that_drops_in_the_call_does_not_ring_twice(
    connector: Connector, prompts: Prompts
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    await make_callout(connector, prompts, CallEnd.UNTOLD, FakeLine()).work_once()
    assert [s.outcome for s in connector.backend.settled] == [Outcome.SENT]


async def test_without_word_of_the_call_it_is_tried_again(
    connector: Connector, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callout_module, "SAY_SECONDS", 0.05)
    connector.backend.owe(notice_task("20260418", "13800138000"))
    out = Callout(connector.client, FakeExchange(CallEnd.UNTOLD), prompts, connector.clock, "1")  # type: ignore[arg-type]
    await out.work_once()
    assert [s.outcome for s in connector.backend.settled] == [Outcome.AWAY]


@pytest.mark.parametrize("end", [CallEnd.UNTOLD, CallEnd.LINE_AWAY])
async def test_an_exchange_without_a_way_out_uses_up_no_try_while_nobody_is_rung(
    connector: Connector, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, end: CallEnd
) -> None:
    monkeypatch.setattr(callout_module, "SAY_SECONDS", 0.01)
    dead, other = notice_task("20260418", "13800138000"), notice_task("20260426", "13900139000")
    exchange = FakeExchange(end)
    out = Callout(connector.client, exchange, prompts, connector.clock, "1")  # type: ignore[arg-type]

    async def ring(task: NoticeTask, now: CallEnd) -> Outcome:
        exchange.end = now
        connector.backend.owe(task)
        await out.work_once()
        return connector.backend.settled[-1].outcome

    assert [await ring(dead, end) for _ in range(4)] == [Outcome.AWAY] * 4
    assert await ring(other, CallEnd.BUSY) is Outcome.RETRY
    assert await ring(dead, end) is Outcome.RETRY
    assert await ring(dead, end) is Outcome.AWAY


async def test_a_notice_without_words_on_the_phone_fails_visibly(
    connector: Connector, prompts: Prompts
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000", "told.filed"))
    await make_callout(connector, prompts, CallEnd.ANSWERED, FakeLine()).work_once()
    assert [s.outcome for s in connector.backend.settled] == [Outcome.FAILED]


async def test_without_an_exchange_nothing_is_leased(
    connector: Connector, prompts: Prompts
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    exchange = FakeExchange(CallEnd.ANSWERED)
    exchange.connected.clear()
    out = Callout(connector.client, exchange, prompts, connector.clock, "12345")  # type: ignore[arg-type]
    assert not await out.work_once()
    assert [one.job.tries for one in connector.backend.fake.outbox] == [0]


async def test_an_answer_that_could_not_be_told_is_told_later(
    connector: Connector, prompts: Prompts
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    out = make_callout(connector, prompts, CallEnd.ANSWERED, FakeLine())
    real = connector.client.settle_notices

    async def away(_answers: object) -> None:
        raise Unavailable("away")

    connector.client.settle_notices = away  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        await out.work_once()
    connector.client.settle_notices = real  # type: ignore[method-assign]
    await out.work_once()
    assert [s.outcome for s in connector.backend.settled] == [Outcome.SENT]


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (CallEnd.NOT_DIALABLE, Outcome.FAILED),
        (CallEnd.BUSY, Outcome.RETRY),
        (CallEnd.UNREACHABLE, Outcome.RETRY),
        (CallEnd.NO_ANSWER, Outcome.RETRY),
    ],
)
async def test_kind_5_the_reason_on_record_is_the_reason(
    connector: Connector, prompts: Prompts, end: CallEnd, outcome: Outcome
) -> None:
    connector.backend.owe(notice_task("20260418", "13800138000"))
    await make_callout(connector, prompts, end, FakeLine()).work_once()
    assert [(s.outcome, s.detail) for s in connector.backend.settled] == [(outcome, end)]


async def test_the_duty_chief_is_told_once_of_a_notice_that_costs_much(
    connector: Connector, prompts: Prompts
) -> None:
    task = notice_task("12345670", "057487000001")
    connector.backend.owe(task)
    exchange = FakeExchange(CallEnd.NO_ANSWER)
    out = Callout(
        connector.client, exchange, prompts, connector.clock, "12345",  # type: ignore[arg-type]
        lambda number: number.startswith("0574"),
    )  # fmt: skip
    await out.work_once()
    connector.backend.owe(notice_task("12345671", "13800138000"))
    await out.work_once()
    told = connector.backend.fake.telephone.alarms
    assert [(one.kind, one.said) for one in told] == [(AlarmKind.DEAR_CALL, task.address)]
