"""The console's catalogue: every key in both languages, none that nobody says, none unknown."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import ROOT
from hotline.call import CallEventType

SOURCES = ROOT / "backend" / "web" / "src"
LANGUAGES = ("zh_CN", "en")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
QUOTED = re.compile(r"'([a-z_]+(?:\.\w+)+)'")
# Codes that the office sends find their words by a beginning: named('post', code).
NAMED = re.compile(r"named\(\s*'(\w+)'")
BY_CODE = re.compile(r"`(\w+)\.\$\{")
HAN = re.compile("[一-鿿]")
COMMENT = ("//", "/*", "*", "<!--")
PLURAL = ".one"
# The other language is offered in its own words.
FOREIGN = {"look.other_language", "look.other_short", "language.zh_CN", "channel.telegram"}


def catalogue(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((SOURCES / "words" / f"{language}.json").read_text("utf-8"))
    return words


def sources() -> Iterator[Path]:
    yield from (path for path in SOURCES.rglob("*") if path.suffix in (".ts", ".vue"))


def said() -> str:
    return "\n".join(path.read_text("utf-8") for path in sources())


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(catalogue("zh_CN")) == list(catalogue("en"))


def test_a_sentence_has_words_and_the_same_places_to_fill_in() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert [key for key in english if not (chinese[key].strip() and english[key].strip())] == []
    places = {
        key: [set(PLACEHOLDER.findall(words[key])) for words in (chinese, english)]
        for key in english
        if not key.endswith(PLURAL)
    }
    assert {key: both for key, both in places.items() if both[0] != both[1]} == {}


def test_english_is_english() -> None:
    english = catalogue("en")
    assert [key for key in english if key not in FOREIGN and HAN.search(english[key])] == []


def test_every_key_is_said_somewhere() -> None:
    text = said()
    quoted = set(QUOTED.findall(text))
    beginnings = set(NAMED.findall(text)) | set(BY_CODE.findall(text))
    unused = [
        key
        for key in catalogue("en")
        if key.removesuffix(PLURAL) not in quoted and key.split(".")[0] not in beginnings
    ]
    assert unused == []


def test_every_key_that_is_said_is_there() -> None:
    known = set(catalogue("en"))
    asked = set(re.findall(r"say\(\s*'([\w.]+)'", said()))
    assert asked - known == set()


def test_no_sentence_stands_in_the_code() -> None:
    found = []
    for path in sources():
        lines = path.read_text("utf-8").splitlines()
        spoken = [one for one in lines if not one.lstrip().startswith(COMMENT)]
        # 号 is how a house number is written, not a sentence.
        if HAN.search("".join(spoken).replace("号", "")):
            found.append(path.name)
    assert found == []


def test_what_the_data_of_a_city_names_has_no_second_name_here() -> None:
    """Stages, moves, fields and parts are called what the city's files say, in both languages."""
    city = ROOT / "config" / "city" / "demo"
    workflow = tomllib.loads((city / "workflow.toml").read_text("utf-8"))
    form = tomllib.loads((city / "form.toml").read_text("utf-8"))
    steps = {one["id"] for one in workflow["action"]}
    fields = {one["id"] for one in form["field"]}
    fields |= {one["id"] for kind in ("role", "time", "count") for one in workflow[kind]}
    twice = {f"step.{one}" for one in steps} | {f"field.{one}" for one in fields}
    assert twice & set(catalogue("en")) == set()
    nameless = [
        one["id"]
        for kind in ("stage", "action", "role", "time", "count")
        for one in workflow[kind]
        if not (one.get("name") and one.get("name_en"))
    ]
    assert nameless == []


def test_wording_a_final_step_is_asked_about_in_other_words_than_its_button() -> None:
    """The first trial read 确认结案 on the button, over the question and under it."""
    for language in LANGUAGES:
        assert "{action}" not in catalogue(language)["form.sure"]
    chinese = catalogue("zh_CN")
    assert chinese["form.sure_yes"] != chinese["form.do"]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_everything_that_happens_in_a_call_has_its_words(language: str) -> None:
    """A list of calls said seat_left where nobody had given it a name."""
    words = catalogue(language)
    for mark in CallEventType:
        assert f"mark.{mark}" in words
        assert f"call_state.{mark}" in words


def test_what_english_callers_hear_instead_of_a_bulletin_is_told_as_it_is_said() -> None:
    phone = tomllib.loads((ROOT / "hotline/words/en/phone.toml").read_text("utf-8"))
    for language in LANGUAGES:
        assert phone["bulletin_stock"] in catalogue(language)["bulletin.stock"]
