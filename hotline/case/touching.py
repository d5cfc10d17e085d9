"""What a move has to do with other cases: those that it touches, and the one that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hotline.errors import Invalid
from hotline.rights.permissions import MACHINE_MOVE
from hotline.wire import convert

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Other:
    """The other cases that a move touches: each gets a step by its own row of the `action`.

    They are those whose numbers are given in a `field`; or the one that a `link` of that kind
    names, and those that a link of the kind leads to from there. The row is there in every open
    stage, else the move is refused; where it is there in `some` only, that is said.
    """

    action: str
    field: str = ""
    link: str = ""
    some: bool = False


@dataclass(frozen=True, slots=True)
class Makes:
    """The new case that a move makes beside its own (拆分), bound to it by a `link` of that kind.

    The fields of the move name its words (`text`), class and place; its number is put into
    `number`.
    """

    link: str
    text: str
    number: str
    matter: str = ""
    place: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names."""
        named = (self.text, self.number, self.matter, self.place)
        return tuple(one for one in named if one)


# What the stages of a row may be called together.
OPEN: Final = "open"
ALL: Final = "all"


def sources_of(where: str, named: object, stages: Mapping[str, bool]) -> tuple[str, ...]:
    """Give the stages from which a row leads: a list, or all that are open, or all there are.

    `stages` says of each whether it is an end.
    """
    if isinstance(named, str):
        if named not in (OPEN, ALL):
            raise Invalid(where, f"from {named!r} is no list of stages, nor {OPEN} or {ALL}")
        return tuple(one for one, is_end in stages.items() if named == ALL or not is_end)
    return tuple(str(one) for one in named) if isinstance(named, list | tuple) else ()


def parse_other(where: str, row: object) -> Other | None:
    """Give what a row says of other cases; Invalid says what is wrong."""
    if row is None:
        return None
    found = _read(where, "other", row, Other)
    if not found.action or bool(found.field) == bool(found.link):
        raise Invalid(where, "other names an action, and a field or a link")
    return found


def parse_makes(where: str, row: object) -> Makes | None:
    """Give what a row says of the case that it makes; Invalid says what is wrong."""
    return None if row is None else _read(where, "makes", row, Makes)


def _read(where: str, name: str, row: object, of: type[T]) -> T:
    known: Any = getattr(of, "__dataclass_fields__")  # noqa: B009 - of any record
    if not isinstance(row, Mapping) or set(row) - set(known):
        raise Invalid(where, f"{name} has nothing but {', '.join(known)}")
    try:
        return convert(row, of)
    except Invalid as error:
        raise Invalid(where, f"{name}: {error.field}: {error.reason}") from error


def is_of_machine(permission: str) -> bool:
    """Tell whether nobody makes a move but the office itself."""
    return permission == MACHINE_MOVE
