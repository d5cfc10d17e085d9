"""M4: recordings, photos and logs are for nobody else on the machine."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.private import FOLDERS, WAYS, keep_private, make_way
from tests.sources import python_files, text_of

ROOT_USER, ORDINARY, STRANGER = 0, 12_345, 12_346
SERVANTS = 65_534


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def started_by(
    user: int, monkeypatch: pytest.MonkeyPatch, owners: dict[str, int] | None = None
) -> None:
    """Let this process be a user's, and every folder too, but for the `owners` of some names."""
    real = Path.stat

    def owned(path: Path, **more: bool) -> os.stat_result:
        found = real(path, **more)
        return os.stat_result([*found[:4], (owners or {}).get(path.name, user), *found[5:]])

    servant = pwd.struct_passwd(("nobody", "x", SERVANTS, SERVANTS, "", "/", "/bin/false"))
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("os.chown", lambda *_, **__: None)
    monkeypatch.setattr("pwd.getpwnam", lambda _: servant)
    monkeypatch.setattr(Path, "stat", owned)


@pytest.mark.parametrize(("user", "way"), [(ROOT_USER, 0o711), (ORDINARY, 0o700)])
def test_m4_folders_of_before_are_closed_and_new_files_are_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, way: int
) -> None:
    for name in (*FOLDERS, *WAYS):
        (tmp_path / name).mkdir(mode=0o755)
    started_by(user, monkeypatch, {"asterisk": SERVANTS if user == ROOT_USER else user})
    keep_private(tmp_path)
    (tmp_path / "made").write_text("x")
    (tmp_path / "made too").mkdir()
    assert {mode(path) for path in (tmp_path, *(tmp_path / name for name in WAYS))} == {way}
    assert {mode(tmp_path / name) for name in FOLDERS} == {0o700}
    assert (mode(tmp_path / "made"), mode(tmp_path / "made too")) == (0o600, 0o700)


@pytest.mark.parametrize(("user", "way"), [(ROOT_USER, 0o711), (ORDINARY, 0o700)])
def test_m4_only_roots_servants_pass_and_they_list_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, way: int
) -> None:
    started_by(user, monkeypatch)
    keep_private(tmp_path / "data")
    make_way(tmp_path / "data")
    assert mode(tmp_path / "data") == way


@pytest.mark.parametrize("user", [ROOT_USER, ORDINARY])
def test_m4_somebody_elses_folder_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    started_by(user, monkeypatch, {"log": STRANGER})
    keep_private(tmp_path)
    make_way(tmp_path / "log")
    assert mode(tmp_path / "log") == 0o755


def test_m4_a_folder_that_is_not_there_yet_is_no_error(tmp_path: Path) -> None:
    keep_private(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_m4_every_process_that_reads_the_settings_keeps_private_what_it_writes() -> None:
    starts = [
        path
        for path in python_files()
        if '__name__ == "__main__"' in text_of(path)
        and ("from_environment(" in text_of(path) or "load_with(" in text_of(path))
    ]
    assert len(starts) > 5
    assert [path for path in starts if "    keep_private(" not in text_of(path)] == []
