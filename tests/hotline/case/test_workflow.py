"""Every row of the national main way can be walked by its posts, and no other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hotline.case.case import apply, replay
from hotline.case.clocking import light_instants
from hotline.case.light import Light
from hotline.case.transition import available_actions, first_step, record_system_step, transition
from hotline.case.workflow import Move
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Forbidden, HotlineError, Invalid, Refused
from hotline.people import SYSTEM
from hotline.rights.permissions import MACHINE_MOVE, SEE
from hotline.rights.posts import MACHINE
from hotline.rights.scopes import covers
from tests.cities import (
    MONDAY,
    form,
    make_actor,
    make_case,
    make_step,
    proved,
    read,
    rules,
    workflow,
)
from tests.fitted import PEOPLE, fit, holders, inputs
from tests.posts import Post

# What ends along with another case goes where that one went (tests/backend/desks/test_linking.py).
ROWS = [(move, stage) for move in workflow().moves for stage in move.source if not move.along]
ACTIONS = sorted({move.action for move in workflow().moves})


def told(row: object) -> str:
    """A row by what is done, and where."""
    return str(getattr(row, "action", row))


STAGES_DATA = read("workflow.toml")["stage"]


@pytest.mark.parametrize(("move", "stage"), ROWS, ids=told)
def test_a_row_is_walked_by_its_posts_only(move: Move, stage: str) -> None:
    for post in PEOPLE:
        tries(move, stage, post)


def tries(move: Move, stage: str, post: str) -> None:
    """Let somebody of a post make a move, or be refused it."""
    made = fit(move, stage, post)
    case, actor, steps = made.case, made.actor, made.steps
    machine = move.permission == MACHINE_MOVE and post == Post.ADMINISTRATOR
    if post not in holders(move) and not machine:
        with pytest.raises(Forbidden):
            transition(case, move.action, actor, MONDAY, rules(), steps=steps, **inputs(move))
        assert move not in available_actions(case, actor, workflow(), MONDAY, steps)
        return
    assert move in available_actions(case, actor, workflow(), MONDAY, steps)
    after, step = transition(
        *(case, move.action, actor, MONDAY, rules()), steps=steps, **inputs(move)
    )
    came = steps[0].changes["stage"]
    assert after.stage == (came if move.back else move.to or stage)
    assert after.version == step.seq == 2
    assert step.post == (MACHINE if machine else post)
    assert after.light in Light
    ended = after.stage in workflow().ends
    assert not ended or all(one.stopped for kind, one in after.clocks.items() if kind != "stage")


def test_a_crew_has_no_case_of_its_department_that_was_not_given_to_it() -> None:
    crew = make_actor(Post.CREW)
    assert not covers(crew.rights.scope(SEE), make_case("handling").assigned, "")
    assert not available_actions(make_case("handling"), crew, workflow(), MONDAY)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_no_row_is_refused_to_everybody(action: str) -> None:
    actors = [make_actor(post) for post in Post]
    for stage in workflow().stages:
        if workflow().find(action, stage) is not None:
            continue
        case = make_case(stage)
        for actor in actors:
            with pytest.raises(Refused) as refusal:
                transition(case, action, actor, MONDAY, rules(), note="x")
            assert refusal.value.code == "move_refused"


@pytest.mark.parametrize(("move", "stage"), [r for r in ROWS if r[0].role], ids=told)
def test_what_lies_with_somebody_else_is_forbidden(move: Move, stage: str) -> None:
    made = fit(move, stage, holders(move)[0])
    stranger = make_actor(Post(holders(move)[0]), person="stranger", department="gas")
    with pytest.raises(Forbidden):
        transition(
            *(made.case, move.action, stranger, MONDAY, rules()), steps=made.steps, **inputs(move)
        )


@pytest.mark.parametrize(("move", "stage"), [r for r in ROWS if r[0].needs], ids=told)
def test_a_missing_input_is_named(move: Move, stage: str) -> None:
    made = fit(move, stage, holders(move)[0])
    parts = {form().fields[one].role for one in move.needs if one in form().fields}
    lies = {
        key: one for key, one in made.case.assignments.items() if key not in parts - {move.role}
    }
    bare = replace(made.case, assignments=lies, matter=None, condition=None, cell=None)
    with pytest.raises(Invalid) as refusal:
        transition(bare, move.action, made.actor, MONDAY, rules(), steps=made.steps)
    assert refusal.value.field in move.needs


def test_an_input_that_the_row_does_not_take_is_refused() -> None:
    with pytest.raises(Invalid, match="does not take"):
        transition(
            make_case("to_close"),
            "close",
            make_actor(Post.DUTY_CHIEF),
            MONDAY,
            rules(),
            given={"matter": "01002"},
        )


def test_a_failed_check_sends_the_case_back_to_the_same_department_with_its_old_limit() -> None:
    due = MONDAY + timedelta(hours=2)
    case = make_case("checking", due=due)
    before = make_step(
        case, stage="handling", stage_yellow=MONDAY + timedelta(minutes=96), stage_due=due
    )
    later = MONDAY + timedelta(hours=1)
    after, _ = transition(
        case,
        "fail_check",
        make_actor(Post.COLLECTOR),
        later,
        rules(),
        media=("ab" * 32,),
        steps=[before, make_step(case, stage="checking", stage_due=MONDAY)],
    )
    assert (after.stage, after.org_of("handler")) == ("handling", "water")
    assert after.stage_clock.due_at == after.due == due
    assert after.counts["rework_count"] == 1
    assert after.light is Light.GREEN


def test_a_rework_after_the_limit_is_red_at_once_and_arms_no_timer() -> None:
    case = make_case("checking")
    before = make_step(case, stage="handling", stage_due=MONDAY - timedelta(hours=1))
    after, _ = transition(
        case,
        "fail_check",
        make_actor(Post.COLLECTOR),
        MONDAY,
        rules(),
        media=("ab" * 32,),
        steps=[before],
    )
    assert after.light is Light.RED
    assert light_instants(after, rules()) == []


def test_a_return_empties_the_department_and_counts() -> None:
    case = make_case("handling", handler="water1", accepted_at=MONDAY, due=MONDAY)
    why = {"return_reason": "not_ours"}
    asked, step = transition(
        case, "send_back", make_actor(Post.DEPARTMENT), MONDAY, rules(), given=why
    )
    assert (asked.stage, asked.due) == ("return_asked", MONDAY)
    after, _ = transition(
        asked, "approve_return", make_actor(Post.DISPATCHER), MONDAY, rules(), steps=[step]
    )
    assert after.stage == "to_dispatch"
    assert "handler" not in after.assignments
    assert ("accepted_at" in after.times, after.due) == (False, None)
    assert after.counts["return_count"] == 1


def test_the_handling_limit_is_the_filing_conditions() -> None:
    after, _ = transition(
        make_case("to_dispatch"),
        "dispatch",
        make_actor(Post.DISPATCHER),
        MONDAY,
        rules(),
        given={"department": "water"},
    )
    # 01001/1, a missing cover: two urgent hours
    assert after.stage_clock.due_at == after.due == MONDAY + timedelta(hours=2)
    assert after.stage_clock.warn_at == MONDAY + timedelta(minutes=96)


def test_whoever_accepts_becomes_the_handler() -> None:
    actor = make_actor(Post.DEPARTMENT)
    after, _ = transition(make_case("handling"), "accept", actor, MONDAY, rules())
    assert after.person_of("handler") == actor.person


def test_what_was_accepted_is_not_accepted_again() -> None:
    actor = make_actor(Post.DEPARTMENT)
    accepted, _ = transition(make_case("handling"), "accept", actor, MONDAY, rules())
    assert "accept" not in [
        move.action for move in available_actions(accepted, actor, workflow(), MONDAY)
    ]
    with pytest.raises(Refused) as refusal:
        transition(accepted, "accept", actor, MONDAY, rules())
    assert refusal.value.code == "move_done"


def test_replaying_the_steps_gives_the_case() -> None:
    draft = make_case(version=1, stage_since=None)
    first = first_step(draft, SYSTEM, MONDAY, rules(), ())
    case, steps = apply(None, first), [first]
    walk = [
        ("file", Post.ACCEPTOR, {}),
        ("dispatch", Post.DISPATCHER, {"department": "water"}),
        ("accept", Post.DEPARTMENT, {}),
        ("report_done", Post.DEPARTMENT, {}),
        ("ask_check", Post.ACCEPTOR, {"collector": "collector1"}),
        ("pass_check", Post.COLLECTOR, {}),
        ("close", Post.DUTY_CHIEF, {}),
    ]
    for minute, (action, post, given) in enumerate(walk):
        now = MONDAY + timedelta(minutes=minute)
        case, step = transition(
            *(case, action, make_actor(post), now, rules()),
            note="好",
            media=("ab",),
            given=given,
            proofs=proved("ab", at=now),
        )
        steps.append(step)
    assert case.stage == "closed"
    assert replay(steps) == case
    assert [step.seq for step in steps] == list(range(1, 9))


def test_a_step_that_does_not_follow_is_refused() -> None:
    case, step = record_system_step(make_case(), "suggest", SYSTEM, MONDAY, {"unsure": False})
    with pytest.raises(HotlineError, match="does not follow"):
        apply(case, step)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": "nowhere"}, "is not a stage"),
        ({"stage": [{**one, "end": False} for one in STAGES_DATA]}, "no way to an end"),
        ({"stage": [*STAGES_DATA, {"id": "island", "name": "岛"}]}, "never reached"),
        ({"stage": [*STAGES_DATA, {"id": "island"}]}, "no name"),
        ({"stage": [*STAGES_DATA, {"id": "island", "name": "岛", "king": 1}]}, "king"),
        ({"action": []}, "is not an action"),
        ({"role": []}, "is not a role"),
        ({"move": [*read("workflow.toml")["move"], read("workflow.toml")["move"][0]]}, "twice"),
    ],
)
def test_a_workflow_that_cannot_be_walked_is_not_loaded(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_workflow(read("workflow.toml") | change, form())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"permission": ""}, "a permission"),
        ({"posts": ["king"]}, "nothing that a move has"),
        ({"to": "heaven"}, "is not a stage"),
        ({"takes": ["soul"]}, "is not a field"),
        ({"clock": "sundial"}, "nothing that a move has"),
        ({"guards": [{"is": "tall"}]}, "none of"),
        ({"guards": [{"is": "unless", "time": "noon"}]}, "is not a time"),
        ({"guards": [{"is": "unless"}]}, "unless"),
        ({"effects": [{"do": "sing"}]}, "none of"),
        ({"effects": [{"do": "count", "count": "sheep"}]}, "is not a count"),
        ({"effects": [{"do": "stamp", "time": "filed_at", "loud": 1}]}, "loud"),
        ({"direct": True}, "needs nothing"),
        ({"effects": [{"do": "assign", "role": "hero"}]}, "is not a role"),
        ({"evidence": "smell"}, "is not a kind of evidence"),
        ({"notices": [{"who": "press", "template": "x", "channels": []}]}, "is not a role"),
        ({"notices": [{"who": "citizen", "template": "x", "channels": ["owl"]}]}, "channels"),
    ],
)
def test_a_broken_row_names_its_action(row: dict[str, Any], reason: str) -> None:
    data = read("workflow.toml")
    data["move"][0] |= row
    with pytest.raises(Invalid, match=reason) as refusal:
        parse_workflow(data, form())
    assert "ask_verify" in refusal.value.field
