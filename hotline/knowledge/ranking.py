"""Finding the articles that words mean: typed ones, letters of pinyin, or what a caller says.

Words count by how rare they are and where they stand (BM25 over weighted fields). Chinese is cut
into pairs of characters, and once more into pairs of syllables without tones and without what a
telephone line swallows: so a recogniser's wrong character finds its article, too.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hotline.knowledge.article import Article
from hotline.pinyin import spelled, syllables

# Of a long talk the end counts: so many characters.
HEARD: Final = 400
# What a word weighs in each part of an article.
_WEIGHTS: Final = (
    ("title", 3.0),
    ("words", 3.0),
    ("questions", 2.0),
    ("answer", 1.0),
    ("body", 0.4),
    ("title_en", 3.0),
    ("answer_en", 1.0),
    ("body_en", 0.4),
)
# What sounds count beside characters: they are said by chance more often.
_SOUND: Final = 0.5
_SOUNDED: Final = ("title", "words", "questions")
# The class that was chosen weighs as much as a few rare words.
_CLASS: Final = 4.0
_LETTERS: Final = 8.0
_LETTERS_WITHIN: Final = 3.0
_SATURATION: Final = 1.2
_LENGTH: Final = 0.5
_HANZI: Final = re.compile(r"[\u3400-\u9fff]+")
_LATIN: Final = re.compile(r"[a-z0-9]+")
_SAME_INITIAL: Final = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "h": "f"}
_SAME_FINAL: Final = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan"}


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article that is found, and how well."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class _Placed:
    """An article in the index: its place among the scores, its words, how it is spelled."""

    place: int
    weights: dict[str, float]
    matters: frozenset[str]
    letters: str
    initials: str


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article made ready for the index: that takes the time."""

    id: str
    weights: dict[str, float]
    matters: frozenset[str]
    letters: str
    initials: str


def read_article(article: Article) -> ReadArticle:
    """Make an article ready for the index."""
    weights: defaultdict[str, float] = defaultdict(float)
    for name, weight in _WEIGHTS:
        said = getattr(article, name)
        for text in (said,) if isinstance(said, str) else said:
            for term in _terms(text):
                weights[term] += weight
    for text in _sounded_texts(article):
        for term in _sounds(text):
            weights[term] += 1.0
    phrases = [spelled(text) for text in (article.title, *article.words)]
    return ReadArticle(
        article.id,
        dict(weights),
        frozenset(article.matters),
        "|" + "|".join(whole for whole, _ in phrases),
        "|" + "|".join(first for _, first in phrases),
    )


def _sounded_texts(article: Article) -> Iterator[str]:
    for name in _SOUNDED:
        said = getattr(article, name)
        yield from (said,) if isinstance(said, str) else said


@dataclass(slots=True)
class ArticleIndex:
    """Articles ready to be found; in memory, changed one by one."""

    entries: dict[str, _Placed] = field(default_factory=dict)
    # By word: the weight in each article, by its place.
    postings: dict[str, dict[int, float]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    _arrays: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = field(default_factory=dict)
    _damping: NDArray[np.float64] | None = None

    def put(self, read: ReadArticle) -> None:
        """Take an article in, in the stead of what was known of it."""
        self.drop(read.id)
        place = len(self.ids)
        self.ids.append(read.id)
        self.lengths.append(sum(read.weights.values()))
        for term, weight in read.weights.items():
            self.postings.setdefault(term, {})[place] = weight
            self._arrays.pop(term, None)
        self.entries[read.id] = _Placed(
            place, read.weights, read.matters, read.letters, read.initials
        )
        self._damping = None

    def drop(self, ident: str) -> None:
        """Let go of an article; of one that is not there nothing."""
        entry = self.entries.pop(ident, None)
        if entry is None:
            return
        for term in entry.weights:
            rows = self.postings[term]
            del rows[entry.place]
            if not rows:
                del self.postings[term]
            self._arrays.pop(term, None)
        self.lengths[entry.place] = 0.0
        self._damping = None

    def ranked(
        self,
        text: str,
        matters: Collection[str],
        most: int,
        *,
        among: Collection[str],
        floor: float = 0.0,
    ) -> list[ArticleHit]:
        """Give the articles that some words and classes mean, the likeliest first.

        Only those `among` are given; none that shares nothing with the words, nor one that is worth
        less than a share (`floor`) of the best. Without words those of the classes are.
        """
        scores = np.zeros(len(self.ids))
        self._add_words(scores, text[-HEARD:].lower())
        self._add_letters(scores, text.strip().lower())
        for code in matters:
            self._add_class(scores, code)
        found: list[ArticleHit] = []
        for place in np.argsort(-scores, kind="stable").tolist():
            least = floor * found[0].score if found else 0.0
            if len(found) == most or scores[place] <= 0 or scores[place] < least:
                break
            if self.ids[place] in among:
                found.append(ArticleHit(self.ids[place], float(scores[place])))
        return found

    def _add_words(self, scores: NDArray[np.float64], text: str) -> None:
        damping = self._damped()
        for terms, share in ((_terms(text), 1.0), (_sounds(text), _SOUND)):
            for term in set(terms):
                rows = self._rows(term)
                if rows is None:
                    continue
                places, weights = rows
                many = len(self.entries)
                rare = math.log(1 + (many - len(places) + 0.5) / (len(places) + 0.5))
                saturated = weights * (_SATURATION + 1) / (weights + damping[places])
                scores[places] += share * rare * saturated

    def _add_letters(self, scores: NDArray[np.float64], typed: str) -> None:
        """Letters alone are pinyin, whole or by its beginnings."""
        letters = "".join(typed.split())
        if len(letters) < 2 or not _LATIN.fullmatch(letters):
            return
        for entry in self.entries.values():
            if f"|{letters}" in entry.letters or f"|{letters}" in entry.initials:
                scores[entry.place] += _LETTERS
            elif letters in entry.letters or letters in entry.initials:
                scores[entry.place] += _LETTERS_WITHIN

    def _add_class(self, scores: NDArray[np.float64], code: str) -> None:
        for entry in self.entries.values():
            if code in entry.matters:
                scores[entry.place] += _CLASS

    def _rows(self, term: str) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        if term not in self._arrays:
            rows = self.postings.get(term)
            if rows is None:
                return None
            self._arrays[term] = (
                np.fromiter(rows.keys(), dtype=np.int64, count=len(rows)),
                np.fromiter(rows.values(), dtype=np.float64, count=len(rows)),
            )
        return self._arrays[term]

    def _damped(self) -> NDArray[np.float64]:
        if self._damping is None:
            lengths = np.array(self.lengths)
            mean = lengths.sum() / max(len(self.entries), 1) or 1.0
            self._damping = _SATURATION * (1 - _LENGTH + _LENGTH * lengths / mean)
        return self._damping


def index_of(articles: Iterable[Article]) -> ArticleIndex:
    """Give an index of some articles."""
    index = ArticleIndex()
    for one in articles:
        index.put(read_article(one))
    return index


def _terms(text: str) -> list[str]:
    """Cut a text into words: pairs of neighbouring characters, and what is written in letters."""
    said = text.lower()
    found = list(_LATIN.findall(said))
    for run in _HANZI.findall(said):
        found += [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]
    return found


def _sounds(text: str) -> list[str]:
    """Cut a text into pairs of syllables as a bad line lets them through."""
    found: list[str] = []
    for run in _HANZI.findall(text):
        heard = [_coarse(one) for one in run]
        found += [f"~{one} {other}" for one, other in pairwise(heard)]
    return found


@lru_cache(maxsize=30_000)
def _coarse(character: str) -> str:
    """How a character sounds by itself: to look at its neighbours takes a hundred times as long."""
    [one] = syllables(character)
    if one is None:
        return character
    return _SAME_INITIAL.get(one.initial, one.initial) + _SAME_FINAL.get(one.final, one.final)
