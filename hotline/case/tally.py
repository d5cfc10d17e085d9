"""How many cases stand where: counted once, then folded from the changes that the feed brings."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hotline.case.case import Case
from hotline.case.light import Light
from hotline.case.standing import Standing, area_of
from hotline.rights.scopes import Scope, Waiting, covers, is_everything


def standing_of(case: Case) -> Standing:
    """Give where a case stands."""
    return Standing(
        stage=case.stage,
        light=case.light,
        assigned=case.assigned,
        area=area_of(case.cell),
        facets=tuple(sorted(case.facets.items())),
    )


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom is counted: what they see, and which of it waits for them."""

    scope: Scope
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def sees_all(self) -> bool:
        """Tell whether they see every case."""
        return is_everything(self.scope)


@dataclass(slots=True)
class Counts:
    """How many cases a viewer sees: by stage, open ones by light, and those that wait for them.

    `own_lights` are the lights of those that wait for the viewer; `facets` counts by the values of
    the fields that lists count.
    """

    stages: dict[str, int] = field(default_factory=dict)
    lights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Light), 0))
    own_lights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Light), 0))
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    mine: int = 0

    def add(self, viewer: Viewer, one: Standing, ends: frozenset[str], several: int) -> None:
        """Add so many cases that stand alike; fewer than none takes them away."""
        if not covers(viewer.scope, one.assigned, one.area):
            return
        waits = viewer.waiting.has(one.stage, one.assigned)
        _add(self.stages, one.stage, several)
        self.mine += several * waits
        if one.stage in ends:
            return
        # Nobody who sees a part of the cases only is shown somebody else's delay.
        if viewer.sees_all or waits:
            self.lights[one.light] = self.lights.get(one.light, 0) + several
        if waits:
            self.own_lights[one.light] = self.own_lights.get(one.light, 0) + several
        for name, value in one.facets:
            counted = self.facets.setdefault(name, {})
            _add(counted, value, several)
            if not counted:
                del self.facets[name]


def _add(counts: dict[str, int], name: str, several: int) -> None:
    counts[name] = counts.get(name, 0) + several
    if not counts[name]:
        del counts[name]


@dataclass(slots=True)
class Tally:
    """The cases by where they stand, and the counts of everybody who has asked so far."""

    ends: frozenset[str]
    standings: Counter[Standing] = field(default_factory=Counter)
    counted: dict[Viewer, Counts] = field(default_factory=dict)
    is_loaded: bool = False

    def load(self, standings: Iterable[tuple[Standing, int]]) -> None:
        """Begin anew with the cases as they were counted at a moment."""
        self.standings = Counter(dict(standings))
        self.counted.clear()
        self.is_loaded = True

    def end_in(self, ends: frozenset[str]) -> None:
        """Take that cases end in these stages from now on."""
        if ends != self.ends:
            self.ends = ends
            self.counted.clear()

    def fold(self, before: Standing | None, after: Standing | None) -> None:
        """Take that a case stands otherwise now; None stands for none."""
        if before == after:
            return
        for one, several in ((before, -1), (after, 1)):
            if one is not None:
                self._add(one, several)

    def _add(self, one: Standing, several: int) -> None:
        self.standings[one] += several
        if not self.standings[one]:
            del self.standings[one]
        for viewer, counts in self.counted.items():
            counts.add(viewer, one, self.ends, several)

    def counts(self, viewer: Viewer) -> Counts:
        """Give what a viewer sees; the first time costs a walk over all that stands apart."""
        known = self.counted.get(viewer)
        if known is None:
            known = Counts()
            for one, several in self.standings.items():
                known.add(viewer, one, self.ends, several)
            self.counted[viewer] = known
        return known
