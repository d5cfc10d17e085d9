"""A call that asks after closing: keys answer, silence says nothing, the key 9 ends such calls."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from config.prompts import PROMPTS
from hotline.errors import Unavailable
from hotline.notice import CallEnd, NoticeTask, Outcome
from hotline.revisit import ASKS, Question, RevisitSaid, RevisitTold
from ivr.callout import Callout, Pending
from ivr.flows.revisit import RevisitTalk
from ivr.prompts import Prompts, open_prompts
from tests.cities import demo_city
from tests.fakes.served import notice_task
from tests.ivr.conftest import Connector
from tests.ivr.fakes import FakeLine
from tests.ivr.test_callout import FakeExchange

SOLVED, CONTENT, NEVER = Question.IS_SOLVED, Question.IS_CONTENT, Question.NEVER
NUMBER = "13800138000"


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


def asking(**values: str) -> NoticeTask:
    """A notice that asks by telephone."""
    told = notice_task("20260418", NUMBER, "ask.revisit")
    return replace(told, values={ASKS: "closed", **values})


def heard(line: FakeLine) -> list[str]:
    return [one.partition("/")[2] for one in line.played]


def talk(
    line: FakeLine, prompts: Prompts, task: NoticeTask
) -> tuple[bool, list[tuple[Question, str]]]:
    """Ask over a line; gives whether anything was answered, and what."""
    said: list[RevisitSaid] = []
    plan = demo_city().room.revisit
    any_ = RevisitTalk(line, task, prompts, plan, said.append).ask()
    return any_, [(one.question, one.value) for one in said]


def test_two_keys_answer_and_the_end_of_the_number_says_which_case(prompts: Prompts) -> None:
    line = FakeLine(keys={"revisit_solved": ["1"], "revisit_satisfied": ["2"]})
    assert talk(line, prompts, asking()) == (True, [(SOLVED, "yes"), (CONTENT, "content")])
    digits = [f"digit_{one}" for one in "0418"]
    words = ["pause", "revisit_intro", *digits, "revisit_solved", "revisit_satisfied"]
    assert heard(line) == [*words, "revisit_thanks"]


@pytest.mark.parametrize(
    ("solved", "content", "end"),
    [("3", "1", "revisit_follow"), ("1", "5", "revisit_follow"), ("2", "3", "revisit_thanks")],
)
def test_who_is_not_content_hears_that_somebody_follows_it_up(
    prompts: Prompts, solved: str, content: str, end: str
) -> None:
    line = FakeLine(keys={"revisit_solved": [solved], "revisit_satisfied": [content]})
    talk(line, prompts, asking())
    assert heard(line)[-1] == end


def test_the_key_for_no_more_calls_ends_it(prompts: Prompts) -> None:
    line = FakeLine(keys={"revisit_solved": ["9"]})
    assert talk(line, prompts, asking()) == (True, [(NEVER, "")])
    assert heard(line)[-1] == "revisit_never"


def test_who_says_nothing_as_a_fax_does_has_answered_nothing(prompts: Prompts) -> None:
    line = FakeLine()
    assert talk(line, prompts, asking()) == (False, [])
    assert heard(line)[-1] == "revisit_solved_short"


def test_who_hangs_up_behind_the_first_answer_keeps_that_one(prompts: Prompts) -> None:
    line = FakeLine(keys={"revisit_solved": ["1"]}, hang_up_at=("revisit_satisfied", 1))
    assert talk(line, prompts, asking()) == (True, [(SOLVED, "yes")])


def test_what_was_answered_in_an_earlier_call_is_not_asked_again(prompts: Prompts) -> None:
    line = FakeLine(keys={"revisit_satisfied": ["4"]})
    found = talk(line, prompts, asking(is_solved="yes"))
    assert found == (True, [(CONTENT, "not_content")])
    assert "revisit_solved" not in heard(line)


def make_callout(
    connector: Connector, end: CallEnd, talks: Callable[[Pending], None]
) -> tuple[Callout, FakeExchange]:
    """Give a callout whose calls are what `talks` makes of them."""

    def say(ident: str) -> None:
        pending = out.pending(ident)
        assert pending is not None
        talks(pending)
        pending.done.set()

    exchange = FakeExchange(end, say)
    prompts = open_prompts(PROMPTS)
    out = Callout(connector.client, exchange, prompts, connector.clock, "12345")  # type: ignore[arg-type]
    return out, exchange


async def test_an_answer_that_could_not_be_brought_is_brought_before_the_call_is_told_of(
    connector: Connector,
) -> None:
    task = asking()
    connector.backend.owe(task)

    def answers(pending: Pending) -> None:
        pending.told = True
        pending.said.append(RevisitSaid(task.id, task.channel, NUMBER, SOLVED, "no", "k"))

    out, exchange = make_callout(connector, CallEnd.ANSWERED, answers)
    away = [Unavailable("away"), Unavailable("away")]
    asked: list[RevisitSaid] = []

    async def revisit(said: RevisitSaid) -> RevisitTold:
        if away:
            raise away.pop()
        asked.append(said)
        return await type(connector.client).revisit(connector.client, said)

    connector.client.revisit = revisit  # type: ignore[method-assign]
    for _ in range(4):
        try:
            await out.work_once()
        except Unavailable:
            connector.clock.wait(6)
        await asyncio.sleep(0)
    assert [one.value for one in asked] == ["no"]
    assert [one.outcome for one in connector.backend.settled] == [Outcome.SENT]
    assert len(exchange.placed) == 1, "nobody is rung again meanwhile"


async def test_who_answers_the_telephone_and_nothing_else_is_rung_again(
    connector: Connector,
) -> None:
    connector.backend.owe(asking())
    out, _ = make_callout(connector, CallEnd.ANSWERED, lambda _: None)
    await out.work_once()
    [settled] = connector.backend.settled
    assert (settled.outcome, settled.detail) == (Outcome.RETRY, CallEnd.HUNG_UP)
