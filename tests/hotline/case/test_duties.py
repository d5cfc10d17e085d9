"""Nobody judges their own work, whichever post they wear."""

from dataclasses import replace

import pytest

from hotline.case.case import Case, Step
from hotline.case.duties import CLOSES, HANDLES, REGISTERS, hands_of, separated_from
from hotline.case.transition import available_actions, transition
from hotline.errors import Forbidden
from hotline.people import Actor
from hotline.rights.posts import Rights
from tests.cities import MONDAY, make_actor, make_case, make_step, proved, rules, workflow
from tests.posts import Post

PHOTO = ("ab" * 32,)


def handled_by(person: str) -> tuple[Case, list[Step]]:
    """A case that somebody of its department has handled, and that waits to be checked."""
    case = make_case("checking")
    first = make_step(case, stage="reported")
    done = replace(make_step(case, stage="to_check"), seq=2, action="report_done", person=person)
    return case, [first, done]


def in_both_posts(person: str) -> Actor:
    """Somebody of the department whom the city has made a collector and duty chief besides."""
    posts = [make_actor(one, person=person) for one in (Post.COLLECTOR, Post.DUTY_CHIEF)]
    rights = Rights(tuple(grant for one in posts for grant in one.rights.grants))
    return replace(posts[0], rights=rights)


def test_who_did_what_is_read_from_the_steps() -> None:
    _, steps = handled_by("water1")
    assert hands_of(steps, workflow()) == {REGISTERS: {"system"}, HANDLES: {"water1"}}


def test_separation_counts_both_ways() -> None:
    for duty in (HANDLES, CLOSES, REGISTERS):
        for other in separated_from(duty, workflow()):
            assert duty in separated_from(other, workflow())


def test_who_handled_a_case_does_not_check_it_though_it_lies_with_them() -> None:
    case, steps = handled_by("collector1")
    both = in_both_posts("collector1")
    with pytest.raises(Forbidden) as refused:
        transition(case, "pass_check", both, MONDAY, rules(), media=PHOTO, steps=steps)
    assert refused.value.code == "duties_separated"
    offered = {one.action for one in available_actions(case, both, workflow(), MONDAY, steps)}
    assert "pass_check" not in offered
    assert "check_unclear" in offered
    _, others = handled_by("water1")
    proofs = proved(*PHOTO, at=MONDAY)
    after, _ = transition(
        *(case, "pass_check", both, MONDAY, rules()), media=PHOTO, steps=others, proofs=proofs
    )
    assert after.stage == "to_close"


def test_a_proxy_has_the_past_of_whom_they_act_for() -> None:
    case, steps = handled_by("water1")
    proxy = replace(make_actor(Post.COLLECTOR), proxy_for=("water1",))
    with pytest.raises(Forbidden) as refused:
        transition(case, "pass_check", proxy, MONDAY, rules(), media=PHOTO, steps=steps)
    assert refused.value.code == "duties_separated"


def test_who_registered_a_case_does_not_close_it() -> None:
    case = make_case("to_close")
    begun = replace(make_step(case, stage="reported"), person="chief7")
    chief = make_actor(Post.DUTY_CHIEF, person="chief7")
    with pytest.raises(Forbidden) as refused:
        transition(case, "close", chief, MONDAY, rules(), steps=[begun])
    assert refused.value.code == "duties_separated"
    other = make_actor(Post.DUTY_CHIEF)
    after, _ = transition(case, "close", other, MONDAY, rules(), steps=[begun])
    assert after.stage == "closed"
