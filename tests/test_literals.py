"""No stage, action or post of the shipped city stands in the code: data says which there are."""

import re
from collections.abc import Iterator

import pytest

from tests.cities import read
from tests.sources import name_of, python_files, strings_of, text_of, web_files

pytestmark = pytest.mark.house

MOST = 20
# Where such a word means something else: file or folder -> (words, what they are there).
ALLOWED = {
    "hotline/form/beside.py": ({"note"}, "the words that every step may hold, whatever is done"),
    "hotline/case/case_clock.py": ({"handling"}, "the kind of the clock that a deadline is of"),
    "hotline/organisation.py": ({"department"}, "an organisation, in files, lists and notices"),
    "hotline/case/step_upcasts.py": (
        {"collector", "department"},
        "fields and roles as 0.1.0 named them",
    ),
    "hotline/case/workflow_upcasts.py": (
        {"acceptor", "collector", "command_chief", "department", "dispatcher", "duty_chief"},
        "the posts of 0.1.0, which its workflows name",
    ),
    "backend/migrations/versions/": (
        {"collector", "department", "handling", "note"},
        "columns, roles and clocks as they were",
    ),
    "backend/backup/compare.py": ({"checking"}, "the folder in which a backup is tried"),
    "backend/cli/settings_cmd.py": ({"file"}, "the form in which settings are printed"),
    "backend/operations/asterisk.py": (
        {"note"},
        "what the exchange writes of a call",
    ),
    "ivr/recovery.py": ({"note"}, "the same folder, as the connector finds it"),
    "backend/web/src/case/formState.ts": ({"note"}, "the words that every step may hold"),
}
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


def shipped() -> set[str]:
    """The ids of the shipped city's stages, actions and posts."""
    workflow, posts = read("workflow.toml"), read("posts.toml")
    rows = [*workflow["stage"], *workflow["action"], *posts["post"]]
    return {row["id"] for row in rows}


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


def home_of(name: str) -> str:
    """The entry of the list that a file belongs to, or its own name."""
    return next((one for one in ALLOWED if name.startswith(one)), name)


def test_no_stage_action_or_post_stands_in_the_code() -> None:
    ids = shipped()
    found = {(home_of(name), one) for name, one in literals() if one in ids}
    allowed = {(home, word) for home, (words, _) in ALLOWED.items() for word in words}
    assert found - allowed == set(), "data is to say it: a tone, a permission, a role, an end"
    assert allowed - found == set(), "nothing of that kind stands there any more"


def test_few_words_are_let_through_and_each_says_why() -> None:
    assert sum(len(words) for words, _ in ALLOWED.values()) <= MOST
    assert all(reason for _, reason in ALLOWED.values())


SCRIPT_LINES = """
// a 'comment'
const one = 'file' /* "another" */
const two = say("to_close", `void`)
const three = `it ${say('close')} ends`
if (/['"]/.test(one)) return "it's"
"""
VUE = """
<!-- 'remark' -->
<script setup lang="ts">
const own = 'accept'
</script>

<template>
  <p v-if="note && stage === 'handling'" class="note">{{ say('recall') }} isn't</p>
  <ModalBox name="void" :on="a > b ? 'file' : x" @close="go('decline')" />
  <input type="file" />
</template>

<style>
p { content: 'leader' }
</style>
"""


def test_strings_of_the_console_are_found_where_they_are_data() -> None:
    script = ["file", "to_close", "void", "it  ends", "close", "it's"]
    assert list(in_console("a.ts", SCRIPT_LINES)) == script
    vue = ["accept", "recall", "handling", "void", "file", "decline"]
    assert list(in_console("A.vue", VUE)) == vue


def test_strings_of_sql_are_found_in_those_of_python() -> None:
    assert list(in_python("a->'closed'->>'org'")) == ["a->'closed'->>'org'", "closed", "org"]
