"""Articles as files: TOML for who writes them by hand, CSV for spreadsheets; read row by row."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from hotline.errors import Invalid
from hotline.knowledge.article import Article, check_article
from hotline.sanitize import runs_in_sheet, sanitize_text
from hotline.wire import convert

COLUMNS: Final = tuple(one.name for one in fields(Article))
_LISTS: Final = ("matters", "words", "questions")
_DATES: Final = ("valid_from", "valid_until")
# A day as spreadsheets write it anew where they have saved the file.
_SLASHED: Final = re.compile(r"\A(\d{4})/(\d\d?)/(\d\d?)\Z")
# What stands between the entries of a list in one cell of a CSV.
BETWEEN: Final = "|"
# What stands before a cell that a spreadsheet would run.
QUOTE: Final = "'"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: its place (from 1; of a CSV the line), its article, and why."""

    row: int
    article: str
    error: Invalid


@dataclass(frozen=True, slots=True)
class ReadArticles:
    """What could be read of a file, and what is wrong with the other rows."""

    articles: tuple[Article, ...]
    faults: tuple[RowFault, ...]


def from_toml(text: str, matters: Collection[str] | None) -> ReadArticles:
    """Read a file like knowledge.toml; Invalid only where it is no TOML, or has no articles.

    With `matters` (the codes of the classes) other classes are faults.
    """
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("toml", f"cannot be read: {error}") from error
    rows = told.get("article")
    if not isinstance(rows, list):
        raise Invalid("article", "there is none")
    return _read(enumerate(rows, 1), matters)


def from_csv(text: str, matters: Collection[str]) -> ReadArticles:
    """Read a CSV whose first line names the columns; a list is one cell, with | between."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        names = lines.fieldnames or ()
        rows = [(lines.line_num, _cells(row)) for row in lines]
    except csv.Error as error:
        raise Invalid("csv", f"cannot be read: {error}") from error
    if "id" not in names:
        raise Invalid("id", "there is no such column")
    return _read(rows, matters)


def _cells(row: Mapping[str | None, Any]) -> dict[str, object]:
    """Give a line as a table: what is empty is not said."""
    told: dict[str, object] = {}
    for name, cell in row.items():
        if name is None:
            told["columns"] = cell  # more cells than columns
        elif cell is not None and cell.strip():
            said = cell.strip()
            said = said[1:] if said[0] == QUOTE and _runs(said) else said
            if name in _LISTS:
                told[name] = [one.strip() for one in said.split(BETWEEN) if one.strip()]
            else:
                told[name] = _SLASHED.sub(_day, said) if name in _DATES else said
    return told


def _day(told: re.Match[str]) -> str:
    return f"{told[1]}-{told[2]:0>2}-{told[3]:0>2}"


def _read(rows: Iterable[tuple[int, object]], matters: Collection[str] | None) -> ReadArticles:
    found: dict[str, Article] = {}
    faults: list[RowFault] = []
    for row, told in rows:
        ident = str(told.get("id", "")) if isinstance(told, Mapping) else ""
        try:
            article = _article(told)
            check_article(article, article.matters if matters is None else matters)
            _check_new(article, found)
        except Invalid as error:
            faults.append(RowFault(row, ident[:60], error))
        else:
            found[article.id] = article
    return ReadArticles(tuple(found.values()), tuple(faults))


def _check_new(article: Article, found: Collection[str]) -> None:
    if article.id in found:
        raise Invalid("id", "stands there twice", code="article_twice")


def _article(told: object) -> Article:
    if not isinstance(told, Mapping):
        raise Invalid("article", "is no table")
    for name in told:
        if name not in COLUMNS:
            raise Invalid(str(name), "is no field of an article", code="no_field")
    for name in ("id", "title", "answer"):
        if name not in told:
            raise Invalid(name, "is missing", code="input_missing")
    return convert({name: _clean(one) for name, one in told.items()}, Article)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return sanitize_text(value).strip()
    return [_clean(one) for one in value] if isinstance(value, list) else value


def to_csv(articles: Iterable[Article]) -> str:
    """Write articles as a CSV that from_csv reads, for a spreadsheet (with a byte order mark)."""
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for one in articles:
        lines.writerow([_cell(getattr(one, name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    said = BETWEEN.join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"{QUOTE}{said}" if _runs(said) else said


def _runs(said: str) -> bool:
    return runs_in_sheet(said.lstrip(QUOTE))


def to_toml(articles: Iterable[Article]) -> str:
    """Write articles as a file that from_toml reads; what is empty is left out."""
    parts = ["schema = 1\n"]
    parts += ["\n[[article]]\n" + "".join(_lines(one)) for one in articles]
    return "".join(parts)


def _lines(article: Article) -> Iterator[str]:
    for name in COLUMNS:
        value = getattr(article, name)
        if value:
            yield f"{name} = {_toml(value)}\n"


def _toml(value: str | tuple[str, ...] | date) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if "\n" not in value:
        return written
    # A backslash of JSON is one of TOML, too; line breaks may stand as they are in a long text.
    lines = written[1:-1].replace("\\n", "\n") if "\\\\" not in written else ""
    return f'"""\n{lines}"""' if lines else written
