"""Odd files where good ones are looked for: each is told of, and none holds up the others."""

import os
from pathlib import Path

import pytest

from backend.backup.age import MIRROR, failure_of
from backend.backup.basebackup import DatabaseCopy
from backend.backup.files import printable
from backend.backup.follow import Follower
from backend.backup.make import Maker
from backend.backup.repository import Repository, made
from backend.cli.progress import Progress
from backend.store.evidence import Evidence
from backend.store.session import Store, make_engine
from config.settings import HomeSettings, Settings
from hotline.clock import FixedClock
from tests.backend.backup.conftest import fill
from tests.cities import MONDAY

CLOCK = FixedClock(MONDAY)
ODD = os.fsdecode("城市说明.txt".encode("gbk"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    fill(tmp_path / "data")
    return Settings(home=HomeSettings(data_dir=tmp_path / "data"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return made(Repository(tmp_path / "backups"))


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> DatabaseCopy:
        return DatabaseCopy({}, None, Evidence("", {}, {}))

    monkeypatch.setattr(Maker, "_copy_database", nothing)


def maker(settings: Settings, repository: Repository, *documents: Path) -> Maker:
    return Maker(settings, repository, CLOCK, Progress(CLOCK).step, documents)


async def test_a_name_that_is_no_utf_8_is_told_and_all_else_is_backed_up(
    settings: Settings, repository: Repository, tmp_path: Path
) -> None:
    document = tmp_path / ODD
    document.write_text("[home]")
    reports = settings.home.data_dir / "spool" / "reports"
    (reports / os.fsdecode(b"\xff\xfe.txt")).write_text("odd")
    name, _ = await maker(settings, repository, document).make()
    told = repository.manifest(name)
    assert "files/data/spool/reports/1790000000-1.json" in told.files
    assert {Path(left.partition(":")[0]).name for left in told.left_out} == {
        printable(ODD),
        "\\xff\\xfe.txt",
    }


def test_a_name_that_is_no_utf_8_is_told_where_it_cannot_be_mirrored(
    settings: Settings, repository: Repository
) -> None:
    data, odd = settings.home.data_dir, os.fsdecode(b"\xff\xfe.txt")
    (data / "spool" / "reports" / odd).write_text("odd")
    in_the_way = repository.mirror / "spool" / "reports" / odd
    in_the_way.mkdir(parents=True)
    store = Store(make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    follower = Follower(settings, repository, None, store, CLOCK)
    follower.mirror([])
    told = failure_of(data, MIRROR)
    assert told is not None
    assert "\\xff\\xfe.txt" in told.reason
    assert all(name.isprintable() for name in follower.told)
    in_the_way.rmdir()
    follower.mirror([])
    assert in_the_way.read_text() == "odd"
