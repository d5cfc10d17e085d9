"""What goes when a backup was made, without a server."""

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.backup import manifest
from backend.backup.make import MEDIA_LIST, prune
from backend.backup.manifest import Manifest
from backend.backup.repository import Repository, chosen, made, stamp
from backend.operations.preflight import NotPossible
from tests.backend.backup.conftest import keep_medium
from tests.cities import MONDAY


def lay_backup(repository: Repository, at: datetime, media: str = "") -> str:
    """Lay down a backup of an instant that needs some media; gives its name."""
    folder = repository.path(stamp(at))
    folder.mkdir()
    manifest.write(folder, Manifest("1", "", 18, at, at, "", {}, {}, {}, 0, 0, 0))
    (folder / MEDIA_LIST).write_text(media)
    return folder.name


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return made(Repository(tmp_path / "backups"))


@pytest.mark.parametrize("spoiled", [None, "", "\u5e02", "one word\nword"])
def test_a_list_that_cannot_be_read_lets_no_media_go(
    repository: Repository, caplog: pytest.LogCaptureFixture, spoiled: str | None
) -> None:
    photo = keep_medium(repository.folder, b"a photo")
    path = repository.media_file(photo)
    os.utime(path, (0, 0))
    names = [lay_backup(repository, MONDAY + timedelta(days=day)) for day in range(3)]
    listed = repository.path(names[1]) / MEDIA_LIST
    listed.unlink()
    if spoiled is not None:
        listed.write_text(spoiled)
    with caplog.at_level(logging.WARNING):
        prune(repository, 2)
    assert repository.names() == names[1:]
    is_readable = spoiled == ""
    assert path.is_file() is not is_readable
    assert ("no media are let go" in caplog.text) is not is_readable


def test_a_backup_that_is_younger_than_the_instant_is_refused(repository: Repository) -> None:
    names = [lay_backup(repository, MONDAY + timedelta(days=day)) for day in range(2)]
    before = MONDAY + timedelta(hours=1)
    with pytest.raises(NotPossible, match="later than --at"):
        chosen(repository, names[1], before)
    assert chosen(repository, names[0], before)[0] == names[0]
    assert chosen(repository, names[1], MONDAY + timedelta(days=1))[0] == names[1]
    assert chosen(repository, "", before)[0] == names[0]


def test_many_of_one_day_push_no_older_days_out(repository: Repository) -> None:
    days = [lay_backup(repository, MONDAY + timedelta(days=day)) for day in range(3)]
    today = [
        lay_backup(repository, MONDAY + timedelta(days=3, minutes=minute)) for minute in range(5)
    ]
    prune(repository, 3)
    assert repository.names() == [*days[1:], *today[-3:]]
