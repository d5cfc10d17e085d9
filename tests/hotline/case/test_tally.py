"""Counts that are folded are those that would be counted."""

import random
from collections import Counter

import pytest

from hotline.case.standing import Standing
from hotline.case.tally import Counts, Tally, Viewer
from hotline.rights.scopes import (
    NOTHING,
    AnyOf,
    Everything,
    Holds,
    InAreas,
    Waiting,
    org_token,
    person_token,
)

ENDS = frozenset({"closed", "void"})
STAGES = ("reported", "handling", "checking", *sorted(ENDS))
WATER, C1 = org_token("handler", "water"), person_token("collector", "c1")
VIEWERS = (
    Viewer(Everything(), Waiting(frozenset({"reported"}))),
    Viewer(Holds(frozenset({WATER})), Waiting(lying=(("handling", frozenset({WATER})),))),
    Viewer(Holds(frozenset({C1})), Waiting(lying=(("checking", frozenset({C1})),))),
    Viewer(NOTHING, Waiting(frozenset({"checking"}))),
    Viewer(AnyOf((InAreas(("330299001",)), Holds(frozenset({C1}))))),
)


def drawn(chance: random.Random) -> Standing | None:
    """A case that stands somewhere, or none."""
    if chance.random() < 0.1:
        return None
    return Standing(
        chance.choice(STAGES),
        chance.choice(("green", "yellow", "red")),
        chance.choice(((), (WATER,), (C1,), (C1, WATER))),
        chance.choice(("", "330299001", "330299002")),
        chance.choice(((), (("verified", "true"),), (("verified", "false"),))),
    )


def counted(cases: list[Standing | None], viewer: Viewer) -> Counts:
    """The counts of these cases, begun anew."""
    tally = Tally(ENDS)
    tally.load(Counter(one for one in cases if one is not None).items())
    return tally.counts(viewer)


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_of_changes_gives_what_a_count_gives(seed: int) -> None:
    chance = random.Random(seed)
    cases = [drawn(chance) for _ in range(30)]
    tally = Tally(ENDS)
    tally.load(Counter(one for one in cases if one is not None).items())
    tally.counts(VIEWERS[0])  # one is counted along, the others only when they ask
    for _ in range(200):
        which, now = chance.randrange(len(cases)), drawn(chance)
        tally.fold(cases[which], now)
        cases[which] = now
    for viewer in VIEWERS:
        assert tally.counts(viewer) == counted(cases, viewer)


def test_nobody_who_sees_a_part_is_told_of_the_others_delay() -> None:
    late = Standing("checking", "red", (C1, WATER))
    cases: list[Standing | None] = [late, Standing("handling", "yellow", (WATER,))]
    everything, department, collector, nobody, _ = (counted(cases, one) for one in VIEWERS)
    assert (everything.lights["red"], everything.own_lights["red"]) == (1, 0)
    assert (department.lights["red"], department.lights["yellow"], department.mine) == (0, 1, 1)
    assert (collector.lights["red"], collector.stages) == (1, {"checking": 1})
    assert (nobody.stages, nobody.mine) == ({}, 0)
