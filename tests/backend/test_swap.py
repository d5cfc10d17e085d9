"""A restored hotline comes into its place whole, wherever its swap is cut short."""

from pathlib import Path

import pytest

from backend.operations import swap
from backend.operations.preflight import is_running, only_one
from config.sections import HomeSettings
from config.settings import Settings

OLD = {"postgres/data": "old", "media/a": "old", "past.unfinished": "old"}
NEW = {"postgres/data": "new", "spool/b": "new"}
STAYS = {"lock": "", "log/backend.log": "said"}


class Cut(Exception):
    """A kill."""


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def found(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("steps", range(12))
def test_wherever_it_is_cut_it_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    lay(tmp_path, OLD | STAYS)
    lay(tmp_path / "restoring", NEW)
    left = steps
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        nonlocal left
        if left == 0:
            raise Cut
        left -= 1
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "replace", rename)
    try:
        swap.begin_swap(tmp_path, "x")
        swap.finish_swap(tmp_path)
    except Cut:
        pass
    monkeypatch.undo()
    declared = (tmp_path / "restore.json").exists()
    if steps == 0:
        assert not declared
        assert found(tmp_path).items() >= (OLD | STAYS).items()
        return
    swap.finish_swap(tmp_path)
    assert found(tmp_path) == NEW | STAYS | {f"before-x/{name}": "old" for name in OLD}
    assert not swap.finish_swap(tmp_path)


def test_whoever_takes_the_folder_finishes_and_who_only_looks_does_not(tmp_path: Path) -> None:
    settings = Settings(home=HomeSettings(data_dir=tmp_path))
    lay(tmp_path, OLD)
    lay(tmp_path / "restoring", NEW)
    swap.begin_swap(tmp_path, "x")
    assert not is_running(settings)
    assert (tmp_path / "media" / "a").exists()
    with only_one(settings):
        assert not (tmp_path / "media" / "a").exists()
        assert (tmp_path / "spool" / "b").exists()


def test_two_swaps_of_one_name_keep_what_was_there_before_each(tmp_path: Path) -> None:
    for turn in range(3):
        lay(tmp_path, {"pgdata": str(turn)})
        lay(tmp_path / swap.COMING, {"pgdata": str(turn + 1)})
        swap.begin_swap(tmp_path, "x")
        assert swap.finish_swap(tmp_path)
    kept = {name: text for name, text in found(tmp_path).items() if name.startswith("before-")}
    assert kept == {"before-x/pgdata": "0", "before-x-2/pgdata": "1", "before-x-3/pgdata": "2"}
