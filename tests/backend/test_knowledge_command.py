"""`hotline knowledge`: files in and out, and what is wrong is told by row and field."""

from pathlib import Path

import pytest

from tests.backend.commands import Run

GOOD = "id,title,answer,words,valid_until\nlamp,路灯不亮,请报编号。,灯坏|黑灯,\n"


@pytest.fixture
def run(hotline_on: Run) -> Run:
    """Run a command of `hotline`."""
    return hotline_on


def test_articles_go_in_and_out_and_one_bad_row_stops_no_other(run: Run, tmp_path: Path) -> None:
    assert run("release", "publish")[0] == 0
    path = tmp_path / "some.csv"
    path.write_text(f"{GOOD}bad,标题,,,\nover,旧,旧的。,,2020-01-01\n", "utf-8")
    code, told = run("knowledge", "import", str(path), "--note", "first")
    assert code == 1
    assert "Row 3 (bad), answer: not taken in." in told
    assert "Of 2 articles 2 are new or changed" in told
    assert "over ended on 2020-01-01" in told
    code, told = run("knowledge", "list")
    assert code == 0
    assert "lamp  路灯不亮  counts  version 1" in told
    assert "over  旧  has ended  version 1" in told
    out = tmp_path / "out.toml"
    assert run("knowledge", "export", str(out))[0] == 0
    assert run("knowledge", "import", str(out))[1].startswith("Of 2 articles 0 are new")
    again = tmp_path / "out.csv"
    assert run("knowledge", "export", str(again))[0] == 0
    assert run("knowledge", "import", str(again))[1].startswith("Of 2 articles 0 are new")
    assert "id = " in run("knowledge", "export", "-")[1]
    for wrong in (("import",), ("export",), ("import", str(tmp_path / "none.csv"))):
        assert run("knowledge", *wrong)[0] == 2
    (tmp_path / "none.toml").write_text("[[article", "utf-8")
    assert run("knowledge", "import", str(tmp_path / "none.toml"))[0] == 2
