"""Guards: the closed vocabulary of what data may demand before a move is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from hotline.case.case import Assignment, Case
from hotline.case.vocabulary import parse_named
from hotline.case.workflow import Guard
from hotline.people import Actor

A_DAY: Final = timedelta(days=1)


def lies_with(one: Assignment, actor: Actor) -> bool:
    """Tell whether an assignment is an actor's: of an organisation that of whoever is in it."""
    if one.org is not None:
        return one.org in actor.orgs
    return one.person in actor.persons


@dataclass(frozen=True, slots=True)
class Assigned(Guard):
    """The case lies with the actor in this role, or with the organisation they are of."""

    role: str
    of_person: ClassVar[bool] = True

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether it lies with them; of an organisation, whoever is in it."""
        return any(lies_with(one, actor) for one in case.having(self.role))


@dataclass(frozen=True, slots=True)
class HeldBy(Guard):
    """Somebody has this role in the case: it is given back to nobody."""

    role: str
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "nobody_has_it"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether anybody has it, whoever they are."""
        return bool(case.having(self.role))


@dataclass(frozen=True, slots=True)
class NotSamePersonAs(Guard):
    """The actor is not the person who has this role in the case."""

    role: str
    of_person: ClassVar[bool] = True

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether they are somebody else."""
        return all(one.person not in actor.persons for one in case.having(self.role))


@dataclass(frozen=True, slots=True)
class OtherOrganisation(Guard):
    """The actor is of no organisation that has this role in the case: nobody judges their own."""

    role: str
    of_person: ClassVar[bool] = True

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether they are of another one."""
        return all(one.org not in actor.orgs for one in case.having(self.role))


@dataclass(frozen=True, slots=True)
class Unless(Guard):
    """This has not happened yet: what was accepted is not accepted again."""

    time: str
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "move_done"

    def ends_with(self, times: Mapping[str, Any]) -> bool:
        """Tell whether the time is set."""
        return times.get(self.time) is not None

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether the time is not set."""
        return self.time not in case.times


@dataclass(frozen=True, slots=True)
class NoOther(Guard):
    """Nobody who has a role waits since a time that is set; whoever wears a post of `but` may."""

    time: str
    role: str
    but: tuple[str, ...] = ()
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "other_waits"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether nobody does, or the actor may all the same."""
        if self.time not in case.times or not case.having(self.role):
            return True
        return not actor.rights.posts.isdisjoint(self.but)


@dataclass(frozen=True, slots=True)
class Since(Guard):
    """This has happened; with `days`, no longer ago than so many natural days."""

    time: str
    days: int | None = None
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "move_early"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether the time is set, and not too long ago."""
        at = case.times.get(self.time)
        # What an older release says may be more days than there are.
        return at is not None and (self.days is None or (now - at) / A_DAY <= self.days)


@dataclass(frozen=True, slots=True)
class CountBetween(Guard):
    """A count lies between `least` and `most`, both included; None: no bound."""

    count: str
    least: int = 0
    most: int | None = None
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "move_counted"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether it does."""
        counted = case.counts.get(self.count, 0)
        return self.least <= counted and (self.most is None or counted <= self.most)


@dataclass(frozen=True, slots=True)
class Running(Guard):
    """A clock of a kind runs: it is there, and has not been stopped."""

    clock: str
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "no_clock_runs"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether it does."""
        clock = case.clocks.get(self.clock)
        return clock is not None and clock.started is not None and clock.stopped is None


@dataclass(frozen=True, slots=True)
class BeforeDue(Guard):
    """The time of a clock is not up: more is asked for before it is."""

    clock: str
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "clock_is_up"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether it is not; a clock that is due never has time for ever."""
        clock = case.clocks.get(self.clock)
        return clock is None or clock.due_at is None or now < clock.due_at


@dataclass(frozen=True, slots=True)
class Extended(Guard):
    """A clock has got more time between `least` and `most` times, both included; None: no bound."""

    clock: str
    least: int = 0
    most: int | None = None
    of_person: ClassVar[bool] = False
    refusal: ClassVar[str] = "extended_enough"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether it has; one that is not there has got none."""
        clock = case.clocks.get(self.clock)
        times = len(clock.added) if clock is not None else 0
        return self.least <= times and (self.most is None or times <= self.most)


GUARDS: Final[Mapping[str, type[Guard]]] = {
    "assigned": Assigned,
    "held": HeldBy,
    "not_same_person_as": NotSamePersonAs,
    "other_organisation_than": OtherOrganisation,
    "unless": Unless,
    "no_other": NoOther,
    "since": Since,
    "counted": CountBetween,
    "running": Running,
    "before_due": BeforeDue,
    "extended": Extended,
}


def parse_guard(where: str, row: Any) -> Guard:
    """Give a guard such as { is = "assigned", role = "handler" }; Invalid says what is wrong."""
    guard: Guard = parse_named(where, row, "is", GUARDS)
    return guard
