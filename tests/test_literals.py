"""The strings of the code are found where they are data."""

import pytest

from tests.literals import in_console, in_python

pytestmark = pytest.mark.house

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
