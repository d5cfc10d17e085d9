"""A linear model over tokens of texts, fitted in closed form; alone in knowing sklearn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
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
        self._vectorizers = [_fitted(view.tokens, texts) for view in views]
        self._names = np.concatenate([v.get_feature_names_out() for v in self._vectorizers])
        self._sentences: csr_matrix = self._vectors(texts)
        targets = np.zeros((len(texts), max(labels) + 1), dtype=np.float32)
        targets[np.arange(len(texts)), list(labels)] = 1.0
        kernel = (self._sentences @ self._sentences.T).toarray().astype(np.float32)
        kernel[np.diag_indices_from(kernel)] += softness
        self._shares: Floats = np.linalg.solve(kernel, targets)

    def scores(self, text: str) -> Floats:
        """How much each label is spoken for, roughly 0..1."""
        likeness = np.asarray((self._vectors([text]) @ self._sentences.T).todense())
        given: Floats = (likeness @ self._shares)[0]
        return given

    def tokens_for(self, text: str, label: int, count: int = 4) -> list[str]:
        """The tokens of the text that speak most for a label."""
        vector = self._vectors([text])
        weights = self._sentences.T @ self._shares[:, label]
        gains = vector.data * weights[vector.indices]
        order = np.argsort(-gains)[: count * 4]
        return [str(self._names[vector.indices[at]]) for at in order if gains[at] > 0]

    def _vectors(self, texts: Sequence[str]) -> csr_matrix:
        parts = [
            vectorizer.transform(texts) * view.weight
            for vectorizer, view in zip(self._vectorizers, self._views, strict=True)
        ]
        return csr_matrix(hstack(parts), dtype=np.float32)


def _fitted(tokens: Tokens, texts: Sequence[str]) -> TfidfVectorizer:
    vectorizer = TfidfVectorizer(analyzer=tokens, sublinear_tf=True, dtype=np.float32)
    vectorizer.fit(texts)
    return vectorizer
