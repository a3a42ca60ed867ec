"""Vectors whose leading directions count less: half-whitened.

A few directions (register, length, the subject that everybody writes about) hold much of the
variance of sentence vectors and make all texts alike (Mu & Viswanath 2018). Whitening (Su et al.
2021) divides each principal component by the root of its eigenvalue, which lifts noise as well;
half of it, the fourth root, keeps what the large components say about the subject.
"""

from __future__ import annotations

import numpy as np

from nlp.narratives.vectors.debiasing import Vectors, l2_normalised

COMPONENTS = 200
_MIN_TEXTS = 1_000
"""Texts below which the eigenvalues are drawn towards their mean: few texts tell them badly."""
_BLOCK = 8_192


def half_whitened(
    vectors: Vectors, components: int = COMPONENTS, directions: Vectors | None = None
) -> Vectors:
    """Principal components over the fourth root of their eigenvalues, rows at length 1.

    Args:
        vectors: float32 (n, d), centred, rows at length 1.
        components: kept at most; all where d is smaller.
        directions: of these vectors, where `whitening_directions` were found before.

    Returns:
        float32 (n, min(components, d)). A row of zeros stays.
    """
    n = len(vectors)
    if not n:
        return vectors[:, :components]
    if directions is None:
        directions = whitening_directions(vectors)
    kept = np.ascontiguousarray(directions[:, :components])
    whitened = np.empty((n, kept.shape[1]), np.float32)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        whitened[block] = l2_normalised(vectors[block] @ kept)
    return whitened


def whitening_directions(vectors: Vectors) -> Vectors:
    """float32 (d, d): principal directions over the fourth root of eigenvalues, largest first."""
    n, d = vectors.shape
    second_moments = np.zeros((d, d))
    for start in range(0, n, _BLOCK):
        block = vectors[start : start + _BLOCK]
        second_moments += block.T @ block
    values, directions = np.linalg.eigh(second_moments / max(n, 1))
    values, directions = values[::-1], directions[:, ::-1]
    share = n / (n + _MIN_TEXTS) if n < _MIN_TEXTS else 1.0
    values = share * values + (1 - share) * values.mean()
    return np.asarray(directions / np.maximum(values, 1e-9) ** 0.25, np.float32)
