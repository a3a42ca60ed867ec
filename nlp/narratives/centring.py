"""Vectors without what all of them share, and without the mark that their language leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.narratives.parallel import SENTENCES

Vectors = NDArray[np.float32]
REFERENCE = "en"
MIN_TEXTS = 50
_PRIOR_TEXTS = 200
_BLOCK = 8_192


def centred(
    vectors: Vectors,
    languages: Sequence[str],
    encode: Callable[[Sequence[str]], Vectors],
    *,
    in_place: bool = False,
) -> Vectors:
    """The vectors, language marks and their mean taken off, at length 1.

    Args:
        vectors: float32 (n, d), at length 1; one per different text.
        languages: a code per row; ``und`` where unknown.
        encode: the embedder of these vectors, for the parallel sentences of the languages that occur.
        in_place: whether the vectors given (float32) may be overwritten.

    The mark of a language is learnt from `SENTENCES`; of one that is not there, from its texts, where there are
    at least 50, shrunken towards none: its few texts may be of one subject, which is no mark.
    """
    if not len(vectors):
        return vectors
    found = vectors.astype(np.float32, copy=not in_place)
    spoken = np.array(languages, dtype=object)
    present = sorted(set(languages))
    known = [code for code in present if code in SENTENCES]
    if known and known != [REFERENCE]:
        marks = language_marks(known, encode)
        for code in known:
            found[spoken == code] -= marks[code]
    calibrated = np.isin(spoken, known)
    others = [code for code in present if code not in SENTENCES and code != "und"]
    base = found[calibrated].mean(axis=0) if calibrated.any() else found.mean(axis=0)
    for code in others:
        rows = spoken == code
        count = int(rows.sum())
        if count >= MIN_TEXTS:
            found[rows] -= (found[rows].mean(axis=0) - base) * (count / (count + _PRIOR_TEXTS))
    found -= found.mean(axis=0)
    for start in range(0, len(found), _BLOCK):
        found[start : start + _BLOCK] = unit(found[start : start + _BLOCK])
    return found


def language_marks(
    codes: Sequence[str], encode: Callable[[Sequence[str]], Vectors]
) -> dict[str, Vectors]:
    """Language -> what its vectors have beyond those of the same sentences in English."""
    wanted = sorted({REFERENCE, *codes})
    means = {code: encode(SENTENCES[code]).mean(axis=0, dtype=np.float64) for code in wanted}
    return {code: (means[code] - means[REFERENCE]).astype(np.float32) for code in codes}


def unit(vectors: Vectors) -> Vectors:
    """Rows at length 1; a row of zeros stays."""
    found: Vectors = (
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    ).astype(np.float32)
    return found
