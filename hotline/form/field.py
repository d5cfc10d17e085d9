"""A field of a city's form, as data says it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

# The types of fields that name other cases; who sees the one may not know of the others.
OF_CASES: Final = ("case", "cases")
# The types of fields that name files which somebody has handed in.
OF_PHOTOS: Final = ("photo", "signature")


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a choice may have; `parent` is the one above it in a tree.

    `prompt` is what a caller hears of it. An `inner` one comes by what moves do, and nobody chooses
    it; of `posts` one is worn by who does, where any is named.
    """

    id: str
    name: str
    name_en: str = ""
    parent: str | None = None
    prompt: str = ""
    inner: bool = False
    posts: tuple[str, ...] = ()

    def is_for(self, posts: Collection[str]) -> bool:
        """Tell whether somebody who wears some posts may choose it."""
        return not self.inner and (not self.posts or not set(self.posts).isdisjoint(posts))

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return self.name_en if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class FormField:
    """A field: its type, its names, and what its values may be.

    Choices are the `options`, or what the office has under the name `source`. A value is of `min`
    to `max` characters (texts), or lies between them (numbers, of `decimals` places). A `kept`
    value may be put right and not emptied, one that is given `anew` is asked for each time, an
    `inner` one is filled in by the office alone. With a `role` it says who has that part in the
    case, else it is a value of the case; of people only those of a `post` may be chosen, or those
    `within` the organisation that has a role, and of organisations those of a `kind`, but none that
    has the role that it is `without`. `suggest` names what the office fills in beforehand. What is
    `listed` narrows lists, what is `searched` is found by its words. `until` makes lists count the
    values of cases until that time is set. What is asked `once` is said of one move and not of the
    case: forms begin without it, facts leave it out. A date lies after today, and so many days
    `ahead` at the most.
    """

    id: str
    type: str
    name: str
    name_en: str = ""
    options: tuple[Option, ...] = ()
    source: str = ""
    min: float | None = None
    max: float | None = None
    decimals: int = 0
    kept: bool = False
    anew: bool = False
    inner: bool = False
    role: str = ""
    post: str = ""
    within: str = ""
    kind: str = ""
    without: str = ""
    suggest: str = ""
    listed: bool = False
    searched: bool = False
    until: str = ""
    once: bool = False
    ahead: int = 0

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return self.name_en if language == "en" else self.name

    def option(self, value: object) -> Option | None:
        """Give the option that a value is, or None."""
        return next((one for one in self.options if one.id == value), None)
