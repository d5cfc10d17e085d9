"""M4: recordings, photos and logs are for nobody else on the machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.private import keep_private


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("user", "closed"), [(0, 0o711), (os.geteuid() or 1000, 0o700)])
@pytest.mark.usefixtures("umask")
def test_m4_folders_of_before_are_closed_and_new_files_are_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, closed: int
) -> None:
    for name in ("log", "media", "postgres"):
        (tmp_path / name).mkdir(mode=0o755)
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: user)
    real = Path.stat

    def owned(path: Path, **more: bool) -> os.stat_result:
        found = real(path, **more)
        return os.stat_result([*found[:4], user if found.st_uid == owner else -1, *found[5:]])

    monkeypatch.setattr(Path, "stat", owned)
    keep_private(tmp_path)
    (tmp_path / "made").write_text("x")
    assert (mode(tmp_path), mode(tmp_path / "log"), mode(tmp_path / "media")) == (
        closed,
        0o700,
        0o700,
    )
    # Root's new files can be read by others: the folders they come into are closed from the start.
    assert not user or not (tmp_path / "spool").exists()
    assert user or mode(tmp_path / "spool") == 0o700
    assert mode(tmp_path / "made") == (0o600 if user else 0o644)


def test_m4_a_folder_that_is_not_there_yet_is_no_error(tmp_path: Path) -> None:
    before = os.umask(0o022)
    keep_private(tmp_path / "none")
    os.umask(before)
