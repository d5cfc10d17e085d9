"""The code sets that the product carries, and rows that stop the load."""

import csv
from pathlib import Path

import pytest

from hotline.catalogue import Edition, parse_edition
from hotline.errors import Invalid
from tests.cities import limits

FOLDER = Path(__file__).parent.parent.parent / "config" / "catalogue"


def load(name: str) -> Edition:
    def rows(file: str) -> list[dict[str, str]]:
        return list(csv.DictReader((FOLDER / name / file).read_text("utf-8").splitlines()))

    return parse_edition(name, rows("matters.csv"), rows("components.csv"))


@pytest.mark.parametrize(
    ("name", "digits", "matters", "components"),
    [("gbt47678-2026", 5, 250, 153), ("gbt30428-2013", 4, 60, 100), ("cjt214-2007", 4, 40, 80)],
)
def test_an_edition_is_carried(name: str, digits: int, matters: int, components: int) -> None:
    edition = load(name)
    assert {len(code) for code in edition.matters} == {digits}
    assert len(edition.matters) >= matters
    assert len(edition.components) >= components


def test_every_class_of_the_default_edition_has_an_english_name_and_a_limit() -> None:
    for one in load("gbt47678-2026").matters.values():
        assert one.name_en.isascii() or "é" in one.name_en, one
        assert one.code in limits().conditions, one


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "is empty"),
        ([{"code": "x1", "name": "n"}], "no code"),
        ([{"code": "01001", "name": ""}], "no name"),
        ([{"code": "01001", "name": "a"}, {"code": "01001", "name": "b"}], "twice"),
    ],
)
def test_a_broken_row_is_named(rows: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_edition("x", rows, [{"code": "01", "name": "n"}])
