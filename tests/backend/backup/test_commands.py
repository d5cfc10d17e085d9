"""The two commands as an operator types them: what they say, and their codes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.__main__ import main
from backend.backup.repository import Repository
from tests.backend.backup.conftest import CASES, Small, elsewhere, flip

pytestmark = [pytest.mark.real, pytest.mark.slow]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on the small hotline; gives code, output and errors."""
    monkeypatch.setenv("HOTLINE_BACKUP_FOLDER", str(small.repository.folder))
    monkeypatch.setenv("LC_ALL", "C")

    def runs(*arguments: str, data: Path = small.data) -> tuple[int, str, str]:
        monkeypatch.setenv("HOTLINE_HOME_DATA_DIR", str(data))
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return runs


def test_a_round_as_an_operator_types_it(small: Small, run: Run, open_tmp: Path) -> None:
    code, out, _ = run("backup")
    assert code == 0
    assert f"{CASES} cases" in out
    name = small.repository.names()[-1]
    assert str(small.repository.path(name)) in out
    assert "not checked" in run("backup", "--list")[1]
    code, out, _ = run("restore", "--check")
    assert code == 0
    assert f"{CASES} random cases compared, no difference" in out
    assert "  checked" in run("backup", "--list")[1]
    data = elsewhere(small, open_tmp).home.data_dir
    code, out, _ = run("restore", data=data)
    assert code == 0
    assert f"Restored {name} into {data}" in out
    assert "It is as it was at 20" in out
    assert f"It was the hotline in {small.data}." in out
    code, _, err = run("restore", data=data)
    assert (code, err.count("\n")) == (2, 1)
    assert "--replace" in err


def test_a_check_that_finds_something_tells_the_first_and_ends_with_1(
    small: Small, run: Run, open_tmp: Path
) -> None:
    run("backup")
    copied = open_tmp / "copied"
    shutil.copytree(small.repository.folder, copied)
    name = Repository(copied).names()[-1]
    spoiled = [path for path in (copied / name / "files").rglob("*") if path.is_file()]
    for path in spoiled:
        flip(path)
    code, out, _ = run("restore", "--check", "--from", str(copied))
    assert code == 1
    assert out.count("  Damaged: ") == 10
    assert f"… and {len(spoiled) - 10} more differences" in out
    assert f"{name} is NOT whole" in out
    assert "DAMAGED" in run("backup", "--list", "--to", str(copied))[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("restore", "--at", "yesterday"), "--at: 'yesterday' is no instant"),
        (("restore", "--at", "2026-11-26T15:30", "--check"), "--at: a check is of the instant"),
        (("restore", "--backup", "20000101T000000Z"), "there is no backup 20000101T000000Z"),
        (("restore", "--at", "2000-01-01T00:00"), "no backup in"),
        (("restore", "--from", "/nowhere"), "/nowhere is no folder of backups"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    small: Small, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    run("backup")
    code, _, err = run(*arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_without_a_hotline_there_is_nothing_to_back_up(
    small: Small, run: Run, open_tmp: Path
) -> None:
    code, _, err = run("backup", data=open_tmp / "data")
    assert code == 2
    assert "there is no hotline in" in err
