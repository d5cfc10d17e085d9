"""Effects: the closed vocabulary of what a move does to its case beside leading it on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hotline.case.case import Case, Link
from hotline.case.changing import add_changes
from hotline.case.clocking import begun, class_limit, patch_of, retimed
from hotline.case.limit import Limit, parse_limit
from hotline.case.vocabulary import parse_named
from hotline.case.workflow import Effect, EffectContext
from hotline.rights.scopes import one_of, role_of


@dataclass(frozen=True, slots=True)
class Assign:
    """Who makes the move becomes the person of a role; an organisation that has it stays."""

    role: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the change of the assignment."""
        return {"assignments": {self.role: {"person": about.actor.person}}}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time is set: what happened has happened now."""

    time: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the time."""
        counted = about.rules.form.counted_until(self.time)
        return {"times": {self.time: about.now}} | (
            {"facets": dict.fromkeys(counted)} if counted else {}
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A count goes up by one."""

    count: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the new count."""
        return {"counts": {self.count: about.case.counts.get(self.count, 0) + 1}}


@dataclass(frozen=True, slots=True)
class Set:
    """A field gets a value."""

    field: str
    value: Any

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the change of the field."""
        return about.rules.form.changes_of(about.case, self.field, self.value, about.now)


@dataclass(frozen=True, slots=True)
class Clear:
    """Fields, times, clocks and roles are emptied; of several who have a role all."""

    fields: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give what is there no more."""
        changes: dict[str, Any] = {}
        emptied = (("times", self.times), ("clocks", self.clocks), ("assignments", self.roles))
        for name, roles in emptied:
            there = [key for key in getattr(about.case, name) if role_of(key) in roles]
            if keys := dict.fromkeys((*roles, *there)):
                changes[name] = keys
        for name in self.fields:
            add_changes(changes, about.rules.form.changes_of(about.case, name, None, about.now))
        return changes


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The case is bound to the one whose number is given in a field, or whose move touches it."""

    kind: str
    field: str = ""

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the links with one more."""
        touching = about.other.number if about.other else None
        other = about.given.get(self.field) if self.field else touching
        if not other:
            return {}
        return {"links": tuple(dict.fromkeys((*about.case.links, Link(self.kind, str(other)))))}


@dataclass(frozen=True, slots=True)
class Unlink:
    """The case is bound to none by links of a kind any more."""

    kind: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the links that are left."""
        left = tuple(one for one in about.case.links if one.kind != self.kind)
        return {} if left == about.case.links else {"links": left}


@dataclass(frozen=True, slots=True)
class CountIn:
    """A count goes up by those who come with the case that touches this one, and by itself.

    With a `field` it goes up by the cases that are given there. `out` makes it go down.
    """

    count: str
    field: str = ""
    out: bool = False

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the new count."""
        if self.field:
            several = len(about.given.get(self.field) or ())
        else:
            several = 1 + (about.other.counts.get(self.count, 0) if about.other else 0)
        before = about.case.counts.get(self.count, 0)
        return {"counts": {self.count: max(0, before - several if self.out else before + several)}}


@dataclass(frozen=True, slots=True)
class StartClock:
    """A clock of a kind begins now, beside that of the stage.

    Its limit is the one that a `field` has, else the `limit` that stands here, else, where neither
    is named, that of what the case is; without any there is no clock. With a `role` one begins for
    each who is given it. Where it is there already, it goes on if `kept`, else it begins anew. One
    that has stopped, as with the end of its case, begins anew all the same where the time at which
    what it waits for was done (`until`) is not set.
    """

    clock: str
    limit: str = ""
    field: str = ""
    role: str = ""
    kept: bool = False
    until: str = ""

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the clocks that begin."""
        limit = self._limit(about)
        if limit is None:
            return {}
        kinds = [self.clock]
        if self.role:
            given = about.changes.get("assignments", {})
            codes = (key.removeprefix(one_of(self.role, "")) for key, one in given.items() if one)
            kinds = [one_of(self.clock, code) for code in codes if one_of(self.role, code) in given]
        wanted = (one for one in kinds if not (self.kept and self._goes_on(about.case, one)))
        return {"clocks": {kind: begun(limit, about.now, about.rules) for kind in wanted}}

    def _goes_on(self, case: Case, kind: str) -> bool:
        clock = case.clocks.get(kind)
        if clock is None or clock.stopped is None:
            return clock is not None
        return not self.until or self.until in case.times

    def _limit(self, about: EffectContext) -> Limit | None:
        if not self.field and not self.limit:
            return class_limit(self.clock, about.case, about.rules, about.changes)
        text = self.limit
        if self.field:
            # What was chosen for an earlier one counts for it alone.
            text = str(about.given.get(self.field) or self.limit)
        return parse_limit(text) if text else None


@dataclass(frozen=True, slots=True)
class StopClock:
    """A clock of a kind stands still for good; with a `role`, that of the actor's organisation."""

    clock: str
    role: str = ""

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the clocks that stop."""
        kinds = [one_of(self.clock, org) for org in sorted(about.actor.orgs)]
        running = [
            kind
            for kind in (kinds if self.role else [self.clock])
            if kind in about.case.clocks and about.case.clocks[kind].stopped is None
        ]
        return {"clocks": {kind: {"stopped": about.now} for kind in running}} if running else {}


@dataclass(frozen=True, slots=True)
class Extend:
    """A clock gets more time: the limit that a field has (延期)."""

    clock: str
    field: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the clock with what is added."""
        clock = about.case.clocks.get(self.clock)
        known = about.rules.form.value_of(about.case, self.field)
        text = str(about.given.get(self.field, known) or "")
        if clock is None or not text:
            return {}
        more = replace(clock, added=(*clock.added, parse_limit(text).text))
        return {"clocks": {self.clock: patch_of(clock, retimed(more, about.rules))}}


@dataclass(frozen=True, slots=True)
class HandOver:
    """The actor's organisation has another role than the one of several that it had."""

    role: str
    to: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the assignments that change."""
        changed: dict[str, Any] = {}
        for org in sorted(about.actor.orgs):
            had = about.case.assignments.get(one_of(self.role, org))
            if had is not None:
                changed[one_of(self.role, org)] = None
                changed[one_of(self.to, org)] = {
                    "org": org,
                    "person": about.actor.person,
                    "since": about.now,
                }
        return {"assignments": changed} if changed else {}


@dataclass(frozen=True, slots=True)
class Raise:
    """A field goes up to a level, once a count has come so far; never down (跟进人数)."""

    field: str
    count: str
    levels: Mapping[str, int]

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the highest level that the count has come to, where that is more than there is."""
        counted = about.changes.get("counts", {}).get(
            self.count, about.case.counts.get(self.count, 0)
        )
        options = [one.id for one in about.rules.form.fields[self.field].options]
        now = about.rules.form.value_of(about.case, self.field)
        reached = [level for level, at in self.levels.items() if counted >= at]
        # The options stand from the highest to the lowest.
        best = min(reached, key=options.index, default=None)
        if best is None or (now in options and options.index(str(now)) <= options.index(best)):
            return {}
        return about.rules.form.changes_of(about.case, self.field, best, about.now)


EFFECTS: Final[Mapping[str, type[Effect]]] = {
    "assign": Assign,
    "stamp": Stamp,
    "count": Count,
    "set": Set,
    "clear": Clear,
    "link": LinkTo,
    "unlink": Unlink,
    "count_in": CountIn,
    "start": StartClock,
    "stop": StopClock,
    "extend": Extend,
    "hand_over": HandOver,
    "raise": Raise,
}


def parse_effect(where: str, row: Any) -> Effect:
    """Give an effect such as { do = "stamp", time = "filed_at" }; Invalid says what is wrong."""
    effect: Effect = parse_named(where, row, "do", EFFECTS)
    return effect
