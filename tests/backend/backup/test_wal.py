"""The log as a folder of files, while somebody else writes in it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backend.backup import wal
from backend.backup.files import FileEntry, copy_file
from backend.backup.manifest import LogStart
from backend.backup.repository import Repository, made, stamp
from backend.backup.wal import LogFolder, lay_out, log_behind
from tests.cities import MONDAY

FIRST, SECOND = f"{1:024X}", f"{2:024X}"


@pytest.fixture
def kept(tmp_path: Path) -> LogFolder:
    """A log of two segments; the second is being written."""
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / FIRST).write_bytes(b"first")
    (folder / f"{SECOND}{wal.BEGUN}").write_bytes(b"second")
    return LogFolder(folder)


def test_a_segment_that_is_finished_and_zipped_meanwhile_is_laid_out(
    kept: LogFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(source: Path, target: Path) -> FileEntry:
        begun = kept.folder / f"{SECOND}{wal.BEGUN}"
        if begun.exists():
            begun.rename(kept.folder / SECOND)
            kept.seal()
        return copy_file(source, target)

    monkeypatch.setattr(wal, "copy_file", late)
    (tmp_path / "server").mkdir()
    lay_out(kept, FIRST, tmp_path / "server")
    laid = {path.name: path.read_bytes() for path in (tmp_path / "server").iterdir()}
    assert laid == {FIRST: b"first", SECOND: b"second"}


def test_a_segment_that_is_zipped_while_one_looks_is_not_missed(
    kept: LogFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    glob = Path.glob

    def late(self: Path, pattern: str) -> Iterator[Path]:
        found = list(glob(self, pattern))
        looked.append(pattern)
        if len(looked) == 2:
            kept.seal()
        return iter(found)

    monkeypatch.setattr(Path, "glob", late)
    assert list(kept.segments()) == [FIRST, SECOND]
    assert len(looked) > 2


def test_what_was_set_aside_goes_with_the_log_around_it(kept: LogFolder) -> None:
    (kept.folder / f"{SECOND}{wal.BEGUN}").write_bytes(b"odd")
    (aside,) = kept.set_aside("20261124T010203Z")
    left = f"{aside.name}{wal.ASIDE}20261124T010203Z"
    kept.forget_before(SECOND)
    assert [path.name for path in kept.folder.iterdir()] == [left]
    kept.forget_before(f"{3:024X}")
    assert list(kept.folder.iterdir()) == []


def test_the_log_of_a_backup_is_the_one_that_was_written_when_it_was_made(tmp_path: Path) -> None:
    """A restore of an older copy of the folder of backups may take the same timeline again."""
    repository = made(Repository(tmp_path / "backups"))
    log = LogStart("7712", 2, FIRST, FIRST, "0/1000000")
    first, second = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)
    ended = [repository.logs / f"7712-2{wal.BROKEN_OFF}{stamp(at)}" for at in (first, second)]
    here = repository.logs / "7712-2"
    for folder in (here, *ended, repository.logs / "7712-2 (copy)"):
        folder.mkdir()
        (folder / FIRST).touch()
    found = [log_behind(repository, log, MONDAY + timedelta(hours=hour)) for hour in (0, 1.5, 3)]
    assert found == [LogFolder(folder) for folder in (*ended, here)]
    (here / FIRST).unlink()
    assert log_behind(repository, log, MONDAY + timedelta(hours=3)) is None
