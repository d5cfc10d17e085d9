"""How long a page of the console's list and a search take where there are many cases.

Measured at the desk: what is asked is read, the rows are found and made what the console shows.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from backend.desks import search
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries.case_rows import row_of
from backend.store import views
from backend.store.order import Sort
from hotline.case.standing import AREA_DIGITS
from hotline.people import Actor
from hotline.rights.scopes import InAreas, Scope
from tests.bench.figure import show
from tests.bench.ground import CLOCK, Ground
from tests.bench.seeded import SEED, seeded
from tests.posts import Post

CASES, REPEATS = 200_000, 40
WANTED_S = 0.05
DATABASE = "bench_cases"
SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the list; `scope` is what they see where no post has such a one yet."""

    actor: Actor
    query: CaseQuery
    scope: Scope | None = None


Ask = Callable[[], Asked]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What is looked for, taken from the cases that there are."""

    texts: Sequence[str]
    numbers: Sequence[str]
    phones: Sequence[str]
    names: Sequence[str]
    areas: Sequence[str]


async def lists(ground: Ground) -> None:
    """Print both figures, of each way of asking, over cases that the seed makes."""
    async with seeded(ground.settings, ground.server, DATABASE, CASES) as office:
        await measure(office, CASES, REPEATS)


async def measure(office: AppContext, cases: int, repeats: int) -> None:
    """Measure every way of asking, and print a line for each."""
    sampled, dice = await sample(office), random.Random(SEED)
    for name, ways in (
        ("case_list_p95", list_ways(office, sampled, dice)),
        ("case_search_p95", search_ways(office, sampled, dice)),
    ):
        for way, ask in ways.items():
            times = [await _timed(office, ask()) for _ in range(repeats)]
            value = sorted(times)[int(len(times) * 0.95)]
            show(name, value, "s", f"{WANTED_S:g} s, {way}, {cases} cases", value / WANTED_S)


async def _timed(office: AppContext, asked: Asked) -> float:
    begun = CLOCK.monotonic()
    wanted = search.wanted_of(office, asked.actor, asked.query)
    scope = asked.scope if asked.scope is not None else scope_of(asked.actor)
    async with office.store.connect() as connection:
        rows = await views.list_cases(connection, scope, wanted, asked.query.limit + 1)
    for row in rows:
        row_of(office, row)
    return CLOCK.monotonic() - begun


def list_ways(office: AppContext, sampled: Sampled, dice: random.Random) -> dict[str, Ask]:
    """Give the ways in which a list is asked for, by their names."""
    workflow = office.city.workflow
    stages = [stage for stage in workflow.stages if stage not in workflow.ends]
    plain: dict[str, Callable[[], CaseQuery]] = {
        "newest": CaseQuery,
        "oldest": lambda: CaseQuery(sort=Sort.OLDEST),
        "least time left": lambda: CaseQuery(sort=Sort.LEFT),
        "mine, least time left": lambda: CaseQuery(sort=Sort.LEFT, mine=True),
        "open, least time left": lambda: CaseQuery(sort=Sort.LEFT, open_only=True),
        "an open stage": lambda: CaseQuery(stages=(dice.choice(stages),)),
        "an end": lambda: CaseQuery(stages=(dice.choice(sorted(workflow.ends)),)),
        "a light": lambda: CaseQuery(lights=("red",), open_only=True),
        "a facet": lambda: CaseQuery(facets=("verified:true",)),
        "a class": lambda: CaseQuery(equal={"matter": (dice.choice(sorted(office.matters)),)}),
        "an urgency": lambda: CaseQuery(equal={"urgency": ("critical",)}),
        "a department": lambda: CaseQuery(departments=(_department(office, dice),)),
        "a day": lambda: CaseQuery(first=_day(office, dice, 30), last=_day(office, dice, 1)),
    }
    ways: dict[str, Ask] = {
        name: partial(_by_post, office, dice, Post.ACCEPTOR, query) for name, query in plain.items()
    }
    for sort in Sort:
        query = partial(CaseQuery, sort=sort)
        for post in (Post.DEPARTMENT, Post.COLLECTOR):
            ways[f"{post}, {sort}"] = partial(_by_post, office, dice, post, query)
        ways[f"area, {sort}"] = partial(_in_area, office, sampled, dice, query)
    return ways


def search_ways(office: AppContext, sampled: Sampled, dice: random.Random) -> dict[str, Ask]:
    """Give the ways in which words are searched, by their names."""
    pairs = by_frequency(sampled.texts, 2)
    signs = by_frequency(sampled.texts, 1)
    words: dict[str, Callable[[], str]] = {
        "two characters, rare": lambda: dice.choice(pairs[:20]),
        "two characters, common": lambda: dice.choice(pairs[-20:]),
        "two characters, nowhere": lambda: "龘靐",
        "one character, rare": lambda: dice.choice(signs[:20]),
        "one character, common": lambda: dice.choice(signs[-20:]),
        "five characters": lambda: _cut(dice, sampled.texts, 5),
        "two words": lambda: f"{dice.choice(pairs[-20:])} {dice.choice(pairs[:200])}",
        "a number's end": lambda: dice.choice(sampled.numbers)[-4:],
        "a number": lambda: dice.choice(sampled.numbers),
        "a telephone's end": lambda: dice.choice(sampled.phones)[-4:],
        "a telephone": lambda: dice.choice(sampled.phones),
        "a citizen's name": lambda: dice.choice(sampled.names),
    }
    asked = {name: partial(_query, word) for name, word in words.items()}
    ways: dict[str, Ask] = {
        name: partial(_by_post, office, dice, Post.ACCEPTOR, query) for name, query in asked.items()
    }
    for kind in ("two characters, rare", "two characters, common", "one character, common"):
        for post in (Post.DEPARTMENT, Post.COLLECTOR):
            ways[f"{kind}, {post}"] = partial(_by_post, office, dice, post, asked[kind])
        ways[f"{kind}, area"] = partial(_in_area, office, sampled, dice, asked[kind])
        left = partial(_query, words[kind], Sort.LEFT)
        ways[f"{kind}, least time left"] = partial(_by_post, office, dice, Post.ACCEPTOR, left)
    return ways


def _query(word: Callable[[], str], sort: Sort = Sort.NEWEST) -> CaseQuery:
    return CaseQuery(words=word(), sort=sort)


def _by_post(
    office: AppContext, dice: random.Random, post: Post, query: Callable[[], CaseQuery]
) -> Asked:
    return Asked(_of(office, dice, post), query())


def _of(office: AppContext, dice: random.Random, post: Post) -> Actor:
    people = office.city.organisation.people.values()
    return dice.choice([one for one in people if one.holds(post)]).actor()


def _in_area(
    office: AppContext, sampled: Sampled, dice: random.Random, query: Callable[[], CaseQuery]
) -> Asked:
    area = InAreas((dice.choice(sampled.areas),))
    return Asked(_of(office, dice, Post.ACCEPTOR), query(), area)


def _department(office: AppContext, dice: random.Random) -> str:
    return dice.choice(sorted(office.city.organisation.departments))


def _day(office: AppContext, dice: random.Random, before: int) -> str:
    day = office.clock.now().date().toordinal() - before - dice.randrange(3)
    return type(office.clock.now().date()).fromordinal(day).isoformat()


def by_frequency(texts: Sequence[str], length: int) -> list[str]:
    """Give the runs of so many Chinese characters, the rarest first."""
    counted: dict[str, int] = {}
    for one in texts:
        for at in range(len(one) - length + 1):
            run = one[at : at + length]
            if all("\u4e00" <= sign <= "\u9fff" for sign in run):
                counted[run] = counted.get(run, 0) + 1
    return sorted(counted, key=lambda run: (counted[run], run))


def _cut(dice: random.Random, texts: Sequence[str], length: int) -> str:
    """Give a run of characters out of a text, whatever they are."""
    words = "".join(sign for sign in dice.choice(texts) if sign.isalnum())
    at = dice.randrange(max(1, len(words) - length))
    return words[at : at + length]


async def sample(office: AppContext) -> Sampled:
    """Draw what is looked for from the cases that there are."""
    async with office.store.connect() as connection:

        async def column(sql: str) -> list[str]:
            rows = await connection.execute(text(f"{sql} ORDER BY random() LIMIT {SAMPLE}"))
            return [str(value) for value in rows.scalars()]

        return Sampled(
            texts=await column("SELECT text FROM cases"),
            numbers=await column("SELECT number FROM cases"),
            phones=await column("SELECT address FROM contact WHERE channel = 'phone'"),
            names=await column("SELECT name FROM contact WHERE name <> ''"),
            areas=await column(
                f"SELECT left(cell, {AREA_DIGITS}) FROM cases WHERE cell IS NOT NULL"
            ),
        )
