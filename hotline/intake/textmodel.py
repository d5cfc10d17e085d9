"""A linear model over tokens of texts, fitted in closed form; alone in knowing sklearn."""

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


class TextModel:
    """Ridge regression of labels on tokens, kept in its dual form (one row a sentence)."""

    def __init__(
        self, texts: Sequence[str], labels: Sequence[int], views: Sequence[View], softness: float
    ) -> None:
        """Fit; the same sentences always give the same model."""
        self._views = tuple(views)
        self._vectorizers = [
            TfidfVectorizer(analyzer=_given, sublinear_tf=True, dtype=np.float32) for _ in views
        ]
        tokens = [[view.tokens(text) for text in texts] for view in views]
        for vectorizer, said in zip(self._vectorizers, tokens, strict=True):
            vectorizer.fit(said)
        self._names = np.concatenate([v.get_feature_names_out() for v in self._vectorizers])
        self._sentences = self._joined(tokens)
        targets = np.zeros((len(texts), max(labels) + 1), dtype=np.float32)
        targets[np.arange(len(texts)), list(labels)] = 1.0
        kernel = (self._sentences @ self._sentences.T).toarray()
        kernel[np.diag_indices_from(kernel)] += softness
        self._shares: Floats = solve(
            kernel, targets, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False
        )

    def scores(self, text: str) -> Floats:
        """How much each label is spoken for, roughly 0..1."""
        likeness = (self._vector(text) @ self._sentences.T).toarray()
        given: Floats = (likeness @ self._shares)[0]
        return given

    def tokens_for(self, text: str, label: int, count: int) -> list[str]:
        """The tokens of the text that speak most for a label, the strongest first."""
        vector = self._vector(text)
        weights = self._sentences.T @ self._shares[:, label]
        gains = vector.data * weights[vector.indices]
        order = np.argsort(-gains)[:count]
        return [str(self._names[vector.indices[at]]) for at in order if gains[at] > 0]

    def _vector(self, text: str) -> csr_matrix:
        return self._joined([[view.tokens(text)] for view in self._views])

    def _joined(self, tokens: Sequence[Sequence[list[str]]]) -> csr_matrix:
        parts = [
            vectorizer.transform(said) * view.weight
            for vectorizer, view, said in zip(self._vectorizers, self._views, tokens, strict=True)
        ]
        return csr_matrix(hstack(parts), dtype=np.float32)


def _given(tokens: list[str]) -> list[str]:
    return tokens
