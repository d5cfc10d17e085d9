"""`hotline release` checks, publishes, compares and takes back, on a database of its own."""

import json
import tomllib
from functools import partial
from pathlib import Path

import pytest

from tests.backend.commands import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def run(hotline_on: Run) -> Run:
    """Run `hotline release`."""
    return partial(hotline_on, "release")


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_configuration_is_published_compared_and_taken_back(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    assert run("check") == (0, "All sections can be read and agree with one another.\n")
    assert "first release" in run("try")[1]
    code, told = run("publish", "--note", "the first")
    assert code == 0, told
    first = told.split()[1]
    assert run("publish")[0] == 2
    edit(folder, "limits.toml", 'limit = "30wm"', 'limit = "45wm"')
    assert "limits.toml" in run("try")[1]
    assert '+limit = "45wm"' in run("diff")[1]
    second = run("publish", "--note", "slower")[1].split()[1]
    listed = run("list")[1].splitlines()
    assert [line.split()[0] for line in listed] == ["*", first]
    assert second in listed[0]
    assert "slower" in listed[0]
    told = run("rollback")[1]
    assert first in told
    assert f"hotline release rollback {second}" in told
    assert run("rollback")[0] == 2
    exported = tmp_path / "exported"
    assert run("export", second, str(exported))[0] == 0
    assert (exported / "limits.toml").read_bytes() == (folder / "limits.toml").read_bytes()
    assert run("diff", second, str(exported)) == (0, "")
    assert run("export", str(exported))[0] == 2


def test_what_is_exported_comes_back_as_a_change_of_what_it_was(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    run("publish")
    exported = tmp_path / "exported"
    run("export", str(exported))
    edit(exported, "limits.toml", 'limit = "30wm"', 'limit = "45wm"')
    edit(folder, "city.toml", 'name_en = "Mingzhou City"', 'name_en = "Ming Bay"')
    assert run("publish")[0] == 0
    assert run("publish", str(exported))[0] == 0
    # Both changes count: they are about different sections.
    both = tmp_path / "both"
    run("export", str(both))
    assert "45wm" in (both / "limits.toml").read_text("utf-8")
    assert "Ming Bay" in (both / "city.toml").read_text("utf-8")
    edit(exported, "limits.toml", 'limit = "45wm"', 'limit = "20wm"')
    code, told = run("publish", str(exported))
    assert (code, "limits" in told) == (2, True)


def test_a_section_of_json_is_written_and_read_as_such(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    table = tomllib.loads((folder / "limits.toml").read_text("utf-8"))
    (folder / "limits.json").write_text(json.dumps(table), "utf-8")
    code, told = run("check")
    assert code != 0
    assert "only one of them can count" in told
    (folder / "limits.toml").unlink()
    run("publish")
    exported = tmp_path / "exported"
    run("export", str(exported))
    assert (exported / "limits.json").read_bytes() == (folder / "limits.json").read_bytes()
    assert not (exported / "limits.toml").exists()
    assert run("diff", str(exported)) == (0, "")
    edit(exported, "limits.json", '"30wm"', '"45wm"')
    assert "b/limits.json" in run("diff", str(exported))[1]


def test_all_faults_are_told_at_once(run: Run, folder: Path) -> None:
    edit(folder, "workflow.toml", 'start = "reported"', 'start = "nowhere"')
    (folder / "limits.toml").write_text("yellow_share = 2.0\n", "utf-8")
    code, told = run("check")
    assert code == 1
    assert "workflow: workflow.start: 'nowhere' is not a stage" in told
    assert "limits: limits.yellow_share" in told
    assert run("publish")[0] == 2
    edit(folder, "workflow.toml", 'start = "nowhere"', "start = [")
    code, told = run("check")
    assert (code, "workflow.toml cannot be read" in told) == (1, True)


def test_a_post_that_would_judge_its_own_work_is_not_published(run: Run, folder: Path) -> None:
    run("publish")
    edit(
        folder,
        "posts.toml",
        '"case.export", "case.handle",',
        '"case.export", "case.handle", "case.close",',
    )
    code, told = run("check")
    assert code == 1
    assert "department has 'case.handle' and 'case.close'" in told
    assert run("publish")[0] == 2


def test_sections_that_disagree_are_not_published(run: Run, folder: Path) -> None:
    run("publish")
    edit(folder, "posts.toml", '"case.close"', '"case.shut"')
    edit(folder, "routing.toml", '"01001", "01019"', '"01001", "99999"')
    code, told = run("check")
    assert code == 1
    assert "no post may 'case.close'" in told
    assert "'case.shut' is asked for by nothing" in told
    assert "no class begins with '99999'" in told
    assert run("publish")[0] == 2


def test_an_id_keeps_its_meaning(run: Run, folder: Path) -> None:
    run("publish")
    edit(folder, "workflow.toml", "end = true", "end = false")
    code, told = run("publish")
    assert code == 2, told


def test_a_release_is_kept_before_it_counts(run: Run, folder: Path, tmp_path: Path) -> None:
    run("publish")
    other = tmp_path / "other"
    run("export", str(other))
    edit(other, "limits.toml", 'limit = "30wm"', 'limit = "45wm"')
    kept = run("import", str(other))[1].splitlines()[-1].split()[1]
    assert run("rollback", kept)[0] == 0
    assert kept in run("list")[1].splitlines()[0]
    assert run("rollback", "nosuch")[0] == 2


def test_what_would_not_be_looked_at_is_refused(run: Run, folder: Path) -> None:
    """A release that somebody named is honoured, or nothing is done."""
    first = run("publish")[1].split()[1]
    edit(folder, "limits.toml", 'limit = "30wm"', 'limit = "45wm"')
    second = run("publish")[1].split()[1]
    for given in (
        ("renew", first, "--write"),
        ("renew", "nosuch", "more", "--write"),
        ("renew", "--base", "x", "--write"),
        ("renew", "--write", "--note", "n" * 2001),
        ("list", "nosuch"),
        ("list", "--write"),
        ("rollback", first, second),
    ):
        code, told = run(*given)
        assert code == 2, given
        assert "Traceback" not in told
    assert second in run("renew", second, "--write")[1]
    assert run("renew", "--write", "--note", "\udcff x")[0] == 0
