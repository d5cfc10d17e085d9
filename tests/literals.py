"""Every string of the code, in Python, the SQL in it, TypeScript and Vue."""

import re
from collections.abc import Iterator

from tests.sources import name_of, python_files, strings_of, text_of, web_files

QUOTED = re.compile(r"'(\w+)'")
# A comment, a string, or a pattern where a value may stand.
TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`"
    r"|(?<=[(,=:\[!&|?{};>])\s*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/",
    re.DOTALL,
)
SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
TEMPLATE = re.compile(r"^<template>(.*)^</template>", re.DOTALL | re.MULTILINE)
REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
SHOWN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
TAG = re.compile(r"<([A-Za-z][\w.-]*)((?:\"[^\"]*\"|[^\">])*)>")
ATTRIBUTE = re.compile(r"([^\s=\"/]+)=\"([^\"]*)\"")


def in_script(text: str) -> Iterator[str]:
    """Every string of a script, and of what is filled into strings of it."""
    for found in TOKEN.finditer(text):
        plain = found[1] or found[2]
        if plain:
            yield plain
        if found[3]:
            yield re.sub(r"\$\{.*?\}", "", found[3])
            for filled in re.findall(r"\$\{(.*?)\}", found[3]):
                yield from in_script(filled)


def in_template(text: str) -> Iterator[str]:
    """Every string of a template; a plain attribute of an HTML element is the browser's."""
    text = REMARK.sub("", text)
    for shown in SHOWN.findall(text):
        yield from in_script(shown)
    for tag, attributes in TAG.findall(SHOWN.sub("", text)):
        for name, value in ATTRIBUTE.findall(attributes):
            if name.startswith((":", "@", "#", "v-")):
                yield from in_script(value)
            elif tag[0].isupper():
                yield value


def in_console(name: str, text: str) -> Iterator[str]:
    """Every string of a file of the console."""
    if not name.endswith(".vue"):
        yield from in_script(text)
    for script in SCRIPT.findall(text) if name.endswith(".vue") else ():
        yield from in_script(script)
    for template in TEMPLATE.findall(text) if name.endswith(".vue") else ():
        yield from in_template(template)


def in_python(text: str) -> Iterator[str]:
    """A string, and the strings of the SQL that it may be."""
    yield text
    yield from QUOTED.findall(text)


def literals() -> Iterator[tuple[str, str]]:
    """Every string of the code, with its file."""
    for path in python_files():
        for _, text in strings_of(path):
            yield from ((name_of(path), one) for one in in_python(text))
    for path in web_files():
        yield from ((name_of(path), one) for one in in_console(path.name, text_of(path)))
