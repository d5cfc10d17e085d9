"""The catalogue of words: every key in every language, none unused, none unknown."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from config.settings import sections_declared
from hotline.words import LANGUAGES, UnknownWords, catalogue, places, read, say
from tests.sources import ROOT, name_of, python_files, strings_of, text_of, web_files

pytestmark = pytest.mark.house

KEYS = set(catalogue("zh_CN"))
MATTERS = {key.split(".")[0] for key in KEYS}
# What the desks of a city never say, and what GLOSSARY.md calls it instead.
NOT_SAID = {
    "处理中": "处置中",
    "案卷": "案件",
    "请求核实|请人核实": "下发核实",
    "请求核查|请人核查": "下发核查",
    "上报人": "诉求人",
    "反馈完成": "处置反馈",
    "找不到(?!线)": "无法核实",
    "退回(?!核查|返工)": "回退",
    "（超 ": "（超时 ",
}
HALF_WIDTH = re.compile("[一-鿿”][,;:?!()]|[,;:?!()][一-鿿“]")
KEY = re.compile(r"\b([a-z_]+\.[a-z0-9_]+)\b")
# Settings are named the same way.
SETTINGS = {f"{name}.{field.name}" for name, cls in sections_declared() for field in fields(cls)}
# The beginning of a key that is put together: f"stage.{stage}", `post.${post}`, "error." + code.
BEGINNING = re.compile(r"""["'`/ ]([a-z_]+\.[a-z0-9_]*)(?:\$?\{|["'`] *(?:\+|%))""")


def sources() -> str:
    """All places that may name a key: the rooms, the console, and the values."""
    paths = [*python_files(), *web_files(), *sorted((ROOT / "config").rglob("*.toml"))]
    return "\n".join(text_of(path) for path in paths)


def test_every_language_has_every_key() -> None:
    for language in LANGUAGES:
        here = set(catalogue(language))
        assert here == KEYS, f"{language}: {sorted(here ^ KEYS)}"


def test_a_sentence_asks_for_the_same_values_in_every_language() -> None:
    for key in KEYS:
        asked = {language: places(catalogue(language)[key]) for language in LANGUAGES}
        assert len(set(asked.values())) == 1, f"{key}: {asked}"


def test_every_key_is_used() -> None:
    text = sources()
    named = set(KEY.findall(text))
    begun = tuple(set(BEGINNING.findall(text)))
    unused = {key for key in KEYS - named if not key.startswith(begun)}
    assert not unused


def test_every_key_that_is_said_is_there() -> None:
    unknown = set()
    for path in python_files():
        if name_of(path) == "hotline/words/__init__.py":
            continue
        for match in re.finditer(r"""\bsay\(\s*["']([a-z_]+\.[a-z0-9_]+)["']""", text_of(path)):
            if match[1] not in KEYS:
                unknown.add(f"{name_of(path)}: {match[1]}")
    assert not unknown


def test_every_string_that_looks_like_a_key_is_one() -> None:
    files = {"toml", "csv", "json", "wav", "conf", "jpg", "png", "py", "log", "html", "sock"}
    unknown = set()
    for path in python_files():
        for line, text in strings_of(path):
            match = re.fullmatch(r"([a-z_]+)\.([a-z0-9_]+)", text)
            whole = match and not text.endswith("_") and match[2] not in files
            if match and whole and match[1] in MATTERS and text not in KEYS | SETTINGS:
                unknown.add(f"{name_of(path)}:{line} {text}")
    assert not unknown


def test_a_missing_key_value_or_language_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownWords, match="no_such"):
        say("no_such.key", "en")
    with pytest.raises(UnknownWords, match="language"):
        say("no_such.key", "fr")
    needy = next(key for key in sorted(KEYS) if places(catalogue("en")[key]))
    with pytest.raises(UnknownWords, match="need a value"):
        say(needy, "en")
    (tmp_path / "matter.toml").write_text('key = ""\n', "utf-8")
    with pytest.raises(UnknownWords, match="must be a sentence"):
        read(tmp_path)


def chinese() -> dict[str, str]:
    """Every Chinese sentence: the office's and the connectors', and the console's."""
    console = ROOT / "backend" / "web" / "src" / "words" / "zh_CN.json"
    return {**catalogue("zh_CN"), **json.loads(console.read_text("utf-8"))}


def test_wording_a_thing_has_the_one_name_that_the_desks_use() -> None:
    """The first trial read 处理中 and 处置中, 退回 and 回退, 案卷 and 案件 for the same thing."""
    wrong = [
        f"{key}: {text} (say {better})"
        for key, text in chinese().items()
        for never, better in NOT_SAID.items()
        if re.search(never, text)
    ]
    assert wrong == []


def test_wording_chinese_sentences_have_chinese_punctuation() -> None:
    """The first trial read ASCII commas in the lines of the server."""
    wrong = [f"{key}: {text}" for key, text in chinese().items() if HALF_WIDTH.search(text)]
    assert wrong == []
