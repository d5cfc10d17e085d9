"""The spoken prompts as data: the words of each, the voice, and where its sound lies."""

import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROMPTS = Path(__file__).parent / "asterisk" / "prompts"
MANIFEST = "prompts.toml"
RENDERED = "rendered.toml"


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence of a prompt: the key of its words, and the voice that says them."""

    word: str
    language: str
    voice: str
    speed: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sound: sentences, or a tone (`tone_hz` 0 is silence) of `seconds`."""

    key: str
    language: str
    spoken: tuple[SpokenSentence, ...]
    tone_hz: int
    seconds: float
    most_seconds: float
    trim: bool

    @property
    def file(self) -> str:
        """Path of the sound below the prompts' folder."""
        return f"{self.language}/{self.key}.wav"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a sound was made from, and what it is: SHA-256 of the recipe, SHA-256 of the file."""

    source: str
    sound: str
    seconds: float


def load_prompts(folder: Path) -> dict[str, dict[str, Prompt]]:
    """Every prompt by language, then key; a missing or broken manifest raises as it is read."""
    table = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {language: _of_language(table, language) for language in table["voices"]}


def load_rendered(folder: Path) -> dict[str, Rendered]:
    """What was rendered, by path of the sound; empty before the first rendering."""
    path = folder / RENDERED
    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {file: Rendered(**row) for file, row in table.items()}


def source_hash(prompt: Prompt, say: Callable[[str, str], str]) -> str:
    """SHA-256 of everything a prompt is made from; `say(word, language)` gives a sentence.

    A sentence is looked up in the prompt's own language, also where another voice speaks it.
    """
    recipe = {
        "sentences": [
            [say(part.word, prompt.language), part.voice, part.speed] for part in prompt.spoken
        ],
        "tone": [prompt.tone_hz, prompt.seconds],
        "trim": prompt.trim,
    }
    text = json.dumps(recipe, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sound_hash(path: Path) -> str:
    """SHA-256 of a sound file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _of_language(table: dict[str, Any], language: str) -> dict[str, Prompt]:
    rows = table["prompts"] | table.get("only", {}).get(language, {})
    return {key: _prompt(table, key, language, row) for key, row in rows.items()}


def _prompt(table: dict[str, Any], key: str, language: str, row: dict[str, Any]) -> Prompt:
    return Prompt(
        key=key,
        language=language,
        spoken=tuple(_spoken(table, word, language, row) for word in row.get("words", ())),
        tone_hz=row.get("tone_hz", 0),
        seconds=row.get("seconds", 0.0),
        most_seconds=row.get("most_seconds", 8.0),
        trim=row.get("trim", False),
    )


def _spoken(table: dict[str, Any], word: str, language: str, row: dict[str, Any]) -> SpokenSentence:
    tongue = table.get("spoken_in", {}).get(word, language)
    voice = table["voices"][tongue]
    return SpokenSentence(word, tongue, voice["voice"], row.get("speed", voice["speed"]))
