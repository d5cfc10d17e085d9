"""Bringing words into one form, and word lists that are refused."""

from typing import Any

import pytest

from hotline.errors import Invalid
from hotline.intake.features import Concepts, sound_of
from hotline.intake.lexicon import Speech, parse_lexicon
from hotline.intake.normalise import plain, tidy
from hotline.intake.urgency import urgency
from hotline.matching import Phrases
from tests.knowing import demo_knowledge

pytestmark = pytest.mark.slow


def speech(**fields: Any) -> Speech:
    return parse_lexicon({}, {}, {}, fields).speech


def test_traditional_and_wide_letters_become_simplified_and_narrow() -> None:
    assert tidy("路燈ＡＢ１２壞了，") == "路灯AB12坏了，"


def test_english_is_glossed_by_whole_words_only() -> None:
    told = speech(english={"bins?": "垃圾桶"})
    assert plain("two bins", told).split() == ["two", "垃圾桶"]
    assert "垃圾桶" not in plain("cabinets", told)


def test_fillers_fall_out_and_dialect_is_put_right() -> None:
    told = speech(fillers=["嗯"], dialect={"阿拉": "我们"})
    assert plain("嗯阿拉小区", told) == "我们小区"


def test_what_sounds_alike_has_the_same_code() -> None:
    assert sound_of("路灯") == sound_of("录等") == sound_of("路蹬")
    assert sound_of("路灯") != sound_of("垃圾")


def test_ideas_are_paired_within_a_clause_only() -> None:
    find = Concepts({"lamp": ["灯"], "dark": ["黑", "不亮"]})
    assert "dark+lamp" in find("灯不亮")
    assert "dark+lamp" not in find("灯，很黑")


def test_longer_phrases_are_served_first() -> None:
    hits = Phrases(["路灯", "路灯杆", "灯杆"]).longest_in("路灯杆歪了")
    assert [hit.phrase for hit in hits] == ["路灯杆"]
    assert Phrases([]).longest_in("路灯") == []


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"words": {"matters": {"01001": {"names": "x"}}}}, "words.01001.names"),
        ({"examples": {"examples": {"09999": ["x"]}}}, "examples.09999"),
        ({"scope": {"police": {"says": [1]}}}, "scope.police.says"),
        ({"speech": {"english": {"(": "x"}}}, "speech.english"),
        ({"speech": {"urgent": [{"reason": "r", "all": ["x"]}]}}, "speech.urgent.r"),
    ],
)
def test_a_broken_word_list_is_named(files: dict[str, Any], where: str) -> None:
    given = {"words": {}, "examples": {}, "scope": {}, "speech": {}} | files
    with pytest.raises(Invalid, match=where.replace(".", r"\.")):
        parse_lexicon(**given)


def test_an_urgency_rule_needs_a_word_of_each_list_and_none_of_the_others() -> None:
    rule = {"reason": "wire", "all": [["电线"], ["地上"]], "unless": ["网线"], "matters": ["1"]}
    rules = speech(critical=[rule]).urgency
    assert urgency("电线掉地上", "1", rules) == ("critical", "wire")
    assert urgency("电线很乱", "1", rules) == ("normal", "")
    assert urgency("电线网线掉地上", "1", rules) == ("normal", "")
    assert urgency("电线掉地上", "2", rules) == ("normal", "")


def test_every_matter_has_names_and_at_least_six_sentences() -> None:
    edition, knowledge = demo_knowledge()
    for code in edition.matters:
        said = knowledge.lexicon.matters[code]
        assert said.names, code
        assert len(said.says) >= 4, code
