"""A paper before it is set: headings, and entries with what stands beside them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PaperPicture:
    """A photo: where the file lies ("" where it is there no more) and what stands below it."""

    path: str
    caption: str


@dataclass(frozen=True, slots=True)
class PaperEntry:
    """What stands in the margin, what is said, smaller lines below it, and photos."""

    margin: str
    text: str
    lines: list[str] = field(default_factory=list)
    pictures: list[PaperPicture] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A part of a paper; `across` is how many photos stand beside one another."""

    heading: str
    entries: list[PaperEntry]
    across: int = 3


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper; `foot` stands on each page, with {page} and {pages} for the numbers.

    `gone` is what stands for a photo that is there no more.
    """

    title: str
    under: str
    foot: str
    gone: str
    sections: list[PaperSection]
