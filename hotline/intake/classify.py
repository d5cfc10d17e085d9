"""Which classes a text speaks for, and whether it is a matter of urban management at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotline.intake.features import Concepts, characters, sound_of, sounds
from hotline.intake.lexicon import Lexicon, Sayings, Speech
from hotline.intake.normalise import plain
from hotline.intake.result import Candidate
from hotline.intake.textmodel import FeatureVector, Keep, TextModel, View, fit_anew
from hotline.matching import Hit, Phrases

SOUND_WEIGHT = 0.5
CONCEPT_WEIGHT = 0.65
SOFTNESS = 0.5
NAME_WEIGHT = 0.05  # what a name of the matter adds for each of its characters, up to four
HEARD_SHARE = 0.6  # of that, for a name that only sounds alike
MAX_NAME_LENGTH = 4
MADE_SENTENCES = 2  # of names and faults put together, for each matter
WORDS = 4


@dataclass(frozen=True, slots=True)
class Classification:
    """The likeliest classes, and the likeliest reason of being out of scope with its score."""

    classes: tuple[Candidate, ...]
    reason: str
    reason_score: float


class Classifier:
    """Judges texts by example sentences and by names; the same words always judge the same."""

    def __init__(self, lexicon: Lexicon, names: Mapping[str, str], keep: Keep = fit_anew) -> None:
        """Take the words of an edition; `names` are the classes' own names by code."""
        self._speech = lexicon.speech
        said = {code: lexicon.matters.get(code, Sayings()) for code in names}
        self._codes = tuple(names)
        self._reasons = tuple(lexicon.reasons)
        sayings = [*said.values(), *lexicon.reasons.values()]
        official = [(name,) for name in names.values()] + [()] * len(self._reasons)
        texts: list[str] = []
        labels: list[int] = []
        for label, (one, own) in enumerate(zip(sayings, official, strict=True)):
            made = [plain(text, self._speech) for text in (*one.says, *_made(one), *own)]
            texts += made
            labels += [label] * len(made)
        views = (
            View(characters, 1.0),
            View(sounds, SOUND_WEIGHT),
            View(Concepts(self._speech.concepts), CONCEPT_WEIGHT),
        )
        self._model = TextModel(texts, labels, views, SOFTNESS, keep)
        self._named = _NameTable(sayings, self._speech)
        self._faults = [[plain(fault, self._speech) for fault in one.faults] for one in sayings]
        spoken = (name for one in sayings for name in (*one.names, *one.faults))
        self._whole = {plain(name, self._speech) for name in spoken}
        self._whole |= {word for known in self._speech.concepts.values() for word in known}

    def judge(self, text: str, count: int = 3) -> Classification:
        """Give the likeliest classes of a text, best first, and how far it is out of scope."""
        said = plain(text, self._speech)
        hits = self._named.hits(said)
        looked = self._model.look(said)
        scores = self._scores(looked, hits)
        without = self._named.without_places(said)
        if without != said:
            other = self._scores(self._model.look(without), self._named.hits(without))
            scores = np.mean([scores, other], axis=0, dtype=np.float32)
        matters, reasons = scores[: len(self._codes)], scores[len(self._codes) :]
        best = [int(at) for at in np.argsort(-matters)[:count]]
        classes = tuple(
            Candidate(self._codes[at], _share(matters[at]), self._words(said, looked, at, hits))
            for at in best
            if matters[at] > 0
        )
        worst = int(np.argmax(reasons)) if len(self._reasons) else -1
        if worst < 0:
            return Classification(classes, "", 0.0)
        return Classification(classes, self._reasons[worst], _share(reasons[worst]))

    def _scores(self, looked: FeatureVector, hits: Sequence["_NameHit"]) -> NDArray[np.float32]:
        return self._model.scores(looked) + NAME_WEIGHT * self._named.gains(hits)

    def _words(
        self, said: str, looked: FeatureVector, label: int, hits: Sequence["_NameHit"]
    ) -> tuple[str, ...]:
        """What in the text spoke for a label: its names first, then faults, then other words.

        The model counts stretches of characters, and names are heard in others that sound like
        them; only what is a word as it stands is told to people.
        """
        found = [said[hit.start : hit.end] for hit in hits if label in hit.labels]
        found += [fault for fault in self._faults[label] if len(fault) > 1 and fault in said]
        found += [one for one in self._model.tokens_for(looked, label, WORDS * 4) if one in said]
        whole = (word for word in found if word in self._whole)
        return tuple(_without_parts(whole)[:WORDS])


@dataclass(frozen=True, slots=True)
class _NameHit:
    start: int
    end: int
    labels: frozenset[int]
    share: float


class _NameTable:
    """Finds the names of matters and reasons in a text, written or only sounding alike."""

    def __init__(self, sayings: Sequence[Sayings], speech: Speech) -> None:
        written: dict[str, set[int]] = {}
        heard: dict[str, set[int]] = {}
        for label, one in enumerate(sayings):
            for name in one.names:
                known = plain(name, speech)
                written.setdefault(known, set()).add(label)
                if len(known) > 1:
                    heard.setdefault(sound_of(known), set()).add(label)
        self._count = len(sayings)
        self._beside = speech.beside
        self._written = {name: frozenset(labels) for name, labels in written.items()}
        self._heard = {name: frozenset(labels) for name, labels in heard.items()}
        self._written_phrases = Phrases(self._written)
        self._heard_phrases = Phrases(self._heard)

    def hits(self, said: str) -> list[_NameHit]:
        """Names in the text, those that are written so first."""
        found = [
            _NameHit(hit.start, hit.end, self._written[hit.phrase], _worth(hit))
            for hit in self._written_phrases.longest_in(said)
        ]
        found += [
            _NameHit(hit.start, hit.end, self._heard[hit.phrase], HEARD_SHARE * _worth(hit))
            for hit in self._heard_phrases.longest_in(sound_of(said))
        ]
        return found

    def without_places(self, said: str) -> str:
        """Leave out things that only say where: the lift in "at the lift's door"."""
        rest = said
        for hit in reversed(self._written_phrases.longest_in(said)):
            word = next((word for word in self._beside if said.startswith(word, hit.end)), "")
            if word and hit.end - hit.start > 1:
                rest = f"{rest[: hit.start]} {rest[hit.end + len(word) :]}"
        return rest

    def gains(self, hits: Iterable[_NameHit]) -> NDArray[np.float32]:
        """What the names add for each label: the best name counts, shared among its labels."""
        gains = np.zeros(self._count, dtype=np.float32)
        for hit in hits:
            share = hit.share / len(hit.labels) ** 0.5
            for label in hit.labels:
                gains[label] = max(gains[label], share)
        return gains


def _worth(hit: Hit) -> float:
    return float(min(MAX_NAME_LENGTH, hit.end - hit.start))


def _made(one: Sayings) -> list[str]:
    """Short sentences of names and faults, as a list of what people call it would read."""
    if one.names and one.faults:
        count = min(MADE_SENTENCES, max(len(one.names), len(one.faults)))
        return [
            one.names[at % len(one.names)] + one.faults[at % len(one.faults)] for at in range(count)
        ]
    return [" ".join(one.names[at::4]) for at in range(4)] if one.names else []


def _share(score: float) -> float:
    return round(float(min(1.0, max(0.0, score))), 3)


def _without_parts(words: Iterable[str]) -> list[str]:
    """Leave out a word that stands in one already taken."""
    kept: list[str] = []
    for word in words:
        if word.strip() and not any(word in other for other in kept):
            kept = [other for other in kept if other not in word] + [word]
    return kept
