"""Reads a code set's folder and the word lists beside it; what they mean is hotline's business."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final

from config.settings import SettingsError
from config.textfile import Unreadable, read_text

ROOT: Final = Path(__file__).resolve().parent / "catalogue"
DEFAULT_EDITION: Final = "gbt47678-2026"
LEVELS: Final = ("critical", "urgent")

Row = dict[str, str]
Table = dict[str, Any]
# The files of an edition, of its words, and of the words beside all editions.
LISTS: Final = ("matters", "components")
SPOKEN: Final = ("words", "examples")
WORD_LISTS: Final = ("scope", "speech", "address")


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
    return parse_catalogue(edition, catalogue_texts(edition, root))


def catalogue_texts(edition: str, root: Path = ROOT) -> dict[str, str]:
    """Give the files of an edition and the word lists beside it as they are written, by name.

    An edition without words of its own has those of the default one. SettingsError names the file
    that is missing or cannot be read.
    """
    folder = root / edition
    if not folder.is_dir():
        editions = ", ".join(sorted(path.name for path in root.iterdir() if path.is_dir()))
        raise SettingsError(
            f"home.catalogue: there is no edition {edition!r}; there are {editions}"
        )
    spoken = folder if (folder / "words.toml").is_file() else root / DEFAULT_EDITION
    paths = {name: folder / f"{name}.csv" for name in LISTS}
    paths |= {name: spoken / f"{name}.toml" for name in SPOKEN}
    paths |= {name: root / f"{name}.toml" for name in WORD_LISTS}
    return {name: _text(path) for name, path in paths.items()}


def parse_catalogue(edition: str, texts: Mapping[str, str]) -> CatalogueFiles:
    """Give the catalogue of an edition's texts; SettingsError names the one that cannot be read."""
    matters, components = (_rows(name, texts[name]) for name in LISTS)
    tables = {name: _table(name, texts[name]) for name in (*SPOKEN, *WORD_LISTS)}
    files = CatalogueFiles(edition, matters, components, **tables)
    # Whose codes are told by those of another edition, its words are that one's, too.
    return _borrowing(files) if any("same_as" in row for row in matters) else files


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


def read_words(name: str, text: str) -> None:
    """Raise SettingsError for a file of a catalogue that is no text of its form."""
    if name in LISTS:
        _rows(name, text)
    else:
        _table(name, text)


def _rows(name: str, text: str) -> list[Row]:
    # Spreadsheets of some languages write ; or tabs for commas.
    head = text.partition("\n")[0]
    between = max(",;\t", key=head.count)
    try:
        return list(csv.DictReader(StringIO(text), delimiter=between, skipinitialspace=True))
    except csv.Error as error:
        raise SettingsError(f"the catalogue file {name}.csv cannot be read: {error}") from error


def _table(name: str, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the catalogue file {name}.toml cannot be read: {error}") from error


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, Unreadable) as error:
        raise SettingsError(f"the catalogue file {path} cannot be read: {error}") from error
