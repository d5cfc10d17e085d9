"""Guards: the closed vocabulary of what data may demand before a move is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from hotline.case.case import Case
from hotline.case.vocabulary import parse_named
from hotline.case.workflow import Guard
from hotline.people import Actor


@dataclass(frozen=True, slots=True)
class Assigned:
    """The case lies with the actor in this role, or with the organisation they are of."""

    role: str
    of_person: ClassVar[bool] = True

    def ends_with(self, times: Mapping[str, Any]) -> bool:  # noqa: ARG002 - never for good
        """It may hold again."""
        return False

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether it lies with them; of an organisation, whoever is in it."""
        found = case.assignments.get(self.role)
        if found is None:
            return False
        if found.org is not None:
            return found.org in actor.orgs
        return found.person in actor.persons


@dataclass(frozen=True, slots=True)
class NotSamePersonAs:
    """The actor is not the person who has this role in the case."""

    role: str
    of_person: ClassVar[bool] = True

    def ends_with(self, times: Mapping[str, Any]) -> bool:  # noqa: ARG002 - never for good
        """It may hold again."""
        return False

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - at any time
        """Tell whether they are somebody else."""
        return case.person_of(self.role) not in actor.persons


@dataclass(frozen=True, slots=True)
class Unless:
    """This has not happened yet: what was accepted is not accepted again."""

    time: str
    of_person: ClassVar[bool] = False

    def ends_with(self, times: Mapping[str, Any]) -> bool:
        """Tell whether the time is set."""
        return times.get(self.time) is not None

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:  # noqa: ARG002 - whoever asks
        """Tell whether the time is not set."""
        return self.time not in case.times


GUARDS: Final[Mapping[str, type[Guard]]] = {
    "assigned": Assigned,
    "not_same_person_as": NotSamePersonAs,
    "unless": Unless,
}


def parse_guard(where: str, row: Any) -> Guard:
    """Give a guard such as { is = "assigned", role = "handler" }; Invalid says what is wrong."""
    guard: Guard = parse_named(where, row, "is", GUARDS)
    return guard
