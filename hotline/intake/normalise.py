"""Brings what was said into one form: simplified, standard Chinese without filler sounds."""

import re
import unicodedata

from hotline.intake.lexicon import Speech
from hotline.simplified import simplify

SPACE_IN_CHINESE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
LETTERS = re.compile(r"[a-z]{2,}")


def tidy(text: str) -> str:
    """Give the text in simplified characters and half-width letters, with its length kept."""
    changed = "".join(_narrow(char) for char in text)
    return simplify(changed)


def _narrow(char: str) -> str:
    narrow = unicodedata.normalize("NFKC", char)
    return narrow if len(narrow) == 1 and narrow.isalnum() else char


def plain(text: str, speech: Speech) -> str:
    """Give the text as the word lists know it: English and dialect glossed, fillers out."""
    said = SPACE_IN_CHINESE.sub("", tidy(text).lower())
    if LETTERS.search(said):
        for pattern, gloss in speech.english:
            said = pattern.sub(f" {gloss} ", said)
    for word in sorted(speech.dialect, key=len, reverse=True):
        if word in said:
            said = said.replace(word, speech.dialect[word])
    for filler in speech.fillers:
        said = said.replace(filler, " " if len(filler) > 1 else "")
    return said.strip()
