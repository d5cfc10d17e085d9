"""How old the last good backup is, as the list of checks tells it."""

import errno
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backend.backup import manifest
from backend.backup.age import MIRROR, forget_failure, is_fresh, judge_backups, keep_failure
from backend.backup.manifest import Manifest
from backend.backup.repository import Checked, Repository, made, repository_of, stamp
from backend.operations.preflight import NotPossible
from config.sections import BackupSettings, HomeSettings
from config.settings import Settings
from hotline.health import State
from hotline.words import LANGUAGES, say
from tests.cities import MONDAY

OLD_H = 36


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(home=HomeSettings(data_dir=tmp_path / "data"))


@pytest.fixture
def repository(settings: Settings) -> Repository:
    """A folder with one backup of Monday morning."""
    found = made(repository_of(settings))
    name = stamp(MONDAY)
    found.path(name).mkdir()
    told = Manifest("1", "", 18, MONDAY, MONDAY, "", {}, {}, {}, 0, 0, 0)
    manifest.write(found.path(name), told)
    return found


def judged(settings: Settings, hours: float) -> tuple[State, str]:
    found = judge_backups(settings, MONDAY + timedelta(hours=hours))
    for language in LANGUAGES:
        assert say(f"health.backup_{found.what}", language, **found.values)
    return found.state, found.what


def test_without_any_it_is_told_where_one_is_wanted(settings: Settings) -> None:
    assert judged(settings, 0) == (State.WARN, "none")
    unwanted = replace(settings, backup=BackupSettings(hour=-1))
    assert judged(unwanted, 0) == (State.OFF, "none")
    keep_failure(settings.home.data_dir, MONDAY, "the disk is full")
    assert judged(settings, 0) == (State.WRONG, "never")


def test_one_turns_yellow_when_it_is_old(settings: Settings, repository: Repository) -> None:
    assert judged(settings, OLD_H - 1) == (State.RIGHT, "unchecked")
    repository.set_checked(stamp(MONDAY), Checked(MONDAY))
    assert judged(settings, OLD_H - 1) == (State.RIGHT, "right")
    assert is_fresh(settings, MONDAY)
    assert judged(settings, OLD_H) == (State.WARN, "old")
    assert not is_fresh(settings, MONDAY + timedelta(hours=OLD_H))
    found = judge_backups(settings, MONDAY + timedelta(hours=30))
    assert found.values == {"hours": 30, "days": 1}


def test_a_failure_is_told_until_the_next_one_is_made(
    settings: Settings, repository: Repository
) -> None:
    keep_failure(settings.home.data_dir, MONDAY, "the disk is full")
    assert judged(settings, 1) == (State.WARN, "failed")
    forget_failure(settings.home.data_dir)
    assert judged(settings, 1) == (State.RIGHT, "unchecked")


def test_what_came_since_and_is_not_kept_is_told_until_it_is(
    settings: Settings, repository: Repository
) -> None:
    keep_failure(settings.home.data_dir, MONDAY, "one photo is damaged", MIRROR)
    assert judged(settings, 1) == (State.WARN, "behind")
    forget_failure(settings.home.data_dir, MIRROR)
    assert judged(settings, 1) == (State.RIGHT, "unchecked")


def test_one_of_a_time_to_come_is_named_and_counts_as_none(
    settings: Settings, repository: Repository
) -> None:
    """A clock that was ahead held off the daily backups, and nobody was told."""
    assert judged(settings, -0.1) == (State.RIGHT, "unchecked")
    assert judged(settings, -1) == (State.WARN, "ahead")
    later = MONDAY + timedelta(days=60)
    repository.path(stamp(later)).mkdir()
    told = Manifest("1", "", 18, later, later, "", {}, {}, {}, 0, 0, 0)
    manifest.write(repository.path(stamp(later)), told)
    found = judge_backups(settings, MONDAY)
    assert (found.state, found.what, found.values) == (State.WARN, "ahead", {"name": stamp(later)})


def test_one_of_another_hotline_is_told(settings: Settings, repository: Repository) -> None:
    for home, seen in ((str(settings.home.data_dir), "unchecked"), ("/elsewhere", "other")):
        told = Manifest("1", "", 18, MONDAY, MONDAY, home, {}, {}, {}, 0, 0, 0)
        manifest.write(repository.path(stamp(MONDAY)), told)
        assert judged(settings, 1)[1] == seen
    found = judge_backups(settings, MONDAY)
    assert (found.state, found.values["home"]) == (State.WARN, "/elsewhere")


def test_one_that_was_found_damaged_is_red(settings: Settings, repository: Repository) -> None:
    repository.set_checked(stamp(MONDAY), Checked(MONDAY, differences=3))
    assert judged(settings, 1) == (State.WRONG, "damaged")


def test_one_with_a_spoiled_manifest_is_no_good_one(
    settings: Settings, repository: Repository
) -> None:
    (repository.path(stamp(MONDAY)) / manifest.SEAL).write_text("0" * 64)
    assert judged(settings, 1) == (State.WARN, "none")


def test_backups_on_a_disk_that_can_only_be_read_are_held_and_checked_all_the_same(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with repository.alone():
        pass
    real = Path.open

    def closed(path: Path, mode: str = "r", *more: object, **named: object) -> object:
        if mode not in ("r", "rb"):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return real(path, mode, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", closed)
    monkeypatch.setattr("backend.backup.files.os.open", lambda path, *_: closed(Path(path), "w"))
    with repository.alone():
        with pytest.raises(NotPossible, match="another backup"), repository.alone():
            pass
        repository.set_checked(stamp(MONDAY), Checked(MONDAY))
    assert repository.last_checked() is None


def test_a_folder_that_cannot_be_read_is_told(settings: Settings, tmp_path: Path) -> None:
    """Else a disk that is away would take the whole list of checks with it."""
    away = replace(settings, backup=BackupSettings(folder=str(tmp_path / ("x" * 300))))
    assert judged(away, 0) == (State.WRONG, "away")
