"""How a backup's files are written: whole or not at all, whoever else writes the same."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from backend.backup.files import copy_file, whole
from backend.backup.repository import HALF_KEPT, Repository, made
from tests.cities import MONDAY


def test_two_who_write_one_file_do_not_write_into_each_other(tmp_path: Path) -> None:
    target = tmp_path / "photo"
    with whole(target) as first, whole(target) as second:
        first.write(b"the first ")
        second.write(b"the second")
        first.write(b"alone")
    assert target.read_bytes() == b"the first alone"
    assert list(tmp_path.iterdir()) == [target]


def test_a_writer_that_fails_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        copy_file(tmp_path / "source", tmp_path / "folder")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "source"]


def test_only_old_halves_of_the_killed_are_taken_away(tmp_path: Path) -> None:
    repository = made(Repository(tmp_path / "backups"))
    old, young = (repository.media / f"{name}.part-1-0" for name in ("old", "young"))
    begun = repository.logs / "000000010000000000000001.partial"
    for path, age in ((old, HALF_KEPT * 2), (young, timedelta()), (begun, HALF_KEPT * 2)):
        path.touch()
        os.utime(path, times=((MONDAY - age).timestamp(),) * 2)
    repository.clear_parts(MONDAY)
    assert (old.exists(), young.exists(), begun.exists()) == (False, True, True)
