"""What the letters of two texts say of them, kept from one comparison of a corpus to the next.

How two texts align depends on these two alone, whatever else is in the corpus: it is computed once
and looked up by later comparisons. What their words weigh depends on all texts and is never kept.
The file holds hashes and numbers, no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, Keys, rows_before
from nlp.copies.kept_arrays import load_arrays, save_arrays

VERSION = b"tocsin word pairs 2\n"
"""Goes up when texts are normalised, or their letters compared, otherwise."""
MAX_PAIRS = 20_000_000
"""Pairs that are kept: 17 bytes each."""

Verdicts = NDArray[np.uint8]
Percents = NDArray[np.float32]


@dataclass(frozen=True)
class KnownWording:
    """What is known of pairs among n texts.

    Attributes:
        keys: (n, 2), hashes of the texts, in alphabetical order of their letters.
        pairs: (pairs,), ``a * n + b`` of two texts a < b, sorted.
        percents: (pairs,), their edit ratio.
        verdicts: (pairs,), see `nlp.copies.lexical.similarity_join`.
    """

    keys: Keys = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    pairs: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    percents: Percents = field(default_factory=lambda: np.zeros(0, np.float32))
    verdicts: Verdicts = field(default_factory=lambda: np.zeros(0, np.uint8))


@dataclass
class WordingMemory:
    """Carries what is known from one comparison to the next."""

    known: KnownWording = field(default_factory=KnownWording)


def text_keys(normalised: Sequence[str]) -> Keys:
    """(n, 2), hashes of texts."""
    digests = (
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for text in normalised
    )
    return np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2)


def look_up(known: KnownWording, keys: Keys, a: Ints, b: Ints) -> Ints:
    """(pairs,): where pairs of the texts of ``keys`` stand in ``known``; -1 where they do not."""
    rows = rows_before(keys, known.keys)
    x, y = rows[a], rows[b]
    wanted = np.where((x >= 0) & (y >= 0), x * len(known.keys) + y, -1)
    found = np.searchsorted(known.pairs, wanted)
    if not len(known.pairs):
        return np.full(len(a), -1)
    found = np.minimum(found, len(known.pairs) - 1)
    return np.where(known.pairs[found] == wanted, found, -1)


def save_wording(path: Path, known: KnownWording) -> None:
    """Write what is known, whole or not at all. Raises OSError."""
    save_arrays(
        path,
        VERSION,
        keys=known.keys,
        pairs=known.pairs[:MAX_PAIRS],
        percents=known.percents[:MAX_PAIRS],
        verdicts=known.verdicts[:MAX_PAIRS],
    )


def load_wording(path: Path) -> KnownWording:
    """What is known; nothing where the file does not say it."""
    arrays = load_arrays(path, VERSION)
    try:
        names = ("keys", "pairs", "percents", "verdicts")
        known = KnownWording(**{name: arrays[name] for name in names})
    except KeyError:
        return KnownWording()
    return known if _is_sound(known) else KnownWording()


def _is_sound(known: KnownWording) -> bool:
    """Whether shapes and numbers fit each other: a workspace may come from somebody else."""
    pairs = known.pairs
    return (
        (known.keys.ndim, known.keys.shape[1:], known.keys.dtype.str) == (2, (2,), "<u8")
        and (pairs.ndim, pairs.dtype.str) == (1, "<i8")
        and (known.percents.shape, known.percents.dtype.str) == (pairs.shape, "<f4")
        and (known.verdicts.shape, known.verdicts.dtype.str) == (pairs.shape, "|u1")
        and bool((pairs[1:] > pairs[:-1]).all())
        and bool((known.verdicts <= 5).all())
    )
