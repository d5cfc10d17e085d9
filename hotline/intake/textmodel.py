"""A linear model over tokens of texts, fitted in closed form; alone in knowing sklearn."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

Tokens = Callable[[str], list[str]]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at a text: its tokens and how much they count."""

    tokens: Tokens
    weight: float


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """A text as numbers: which tokens it has, by index, and how much each counts."""

    indices: NDArray[np.int64]
    values: Floats


class TextModel:
    """Ridge regression of labels on tokens, kept in its dual form (one row a sentence)."""

    def __init__(
        self, texts: Sequence[str], labels: Sequence[int], views: Sequence[View], softness: float
    ) -> None:
        """Fit; the same sentences always give the same model."""
        self._views = tuple(_FittedView(view, texts) for view in views)
        self._starts = np.cumsum([0, *(len(view.names) for view in self._views)])
        self._names = [name for view in self._views for name in view.names]
        sentences = csr_matrix(hstack([view.matrix for view in self._views]), dtype=np.float32)
        targets = np.zeros((len(texts), max(labels) + 1), dtype=np.float32)
        targets[np.arange(len(texts)), list(labels)] = 1.0
        kernel = (sentences @ sentences.T).toarray()
        kernel[np.diag_indices_from(kernel)] += softness
        self._shares: Floats = solve(
            kernel, targets, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False
        )
        self._by_token = csr_matrix(sentences.T)

    def look(self, text: str) -> FeatureVector:
        """Turn a text into numbers, once for all that is asked of it."""
        parts = [view.look(text) for view in self._views]
        shifted = [part.indices + start for part, start in zip(parts, self._starts, strict=False)]
        return FeatureVector(
            np.concatenate(shifted), np.concatenate([part.values for part in parts])
        )

    def scores(self, looked: FeatureVector) -> Floats:
        """How much each label is spoken for, roughly 0..1."""
        likeness = looked.values @ self._by_token[looked.indices]
        given: Floats = likeness @ self._shares
        return given

    def tokens_for(self, looked: FeatureVector, label: int, count: int) -> list[str]:
        """The tokens of the text that speak most for a label, the strongest first."""
        gains = looked.values * (self._by_token[looked.indices] @ self._shares[:, label])
        order = np.argsort(-gains)[:count]
        return [self._names[looked.indices[at]] for at in order if gains[at] > 0]


class _FittedView:
    """The tokens that a view has seen, and how rare each is."""

    def __init__(self, view: View, texts: Sequence[str]) -> None:
        self._view = view
        vectorizer = TfidfVectorizer(analyzer=view.tokens, sublinear_tf=True, dtype=np.float32)
        self.matrix = vectorizer.fit_transform(texts) * view.weight
        self.names = [str(name) for name in vectorizer.get_feature_names_out()]
        self._index: dict[str, int] = {name: at for at, name in enumerate(self.names)}
        self._rarity: Floats = vectorizer.idf_

    def look(self, text: str) -> FeatureVector:
        counts = Counter(token for token in self._view.tokens(text) if token in self._index)
        indices = np.array([self._index[token] for token in counts], dtype=np.int64)
        times = np.array(list(counts.values()), dtype=np.float32)
        values = (1 + np.log(times)) * self._rarity[indices]
        length = float(np.linalg.norm(values)) or 1.0
        return FeatureVector(indices, (values * (self._view.weight / length)).astype(np.float32))
