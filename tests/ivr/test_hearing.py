"""What callers are likely to say comes from the city's folder and the catalogue."""

import json
from pathlib import Path

import pytest

from config.settings import ROOT
from hotline.errors import Invalid
from hotline.phonetic import snap
from hotline.profile import SpokenNames
from ivr.hearing import hearing_of
from tests.ivr.hearing import demo_hearing

CITY = ROOT / "config" / "city" / "demo"


def test_the_demo_city_hears_its_streets_and_troubles() -> None:
    hearing = demo_hearing()
    names = {name for group in hearing.lexicon.groups for name in group.names}
    assert {"中山东路", "光明路", "井盖"} <= names
    assert snap("光名路的警盖不见了", hearing.lexicon).text.startswith("光明路")


def test_there_are_at_most_thirty_hints_a_language_and_none_is_a_street() -> None:
    hearing = demo_hearing()
    streets = json.loads((CITY / "roads.geojson").read_text("utf-8"))["features"]
    named = {street["properties"]["name"] for street in streets}
    for hints in hearing.hints.values():
        assert 0 < len(hints) <= 30
        assert not named & set(hints)


def test_what_everybody_says_is_not_taken_for_a_name() -> None:
    text = "你好我要反映一个问题，每天早上都有，请你们尽快来处理一下"
    assert snap(text, demo_hearing().lexicon).text == text


def test_a_city_without_names_hears_what_everybody_expects() -> None:
    hearing = hearing_of(SpokenNames())
    assert not any(group.place.any() for group in hearing.lexicon.groups)
    assert hearing.hints
    assert hearing.invented


def test_expectations_that_cannot_be_read_are_refused_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "hearing.toml").write_text("[", "utf-8")
    with pytest.raises(Invalid, match=r"hearing\.toml"):
        hearing_of(SpokenNames(), expected=tmp_path / "hearing.toml")
