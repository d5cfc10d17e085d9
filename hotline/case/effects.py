"""Effects: the closed vocabulary of what a move does to its case beside leading it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.case.case import Link
from hotline.case.changing import add_changes
from hotline.case.vocabulary import parse_named
from hotline.case.workflow import Effect, EffectContext


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
        counted = about.form.counted_until(self.time)
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
        return about.form.changes_of(about.case, self.field, self.value, about.now)


@dataclass(frozen=True, slots=True)
class Clear:
    """Fields, times, clocks and roles are emptied."""

    fields: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give what is there no more."""
        changes: dict[str, Any] = {}
        emptied = (("times", self.times), ("clocks", self.clocks), ("assignments", self.roles))
        for name, keys in emptied:
            if keys:
                changes[name] = dict.fromkeys(keys)
        for name in self.fields:
            add_changes(changes, about.form.changes_of(about.case, name, None, about.now))
        return changes


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The case is bound to the one whose number is given in a field."""

    kind: str
    field: str

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the links with one more."""
        other = about.given.get(self.field)
        if not other:
            return {}
        return {"links": tuple(dict.fromkeys((*about.case.links, Link(self.kind, str(other)))))}


EFFECTS: Final[Mapping[str, type[Effect]]] = {
    "assign": Assign,
    "stamp": Stamp,
    "count": Count,
    "set": Set,
    "clear": Clear,
    "link": LinkTo,
}


def parse_effect(where: str, row: Any) -> Effect:
    """Give an effect such as { do = "stamp", time = "filed_at" }; Invalid says what is wrong."""
    effect: Effect = parse_named(where, row, "do", EFFECTS)
    return effect
