"""The code set (部件和事件编码) of an edition: classes with their names in two languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotline.errors import Invalid


@dataclass(frozen=True, slots=True)
class MatterClass:
    """A small class (小类). `kind` is component or matter as the edition's file says."""

    code: str
    name: str
    name_en: str
    group_code: str
    group_name: str
    group_name_en: str
    kind: str


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the code set; `matters` are what cases are filed by."""

    name: str
    matters: Mapping[str, MatterClass]
    components: Mapping[str, MatterClass]


def parse_edition(
    name: str, matters: Iterable[Mapping[str, str]], components: Iterable[Mapping[str, str]]
) -> Edition:
    """Give the edition of its two files' rows; Invalid names the file and row at fault."""
    return Edition(name, _classes("matters", matters), _classes("components", components))


def _classes(file: str, rows: Iterable[Mapping[str, str]]) -> dict[str, MatterClass]:
    found: dict[str, MatterClass] = {}
    for line, row in enumerate(rows, start=2):
        code = row.get("code", "")
        where = f"{file}.csv line {line}"
        if not code.isdigit() or not row.get("name"):
            raise Invalid(where, "has no code or no name")
        if code in found:
            raise Invalid(where, f"the code {code} stands twice")
        found[code] = MatterClass(
            code=code,
            name=row["name"],
            name_en=row.get("name_en") or row["name"],
            group_code=row.get("class_code", ""),
            group_name=row.get("class_name", ""),
            group_name_en=row.get("class_name_en") or row.get("class_name", ""),
            kind=row.get("kind", ""),
        )
    if not found:
        raise Invalid(f"{file}.csv", "is empty")
    return found
