"""Vectors whose leading directions count less: half-whitened.

A few directions (register, length, the subject that everybody writes about) hold much of the
variance of sentence vectors and make all texts alike (Mu & Viswanath 2018). Whitening (Su et al.
2021) divides each principal component by the root of its eigenvalue, which lifts noise as well;
half of it, the fourth root, keeps what the large components say about the subject.
"""

from __future__ import annotations

import numpy as np

from nlp.narratives.debiasing import Vectors, l2_normalised

COMPONENTS = 200
_MIN_TEXTS = 1_000
"""Texts below which the eigenvalues are drawn towards their mean: few texts tell them badly."""
_BLOCK = 8_192


def half_whitened(vectors: Vectors, components: int = COMPONENTS) -> Vectors:
    """Principal components over the fourth root of their eigenvalues, rows at length 1.

    Args:
        vectors: float32 (n, d), centred, rows at length 1.
        components: kept at most; all where d is smaller.

    Returns:
        float32 (n, min(components, d)). A row of zeros stays.
    """
    n, d = vectors.shape
    if not n:
        return vectors[:, :components]
    second_moments = vectors.T.astype(np.float64) @ vectors / n
    values, directions = np.linalg.eigh(second_moments)
    values, directions = values[::-1], directions[:, ::-1]
    share = n / (n + _MIN_TEXTS) if n < _MIN_TEXTS else 1.0
    values = share * values + (1 - share) * values.mean()
    kept = slice(0, min(components, d))
    scaled = directions[:, kept] / np.maximum(values[kept], 1e-9) ** 0.25
    scaled = scaled.astype(np.float32)
    whitened = np.empty((n, scaled.shape[1]), np.float32)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        whitened[block] = l2_normalised(vectors[block] @ scaled)
    return whitened
