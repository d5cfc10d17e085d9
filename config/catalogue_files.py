"""Reads a code set's folder and the word lists beside it; what they mean is hotline's business."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

from config.settings import SettingsError
from config.textfile import Unreadable, read_text, read_toml

ROOT: Final = Path(__file__).resolve().parent / "catalogue"
DEFAULT_EDITION: Final = "gbt47678-2026"
LEVELS: Final = ("critical", "urgent")

Row = dict[str, str]
Table = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CatalogueFiles:
    """An edition's rows, and the words of the edition that has them."""

    edition: str
    matters: list[Row]
    components: list[Row]
    words: Table
    examples: Table
    scope: Table
    speech: Table
    address: Table


def read_catalogue(edition: str, root: Path = ROOT) -> CatalogueFiles:
    """Read an edition; SettingsError names the file that is missing or cannot be read."""
    folder = root / edition
    if not folder.is_dir():
        editions = ", ".join(sorted(path.name for path in root.iterdir() if path.is_dir()))
        raise SettingsError(
            f"home.catalogue: there is no edition {edition!r}; there are {editions}"
        )
    own_words = (folder / "words.toml").is_file()
    spoken = folder if own_words else root / DEFAULT_EDITION
    files = CatalogueFiles(
        edition,
        _rows(folder / "matters.csv"),
        _rows(folder / "components.csv"),
        _table(spoken / "words.toml"),
        _table(spoken / "examples.toml"),
        _table(root / "scope.toml"),
        _table(root / "speech.toml"),
        _table(root / "address.toml"),
    )
    return files if own_words else _borrowing(files)


def _borrowing(files: CatalogueFiles) -> CatalogueFiles:
    """Give an older edition's codes the words of the codes that they are the same as."""
    same = {row["code"]: row["same_as"] for row in files.matters if row.get("same_as")}
    words, examples = files.words["matters"], files.examples["examples"]
    return replace(
        files,
        words={"matters": {code: words[other] for code, other in same.items() if other in words}},
        examples={"examples": {c: examples[o] for c, o in same.items() if o in words}},
        speech=files.speech
        | {level: _translated(files.speech.get(level, []), same) for level in LEVELS},
    )


def _translated(rules: list[Table], same: dict[str, str]) -> list[Table]:
    """Rules of urgency with an older edition's codes; rules for codes it has not fall away."""
    told = []
    for rule in rules:
        limits = rule.get("matters", [])
        codes = [code for code, other in same.items() if other in limits]
        codes += [word for word in limits if not word.isdigit()]
        if codes or not limits:
            told.append({**rule, "matters": codes})
    return told


def _rows(path: Path) -> list[Row]:
    text = _read(read_text, path)
    # Spreadsheets of some languages write ; or tabs for commas.
    head = text.partition("\n")[0]
    between = max(",;\t", key=head.count)
    return list(csv.DictReader(StringIO(text), delimiter=between, skipinitialspace=True))


def _table(path: Path) -> Table:
    return _read(read_toml, path)


def _read(read: Callable[[Path], T], path: Path) -> T:
    try:
        return read(path)
    except (OSError, Unreadable) as error:
        raise SettingsError(f"the catalogue file {path} cannot be read: {error}") from error
