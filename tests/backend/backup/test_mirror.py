"""What is kept beside the backups between two of them, without a server."""

import logging
import shutil
from pathlib import Path

import pytest

from backend.backup.age import MIRROR, failure_of
from backend.backup.follow import Follower
from backend.backup.mirror import is_there, mirror_media, mirror_spools
from backend.backup.repository import Repository, made, media_file
from backend.store.session import Store, make_engine
from config.sections import HomeSettings
from config.settings import Settings
from hotline.clock import FixedClock
from tests.backend.backup.conftest import fill, keep_medium
from tests.cities import MONDAY

REPORT = "spool/reports/1790000000-1.json"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return made(Repository(tmp_path / "backups"))


def test_a_spool_that_is_away_empties_no_mirror(data: Path, repository: Repository) -> None:
    mirror_spools(data, repository)
    shutil.rmtree(data / "spool")
    mirror_spools(data, repository)
    assert (repository.mirror / REPORT).is_file()
    (data / "spool").mkdir()
    mirror_spools(data, repository)
    assert not (repository.mirror / REPORT).exists()


def test_a_spoiled_file_takes_no_good_copy_away(data: Path, repository: Repository) -> None:
    photo = keep_medium(data, b"a photo of 2026")
    assert mirror_media(data, repository, [photo]) == {}
    media_file(data, photo).write_bytes(b"cut")
    assert list(mirror_media(data, repository, [photo])) == [photo]
    assert repository.media_file(photo).read_bytes() == b"a photo of 2026"


def test_an_empty_place_is_no_data_folder(data: Path) -> None:
    assert is_there(data)
    shutil.rmtree(data)
    (data / "spool").mkdir(parents=True)
    assert not is_there(data)
    (data / "lock").touch()
    assert is_there(data)


def test_one_bad_file_holds_up_no_other_and_is_told_until_it_is_good(
    data: Path, repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=HomeSettings(data_dir=data))
    store = Store(make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    follower = Follower(settings, repository, None, store, FixedClock(MONDAY))
    in_the_way = repository.mirror / REPORT
    in_the_way.mkdir(parents=True)
    spoiled, good = keep_medium(data, b"spoiled"), keep_medium(data, b"good")
    source = data / "media" / spoiled[:2] / spoiled[2:4] / spoiled
    source.write_bytes(b"no longer what it was")
    with caplog.at_level(logging.WARNING):
        follower.mirror([spoiled, good])
        follower.mirror([])
    assert [one.args[0] for one in caplog.records if isinstance(one.args, tuple)].count(
        spoiled
    ) == 1
    assert repository.media_file(good).is_file()
    assert (repository.mirror / "asterisk/spool/recording/1790000000-1_a.wav").is_file()
    assert failure_of(data, MIRROR) is not None
    in_the_way.rmdir()
    source.write_bytes(b"spoiled")
    follower.mirror([])
    assert (repository.mirror / REPORT).is_file()
    assert repository.media_file(spoiled).is_file()
    assert failure_of(data, MIRROR) is None
