"""Ways back: a wrong pick, evidence that does not bear a closing, a collector who is not there."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hotline.case.case import Case, Step, apply
from hotline.case.clocking import light_instants
from hotline.case.light import Light
from hotline.case.returns import Passage, came_back, returners, returns_of
from hotline.case.transition import (
    available_actions,
    direct_actions,
    first_step,
    transition,
    undo_of,
)
from hotline.case.workflow import Rules
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Forbidden, Invalid, Refused
from hotline.people import SYSTEM, Actor
from tests.cities import MONDAY, form, make_actor, make_case, make_step, read, rules, workflow
from tests.posts import Post


def moved(case: Case, action: str, post: Post, **inputs: Any) -> tuple[Case, Step]:
    return transition(case, action, make_actor(post), MONDAY, rules(), **inputs)


def offered(case: Case, post: Post) -> list[str]:
    return [move.action for move in available_actions(case, make_actor(post), workflow(), MONDAY)]


def test_row_2_bad_evidence_goes_back_to_be_checked_with_a_reason() -> None:
    with pytest.raises(Invalid, match="note"):
        moved(make_case("to_close"), "reject_close", Post.DUTY_CHIEF)
    after, _ = moved(make_case("to_close"), "reject_close", Post.DUTY_CHIEF, note="照片不是此处")
    assert after.stage == "to_check"
    assert after.stage_clock.due_at is not None
    assert after.stage_clock.due_at > MONDAY


def test_row_2_bad_work_goes_back_to_its_department_with_its_old_limit() -> None:
    case = make_case("to_close", handled_at=MONDAY - timedelta(minutes=5))
    yellow, due = MONDAY + timedelta(minutes=36), MONDAY + timedelta(hours=1)
    before = make_step(case, stage="handling", stage_yellow=yellow, stage_due=due)
    with pytest.raises(Invalid, match="note"):
        moved(case, "order_rework", Post.DUTY_CHIEF)
    after, _ = moved(case, "order_rework", Post.DUTY_CHIEF, note="没修好", steps=[before])
    assert (after.stage, after.org_of("handler"), after.counts.get("rework_count", 0)) == (
        "handling",
        "water",
        1,
    )
    assert after.stage_clock.due_at == after.due == due
    assert after.times.get("handled_at") is None
    assert after.stage_clock.warn_at == yellow


def test_a_rework_whose_limit_is_nearly_used_up_is_yellow_at_once() -> None:
    case = make_case("checking")
    before = make_step(
        case,
        stage="handling",
        stage_yellow=MONDAY - timedelta(minutes=14),
        stage_due=MONDAY + timedelta(minutes=10),
    )
    after, _ = moved(case, "fail_check", Post.COLLECTOR, media=("ab" * 32,), steps=[before])
    assert after.light is Light.YELLOW


def test_row_2_voiding_stands_behind_closing_and_everything_but_a_note() -> None:
    assert offered(make_case("to_close"), Post.DUTY_CHIEF) == [
        "close",
        "reject_close",
        "order_rework",
        "ask_force",
        "urge",
        "correct",
        "void",
        "note",
    ]
    for stage in workflow().stages:
        shown = offered(make_case(stage), Post.DUTY_CHIEF)
        if "void" in shown:
            assert shown[shown.index("void") :] == ["void", "note"], stage


def test_row_3_a_dispatcher_takes_a_case_back_until_it_is_accepted() -> None:
    case = make_case("handling", routed_by="供水", due=MONDAY, dispatched_at=MONDAY)
    after, _ = moved(case, "recall", Post.DISPATCHER)
    assert after.stage == "to_dispatch"
    assert (
        after.org_of("handler"),
        after.fields.get("routed_by"),
        after.due,
        after.times.get("dispatched_at"),
    ) == (None,) * 4
    assert after.counts.get("return_count", 0) == 0
    accepted, _ = moved(case, "accept", Post.DEPARTMENT)
    assert "recall" not in offered(accepted, Post.DISPATCHER)
    with pytest.raises(Refused):
        moved(accepted, "recall", Post.DISPATCHER)
    with pytest.raises(Forbidden):
        moved(case, "recall", Post.ACCEPTOR)


def walked(workflow_rules: Rules | None = None) -> tuple[Case, list[Step]]:
    """A case that was dispatched at ten past nine, ten minutes after it was filed."""
    used = workflow_rules or rules()
    first = first_step(make_case(version=1), SYSTEM, MONDAY, used, ())
    case, steps = apply(None, first), [first]
    for action, post, given in (
        ("file", Post.ACCEPTOR, {}),
        ("dispatch", Post.DISPATCHER, {"department": "water"}),
    ):
        now = MONDAY + timedelta(minutes=10 * len(steps) - 10)
        case, step = transition(case, action, make_actor(post), now, used, given=given, steps=steps)
        steps.append(step)
    return case, steps


def test_row_3_what_is_taken_back_has_the_deadline_it_had_before() -> None:
    """Undoing a dispatch, and taking it back later, gave the case a fresh limit each time."""
    case, steps = walked()
    filed = steps[1].changes["clocks"]["stage"]
    later = MONDAY + timedelta(minutes=20)
    dispatcher = make_actor(Post.DISPATCHER)
    back, step = transition(case, "recall", dispatcher, later, rules(), steps=steps)
    clock = back.stage_clock
    assert (clock.due_at, clock.warn_at) == (filed["due_at"], filed["warn_at"])
    assert back.due is None
    assert light_instants(back, rules())[-1] == ("red", filed["due_at"])
    steps.append(step)
    # Dispatched once more it has the limit of its class; taken back again, the same deadline.
    given = {"department": "gas"}
    again, step = transition(back, "dispatch", dispatcher, later, rules(), given=given, steps=steps)
    assert again.stage_clock.due_at == later + timedelta(hours=2)
    steps.append(step)
    long_after = MONDAY + timedelta(days=3)
    late, _ = transition(again, "recall", dispatcher, long_after, rules(), steps=steps)
    assert late.stage_clock.due_at == filed["due_at"]
    assert late.light is Light.RED


def test_row_3_a_case_whose_steps_hold_no_clock_gets_a_new_one_when_taken_back() -> None:
    case, steps = walked()
    bare = [
        replace(one, changes={k: v for k, v in one.changes.items() if k != "clocks"})
        for one in steps
    ]
    now = MONDAY + timedelta(minutes=20)
    back, _ = transition(case, "recall", make_actor(Post.DISPATCHER), now, rules(), steps=bare)
    assert back.stage_clock.due_at is not None
    assert back.stage_clock.due_at > steps[1].changes["clocks"]["stage"]["due_at"]
    assert back.light is Light.GREEN


def test_accepting_is_done_at_one_tap_until_it_is_done() -> None:
    """Accepting asks for nothing, and opened a form all the same."""
    assert direct_actions("handling", {"accepted_at": None}, workflow()) == ["accept"]
    assert direct_actions("handling", {"accepted_at": MONDAY}, workflow()) == []
    assert direct_actions("to_dispatch", {}, workflow()) == []


def test_row_3_a_stage_of_a_name_of_its_own_has_the_limit_of_the_class() -> None:
    """The clock of the class's limit runs where the stage says so, whatever its name."""
    text = json.dumps(read("workflow.toml")).replace('"handling"', '"at_work"')
    for kept in ('"clock": ', '"clocks": ['):
        text = text.replace(f'{kept}"at_work"', f'{kept}"handling"')
    renamed = replace(rules(), workflow=parse_workflow(json.loads(text), form()))
    case, steps = walked(renamed)
    assert case.stage == "at_work"
    assert case.due == case.stage_clock.due_at == steps[2].at + timedelta(hours=2)


def test_row_3_only_ones_own_newest_step_is_offered_to_be_undone() -> None:
    given = {"department": "water"}
    case, step = moved(make_case("to_dispatch"), "dispatch", Post.DISPATCHER, given=given)
    dispatcher = make_actor(Post.DISPATCHER)
    assert undone(case, step, dispatcher) == "recall"
    assert undone(case, step, make_actor(Post.DISPATCHER, person="other")) is None
    assert undone(case, step, make_actor(Post.DUTY_CHIEF)) is None
    accepted, taken = moved(case, "accept", Post.DEPARTMENT)
    assert undone(accepted, taken, dispatcher) is None
    assert undone(accepted, step, dispatcher) is None


def undone(case: Case, last: Step, actor: Actor) -> str | None:
    """The action that takes back the last step of a case, for somebody."""
    available = available_actions(case, actor, workflow(), MONDAY, [last])
    return undo_of(case, last, actor, workflow(), available)


@pytest.mark.parametrize("stage", ["verifying", "checking"])
def test_m8_a_case_that_lies_with_nobody_can_be_given_to_another_or_voided(stage: str) -> None:
    lost = make_case(stage, collector="nobody-at-all", stage_due=MONDAY)
    given = {"collector": "collector2"}
    after, _ = moved(lost, "reassign", Post.ACCEPTOR, given=given)
    assert (after.stage, after.person_of("collector"), after.stage_clock.due_at) == (
        stage,
        "collector2",
        MONDAY,
    )
    with pytest.raises(Invalid, match="collector"):
        moved(lost, "reassign", Post.ACCEPTOR)
    why = {"void_reason": "gone"}
    ended, _ = moved(lost, "void", Post.DUTY_CHIEF, note="找不到人", given=why)
    assert ended.stage == "void"


def test_a_second_verification_forgets_the_first_ones_result() -> None:
    case = make_case(verified="true")
    after, _ = moved(case, "ask_verify", Post.ACCEPTOR)
    assert after.fields.get("verified") is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"undo": "close"}, "does not take it back"),
        ({"undo": "fly"}, "does not take it back"),
        (
            {"notices": [{"who": "former_citizen", "template": "x", "channels": []}]},
            "cannot be told",
        ),
    ],
)
def test_a_row_that_cannot_be_taken_back_or_told_is_not_loaded(
    row: dict[str, Any], reason: str
) -> None:
    data = read("workflow.toml")
    data["move"][0] |= row
    with pytest.raises(Invalid, match=reason):
        parse_workflow(data, form())


def passages(*told: tuple[str, str]) -> list[Passage]:
    return [Passage(stage, "move", "p", "post", MONDAY, note) for stage, note in told]


def test_what_a_department_said_stands_on_a_case_that_was_given_back_in_silence() -> None:
    asked = (("to_dispatch", ""), ("handling", ""), ("return_asked", "不归我们"))
    asking = workflow().asking
    assert "return_asked" in asking
    assert "handling" not in asking
    given_back = came_back(passages(*asked, ("to_dispatch", "")), asking)
    assert given_back is not None
    assert given_back.note == "不归我们"
    agreed = came_back(passages(*asked, ("to_dispatch", "同意")), asking)
    assert agreed is not None
    assert agreed.note == "同意"
    # Refused, or taken back by who asked: nothing came back.
    assert came_back(passages(*asked, ("handling", "")), asking) is None


@pytest.mark.parametrize("note", ["", "另一处"])
def test_of_two_verdicts_the_last_one_stands(note: str) -> None:
    first = Passage("reported", "verify_unclear", "p", "post", MONDAY, "现场没找到")
    last = replace(first, action="verify_untrue", note=note)
    way = passages(("reported", ""), ("verifying", ""))
    again = passages(("verifying", ""))
    assert came_back([*way, first]) == came_back([*way, first, *again]) == first
    assert came_back([*way, first, *again, last]) == last


def test_which_count_is_of_returns_and_why_says_the_workflow() -> None:
    data = read("workflow.toml")
    for row in data["count"]:
        row.pop("returns", None)
    data["count"].append({"id": "no_count", "name": "退", "returns": "decline_reason"})
    other = parse_workflow(data, form())
    case = make_case("handling")
    lies = make_step(case, assignments={"handler": {"org": "water"}})
    asked = make_step(case, fields={"decline_reason": "court", "return_reason": "double"})
    agreed = make_step(case, counts={"no_count": 1})
    steps = (lies, asked, agreed)
    assert returns_of(steps, workflow()) == []
    (told,) = returns_of(steps, other)
    assert (told.department, told.reason) == ("water", "court")
    assert returners(steps, other) == {"water"}
    data["count"][-1]["returns"] = "no_field"
    with pytest.raises(Invalid, match=r"no_count.*'no_field' is not a field"):
        parse_workflow(data, form())


def test_what_was_never_dispatched_is_not_given_back_to_nobody_but_sent_out() -> None:
    """Closed by force before anybody had it, and reopened by who told of it."""
    had = make_case("reopened")
    after, _ = moved(had, "order_rework", Post.DUTY_CHIEF, note="没修好")
    assert (after.stage, after.org_of("handler")) == ("handling", "water")
    bare = replace(had, assignments={})
    with pytest.raises(Refused) as refused:
        moved(bare, "order_rework", Post.DUTY_CHIEF, note="没修好")
    assert refused.value.code == "nobody_has_it"
    ways = offered(bare, Post.DUTY_CHIEF)
    assert "send_again" in ways
    assert "order_rework" not in ways


@pytest.mark.parametrize(
    "note", ["", " \n", "\u200b", "\u200d\u2060\ufeff", "\u3164", "\u2800 \ufe0f"]
)
def test_a_note_that_nobody_sees_is_none(note: str) -> None:
    with pytest.raises(Invalid) as refused:
        moved(make_case("to_close"), "reject_close", Post.DUTY_CHIEF, note=note)
    assert (refused.value.field, refused.value.code) == ("note", "input_missing")
    for word in ("好", "!", "🛠", "\ue5e5"):
        after, _ = moved(make_case("to_close"), "reject_close", Post.DUTY_CHIEF, note=word)
        assert after.stage == "to_check"
