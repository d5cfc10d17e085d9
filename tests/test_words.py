"""The catalogue of words: every key in every language, none unused, none unknown."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from config.settings import sections_declared
from hotline.words import LANGUAGES, UnknownWords, catalogue, places, read, say
from tests.sources import ROOT, name_of, python_files, strings_of, text_of, web_files

KEYS = set(catalogue("zh_CN"))
MATTERS = {key.split(".")[0] for key in KEYS}
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
