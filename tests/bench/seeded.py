"""A database of cases that the seed makes: for one figure, or kept for those of many cases."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from backend.city_files import sections_by, staff_by
from backend.demo.past import read_past
from backend.demo.seeding import Seeder, SeedPlan, SeedProcesses, seed
from backend.desks.context import AppContext
from backend.office import knows, make_office
from backend.operations.postgres import Postgres
from backend.operations.preflight import only_one
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from config.settings import Settings
from hotline.release import manifest_of, release_id
from tests.bench.figure import note
from tests.bench.ground import CLOCK
from tests.real.stack import Stack, make_stack

SEED, SEEDERS = 1, 2
TOLD_EACH = 20_000
LARGE = 10**6
STAMP = "seeded.json"
DATABASE = "bench_large"


@dataclass(frozen=True, slots=True)
class Seeded:
    """An office on a database that the seed has filled; the stack is what processes run by."""

    office: AppContext
    stack: Stack
    server: Postgres
    database: str


@contextlib.asynccontextmanager
async def seeded(
    settings: Settings, server: Postgres, database: str, cases: int
) -> AsyncIterator[AppContext]:
    """Open an office on a new database with so many cases; it says how many come a second."""
    server.run("createdb", database)
    async with _office(settings, server, database) as office:
        past = await read_past(settings, office.files)
        seeder = Seeder(office, past, office.contacts, SeedPlan(cases, SEED, CLOCK.now()))
        several = SeedProcesses(SEEDERS, settings, office.files)
        begun = CLOCK.monotonic()
        async for done in seed(office.store, seeder, several):
            if done % TOLD_EACH == 0:
                note(f"{done} of {cases} cases, {done / (CLOCK.monotonic() - begun):.0f}/s")
        yield office


@contextlib.asynccontextmanager
async def _office(settings: Settings, server: Postgres, database: str) -> AsyncIterator[AppContext]:
    store = Store(make_engine(server.url(database), statement_timeout_s=1_800.0))
    await migrate(store.engine)
    try:
        people = partial(staff_by, settings)
        opened = await make_office(store, CLOCK, sections_by(settings), knows(settings), people)
        yield opened.context
    finally:
        await store.close()


@contextlib.asynccontextmanager
async def large(folder: Path, cases: int = LARGE) -> AsyncIterator[Seeded]:
    """Open an office on many cases, in a folder where they are kept for the next figure.

    They are made anew where the folder has none, or others: of another number, or of a city's other
    files. A newer schema is migrated to, as a city's own database is. Raises NotPossible where
    another figure has the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # The database runs as another user than root.
    folder.chmod(0o755)
    stack = make_stack(folder, {"HOTLINE_SPEECH_ENGINE": "none"})
    settings = stack.settings
    server = Postgres(settings.home.data_dir / "postgres")
    # Whoever starts a server clears what another left, also what is still at work.
    with only_one(settings):
        async with _kept(stack, server, folder / STAMP, cases) as made:
            yield made


@contextlib.asynccontextmanager
async def _kept(stack: Stack, server: Postgres, stamp: Path, cases: int) -> AsyncIterator[Seeded]:
    settings = stack.settings
    release = release_id(manifest_of(sections_by(settings)))
    wanted = {"cases": cases, "seed": SEED, "release": release}
    server.start()
    try:
        if stamp.is_file() and json.loads(stamp.read_text("utf-8")) == wanted:
            async with _office(settings, server, DATABASE) as office:
                yield Seeded(office, stack, server, DATABASE)
            return
        stamp.unlink(missing_ok=True)
        server.run("dropdb", "--if-exists", DATABASE)
        note(f"making {cases} cases in {stamp.parent}, which are kept there")
        async with seeded(settings, server, DATABASE, cases) as office:
            stamp.write_text(json.dumps(wanted), "utf-8")
            yield Seeded(office, stack, server, DATABASE)
    finally:
        server.stop()
