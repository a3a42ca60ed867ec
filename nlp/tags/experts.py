"""What a head reads of a post: its vector, linearly and not, and its characters and words.

Three logistic regressions, each over one view:

- ``vector``: the standardised vector, once for all languages and once more for the post's own, so
  that languages share what they have in common and differ where they do (Daumé 2007, *Frustratingly
  Easy Domain Adaptation*);
- ``curved``: a radial kernel by the Nyström method, with the centres of clusters as landmarks
  (Zhang, Tsang & Kwok 2008, *Improved Nyström Low-Rank Approximation*): no post's vector is kept;
- ``text``: tf-idf of 2 to 6 characters within words, and of one and two words, each counted by how
  much oftener posts of a class have it (`nlp.tags.terms`).

Each gives log odds, a row a post and a column a class. What they learn is plain arrays and word
lists: nothing that is run when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.tags.terms import (
    Arrays,
    Floats,
    class_ratios,
    fit_terms,
    pack_words,
    term_features,
    unpack_words,
)

EXPERTS = ("vector", "curved", "text")
DESCRIBED = "described"
"""Likeness to the descriptions of the classes: see `nlp.labelling.descriptions`."""
OWN_LANGUAGE_FROM = 100
"""Labels from which a language has weights of its own."""
LANDMARKS = 500
"""Centres of clusters that a kernel is made of, at most, and at most one for four labels."""
CURVED_FROM = 300
"""Labels below which a curve would only follow noise."""
_STRENGTH = {"vector": 0.003, "curved": 3.0, "text": 2.0}
"""Inverse strength of the L2 penalty, by cross-validation on tweets of eight languages."""
_GAMMA = 1.0
_NEVER = -6.0
"""Log odds of a label that no example has."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Posts as a head reads them, row by row: float32 (n, d), texts, ISO 639 codes."""

    vectors: Floats
    texts: Sequence[str]
    languages: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Inputs:
        """Some of the rows."""
        return Inputs(
            self.vectors[rows],
            [self.texts[row] for row in rows],
            [self.languages[row] for row in rows],
        )


def fit(name: str, inputs: Inputs, truth: NDArray[np.bool_], single: bool, seed: int) -> Arrays:
    """What an expert learns of examples.

    Args:
        name: one of `EXPERTS`.
        inputs: n posts.
        truth: (n, k), which classes each post has.
        single: exactly one class a post.
        seed: of the random features.
    """
    arrays: Arrays = {}
    if name == "text":
        arrays |= fit_terms(inputs.texts)
    else:
        mean = inputs.vectors.mean(axis=0, dtype=np.float64)
        deviation = inputs.vectors.std(axis=0, dtype=np.float64)
        arrays["mean"] = mean.astype(np.float32)
        arrays["scale"] = (1 / np.maximum(deviation, 1e-6)).astype(np.float32)
        if name == "vector":
            arrays["languages"] = _own_languages(inputs.languages)
        else:
            arrays |= _fit_landmarks(_standard(arrays, inputs.vectors), seed)
    features = _features(name, arrays, inputs)
    if name == "text":
        weights, bias = _regress_on_ratios(features, truth, _STRENGTH[name])
    else:
        weights, bias = _regress(features, truth, single, _STRENGTH[name])
    return arrays | {"weights": weights, "bias": bias}


def log_odds(name: str, arrays: Mapping[str, NDArray[Any]], inputs: Inputs) -> Floats:
    """float32 (n, k): log odds of each class up to a constant a row."""
    scores = _features(name, arrays, inputs) @ arrays["weights"].T + arrays["bias"]
    return np.asarray(scores, np.float32)


def _features(name: str, arrays: Mapping[str, NDArray[Any]], inputs: Inputs) -> Any:
    if name == "text":
        return term_features(arrays, inputs.texts)
    if name == DESCRIBED:
        return inputs.vectors - arrays["centre"]
    standard = _standard(arrays, inputs.vectors)
    if name == "vector":
        return _with_own_language(standard, inputs.languages, unpack_words(arrays["languages"]))
    return _kernel(standard, arrays["landmarks"]) @ arrays["whitening"]


# -- vectors


def _standard(arrays: Mapping[str, NDArray[Any]], vectors: Floats) -> Floats:
    standard: Floats = (vectors - arrays["mean"]) * arrays["scale"]
    return standard


def _fit_landmarks(standard: Floats, seed: int) -> Arrays:
    """Centres of clusters, and what makes their kernel the unit matrix."""
    from sklearn.cluster import MiniBatchKMeans

    number = min(LANDMARKS, max(1, len(standard) // 4))
    clusters = MiniBatchKMeans(
        number, random_state=seed, batch_size=2_048, n_init=1, max_iter=5, reassignment_ratio=0.0
    )
    landmarks = clusters.fit(standard).cluster_centers_.astype(np.float32)
    values, directions = np.linalg.eigh(_kernel(landmarks, landmarks).astype(np.float64))
    whitening = directions / np.sqrt(np.maximum(values, 1e-6))
    return {"landmarks": landmarks, "whitening": whitening.astype(np.float32)}


def _kernel(vectors: Floats, landmarks: Floats) -> Floats:
    """exp(-g |x - y|^2 / d)."""
    squared = (
        (vectors**2).sum(axis=1)[:, None]
        + (landmarks**2).sum(axis=1)[None, :]
        - 2 * vectors @ landmarks.T
    )
    kernel: Floats = np.exp(-_GAMMA / vectors.shape[1] * np.maximum(squared, 0))
    return kernel


def _own_languages(languages: Sequence[str]) -> NDArray[np.uint8]:
    codes, counts = np.unique(np.array(languages, dtype=str), return_counts=True)
    own = [str(code) for code, n in zip(codes, counts, strict=True) if n >= OWN_LANGUAGE_FROM]
    return pack_words(own if len(own) > 1 else [])


def _with_own_language(vectors: Floats, languages: Sequence[str], own: Sequence[str]) -> Any:
    """The vectors, and once more in the columns of the post's language."""
    if not own:
        return vectors
    rows, width = vectors.shape
    place = {code: number + 1 for number, code in enumerate(own)}
    block = np.array([place.get(code, 0) for code in languages], np.int64)
    columns = np.arange(width)
    second = block[:, None] * width + columns
    indices = np.hstack([np.broadcast_to(columns, (rows, width)), second])
    known = (block > 0)[:, None]
    values = np.hstack([vectors, vectors * known])
    starts = np.arange(0, 2 * width * rows + 1, 2 * width)
    shape = (rows, width * (len(own) + 1))
    matrix = sparse.csr_matrix((values.ravel(), indices.ravel(), starts), shape=shape)
    matrix.sum_duplicates()  # of unknown languages both copies stand in the same columns
    return matrix


# -- regression


def _regress(
    features: Any, truth: NDArray[np.bool_], single: bool, strength: float
) -> tuple[Floats, Floats]:
    """Weights (k, f) and bias (k) of logistic regressions."""
    classes, width = truth.shape[1], features.shape[1]
    weights, bias = np.zeros((classes, width), np.float32), np.full(classes, _NEVER, np.float32)
    if not width:
        return weights, np.log(np.maximum(truth.mean(axis=0), 1e-3)).astype(np.float32)
    if single:
        present = np.flatnonzero(truth.any(axis=0))
        if len(present) == 1:
            bias[present] = 0
            return weights, bias
        model = _logistic(strength).fit(features, truth.argmax(axis=1))
        if len(present) == 2:
            weights[present[1]], bias[present[1]] = model.coef_[0], model.intercept_[0]
            bias[present[0]] = 0
        else:
            weights[present], bias[present] = model.coef_, model.intercept_
        return weights, bias
    for label in range(classes):
        if 0 < truth[:, label].sum() < len(truth):
            model = _logistic(strength).fit(features, truth[:, label])
            weights[label], bias[label] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _regress_on_ratios(
    features: Any, truth: NDArray[np.bool_], strength: float
) -> tuple[Floats, Floats]:
    """The same, each class against the others, of features that count by `class_ratios`.

    The ratios are multiplied into the weights.
    """
    from sklearn.linear_model import LogisticRegression

    classes, width = truth.shape[1], features.shape[1]
    weights, bias = np.zeros((classes, width), np.float32), np.full(classes, _NEVER, np.float32)
    if not width:
        return weights, np.log(np.maximum(truth.mean(axis=0), 1e-3)).astype(np.float32)
    exact = features.astype(np.float64)
    for label in range(classes):
        if 0 < truth[:, label].sum() < len(truth):
            ratios = class_ratios(features, truth[:, label])
            model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, solver="liblinear")
            model.fit(exact.multiply(ratios).tocsr(), truth[:, label])
            weights[label], bias[label] = model.coef_[0] * ratios, model.intercept_[0]
    return weights, bias


def _logistic(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)
