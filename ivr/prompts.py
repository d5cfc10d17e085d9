"""The spoken prompts by language and key: what Asterisk calls them, and where their wavs lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.prompts import MANIFEST, load_prompts
from hotline.errors import HotlineError
from ivr.fallback import speak_instead

DIGITS = "0123456789"


class PromptsMissing(HotlineError):
    """A sound of the manifest is not there; the phone would stay silent."""

    code = "prompts_missing"


@dataclass(frozen=True, slots=True)
class Prompts:
    """The sounds of one folder, all of them there."""

    folder: Path
    keys: dict[str, frozenset[str]]
    default: str
    # The files of prompts in the city's own words, by the names of those they stand for.
    own: Mapping[str, str] = field(default_factory=dict)

    def with_own(self, own: Mapping[str, str]) -> "Prompts":
        """Give the same with the city's own words in the stead of some."""
        return replace(self, own=own)

    def language(self, wanted: str) -> str:
        """Give a language we can speak: the wanted one, else the city's."""
        return wanted if wanted in self.keys else self.default

    def has(self, language: str, key: str) -> bool:
        """Say whether there is such a prompt."""
        return key in self.keys.get(language, frozenset())

    def sound(self, language: str, key: str) -> str:
        """Give the name of a prompt for `Line.play`."""
        if not self.has(language, key):
            raise PromptsMissing(f"no prompt {key} in {language}")
        name = f"{language}/{key}"
        return self.own.get(name, name)

    def sounds(self, language: str, *keys: str) -> list[str]:
        """Give the names of prompts played in a row."""
        return [self.sound(language, key) for key in keys]

    def number(self, language: str, groups: tuple[str, ...]) -> list[str]:
        """Give the sounds of a number, read digit by digit with a pause between its groups."""
        keys: list[str] = []
        for group in groups:
            keys += ["pause"] if keys else []
            keys += [f"digit_{digit}" for digit in group]
        return self.sounds(language, *keys)

    def wav(self, language: str, key: str) -> Path:
        """Give the wav of a prompt."""
        return self.folder / f"{language}/{key}.wav"


def open_prompts(folder: Path, default: str = "zh_CN") -> Prompts:
    """Load the manifest and make sure that every sound is there; refuse and name what is not.

    What is missing is spoken by espeak-ng where that is installed.
    """
    if not (folder / MANIFEST).is_file():
        raise PromptsMissing(f"no {MANIFEST} in {folder}")
    declared = load_prompts(folder)
    absent = [
        prompt.file
        for prompts in declared.values()
        for prompt in prompts.values()
        if not (folder / prompt.file).is_file() and not speak_instead(folder, prompt)
    ]
    if absent:
        raise PromptsMissing(f"{len(absent)} sounds are missing in {folder}: {absent[0]} …")
    if default not in declared:
        raise PromptsMissing(f"no prompts in {default}, which is the city's language")
    return Prompts(folder, {name: frozenset(keys) for name, keys in declared.items()}, default)
