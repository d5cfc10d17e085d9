"""`hotline calendar` gives a year's days, tells what they change, and writes them whole."""

from functools import partial
from pathlib import Path

import pytest

from backend.__main__ import main
from tests.backend.commands import Run
from tests.hotline.case.test_official_days import CSV, ICS, parsed


@pytest.fixture
def run(hotline: Run) -> Run:
    """Run `hotline calendar year`."""
    return partial(hotline, "calendar", "year")


def text_of(folder: Path) -> str:
    return (folder / "calendar.toml").read_text("utf-8")


def test_a_year_of_the_library_that_is_there_already_changes_nothing(
    run: Run, folder: Path
) -> None:
    before = text_of(folder)
    code, told = run("2026", "--write")
    assert code == 0
    assert "Nothing changes." in told
    assert "says so already" in told
    assert text_of(folder) == before


def test_a_year_that_the_library_does_not_know_says_so(run: Run) -> None:
    code, told = run("2998")
    assert code == 2
    assert "not that of 2998" in told


@pytest.mark.parametrize(
    ("text", "encoding"), [(CSV, "utf-8"), (CSV, "gbk"), (ICS, "utf-8-sig"), (ICS, "gb18030")]
)
def test_a_file_is_told_and_then_written(
    run: Run, folder: Path, tmp_path: Path, text: str, encoding: str
) -> None:
    file = tmp_path / "notice"
    file.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    before = text_of(folder)
    code, told = run("2027", str(file))
    assert code == 0, told
    assert "+ 2027-02-14 Sun worked  春节" in told
    assert "- 2027-10-01 Fri off" in told
    assert "is provisional so far, and would be final" in told
    assert text_of(folder) == before
    assert run("2027", str(file), "--write")[0] == 0
    made = parsed(text_of(folder))
    assert made.provisional == set()
    assert sum(day.year == 2027 for day in made.holidays) == 2
    assert before.splitlines()[:3] == text_of(folder).splitlines()[:3]
    assert not list(folder.glob(".calendar*"))


def test_lines_end_as_they_did(run: Run, folder: Path, tmp_path: Path) -> None:
    path, file = folder / "calendar.toml", tmp_path / "notice.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    file.write_text(CSV, "utf-8")
    assert run("2027", str(file), "--write", "--provisional")[0] == 0
    body = path.read_bytes()
    assert body.count(b"\n") == body.count(b"\r\n") > 10
    assert path.stat().st_mode & 0o777 == 0o640
    assert parsed(path.read_text("utf-8")).provisional == {2027}


def test_kind_1_what_is_wrong_is_named_and_nothing_is_written(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    before = text_of(folder)
    file = tmp_path / "notice"
    for body, said in (
        (f"{CSV}2027-05-03,x,maybe\n".encode(), "row 5"),
        (b"\xff\xfe\x00\x00\xff", "no text in UTF-8 or GBK"),
        (b"\x00" * 100, "no text in UTF-8 or GBK"),
        (b"", "no day off of 2027"),
        (b"2027-01-01,x,off\n" * 100_000, "too large"),
    ):
        file.write_bytes(body)
        code, told = run("2027", str(file), "--write")
        assert (code, text_of(folder)) == (2, before)
        assert said in told
    assert run("2027", str(tmp_path / "none"))[0] == 2
    assert run("2027", str(tmp_path))[0] == 2
    for year in ("0", "20261", "next", "-1"):
        with pytest.raises(SystemExit):
            run(year)


@pytest.mark.slow
def test_what_counts_is_what_was_published(
    run: Run, folder: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database)
    assert main(("release", "publish", "--note", "first")) == 0
    file = tmp_path / "notice.csv"
    file.write_text(CSV, "utf-8")
    assert run("2027", str(file), "--write")[0] == 0
    # The file says so now, and the release that counts does not yet.
    code, told = run("2027", str(file))
    assert code == 0
    assert "+ 2027-02-14 Sun worked" in told
    assert "says so already" in told
    assert main(("release", "publish", "--note", "second")) == 0
    assert "Nothing changes." in run("2027", str(file))[1]
    monkeypatch.setenv("HOTLINE_DATABASE_URL", "postgresql+asyncpg://127.0.0.1:1/none")
    code, told = run("2027", str(file))
    assert code == 0
    assert "cannot be reached" in told
