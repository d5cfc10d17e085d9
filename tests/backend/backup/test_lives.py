"""What one life told, no later one does, as far as any folder knows of it."""

from pathlib import Path

from backend.backup.lives import NAME, LivesReached, keep_lives, lives_reached
from backend.backup.recover import last_timeline
from backend.backup.repository import Repository, made


def test_the_farthest_of_all_folders_counts(tmp_path: Path) -> None:
    here, there, away = (tmp_path / name for name in ("here", "there", "away"))
    here.mkdir()
    there.mkdir()
    assert lives_reached([here, there, away]) == LivesReached()
    keep_lives([here], LivesReached(20_000, 7, 3))
    keep_lives([there, away], LivesReached(10_000, 8, 2))
    assert lives_reached([here, there, away]) == LivesReached(20_000, 8, 3)
    (here / NAME).write_bytes(b"\xff")
    assert lives_reached([here, there]) == LivesReached(10_000, 8, 2)


def test_what_is_no_log_says_nothing_of_lives(tmp_path: Path) -> None:
    repository = made(Repository(tmp_path / "backups"))
    assert last_timeline(repository, "7712") == 0
    names = ("7712-2", "7712-3.until-20261124T010203Z", "7712-9 (copy)", "7712-x", "7713-8", "-")
    for name in names:
        (repository.logs / name).mkdir()
    assert last_timeline(repository, "7712") == 3
