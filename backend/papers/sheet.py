"""Tables as files, xlsx and CSV: row by row onto the disk, so that long ones cost no memory.

The only module that knows XlsxWriter. A text that a spreadsheet would take for a formula is none in
either: what citizens say is on record as it was said, and runs nowhere.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import xlsxwriter

from hotline.sanitize import runs_in_sheet

SheetCell = str | int | float | datetime | None
"""What stands in one place of a table; instants are those of a wall clock, without an offset."""
SheetRow = Sequence[SheetCell]

MAX_TEXT: Final = 32_767
"""So many characters a spreadsheet takes in one place."""
MAX_ROWS: Final = 1_048_576
"""So many rows it takes in one sheet, the head counted."""
_WIDE, _NARROW = 46, 17


class SheetKind(StrEnum):
    """The kinds of files that a table may be."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Written:
    """How far it is: so many rows of all that there are."""

    rows: int
    of: int


class SheetFile(Protocol):
    """A table that is being written; `close` makes it whole."""

    def add(self, rows: Iterable[SheetRow]) -> None:
        """Write rows behind those that are there."""

    def close(self) -> None:
        """Write what is still to be written."""

    def drop(self) -> None:
        """Let go of what nobody wants any more."""


@dataclass(frozen=True, slots=True)
class SheetHead:
    """The name of a table, and those of its columns; `wide` are the columns of long texts."""

    name: str
    columns: tuple[str, ...]
    wide: frozenset[int] = frozenset()


def open_sheet(kind: SheetKind, path: Path, head: SheetHead) -> SheetFile:
    """Begin a table in a file that is not there yet; its folder holds what is written meanwhile."""
    return XlsxSheet(path, head) if kind is SheetKind.XLSX else CsvSheet(path, head)


class CsvSheet:
    """CSV as spreadsheets read it: UTF-8 that says so, and lines that end as on Windows."""

    def __init__(self, path: Path, head: SheetHead) -> None:
        self._file = path.open("x", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self.add([head.columns])

    def add(self, rows: Iterable[SheetRow]) -> None:
        """Write rows; what might be a formula has an apostrophe before it, as people write it."""
        self._rows.writerows([_plain(cell) for cell in row] for row in rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    drop = close


def _plain(cell: SheetCell) -> SheetCell:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return f"'{cell}" if isinstance(cell, str) and runs_in_sheet(cell) else cell


class XlsxSheet:
    """An xlsx file; rows beyond what one sheet holds go on in another one."""

    def __init__(self, path: Path, head: SheetHead) -> None:
        # A row is on the disk as soon as the next one begins.
        options = {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._head = head
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        # Typed anew by somebody, it stays the text that it is.
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._begin()

    def add(self, rows: Iterable[SheetRow]) -> None:
        """Write rows: texts as texts, whatever they begin with."""
        for row in rows:
            if self._at == MAX_ROWS:
                self._begin()
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._at += 1

    def close(self) -> None:
        """Pack the sheets into the file."""
        self._book.close()

    def drop(self) -> None:
        """Close what the rows were written into."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()

    def _begin(self) -> None:
        sheets = len(self._book.worksheets())
        name = self._head.name if not sheets else f"{self._head.name} {sheets + 1}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(self._head.columns):
            width = _WIDE if column in self._head.wide else _NARROW
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, title, self._bold)
        self._at = 1

    def _write(self, column: int, cell: SheetCell) -> None:
        if isinstance(cell, str):
            text = cell if len(cell) <= MAX_TEXT else f"{cell[: MAX_TEXT - 1]}…"
            form = self._quoted if runs_in_sheet(text) else None
            self._sheet.write_string(self._at, column, text, form)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._at, column, cell, self._instant)
        elif cell is not None:
            self._sheet.write_number(self._at, column, cell)
