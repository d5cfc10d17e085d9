"""Counts that are folded are those that would be counted."""

import random
from collections import Counter

import pytest

from hotline.case.standing import Standing
from hotline.case.tally import Counts, Tally, Viewer

ENDS = frozenset({"closed", "void"})
STAGES = ("reported", "handling", "checking", *sorted(ENDS))
VIEWERS = (
    Viewer(frozenset({"reported"}), everything=True),
    Viewer(frozenset({"handling"}), department="water"),
    Viewer(frozenset({"checking"}), person="c1"),
    Viewer(frozenset({"checking"})),
)


def drawn(chance: random.Random) -> Standing | None:
    """A case that stands somewhere, or none."""
    if chance.random() < 0.1:
        return None
    return Standing(
        chance.choice(STAGES),
        chance.choice(("green", "yellow", "red")),
        chance.choice((None, "true", "false")),
        chance.random() < 0.5,
        chance.choice((None, "water", "light")),
        chance.choice((None, "c1", "c2")),
        chance.choice((None, "c1")),
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
    late = Standing("checking", "red", department="water", collector="c1")
    cases: list[Standing | None] = [late, Standing("handling", "yellow", department="water")]
    everything, department, collector, nobody = (counted(cases, one) for one in VIEWERS)
    assert (everything.lights["red"], everything.own_lights["red"]) == (1, 0)
    assert (department.lights["red"], department.lights["yellow"], department.mine) == (0, 1, 1)
    assert (collector.lights["red"], collector.stages) == (1, {"checking": 1})
    assert (nobody.stages, nobody.mine) == ({}, 0)
