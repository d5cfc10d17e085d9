"""Whatever way a case goes, its steps make it again, from memory and from what is kept of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from random import Random
from typing import Any
from uuid import UUID

import pytest

from hotline.case.case import Case, Step, apply, replay, tokens_of
from hotline.case.changes import known_changes
from hotline.case.proof import PhotoKnown, PhotosHanded
from hotline.case.tally import standing_of
from hotline.case.transition import available_actions, first_step, transition
from hotline.case.workflow import Rules
from hotline.channel import Channel
from hotline.errors import HotlineError
from hotline.form.beside import NOTE, PHOTO
from hotline.people import SYSTEM, Actor
from hotline.place.point import Point
from hotline.rights.scopes import Everything, Holds, covers
from hotline.wire import encode, parse
from tests.cities import MONDAY, form, make_case, organisation, rules
from tests.fitted import value

VALUES: dict[str, Any] = {
    "cell": "330299001001001",
    "collector": "collector01",
    "text": "井盖没了",
    "urgency": "urgent",
    "in_scope": False,
    "leader": "00000059",
    "members": ["00000068", "00000076"],
    "split_text": "路灯也不亮",
    "split_matter": "01002",
    "split_place": "解放路",
    "centre_above": "city_centre",
}


def given(name: str, case: Case) -> Any:
    """A value for a field, as people choose it for a case."""
    if name == "crew":
        return next(one for one in CREWS.get(case.org_of("handler") or "", ["water1"]))
    return VALUES[name] if name in VALUES else value(form().fields[name])


CREWS = {"water": ["water_crew1"]}
# What people fill in unasked.
ASKED = ("matter", "condition", "cell", "text", "urgency", "in_scope", "assisting", "assist_limit")


def on_site(case: Case, now: datetime) -> PhotosHanded:
    """A photo of just now, where the case is."""
    photo = PhotoKnown("ab" * 32, now, case.point or Point(121.5886, 29.8814))
    return PhotosHanded((photo,), cell_of=lambda _: case.cell)


def walk(seed: int, used: Rules | None = None, hours: float = 0.0) -> tuple[Case, list[Step]]:
    """A case that goes at random, by whoever may lead it on, with up to `hours` between steps."""
    dice, used, now = Random(seed), used or rules(), MONDAY
    begun = make_case(stage=used.workflow.start, channel=Channel.TERMINAL)
    steps = [first_step(begun, SYSTEM, MONDAY, used, ())]
    case = apply(None, steps[0])
    people = [one.actor() for one in organisation().people.values()]
    for _ in range(dice.randrange(40)):
        now += timedelta(hours=hours * dice.random() if hours else 0)
        made = [
            (who, move)
            for who in people
            for move in available_actions(case, who, used.workflow, now, steps)
        ]
        if not made:
            break
        who, move = dice.choice(made)
        taken = [one for one in move.takes if one in ASKED and dice.random() < 0.5]
        named = [one for one in (*move.needs, *taken) if one not in (NOTE, PHOTO)]
        case, step = transition(
            *(case, move.action, who, now, used),
            note="x",
            media=("ab" * 32,),
            given={name: given(name, case) for name in named},
            steps=steps,
            proofs=on_site(case, now),
        )
        steps.append(step)
    return case, steps


def kept(step: Step) -> Step:
    """A step as it is read back."""
    return replace(step, changes=known_changes(parse(encode(step.changes))))


@pytest.mark.parametrize("seed", range(60))
def test_the_steps_of_a_case_make_it_again(seed: int) -> None:
    case, steps = walk(seed)
    assert replay(steps) == case
    assert replay(kept(step) for step in steps) == case
    assert case.assigned == tokens_of(case.assignments) == standing_of(case).assigned


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_who_has_a_part_in_a_case_is_in_its_scope_and_nobody_else(seed: int) -> None:
    case, _ = walk(seed)
    assert covers(Everything(), case.assigned, "")
    for token in case.assigned:
        assert covers(Holds(frozenset({token, "else:p:x"})), case.assigned, "")
    assert not covers(Holds(frozenset({"else:p:x"})), case.assigned, "")


def test_nobody_may_do_what_is_not_offered() -> None:
    case, _ = walk(3)
    stranger = Actor("nobody", SYSTEM.post)
    assert available_actions(case, stranger, rules().workflow, MONDAY) == []


@pytest.mark.parametrize("seed", range(20))
def test_what_steps_make_together_is_what_they_make_one_by_one(seed: int) -> None:
    case, steps = walk(seed)
    assert reduce(apply, steps[1:], apply(None, steps[0])) == replay(steps) == case
    empty = replace(steps[0], changes={})
    other = replace(steps[-1], case=UUID(int=8))
    for wrong in ([], steps[1:], [empty, *steps], [empty, *steps[1:]], [*steps, steps[-1]],
                  [*steps[:-1], other], [empty]):  # fmt: skip
        with pytest.raises((HotlineError, TypeError)):
            replay(wrong)
