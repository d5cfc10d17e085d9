"""A small hotline with a server of its own, some cases, and what lies beside its database."""

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from backend.backup.compare import Checker, Comparison
from backend.backup.make import Maker
from backend.backup.recover import Source
from backend.backup.repository import Repository, chosen, made
from backend.backup.restore import Restorer
from backend.cli.progress import Progress
from backend.desks.context import AppContext, NumberPool
from backend.operations.postgres import Postgres, embedded
from backend.store.contacts import contact_ids
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from config.sections import HomeSettings
from config.settings import Settings
from hotline.case.tally import Tally
from hotline.clock import SystemClock
from hotline.intake.result import TriageResult
from tests.backend.api.conftest import make_case
from tests.cities import demo_city, demo_files, demo_layers
from tests.conftest import CARELESS
from tests.fakes.knowing import FakeTriageService

CLOCK = SystemClock()
CASES = 5


@dataclass(slots=True)
class Small:
    """A hotline below a folder; `server` runs."""

    settings: Settings
    server: Postgres
    repository: Repository
    numbers: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.settings.home.data_dir

    async def backup(self) -> str:
        """Make a backup; gives its name."""
        progress = Progress(CLOCK)
        maker = Maker(self.settings, made(self.repository), CLOCK, progress.step)
        return (await maker.make())[0]


async def report(server: Postgres, *keys: str) -> list[str]:
    """Take in reports; gives the numbers of their cases."""
    async with office_of(server) as office:
        return [await make_case(office, key) for key in keys]


@asynccontextmanager
async def office_of(server: Postgres) -> AsyncIterator[AppContext]:
    """The demo city's office over a server."""
    store = Store(make_engine(server.url(), pool_size=2))
    city = demo_city()
    async with store.connect() as connection:
        ids = await contact_ids(connection, city.telephone)
    pool = NumberPool(store, CLOCK, city.number_length)
    knowing = FakeTriageService(TriageResult())
    tally = Tally(city.workflow.ends)
    read = demo_files(), demo_layers()
    yield AppContext(city, *read, store, CLOCK, pool, ids, knowing, knowing.matters, tally)
    await store.close()


async def numbers_in(server: Postgres) -> set[str]:
    """The numbers of all cases of a server."""
    told = await asyncio.to_thread(server.run, "psql", "-Atc", "SELECT number FROM cases")
    return set(told.split())


def keep_medium(data: Path, content: bytes) -> str:
    """Lay a photo down as the media store does; gives its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = data / "media" / sha256[:2] / sha256[2:4] / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256


def fill(data: Path) -> None:
    """Lay down what a hotline has beside its database."""
    keep_medium(data, b"a photo")
    keep_medium(data, b"RIFF a recording" * 1000)
    for name, content in {
        "spool/reports/1790000000-1.json": json.dumps({"key": "1790000000-1"}),
        "spool/numbers.log": "+12345678\n",
        "spool/reports/half.json.part7": "{",
        "asterisk/spool/recording/1790000000-1_a.wav": "RIFF",
        "tokens/ivr": "secret\n",
    }.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(content)
        path.chmod(0o600)


@pytest.fixture(scope="module")
def small() -> Iterator[Small]:
    """A hotline with a few cases; its server runs as long as the tests of a file."""
    folder = Path(tempfile.mkdtemp(prefix="hb-"))
    folder.chmod(0o711)
    settings = Settings(home=HomeSettings(data_dir=folder / "data"))
    server = embedded(settings)
    server.options = CARELESS
    server.start()
    one = Small(settings, server, Repository(folder / "backups"))
    fill(one.data)
    one.numbers = asyncio.run(_begin(server))
    yield one
    server.stop()
    shutil.rmtree(folder)


async def _begin(server: Postgres) -> list[str]:
    engine = make_engine(server.url())
    await migrate(engine)
    await engine.dispose()
    return await report(server, *map(str, range(CASES)))


def elsewhere(small: Small, folder: Path) -> Settings:
    """Settings of another hotline that has nothing yet."""
    return replace(small.settings, home=HomeSettings(data_dir=folder / "data"))


def source_of(repository: Repository, name: str = "") -> Source:
    """A backup, else the newest."""
    return Source(repository, *chosen(repository, name, None))


async def check(small: Small, repository: Repository) -> Comparison:
    """Check the newest backup."""
    progress = Progress(CLOCK)
    return await Checker(small.settings, source_of(repository), CLOCK, progress.step).check()


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def restorer(settings: Settings, source: Source) -> Restorer:
    """Restores into the data folder of some settings."""
    settings.home.data_dir.mkdir(exist_ok=True, mode=0o711)
    return Restorer(settings, source, CLOCK, Progress(CLOCK).step)


@pytest.fixture
def open_tmp() -> Iterator[Path]:
    """A folder with a short path, which a server started by root may walk through."""
    folder = Path(tempfile.mkdtemp(prefix="hb-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
