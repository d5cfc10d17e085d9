"""Citizens are rung by the real exchange and asked after closing; what they do with it."""

import asyncio
from dataclasses import replace

import pytest

from hotline.notice import CallEnd, NoticeTask, Outcome
from hotline.revisit import ASKS, Question
from ivr.handset.phone import Call
from tests.fakes.served import notice_task
from tests.real.exchanges import Phoned
from tests.real.test_phone_exchange import Citizen, citizen
from tests.real.test_phone_room import exchange, phoned
from tests.real.test_phone_turns import heard_at, until_heard

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(150)]
__all__ = ["citizen", "exchange", "phoned"]

NUMBER = "13800138000"


def owed(phoned: Phoned) -> NoticeTask:
    """Owe a citizen the question."""
    task = notice_task("20260418", NUMBER, "ask.revisit")
    task = replace(task, values={ASKS: "closed"})
    phoned.backend.owe(task)
    return task


async def rung(phoned: Phoned, citizen: Citizen) -> Call:
    """Wait until the citizen's telephone rings; it shows the hotline's number."""
    call = await asyncio.wait_for(citizen[1].get(), 20)
    assert call.caller == phoned.config.own_number
    return call


async def settled(phoned: Phoned, outcome: Outcome, detail: str) -> None:
    await phoned.until(lambda: bool(phoned.backend.settled), 70)
    [answer] = phoned.backend.settled
    assert (answer.outcome, answer.detail) == (outcome, detail)


async def test_who_is_asked_answers_by_two_keys(phoned: Phoned, citizen: Citizen) -> None:
    task = owed(phoned)
    call = await rung(phoned, citizen)
    await call.answer()
    await until_heard(phoned, call, "revisit_solved", 1, 30)
    await call.press("1")
    await until_heard(phoned, call, "revisit_satisfied", 1, 30)
    await call.press("4")
    assert await call.wait_end(20)
    assert heard_at(phoned, call, "revisit_follow")
    await settled(phoned, Outcome.SENT, CallEnd.ANSWERED)
    answers = phoned.backend.fake.notices.revisits[task.id]
    assert answers == {"is_solved": "yes", "is_content": "not_content"}


async def test_the_key_nine_wants_no_more_calls(phoned: Phoned, citizen: Citizen) -> None:
    task = owed(phoned)
    call = await rung(phoned, citizen)
    await call.answer()
    await until_heard(phoned, call, "revisit_solved", 1, 30)
    await call.press("9")
    assert await call.wait_end(20)
    assert heard_at(phoned, call, "revisit_never")
    await settled(phoned, Outcome.SENT, CallEnd.ANSWERED)
    assert phoned.backend.fake.notices.revisits[task.id] == {Question.NEVER: ""}


async def test_who_is_engaged_is_tried_again_and_has_answered_nothing(
    phoned: Phoned, citizen: Citizen
) -> None:
    task = owed(phoned)
    call = await rung(phoned, citizen)
    call.refuse(486)
    await settled(phoned, Outcome.RETRY, CallEnd.BUSY)
    assert task.id not in phoned.backend.fake.notices.revisits


async def test_who_does_not_answer_is_tried_again(phoned: Phoned, citizen: Citizen) -> None:
    owed(phoned)
    await rung(phoned, citizen)
    await settled(phoned, Outcome.RETRY, CallEnd.NO_ANSWER)
