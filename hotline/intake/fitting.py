"""Fits a model of texts in closed form; alone in knowing sklearn, and loaded only to fit."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from hotline.intake.textmodel import FittedModel, Floats, View


def fit(
    texts: Sequence[str], labels: Sequence[int], views: Sequence[View], softness: float
) -> FittedModel:
    """Fit labels to texts, seen in several ways."""
    names: list[tuple[str, ...]] = []
    rarity: list[Floats] = []
    seen = []
    for view in views:
        vectorizer = TfidfVectorizer(analyzer=view.tokens, sublinear_tf=True, dtype=np.float32)
        seen.append(vectorizer.fit_transform(texts) * view.weight)
        names.append(tuple(str(name) for name in vectorizer.get_feature_names_out()))
        rarity.append(vectorizer.idf_)
    sentences = csr_matrix(hstack(seen), dtype=np.float32)
    targets = np.zeros((len(texts), max(labels) + 1), dtype=np.float32)
    targets[np.arange(len(texts)), list(labels)] = 1.0
    kernel = (sentences @ sentences.T).toarray()
    kernel[np.diag_indices_from(kernel)] += softness
    shares: Floats = solve(
        kernel, targets, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False
    )
    return FittedModel(tuple(names), tuple(rarity), csr_matrix(sentences.T), shares)
