"""The file in which a workspace keeps what is known of near pairs between two runs.

It holds numbers only, no text and no id of a post.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nlp.copies.kept_arrays import load_arrays, save_arrays
from nlp.copies.semantic.known_pairs import SLACK, KnownPairs

VERSION = f"tocsin near pairs 2, slack {SLACK}\n".encode()
"""Goes up when what the file says is to be read otherwise."""


def save_known(path: Path, known: KnownPairs) -> None:
    """Write what is known, whole or not at all. Raises OSError."""
    codes = sorted(known.means)
    save_arrays(
        path,
        VERSION,
        codes=np.array(codes, np.str_),
        means=np.array([known.means[code] for code in codes], np.float32),
        keys=known.keys,
        columns=np.array(known.columns, np.str_),
        halves=known.halves,
        labels=known.labels,
        a=known.a,
        b=known.b,
    )


def load_known(path: Path) -> KnownPairs:
    """What is known; nothing where the file does not say it."""
    arrays = load_arrays(path, VERSION)
    try:
        known = KnownPairs(
            means=dict(zip(arrays["codes"].tolist(), arrays["means"], strict=True)),
            columns=tuple(arrays["columns"].tolist()),
            **{name: arrays[name] for name in ("keys", "halves", "labels", "a", "b")},
        )
    except (KeyError, ValueError):
        return KnownPairs()
    return known if _is_sound(known) else KnownPairs()


def _is_sound(known: KnownPairs) -> bool:
    """Whether shapes and numbers fit each other: a workspace may come from somebody else."""
    a, b = known.a, known.b
    size, width = len(known.keys), len(known.columns) + 1
    return (
        (known.keys.ndim, known.keys.shape[1:], known.keys.dtype.str) == (2, (2,), "<u8")
        and (known.halves.shape, known.halves.dtype.str) == ((size, width), "<f4")
        and (known.labels.ndim, len(known.labels), known.labels.dtype.str) == (2, size, "<i8")
        and (a.ndim, a.dtype.str, b.shape, b.dtype.str) == (1, "<i4", a.shape, "<i4")
        and bool(((a >= 0) & (a < size) & (b >= 0) & (b < size) & (a != b)).all())
        and all((mean.ndim, mean.dtype.str) == (1, "<f4") for mean in known.means.values())
    )
