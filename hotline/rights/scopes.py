"""Scopes: which cases somebody may see or work on. One definition, read in Python and in SQL.

`backend/store/scopes.py` is the other reader; a test holds both against each other. Who has a part
in a case is told by tokens: the role, whether an organisation or a person, and its code.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Everything:
    """All cases."""


@dataclass(frozen=True, slots=True)
class InAreas:
    """Cases in some areas, by the beginnings of their cells' codes."""

    beginnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """Cases in which one of these tokens has a part (org_token, person_token)."""

    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Cases of any of these scopes; of none where there are none."""

    parts: tuple["Scope", ...] = ()


Scope = Everything | InAreas | Holds | AnyOf
NOTHING = AnyOf()


def covers(scope: Scope, assigned: Collection[str], area: str) -> bool:
    """Tell whether a case is in a scope: who has a part in it, and the code of where it lies."""
    match scope:
        case Everything():
            return True
        case InAreas():
            return bool(area) and area.startswith(scope.beginnings)
        case Holds():
            return not scope.tokens.isdisjoint(assigned)
        case AnyOf():
            return any(covers(part, assigned, area) for part in scope.parts)


def is_everything(scope: Scope) -> bool:
    """Tell whether a scope leaves nothing out."""
    return scope == Everything() or (
        isinstance(scope, AnyOf) and any(is_everything(part) for part in scope.parts)
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which cases wait for somebody: those in some stages, or that lie with them in some others.

    `lying` are pairs of a stage and the tokens by which a case in it lies with them.
    """

    stages: frozenset[str] = frozenset()
    lying: tuple[tuple[str, frozenset[str]], ...] = ()

    def has(self, stage: str, assigned: Iterable[str]) -> bool:
        """Tell whether a case in a stage, in which these have a part, waits."""
        if stage in self.stages:
            return True
        return any(stage == one and not tokens.isdisjoint(assigned) for one, tokens in self.lying)


# Between a role and whose it is, where several have it: assisting:water.
_OF: Final = ":"


def role_of(key: str) -> str:
    """Give the role of an assignment, or the kind of a clock, of which there may be several."""
    return key.partition(_OF)[0]


def one_of(role: str, code: str) -> str:
    """Give the key of one of several who have a role."""
    return f"{role}{_OF}{code}"


def org_token(role: str, org: str) -> str:
    """Give the token of an organisation that has a role."""
    return f"{role}:o:{org}"


def person_token(role: str, person: str) -> str:
    """Give the token of a person who has a role."""
    return f"{role}:p:{person}"
