"""How long lists, searches and pages of cases take at the API, over few cases and over a million.

The backend answers in a process of its own, and reads its feed; asked is one thing after the other,
by one who has a session. So the figure holds everything but the way to another machine.
"""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from backend.desks.accounts import load_people, reset_password
from backend.desks.context import AppContext
from backend.operations.preflight import make_tokens
from backend.passwords import Passwords
from tests.bench.figure import note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.listing import Sampled, by_frequency, sample
from tests.bench.people import signed_in
from tests.bench.seeded import LARGE, SEED, Seeded, large, seeded
from tests.posts import Post

SMALL, REPEATS = 10_000, 40
WANTED_S, MOST_TIMES = 0.1, 1.5
DATABASE = "bench_small"
POSTS = (Post.ACCEPTOR, Post.DISPATCHER, Post.DEPARTMENT, Post.COLLECTOR, Post.LEADER)
Values = Mapping[str, str]
Ways = dict[str, Callable[[], Values]]
Figures = dict[tuple[str, str], float]
"""Seconds by the name of the figure and the way of asking."""


async def lists_large(folder: Path, cases: int = LARGE) -> None:
    """Print each way of asking over many cases, beside what it takes over few."""
    async with large(folder, cases) as made:
        settings = made.stack.settings
        async with seeded(settings, made.server, DATABASE, SMALL) as office:
            few = await measure(Seeded(office, made.stack, made.server, DATABASE), REPEATS)
        made.server.run("dropdb", "--force", DATABASE)
        many = await measure(made, REPEATS)
    for (name, way), value in many.items():
        times = value / few[name, way]
        versus = (
            f"{WANTED_S:g} s at the API, {way}, {cases} cases; "
            f"{times:.2f}× of {SMALL} cases, of {MOST_TIMES:g}×"
        )
        show(name, value, "s", versus, value / WANTED_S)


async def measure(made: Seeded, repeats: int) -> Figures:
    """Give what every way of asking takes, the 95th of a hundred."""
    sampled, dice = await sample(made.office), random.Random(SEED)
    passwords = await _accounts(made)
    found: Figures = {}
    async with _backend(made) as base:
        for post in POSTS:
            username = _username(made.office, post)
            async with signed_in(base, username, passwords[username]) as browser:
                asked = list_ways(made.office, dice) | search_ways(sampled, dice)
                for (name, way), values in asked.items():
                    times = [await _timed(browser, "/api/cases", values()) for _ in range(repeats)]
                    found[name, f"{way}, {post}"] = _p95(times)
                times = await _pages(browser, repeats, dice)
                if times:
                    found["case_page_p95", str(post)] = _p95(times)
            note(f"asked as {post}")
    return found


def list_ways(
    office: AppContext, dice: random.Random
) -> dict[tuple[str, str], Callable[[], Values]]:
    """Give the ways in which a list is asked for, by figure and name."""
    matters = sorted(office.matters)
    groups = sorted({one.group_code for one in office.matters.values()})
    areas = sorted(office.city.area_names)
    departments = sorted(office.city.organisation.departments)
    open_ = {"open": "1", "sort": "left"}
    ways: Ways = {
        "own by time left": lambda: {"mine": "1", "sort": "left"},
        "open by time left": lambda: open_,
        "newest": dict,
        "oldest": lambda: {"sort": "oldest"},
        "red lights": lambda: {**open_, "light": "red"},
        "a class": lambda: {**open_, "matter": dice.choice(matters)},
        "a group of classes": lambda: {**open_, "group": dice.choice(groups)},
        "an area": lambda: {**open_, "area": dice.choice(areas)},
        "an area, newest": lambda: {"area": dice.choice(areas)},
        "a department": lambda: {**open_, "department": dice.choice(departments)},
    }
    return {("case_list_p95", name): ask for name, ask in ways.items()}


def search_ways(
    sampled: Sampled, dice: random.Random
) -> dict[tuple[str, str], Callable[[], Values]]:
    """Give the ways in which words are searched, by figure and name."""
    pairs = by_frequency(sampled.texts, 2)
    ways: Ways = {
        "two characters, rare": lambda: {"q": dice.choice(pairs[:20])},
        "two characters, common": lambda: {"q": dice.choice(pairs[-20:])},
        "two words": lambda: {"q": f"{dice.choice(pairs[-20:])} {dice.choice(pairs[:200])}"},
        "a number's end": lambda: {"q": dice.choice(sampled.numbers)[-4:]},
        "a number": lambda: {"q": dice.choice(sampled.numbers)},
        "pinyin, whole": lambda: {"q": dice.choice(("zhongshandonglu", "jinggai", "ludeng"))},
        "pinyin, initials": lambda: {"q": dice.choice(("zsdl", "jg", "ld"))},
        "a citizen's name": lambda: {"q": dice.choice(sampled.names)},
        "a telephone's end": lambda: {"q": dice.choice(sampled.phones)[-4:]},
    }
    return {("case_search_p95", name): ask for name, ask in ways.items()}


async def _pages(browser: aiohttp.ClientSession, repeats: int, dice: random.Random) -> list[float]:
    """Time pages of cases that are in sight; none where nothing is."""
    async with browser.get("/api/cases", params={"limit": "200"}) as answer:
        numbers = [one["number"] for one in (await answer.json())["items"]]
    if not numbers:
        return []
    paths = [f"/api/cases/{dice.choice(numbers)}" for _ in range(repeats)]
    return [await _timed(browser, path, {}) for path in paths]


async def _timed(browser: aiohttp.ClientSession, path: str, values: Values) -> float:
    begun = CLOCK.monotonic()
    async with browser.get(path, params=values) as answer:
        await answer.read()
    return CLOCK.monotonic() - begun


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _username(office: AppContext, post: Post) -> str:
    people = office.city.organisation.people
    return next(code.lower() for code, one in people.items() if one.holds(post))


async def _accounts(made: Seeded) -> dict[str, str]:
    """Give those who ask an account, and a new password where they have one of another run."""
    store, settings, passwords = made.office.store, made.stack.settings, Passwords()
    people, language = made.office.city.organisation.people, settings.home.language
    asking = {_username(made.office, post) for post in POSTS}
    codes = [code for code in people if code.lower() in asking]
    try:
        new = dict(await load_people(store, CLOCK, codes, passwords, settings.people, language))
        for username in asking - new.keys():
            new[username] = await reset_password(store, CLOCK, passwords, settings.people, username)
        return new
    finally:
        passwords.close()


@asynccontextmanager
async def _backend(made: Seeded) -> AsyncIterator[str]:
    """Run a backend over the database until the block ends."""
    stack, url = made.stack, made.server.url(made.database)
    environment = {**stack.environment, "HOTLINE_DATABASE_URL": url}
    ground = Ground(stack.folder, environment, stack.settings, made.server)
    make_tokens(stack.settings)
    ground.start_backend()
    try:
        yield f"http://127.0.0.1:{stack.settings.web.port}"
    finally:
        ground.end("backend")
