"""A linear model over tokens of texts, as it stands once it is fitted."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

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


@dataclass(frozen=True, slots=True)
class FittedModel:
    """What fitting gives: each view's tokens and how rare each is; sentences by token, shares.

    `by_token` has a row a token of all views together and a column a sentence, `shares` a row a
    sentence and a column a label.
    """

    names: tuple[tuple[str, ...], ...]
    rarity: tuple[Floats, ...]
    by_token: csr_matrix
    shares: Floats


Fit = Callable[[], FittedModel]
Keep = Callable[[str, Fit], FittedModel]
"""Gives the fitted model of a key: one that was kept, or what fitting gives."""


def fit_anew(_key: str, fit: Fit) -> FittedModel:
    """Keep nothing."""
    return fit()


class TextModel:
    """Ridge regression of labels on tokens, kept in its dual form (one row a sentence)."""

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[int],
        views: Sequence[View],
        softness: float,
        keep: Keep = fit_anew,
    ) -> None:
        """Fit; the same sentences always give the same model."""

        def fit() -> FittedModel:
            # By its name: what only fits is costly to load, and mostly the model was kept.
            fitting = import_module("hotline.intake.fitting")
            fitted: FittedModel = fitting.fit(texts, labels, views, softness)
            return fitted

        fitted = keep(_key(texts, labels, views, softness), fit)
        parts = zip(views, fitted.names, fitted.rarity, strict=True)
        self._views = tuple(_FittedView(*part) for part in parts)
        self._starts = np.cumsum([0, *map(len, fitted.names)])
        self._names = [name for names in fitted.names for name in names]
        self._shares = fitted.shares
        self._by_token = fitted.by_token

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


def _key(
    texts: Sequence[str], labels: Sequence[int], views: Sequence[View], softness: float
) -> str:
    """Name what is fitted; how a view takes a text apart is not in it."""
    given = (list(texts), list(labels), [view.weight for view in views], softness)
    return hashlib.sha256(repr(given).encode("utf-8", "surrogatepass")).hexdigest()


class _FittedView:
    """The tokens that a view has seen, and how rare each is."""

    def __init__(self, view: View, names: Sequence[str], rarity: Floats) -> None:
        self._view = view
        self._index: dict[str, int] = {name: at for at, name in enumerate(names)}
        self._rarity = rarity

    def look(self, text: str) -> FeatureVector:
        counts = Counter(token for token in self._view.tokens(text) if token in self._index)
        indices = np.array([self._index[token] for token in counts], dtype=np.int64)
        times = np.array(list(counts.values()), dtype=np.float32)
        values = (1 + np.log(times)) * self._rarity[indices]
        length = float(np.linalg.norm(values)) or 1.0
        return FeatureVector(indices, (values * (self._view.weight / length)).astype(np.float32))
