"""What every desk is given: the city, the store, the clock and the numbers at hand."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import getpid
from platform import node
from secrets import token_hex
from typing import Protocol

from backend.city_files import CityFiles
from backend.desks.article_shelf import ArticleShelf
from backend.desks.triage_runner import TriageRunner
from backend.layers import Layers
from backend.store.contacts import ContactIds
from backend.store.numbers import lease_serials
from backend.store.session import Store
from hotline.case.tally import Tally
from hotline.catalogue import MatterClass
from hotline.city import City
from hotline.clock import Clock
from hotline.intake.result import TriageResult
from hotline.number import make_number
from hotline.place.houses import House
from hotline.place.point import Point

BLOCK = 200


@dataclass(slots=True)
class NumberPool:
    """Report numbers that this process has leased and not given out yet."""

    store: Store
    clock: Clock
    length: int
    at_hand: list[str] = field(default_factory=list)

    async def next(self) -> str:
        """Give a number that nobody has; leases a block when none is at hand."""
        if not self.at_hand:
            self.at_hand.extend(reversed(await self.lease("backend", BLOCK)))
        return self.at_hand.pop()

    async def lease(self, holder: str, count: int) -> list[str]:
        """Take numbers for somebody else, who gives them out on their own."""
        async with self.store.connect() as connection:
            serials = await lease_serials(connection, holder, count, self.clock.now())
        return [make_number(serial, self.length) for serial in serials]


class Places(Protocol):
    """What knows where the city is."""

    def cell_of(self, point: Point) -> str | None:
        """Give the code of the grid cell of a point, or None outside the city."""
        ...

    def is_near(self, point: Point) -> bool:
        """Tell whether a point lies in the city or near it: 0, 0 and other countries do not."""
        ...

    def has_cell(self, code: str) -> bool:
        """Tell whether a grid cell of the city has this code."""
        ...


class TriageService(Places, Protocol):
    """What understands words and places; hotline.intake.understand builds it."""

    @property
    def matters(self) -> Mapping[str, MatterClass]:
        """The classes of the edition, by code."""
        ...

    def understand(self, text: str, point: Point | None = None) -> TriageResult:
        """Give class, place, urgency and scope of some words."""
        ...

    def houses(self, words: str) -> Sequence[House]:
        """Give the house numbers of the city that typed words may mean."""
        ...

    def called(self, code: str) -> tuple[str, ...]:
        """Give what people call a class."""
        ...

    def spelled_so(self, letters: str) -> tuple[str, ...]:
        """Give the places and things of the city that letters may mean, the nearest first."""
        ...

    def where(self, point: Point) -> str:
        """Give the words for a point: the nearest road, plate or landmark."""
        ...


class CityKnowledge(Protocol):
    """The city as moves and cards need it: its rules and people, its classes and its places."""

    @property
    def city(self) -> City:
        """The city's rules and people."""
        ...

    @property
    def matters(self) -> Mapping[str, MatterClass]:
        """The classes by which cases are filed, by code."""
        ...

    @property
    def knowing(self) -> Places:
        """What knows the city's places."""
        ...


@dataclass(frozen=True, slots=True)
class AppContext:
    """The office's standing equipment; made once in backend/office.py.

    All words are understood by `thinking`. As `holder` it leases jobs. `tally` holds how many cases
    stand where, while a reader of the feed runs. On the `shelf` are the articles of the knowledge
    base. The city, its `files` and the `layers` of its map
    are of one release.
    """

    city: City
    files: CityFiles
    layers: Layers
    store: Store
    clock: Clock
    numbers: NumberPool
    contacts: ContactIds
    knowing: TriageService
    matters: Mapping[str, MatterClass]
    tally: Tally
    thinking: TriageRunner = field(default_factory=TriageRunner)
    shelf: ArticleShelf = field(default_factory=ArticleShelf)
    holder: str = field(default_factory=lambda: f"{node()}:{getpid()}:{token_hex(4)}")


async def _never() -> None:
    """Look for nothing: the release of a test, or of one command, is what it began with."""


@dataclass(slots=True)
class ContextSource:
    """Where the context of now is had: after every release another one counts.

    Who works on one thing asks once, so that all of it is judged by one release. `look` sees at
    once whether there is another one.
    """

    now: AppContext
    look: Callable[[], Awaitable[None]] = _never
