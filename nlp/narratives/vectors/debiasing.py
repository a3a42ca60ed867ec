"""Vectors without what all of them share, and without the bias of their language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.narratives.vectors.parallel_sentences import SENTENCES

Vectors = NDArray[np.float32]
REFERENCE = "en"
MIN_TEXTS = 50
_PRIOR_TEXTS = 200
_PRIOR_MEAN = 300
"""Texts that the sentences of many subjects count for in the common mean.

The mean of few texts is what they are about: to take it off would leave nothing of it.
"""
_BLOCK = 8_192


def remove_language_bias(
    vectors: Vectors,
    languages: Sequence[str],
    encode: Callable[[Sequence[str]], Vectors],
    *,
    in_place: bool = False,
) -> Vectors:
    """The vectors less the offset of their language and their common mean, at length 1.

    Args:
        vectors: float32 (n, d), at length 1; one per different text.
        languages: a code per row; ``und`` where unknown.
        encode: the embedder of these vectors, for the parallel sentences of the languages that
            occur.
        in_place: whether the vectors given (float32) may be overwritten.

    The offset of a language is learnt from `SENTENCES`. That of a language without sentences is
    learnt from its texts, where there are at least 50, shrunken towards none: its few texts may be
    of one subject, which is not a bias.
    """
    if not len(vectors):
        return vectors
    debiased = vectors.astype(np.float32, copy=not in_place)
    language_of_row = np.array(languages, dtype=object)
    present = sorted(set(languages))
    with_sentences = [code for code in present if code in SENTENCES]
    if with_sentences and with_sentences != [REFERENCE]:
        offsets = language_offsets(with_sentences, encode)
        for code in with_sentences:
            debiased[language_of_row == code] -= offsets[code]
    calibrated = np.isin(language_of_row, with_sentences)
    reference = debiased[calibrated].mean(axis=0) if calibrated.any() else debiased.mean(axis=0)
    for code in present:
        if code in SENTENCES or code == "und":
            continue
        rows = language_of_row == code
        count = int(rows.sum())
        if count >= MIN_TEXTS:
            offset = debiased[rows].mean(axis=0) - reference
            debiased[rows] -= offset * (count / (count + _PRIOR_TEXTS))
    own, many = debiased.mean(axis=0), _sentences(encode, REFERENCE).mean(axis=0)
    share = len(debiased) / (len(debiased) + _PRIOR_MEAN)
    debiased -= share * own + (1 - share) * many
    # by blocks: a copy of all would double the memory
    for start in range(0, len(debiased), _BLOCK):
        block = slice(start, start + _BLOCK)
        debiased[block] = l2_normalised(debiased[block])
    return debiased


def language_offsets(
    codes: Sequence[str], encode: Callable[[Sequence[str]], Vectors]
) -> dict[str, Vectors]:
    """Language -> what its vectors have beyond those of the same sentences in English."""
    needed = sorted({REFERENCE, *codes})
    means = {code: _sentences(encode, code).mean(axis=0, dtype=np.float64) for code in needed}
    return {code: (means[code] - means[REFERENCE]).astype(np.float32) for code in codes}


@lru_cache(maxsize=256)
def _sentences(encode: Callable[[Sequence[str]], Vectors], code: str) -> Vectors:
    """The vectors of a language's sentences, which are the same in every analysis."""
    return encode(SENTENCES[code])


def l2_normalised(vectors: Vectors) -> Vectors:
    """Rows at length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return normalised
