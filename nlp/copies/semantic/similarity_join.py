"""The nearest texts of each text by sentence vectors, and how crowded it is around a text.

All with all up to `EXACT` texts. Beyond, texts are put into the `SPILL` nearest of many cells of about `CELL` texts (an inverted
file with spilling), and neighbours are sought inside each cell: work grows with the number of texts, not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nlp.copies.lexical.fingerprints import distinct

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

EXACT = 50_000
CELL = 2_000
SPILL = 4
ROUNDS = 6
PER_CELL = 40
"""Texts a cell centre is fitted on."""
STRIP = 1_024
ASKED = 2_048
"""Texts that ask how crowded it is around them at once."""
MOST = 60
"""Pairs of a text that are kept, inside one cell."""
SAMPLE, SAMPLE_MOST = 25.0, 4_000
"""Texts of a language whose distance tells how crowded it is around a text: this times the root of their number, and at most. In a larger
corpus a nearer circle counts, but never so near that a family of rewordings is taken for a crowd."""
HELD, SHORTEST, SHORTENED = 0.75, 0.6, 4_000
"""Share of the squares of all vectors in the components that are compared first, the greatest share of the components that this may
be, and the number of texts from which fewer components are sought."""
MANY, SLACK, ROUNDING = 0.02, 1e-4, np.float32(4e-6)
"""Share of pairs from which all are multiplied rather than one by one, and what rounding may take from a bound and from a square."""
ROUGH = 300
"""Texts asked at first, to rule out most pairs."""
CROWD = (2, 8)
"""The density of a place: mean cosine to the 3rd to 8th nearest of that sample. The first two may be copies."""
LANGUAGES = 8
"""Languages that have a density of their own: the commonest. The others, as one class, share that of all."""
HANDFUL = 20.0
"""Texts below which the mean and the density of all are drawn towards the model's usual ones."""
SHRINK, FEW = 50.0, 5.0
"""Texts of a language below which its own mean, and its own density, are mostly those of all languages."""


def centred(vectors: Floats, langs: Ints, usual: Floats | None = None) -> Floats:
    """Vectors less the mean of their language, normalised.

    Sentence vectors share a large common part, and one of their language; without them the same sentence in
    two languages lies nearer than two sentences of one. The mean of a language with few texts is drawn towards
    the mean of all, and that of few texts towards the model's ``usual`` one: of two texts, the mean lies between them.
    """
    if not len(vectors):
        return vectors
    mean = vectors.mean(axis=0, dtype=np.float64)
    if usual is not None:
        mean = (len(vectors) * mean + HANDFUL * usual) / (len(vectors) + HANDFUL)
    own = np.empty((int(langs.max()) + 1, vectors.shape[1]), np.float32)
    for lang in np.unique(langs):
        rows = np.flatnonzero(langs == lang)
        own[lang] = (vectors[rows].sum(axis=0, dtype=np.float64) + SHRINK * mean) / (
            len(rows) + SHRINK
        )
    out = np.empty_like(vectors)
    for start in range(0, len(vectors), STRIP):
        strip = vectors[start : start + STRIP] - own[langs[start : start + STRIP]]
        norms = np.linalg.norm(strip, axis=1, keepdims=True)
        np.divide(strip, norms, out=strip, where=norms > 0)
        out[start : start + STRIP] = strip
    return out


def alike(mean: NDArray[np.float64], usual: Floats) -> bool:
    """Whether vectors come from the model that has this usual mean."""
    return mean.shape == usual.shape and bool(
        mean @ usual >= 0.8 * np.linalg.norm(mean) * np.linalg.norm(usual)
    )


def commonest(langs: Ints) -> Ints:
    """Classes of languages: the `LANGUAGES` commonest by falling count from 0, all others `LANGUAGES`."""
    known, counts = np.unique(langs, return_counts=True)
    classes = np.full(int(known.max(initial=-1)) + 1, LANGUAGES)
    first = known[np.argsort(-counts, kind="stable")[:LANGUAGES]]
    classes[first] = np.arange(len(first))
    return classes[langs]


def crowd(
    vectors: Floats, classes: Ints, usual: float | None = None, *, rows: Ints | None = None, wanted: NDArray[np.bool_] | None = None,
    rough: bool = False,
) -> Floats:  # fmt: skip
    """Density around texts (all, or ``rows``) among the texts of each class of languages, (n, `LANGUAGES` + 1).

    After the margin criterion of Artetxe & Schwenk (ACL 2019): a near neighbour says little where all are near. See
    `SAMPLE` for who is asked; ``rough`` asks fewer, and so gives at most the density that is there. ``wanted`` (rows, classes) says
    which are needed; the others are those of all languages.
    """
    asking = np.arange(len(vectors)) if rows is None else rows
    everywhere = _density(vectors, asking, np.arange(len(vectors)), ROUGH)
    if usual is not None:
        everywhere = (len(vectors) * everywhere + np.float32(HANDFUL * usual)) / np.float32(
            len(vectors) + HANDFUL
        )
    out = np.repeat(everywhere[:, None], LANGUAGES + 1, axis=1)
    for number in range(min(LANGUAGES, int(classes.max(initial=-1)) + 1)):
        among = np.flatnonzero(classes == number)
        share = np.float32(len(among) / (len(among) + FEW))
        size = ROUGH if rough else min(SAMPLE_MOST, round(SAMPLE * len(among) ** 0.5))
        asked = np.arange(len(asking)) if wanted is None else np.flatnonzero(wanted[:, number])
        out[asked, number] = (
            share * _density(vectors, asking[asked], among, size) + (1 - share) * everywhere[asked]
        )
    return out


def _density(vectors: Floats, asking: Ints, among: Ints, size: int) -> Floats:
    out = np.zeros(len(asking), np.float32)
    if len(among) < 2:
        return out
    sample = among[
        np.unique(np.linspace(0, len(among) - 1, min(len(among), size)).astype(np.int64))
    ]
    first, last = min(CROWD[0], len(sample) - 1), min(CROWD[1], len(sample))
    place = np.full(len(vectors), -1)
    place[sample] = np.arange(len(sample))
    far = vectors[sample].T
    everyone = len(asking) == len(vectors)  # in their order: no copy of them is needed
    for start in range(0, len(asking), ASKED):
        strip = asking[start : start + ASKED]
        near = (vectors[start : start + ASKED] if everyone else vectors[strip]) @ far
        own = np.flatnonzero(place[strip] >= 0)
        near[own, place[strip[own]]] = -1.0
        near.partition(len(sample) - last, axis=1)
        best = near[:, len(sample) - last :]
        best.sort(axis=1)
        out[start : start + ASKED] = best[:, : last - first].mean(axis=1)
    return out


def near_pairs(vectors: Floats, classes: Ints, floor: Floats) -> tuple[Ints, Ints]:
    """Pairs (a < b, sorted, no doubles) of texts with ``cosine >= floor[a, class of b] + floor[b, class of a]``.

    What a pair must reach may so depend on how crowded it is around both texts and on whether one language or two
    meet. Of the later texts that a text meets inside a cell the `MOST` that clear their floor best are kept.
    """
    size = len(vectors)
    own = (np.arange(floor.shape[1]) == classes[:, None]).astype(np.float32)
    short = _shortened(vectors)
    found = []
    for members in _cells(vectors):
        for rows, columns in _above(vectors, short, -floor, own, members):
            found.append(members[rows] * size + members[columns])
    keys = distinct(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return keys // size, keys % size


def _shortened(vectors: Floats) -> Floats | None:
    """Vectors of fewer dimensions whose products are never below those of the given ones; None where they would not be quicker.

    The components that hold `HELD` of the squares, and the length of the rest: of two rests no more is known than that their
    product is at most that of their lengths (Cauchy & Schwarz).
    """
    if len(vectors) < SHORTENED:
        return None
    held, axes = np.linalg.eigh(vectors.T @ vectors)
    kept = 1 + int(np.searchsorted(np.cumsum(held[::-1]), HELD * held.sum()))
    if kept > SHORTEST * vectors.shape[1]:
        return None
    out = np.empty((len(vectors), kept + 1), np.float32)
    for start in range(0, len(vectors), STRIP):
        strip = vectors[start : start + STRIP]
        first = strip @ axes[:, -kept:]
        rest = np.einsum("ij,ij->i", strip, strip) - np.einsum("ij,ij->i", first, first)
        out[start : start + STRIP, :kept] = first
        out[start : start + STRIP, kept] = np.sqrt(
            np.maximum(0, rest) + ROUNDING
        )  # never less than it is
    return out


def _above(
    vectors: Floats, short: Floats | None, least: Floats, own: Floats, members: Ints
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of members (row before column) whose product, less what they must reach, is positive."""
    quick = vectors if short is None else short
    # the product of the two is cosine less floors
    left = np.hstack([quick[members], least[members], own[members]])
    right = np.hstack([quick[members], own[members], least[members]])
    for start in range(0, len(members), STRIP):
        clear = left[start : start + STRIP] @ right[start:].T
        flat = np.flatnonzero(clear > (0 if short is None else -SLACK))
        rows, columns = np.divmod(flat, clear.shape[1])
        later = columns > rows
        rows, columns, flat = rows[later], columns[later], flat[later]
        if short is None:
            by = clear.ravel()[flat]
        else:
            by = _clear(vectors, least, own, members[start:], rows, columns)
            rows, columns, by = rows[by > 0], columns[by > 0], by[by > 0]
        if len(rows) > MOST:
            order = np.lexsort((columns, -by, rows))
            rows, columns = rows[order], columns[order]
            begins = np.flatnonzero(np.diff(rows, prepend=-1))
            kept = (
                np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
                < MOST
            )
            rows, columns = rows[kept], columns[kept]
        yield rows + start, columns + start


def _clear(
    vectors: Floats, least: Floats, own: Floats, members: Ints, rows: Ints, columns: Ints
) -> Floats:
    """Cosine of pairs of members less what they must reach; all with all where they are many."""
    strip = members[: int(rows.max(initial=-1)) + 1]
    if len(rows) > MANY * len(strip) * len(members):
        left, right = (
            np.hstack([vectors[strip], least[strip], own[strip]]),
            np.hstack([vectors[members], own[members], least[members]]),
        )
        dense: Floats = (left @ right.T)[rows, columns]
        return dense
    out = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), STRIP):
        a, b = members[rows[start : start + STRIP]], members[columns[start : start + STRIP]]
        out[start : start + STRIP] = np.einsum("ij,ij->i", vectors[a], vectors[b]) + np.einsum(
            "ij,ij->i", least[a], own[b]
        )
        out[start : start + STRIP] += np.einsum("ij,ij->i", own[a], least[b])
    return out


def _cells(vectors: Floats) -> Iterator[Ints]:
    """Overlapping sets of texts, such that near texts share one."""
    size = len(vectors)
    if size <= EXACT:
        yield np.arange(size)
        return
    count = max(2, size // CELL)
    centres = _centres(vectors, count)
    homes = np.empty((size, SPILL), np.int64)
    for start in range(0, size, STRIP):
        near = vectors[start : start + STRIP] @ centres.T
        homes[start : start + STRIP] = np.argpartition(near, count - SPILL, axis=1)[
            :, count - SPILL :
        ]
    order = np.argsort(homes, axis=None, kind="stable")
    sizes = np.bincount(homes.ravel(), minlength=count)
    for members in np.split(order // SPILL, np.cumsum(sizes)[:-1]):
        if len(members) > 1:
            yield np.sort(members)


def _centres(vectors: Floats, count: int) -> Floats:
    """Spherical k-means on an even sample, from evenly spread seeds: the same vectors give the same centres."""
    sample = vectors[
        np.linspace(0, len(vectors) - 1, min(len(vectors), count * PER_CELL)).astype(np.int64)
    ]
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.int64)].copy()
    for _ in range(ROUNDS):
        home = np.concatenate(
            [
                (sample[i : i + STRIP] @ centres.T).argmax(axis=1)
                for i in range(0, len(sample), STRIP)
            ]
        )
        order = np.argsort(home, kind="stable")
        starts = np.flatnonzero(np.diff(home[order], prepend=-1))
        sums = np.add.reduceat(sample[order], starts, axis=0)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres[home[order][starts]] = sums / np.maximum(norms, 1e-9)
    return centres
