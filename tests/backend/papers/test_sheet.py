"""Tables as files: what a spreadsheet reads of them, and what it must never run."""

import csv
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from backend.papers import sheet
from backend.papers.sheet import SheetHead, SheetKind, open_sheet
from hotline.sanitize import runs_in_sheet

HEAD = SheetHead("案件", ("编号", "内容", "时间", "数"), frozenset({1}))
# What runs in one spreadsheet or another, and what only looks alike.
RUNS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠x"),
    '=HYPERLINK("http://x")',
)
HARMLESS = ("井盖=破了", "a+b", "", "'=1", "12-3", "路口@")
ROW = ("00000017", "井盖，“破了”\n快来", datetime.fromisoformat("2026-11-27T16:05"), -3.5)


def _written(kind: SheetKind, folder: Path, *rows: tuple[object, ...]) -> Path:
    path = folder / f"a.{kind}"
    file = open_sheet(kind, path, HEAD)
    file.add(rows)  # type: ignore[arg-type]
    file.close()
    return path


def _sheets(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


@pytest.mark.parametrize("text", RUNS)
def test_what_might_run_is_told(text: str) -> None:
    assert runs_in_sheet(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_is_let_be(text: str) -> None:
    assert not runs_in_sheet(text)


def test_csv_is_what_a_spreadsheet_reads_without_asking(tmp_path: Path) -> None:
    body = _written(SheetKind.CSV, tmp_path, ROW, (None, None, None, None)).read_bytes()
    assert body.startswith("\ufeff编号".encode())
    head, row, empty = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    assert head == list(HEAD.columns)
    assert row == ["00000017", "井盖，“破了”\n快来", "2026-11-27 16:05", "-3.5"]
    assert empty == ["", "", "", ""]


@pytest.mark.parametrize("text", RUNS)
def test_no_cell_of_a_csv_runs(tmp_path: Path, text: str) -> None:
    body = _written(SheetKind.CSV, tmp_path, (text, text, None, None)).read_text("utf-8-sig")
    _, row = csv.reader(io.StringIO(body, newline=""))
    assert row[0].startswith("'")
    assert not runs_in_sheet(row[0])


def test_no_cell_of_an_xlsx_is_a_formula_or_a_link(tmp_path: Path) -> None:
    path = _written(SheetKind.XLSX, tmp_path, *((one, "http://x", None, 1) for one in RUNS))
    parts = _sheets(path)
    page = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert page.count('t="inlineStr"') == len(HEAD.columns) + 2 * len(RUNS)
    # Typed anew in a spreadsheet it stays a text.
    assert 'quotePrefix="1"' in parts["xl/styles.xml"]


def test_an_xlsx_holds_texts_instants_and_numbers(tmp_path: Path) -> None:
    page = _sheets(_written(SheetKind.XLSX, tmp_path, ROW))["xl/worksheets/sheet1.xml"]
    assert "<t>00000017</t>" in page
    assert "井盖，“破了”" in page
    assert re.search(r"<v>4635\d\.67", page)
    assert "<v>-3.5</v>" in page


def test_a_long_text_is_cut_and_none_is_lost(tmp_path: Path) -> None:
    path = _written(SheetKind.XLSX, tmp_path, ("1", "长" * 40_000, None, None))
    page = _sheets(path)["xl/worksheets/sheet1.xml"]
    assert page.count("长") == sheet.MAX_TEXT - 1


def test_control_characters_make_no_file_that_nobody_can_open(tmp_path: Path) -> None:
    page = _sheets(_written(SheetKind.XLSX, tmp_path, ("\x01\x0b\x1f", "x", None, None)))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", page["xl/worksheets/sheet1.xml"])


def test_more_rows_than_a_sheet_holds_go_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MAX_ROWS", 4)
    rows = [(str(n), None, None, n) for n in range(8)]
    parts = _sheets(_written(SheetKind.XLSX, tmp_path, *rows))
    pages = [parts[f"xl/worksheets/sheet{n}.xml"] for n in (1, 2, 3)]
    assert [page.count("<row ") for page in pages] == [4, 4, 3]
    assert "案件 3" in parts["xl/workbook.xml"]


@pytest.mark.parametrize("kind", SheetKind)
def test_a_dropped_file_leaves_nothing_open(tmp_path: Path, kind: SheetKind) -> None:
    file = open_sheet(kind, tmp_path / "a", HEAD)
    file.add([("1", None, None, None)])
    file.drop()
    # What is left open is a warning, and warnings are errors here.
    del file


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("there")
    with pytest.raises(FileExistsError):
        open_sheet(SheetKind.CSV, tmp_path / "a", HEAD)
