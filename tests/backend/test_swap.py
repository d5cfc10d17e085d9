"""A restored hotline comes into its place whole, wherever its swap is cut short."""

from pathlib import Path

import pytest

from backend.operations import swap

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
