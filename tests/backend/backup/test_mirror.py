"""What is kept beside the backups between two of them, without a server."""

import shutil
from pathlib import Path

import pytest

from backend.backup.mirror import is_there, mirror_spools
from backend.backup.repository import Repository, made
from tests.backend.backup.conftest import fill

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


def test_an_empty_place_is_no_data_folder(data: Path) -> None:
    assert is_there(data)
    shutil.rmtree(data)
    (data / "spool").mkdir(parents=True)
    assert not is_there(data)
    (data / "lock").touch()
    assert is_there(data)
