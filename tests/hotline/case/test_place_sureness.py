"""Row 28: a place that a machine read out of words is not shown as a fact where it is doubtful."""

from typing import Any

import pytest

from hotline.case.case import Case, Step, is_place_unsure, who_placed
from hotline.case.transition import first_step, record_system_step
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.place.point import Point
from tests.cities import MONDAY, make_actor, make_case, rules
from tests.posts import Post

POINT = Point(121.55, 29.87)


def begun(**fields: Any) -> tuple[Case, list[Step]]:
    case = make_case(**{"place_text": "", "point": None, **fields})
    return case, [first_step(case, CITIZEN, MONDAY, rules(), ())]


def after(
    case: Case, steps: list[Step], who: Actor, action: str, **changes: Any
) -> tuple[Case, list[Step]]:
    case, step = record_system_step(case, action, who, MONDAY, changes)
    return case, [*steps, step]


def unsure_of(case: Case, steps: list[Step]) -> bool:
    located, confirmed = case.point is not None, case.text_confirmed
    return is_place_unsure(who_placed(steps), case.place_text, located=located, confirmed=confirmed)


@pytest.mark.parametrize("place", ["交公园", "风吹到湖", "员皆正式升级为路天摆护商场"])
def test_row_28_a_place_the_city_does_not_know_is_doubtful_until_a_person_sets_one(
    place: str,
) -> None:
    case, steps = after(*begun(), SYSTEM, "suggest", place_text=place)
    assert unsure_of(case, steps)
    acceptor = make_actor(Post.ACCEPTOR)
    assert not unsure_of(*after(case, steps, acceptor, "correct", place_text="明湾公园"))


@pytest.mark.parametrize(("confirmed", "unsure"), [(True, False), (False, True)])
def test_row_28_a_known_place_is_doubtful_while_only_an_engine_heard_it(
    confirmed: bool, unsure: bool
) -> None:
    heard = begun(text_confirmed=confirmed)
    case, steps = after(*heard, SYSTEM, "suggest", place_text="中山东路86号", point=POINT)
    assert unsure_of(case, steps) is unsure


def test_row_28_what_the_citizen_wrote_as_the_place_is_theirs() -> None:
    case, steps = begun(place_text="老槐树下")
    assert not unsure_of(case, steps)
    assert not unsure_of(*after(case, steps, SYSTEM, "suggest", unsure=True))
