"""What happens to disks, processes and operators: told in a line, and nothing good is lost."""

import asyncio
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backend.backup import lives, manifest
from backend.backup.files import Damaged
from backend.backup.repository import MARKER, Repository, chosen, made, opened_at
from backend.operations.postgres import embedded
from backend.operations.preflight import NotPossible, only_one
from config.settings import ROOT, Settings
from tests.backend.backup.conftest import (
    CLOCK,
    Small,
    check,
    elsewhere,
    flip,
    numbers_in,
    restorer,
    source_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]

KINDS = {
    "database": "*/postgres.tar.gz",
    "log": "*/wal/*.gz",
    "spool": "*/files/data/spool/reports/*.json",
    "recording on its way": "*/files/data/asterisk/spool/recording/*.wav",
    "secret": "*/files/data/tokens/ivr",
    "city": "*/files/city/demo/city.toml",
    "list of media": "*/media.txt",
}


@pytest.fixture(scope="module")
def whole(small: Small) -> str:
    """One good backup."""
    return asyncio.run(small.backup())


@pytest.fixture
def copied(small: Small, whole: str, open_tmp: Path) -> Repository:
    """A copy of the folder of backups, to be spoiled."""
    shutil.copytree(small.repository.folder, open_tmp / "copied")
    return Repository(open_tmp / "copied")


def hotline(small: Small, *arguments: str, largest: int = 0) -> subprocess.Popen[str]:
    """Start the command on the small hotline; no file may grow beyond `largest` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    environment |= {
        "HOTLINE_HOME_DATA_DIR": str(small.data),
        "HOTLINE_BACKUP_FOLDER": str(small.repository.folder),
        "LC_ALL": "C",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "backend", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit if largest else None,
        start_new_session=True,
    )


def wait_for(there: Callable[[], bool]) -> None:
    until = CLOCK.monotonic() + 60
    while not there():
        assert CLOCK.monotonic() < until
        CLOCK.wait(0.01)


@pytest.mark.parametrize("kind", KINDS)
async def test_one_flipped_bit_is_found_and_named(
    small: Small, copied: Repository, open_tmp: Path, kind: str
) -> None:
    path = sorted(copied.folder.glob(KINDS[kind]))[-1]
    flip(path)
    found = await check(small, copied)
    assert [str(path)] == [one.values["file"] for one in found.differences]
    checked = copied.checked(copied.names()[-1])
    assert checked is not None
    assert checked.differences == 1
    settings = elsewhere(small, open_tmp)
    with pytest.raises(Damaged, match=path.name):
        await restorer(settings, source_of(copied)).restore(None, replace=False)
    assert not list(settings.home.data_dir.iterdir()), "nothing half is left"


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
async def test_a_spoiled_medium_keeps_nothing_else_from_the_restore(
    small: Small, copied: Repository, open_tmp: Path, how: str
) -> None:
    media = sorted(copied.folder.glob("media/*/*/*"))
    spoil(media[-1], how)
    settings = elsewhere(small, open_tmp)
    one = restorer(settings, source_of(copied))
    await one.restore(None, replace=False)
    assert one.lost == media[-1:]
    brought = sorted(path.name for path in settings.home.data_dir.glob("media/*/*/*"))
    assert brought == [path.name for path in media[:-1]]


def spoil(path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
    elif how == "cut":
        os.truncate(path, path.stat().st_size - 1)
    else:
        flip(path)


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
async def test_a_spoiled_medium_is_brought_anew_from_what_runs_here(
    small: Small, copied: Repository, how: str
) -> None:
    path = sorted(copied.folder.glob("media/*/*/*"))[-1]
    good = path.read_bytes()
    spoil(path, how)
    found = await check(small, copied)
    assert [(one.what, one.values["file"]) for one in found.differences] == [
        ("differs_healed", str(path))
    ]
    assert found.cases, "the rows are compared all the same"
    assert path.read_bytes() == good
    checked = copied.checked(copied.names()[-1])
    assert checked is not None
    assert checked.differences == 0, "it is whole again"
    assert (await check(small, copied)).differences == []


async def test_a_cut_medium_is_brought_anew_by_the_next_backup(
    small: Small, copied: Repository
) -> None:
    path = sorted(copied.folder.glob("media/*/*/*"))[-1]
    good = path.read_bytes()
    spoil(path, "cut")
    await replace(small, repository=copied).backup()
    assert path.read_bytes() == good


def test_a_restore_tells_what_was_lost(small: Small, copied: Repository, open_tmp: Path) -> None:
    path = sorted(copied.folder.glob("media/*/*/*"))[-1]
    flip(path)
    going = hotline(
        replace(small, settings=elsewhere(small, open_tmp), repository=copied), "restore"
    )
    told, err = going.communicate()
    assert (going.returncode, err) == (1, "")
    assert f"Damaged or missing in the backup, and not restored: {path}" in told


@pytest.mark.parametrize("name", [manifest.NAME, manifest.SEAL])
async def test_a_backup_whose_manifest_is_spoiled_is_no_good_one(
    copied: Repository, name: str
) -> None:
    newest = copied.names()[-1]
    flip(copied.path(newest) / name)
    with pytest.raises(Damaged, match=r"manifest\.json is damaged"):
        chosen(copied, newest, None)
    assert newest not in [one for one, _ in copied.good()]


def test_a_disk_that_fills_in_the_middle_leaves_the_last_good_one(small: Small, whole: str) -> None:
    before = small.repository.names()
    going = hotline(small, "backup", largest=2 << 20)
    _, err = going.communicate()
    assert going.returncode == 2, err
    assert err == "hotline: the backup cannot be made: File too large\n"
    assert small.repository.names() == before
    assert_nothing_half(small.repository)


def assert_nothing_half(repository: Repository) -> None:
    known = {*repository.names(), "lock", "media", "wal", "spool", MARKER, lives.NAME}
    assert {one.name for one in repository.folder.iterdir()} <= known


@pytest.mark.parametrize("begun", ["postgres.tar.gz", "files"])
async def test_a_kill_in_the_middle_of_a_backup_leaves_the_last_good_one(
    small: Small, whole: str, begun: str
) -> None:
    repository = small.repository
    before = repository.names()
    going = hotline(small, "backup")

    def is_there() -> bool:
        assert going.poll() is None
        return any((one / begun).exists() for one in new_folders(repository, before))

    wait_for(is_there)
    os.killpg(going.pid, signal.SIGKILL)
    going.communicate()
    assert new_folders(repository, before), "it was in the middle"
    assert repository.names() == before
    newest = repository.newest()
    assert newest is not None
    assert newest[0] == before[-1]
    name = await small.backup()
    assert repository.names() == [*before, name]
    assert_nothing_half(repository)


def new_folders(repository: Repository, before: list[str]) -> list[Path]:
    return [one for one in repository.folder.glob("2*") if one.name not in before]


async def test_a_kill_in_the_middle_of_a_restore_leaves_what_was_there(
    small: Small, whole: str, open_tmp: Path
) -> None:
    settings = elsewhere(small, open_tmp)
    await restorer(settings, source_of(small.repository)).restore(None, replace=False)
    data = settings.home.data_dir
    other = replace_data(small, settings)
    (data / "media" / "mine").write_text("since the backup")
    going = hotline(other, "restore", "--replace")

    def is_there() -> bool:
        assert going.poll() is None
        return (data / "restoring" / "postgres" / "data" / "PG_VERSION").exists()

    wait_for(is_there)
    os.killpg(going.pid, signal.SIGKILL)
    going.communicate()
    assert (data / "media" / "mine").read_text() == "since the backup"
    before = await restorer(settings, source_of(small.repository)).restore(None, replace=True)
    assert (data / before / "media" / "mine").read_text() == "since the backup"
    assert not (data / "media" / "mine").exists()
    assert not (data / "restoring").exists()
    server = embedded(settings)
    server.start()
    try:
        assert await numbers_in(server) >= set(small.numbers)
    finally:
        server.stop()


def replace_data(small: Small, settings: Settings) -> Small:
    return replace(small, settings=settings, server=embedded(settings))


async def test_nothing_is_restored_onto_a_running_hotline(small: Small, whole: str) -> None:
    with pytest.raises(NotPossible, match="stop the hotline first"):
        await restorer(small.settings, source_of(small.repository)).restore(None, replace=True)
    with only_one(small.settings):
        going = hotline(small, "restore", "--replace")
        _, err = going.communicate()
    assert (going.returncode, err) == (2, f"hotline: another hotline runs in {small.data}\n")


async def test_what_is_there_is_not_overwritten_unasked(
    small: Small, whole: str, open_tmp: Path
) -> None:
    settings = elsewhere(small, open_tmp)
    embedded(settings).data.mkdir(parents=True)
    with pytest.raises(NotPossible, match="--replace"):
        await restorer(settings, source_of(small.repository)).restore(None, replace=False)


@pytest.mark.parametrize("later", ["schema", "revision", "server", "folder"])
async def test_a_backup_of_a_later_version_is_told(
    small: Small, copied: Repository, open_tmp: Path, later: str
) -> None:
    name = copied.names()[-1]
    told = copied.manifest(name)
    if later == "schema":
        content = json.loads((copied.path(name) / manifest.NAME).read_bytes()) | {"schema": 99}
        rewrite(copied.path(name), json.dumps(content).encode())
    elif later == "revision":
        manifest.write(copied.path(name), replace(told, revision="9999", version="9.0"))
    elif later == "server":
        manifest.write(copied.path(name), replace(told, server=99))
    else:
        (copied.folder / MARKER).write_text('{"schema": 99}')
    settings = elsewhere(small, open_tmp)
    with pytest.raises(NotPossible, match=r"later|PostgreSQL 99"):
        await restorer(settings, source_of(opened_at(copied))).restore(None, replace=False)


def rewrite(folder: Path, content: bytes) -> None:
    (folder / manifest.NAME).write_bytes(content)
    (folder / manifest.SEAL).write_text(hashlib.sha256(content).hexdigest())


def test_a_folder_that_is_none_of_backups_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="is no folder of backups"):
        opened_at(Repository(tmp_path / "none"))
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear")
    with pytest.raises(NotPossible, match="holds other things"):
        made(Repository(tmp_path / "letters"))
    with pytest.raises(NotPossible, match="is no folder of backups"):
        opened_at(Repository(tmp_path / "letters"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotPossible, match="there is no backup"):
        chosen(made(Repository(tmp_path / "empty")), "", None)


async def test_too_little_room_is_told_before_it_begins(
    small: Small, whole: str, open_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small.repository.names()
    usage = shutil.disk_usage(open_tmp)._replace(free=20 << 20)
    monkeypatch.setattr("backend.backup.files.shutil.disk_usage", lambda _: usage)
    with pytest.raises(NotPossible, match=r"too little room in .*backups: \d+ MiB are needed, 20"):
        await small.backup()
    settings = elsewhere(small, open_tmp)
    with pytest.raises(NotPossible, match="too little room"):
        await restorer(settings, source_of(small.repository)).restore(None, replace=False)
    assert small.repository.names() == before
    assert not list(settings.home.data_dir.iterdir())


async def test_one_spoiled_photo_keeps_no_other_from_the_backup(small: Small, whole: str) -> None:
    bad = small.data / "media" / "ab" / "cd" / ("abcd" + "0" * 60)
    bad.parent.mkdir(parents=True)
    bad.write_text("no longer what it was")
    try:
        made_now = small.repository.manifest(await small.backup())
    finally:
        bad.unlink()
    assert [bad.name in one for one in made_now.left_out] == [True]
    assert made_now.media == 2


async def test_the_oldest_go_and_what_is_kept_stays_whole(small: Small, copied: Repository) -> None:
    few = replace(small, repository=copied, settings=keeping(small.settings, 2))
    old = copied.names()
    names = [await few.backup() for _ in range(2)]
    assert copied.names() == names
    assert not set(old) & set(names)
    assert (await check(few, copied)).differences == []


def keeping(settings: Settings, keep: int) -> Settings:
    return replace(settings, backup=replace(settings.backup, keep=keep))
