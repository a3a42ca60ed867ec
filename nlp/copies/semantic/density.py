"""Centred sentence vectors, and how dense they lie around a text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints

Floats = NDArray[np.float32]

BLOCK = 1_024
"""Rows that are centred at once."""
DENSITY_BLOCK = 2_048
"""Rows whose density is measured at once."""
SAMPLE_PER_ROOT, MAX_SAMPLE = 25.0, 4_000
"""Texts of a language whose distance tells the density: this times the root of their number, and at
most. In a larger corpus a nearer circle counts, but never so near that many rewordings of one text
make its place look dense."""
ROUGH_SAMPLE = 300
"""Texts asked at first, to rule out most pairs."""
FIRST_NEIGHBOUR, LAST_NEIGHBOUR = 2, 8
"""The density of a place is the mean cosine to the 3rd to 8th nearest of that sample. The first two
may be copies."""
OWN_CLASSES = 8
"""Languages that have a density of their own: the commonest. The others are one class together,
with the density of all."""
ALL_PRIOR = 20.0
"""Texts that the model's prior mean and density count as, against those of a corpus."""
MEAN_PRIOR, DENSITY_PRIOR = 50.0, 5.0
"""Texts that the mean and the density of all languages count as, against those of one."""


def language_means(vectors: Floats, languages: Ints, prior: Floats | None = None) -> Floats:
    """What `centre` takes off vectors (n, d): the mean of each language, (languages, d).

    Sentence vectors share a large common part, and one of their language; with them, the same
    sentence in two languages lies farther apart than two sentences of one. The mean of a language
    with few texts is drawn towards the mean of all, and that of few texts towards the model's
    ``prior`` mean: two texts alone would lie on opposite sides of their own mean.
    """
    if not len(vectors):
        return np.zeros((0, vectors.shape[1]), np.float32)
    mean = vectors.mean(axis=0, dtype=np.float64)
    if prior is not None:
        mean = (len(vectors) * mean + ALL_PRIOR * prior) / (len(vectors) + ALL_PRIOR)
    means = np.empty((int(languages.max()) + 1, vectors.shape[1]), np.float32)
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        total = vectors[rows].sum(axis=0, dtype=np.float64)
        means[language] = (total + MEAN_PRIOR * mean) / (len(rows) + MEAN_PRIOR)
    return means


def centre(vectors: Floats, languages: Ints, means: Floats) -> tuple[Floats, Floats]:
    """Vectors less the mean of their language, normalised (n, d), and their lengths before (n,)."""
    centred = np.empty_like(vectors)
    lengths = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] - means[languages[start : start + BLOCK]]
        norms = np.linalg.norm(block, axis=1, keepdims=True)
        np.divide(block, norms, out=block, where=norms > 0)
        centred[start : start + BLOCK] = block
        lengths[start : start + BLOCK] = norms[:, 0]
    return centred, lengths


def matches_model(mean: NDArray[np.float64], model_mean: Floats) -> bool:
    """Whether vectors with this mean come from the model that has that mean."""
    if mean.shape != model_mean.shape:
        return False
    lengths = np.linalg.norm(mean) * np.linalg.norm(model_mean)
    return bool(mean @ model_mean >= 0.8 * lengths)


def language_classes(languages: Ints) -> Ints:
    """Languages as classes: the `OWN_CLASSES` commonest by falling count, then all others."""
    known, counts = np.unique(languages, return_counts=True)
    classes = np.full(int(known.max(initial=-1)) + 1, OWN_CLASSES)
    commonest = known[np.argsort(-counts, kind="stable")[:OWN_CLASSES]]
    classes[commonest] = np.arange(len(commonest))
    return classes[languages]


def local_density(
    vectors: Floats,
    classes: Ints,
    prior: float | None = None,
    *,
    rows: Ints | None = None,
    wanted: NDArray[np.bool_] | None = None,
    rough: bool = False,
) -> Floats:
    """Density around texts among the texts of each class of languages, (rows, `OWN_CLASSES` + 1).

    After the margin criterion of Artetxe & Schwenk (ACL 2019): a near neighbour says little where
    all are near.

    Args:
        vectors: (n, d), centred.
        classes: (n,), see `language_classes`.
        prior: the model's density.
        rows: texts whose density is wanted; all where None.
        wanted: (rows, classes), which are needed; the others are that of all languages.
        rough: compare with fewer texts, which gives at most the density that there is.
    """
    places = np.arange(len(vectors)) if rows is None else rows
    of_all = _density(vectors, places, np.arange(len(vectors)), ROUGH_SAMPLE)
    if prior is not None:
        total = np.float32(len(vectors) + ALL_PRIOR)
        of_all = (len(vectors) * of_all + np.float32(ALL_PRIOR * prior)) / total
    density = np.repeat(of_all[:, None], OWN_CLASSES + 1, axis=1)
    for number in range(min(OWN_CLASSES, int(classes.max(initial=-1)) + 1)):
        among = np.flatnonzero(classes == number)
        own_share = np.float32(len(among) / (len(among) + DENSITY_PRIOR))
        sample = min(MAX_SAMPLE, round(SAMPLE_PER_ROOT * len(among) ** 0.5))
        if rough:
            sample = ROUGH_SAMPLE
        needed = np.arange(len(places))
        if wanted is not None:
            needed = np.flatnonzero(wanted[:, number])
        own = _density(vectors, places[needed], among, sample)
        density[needed, number] = own_share * own + (1 - own_share) * of_all[needed]
    return density


def _density(vectors: Floats, places: Ints, among: Ints, size: int) -> Floats:
    """(places,): mean cosine of texts to their near neighbours in an even sample of ``among``."""
    density = np.zeros(len(places), np.float32)
    if len(among) < 2:
        return density
    evenly = np.linspace(0, len(among) - 1, min(len(among), size)).astype(np.int64)
    sample = among[np.unique(evenly)]
    first, last = min(FIRST_NEIGHBOUR, len(sample) - 1), min(LAST_NEIGHBOUR, len(sample))
    in_sample = np.full(len(vectors), -1)  # (n,): the column of a text, -1 where it is not sampled
    in_sample[sample] = np.arange(len(sample))
    sample_vectors = vectors[sample].T
    all_in_order = len(places) == len(vectors)  # their vectors need not be copied
    for start in range(0, len(places), DENSITY_BLOCK):
        block = places[start : start + DENSITY_BLOCK]
        own = vectors[start : start + DENSITY_BLOCK] if all_in_order else vectors[block]
        cosine = own @ sample_vectors  # (block, sample)
        itself = np.flatnonzero(in_sample[block] >= 0)
        cosine[itself, in_sample[block[itself]]] = -1.0
        cosine.partition(len(sample) - last, axis=1)
        nearest = cosine[:, len(sample) - last :]
        nearest.sort(axis=1)
        density[start : start + DENSITY_BLOCK] = nearest[:, : last - first].mean(axis=1)
    return density
