"""Odd files where good ones are looked for: each is told of, and none holds up the others."""

import hashlib
import os
from pathlib import Path

import pytest

from backend.backup.age import MIRROR, failure_of
from backend.backup.basebackup import DatabaseCopy
from backend.backup.compare import _difference
from backend.backup.files import Damaged, FileEntry, printable, require
from backend.backup.follow import Follower
from backend.backup.make import MEDIA_LIST, Maker, media_list
from backend.backup.recover import Source
from backend.backup.repository import Repository, made, media_file
from backend.backup.restore import Restorer
from backend.cli.progress import Progress
from backend.store.evidence import Evidence
from backend.store.session import Store, make_engine
from config.sections import HomeSettings
from config.settings import Settings
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


MEDIA = tuple(hashlib.sha256(content).hexdigest() for content in (b"one", b"two", b"three"))


def lay_odd(path: Path, kind: str) -> None:
    """Put something in a file's place that is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("/nowhere")
    else:
        os.mkfifo(path)


KINDS = ("folder", "link", "fifo")


async def test_what_is_no_file_among_the_media_is_left_out_and_told(
    settings: Settings, repository: Repository
) -> None:
    data = settings.home.data_dir
    for sha256, kind in zip(MEDIA, KINDS, strict=True):
        lay_odd(media_file(data, sha256), kind)
    name, told = await maker(settings, repository).make()
    assert told.media == 2, "the good ones"
    assert [sha256 in " ".join(told.left_out) for sha256 in MEDIA] == [True] * 3
    assert len(list(media_list(repository, name))) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_file_in_the_backup_is_told_and_made_good(
    settings: Settings, repository: Repository, kind: str
) -> None:
    name, told = await maker(settings, repository).make()
    (sha256, size), *_ = media_list(repository, name)
    spoiled = repository.media_file(sha256)
    lay_odd(spoiled, kind)
    entry = FileEntry(size, sha256)
    assert _difference(spoiled, entry, lambda _: None).startswith("differs_")
    with pytest.raises(Damaged, match=sha256):
        require(spoiled, entry)
    one = Restorer(settings, Source(repository, name, told), CLOCK, Progress(CLOCK).step)
    coming = settings.home.data_dir / "restoring"
    one._bring_media(coming, lambda _: None)
    assert one.lost == [spoiled]
    assert len(list(coming.glob("media/*/*/*"))) == 1
    _, later = await maker(settings, repository).make()
    if kind == "folder":
        assert later.left_out == (f"{spoiled} is a folder",)
    else:
        assert later.left_out == ()
        assert spoiled.is_file()


async def test_a_list_of_media_that_is_no_list_is_damaged(
    settings: Settings, repository: Repository
) -> None:
    name, _ = await maker(settings, repository).make()
    (repository.path(name) / MEDIA_LIST).write_text("市 1\n")
    with pytest.raises(Damaged, match=r"media\.txt is damaged"):
        list(media_list(repository, name))
