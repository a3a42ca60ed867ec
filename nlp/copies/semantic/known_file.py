"""The file in which a workspace keeps what is known of near pairs between two runs.

It saves time and decides nothing: a file that is missing, damaged or of another version is as good
as none. It holds numbers only, no text and no id of a post.
"""

from __future__ import annotations

import io
import zipfile
from hashlib import blake2b
from pathlib import Path

import numpy as np

from nlp.copies.semantic.known_pairs import SLACK, KnownPairs
from tocsin.core.files import write_bytes_atomically

VERSION = f"tocsin near pairs 2, slack {SLACK}\n".encode()
"""Goes up when what the file says is to be read otherwise."""
MAX_BYTES = 1 << 30
"""Of a larger file nothing is read: a million texts with ten kept pairs each take 150 MB."""
_DIGEST = 32


def save_known(path: Path, known: KnownPairs) -> None:
    """Write what is known, whole or not at all. Raises OSError."""
    content = io.BytesIO()
    codes = sorted(known.means)
    np.savez(
        content,
        codes=np.array(codes, np.str_),
        means=np.array([known.means[code] for code in codes], np.float32),
        keys=known.keys,
        columns=np.array(known.columns, np.str_),
        halves=known.halves,
        labels=known.labels,
        a=known.a,
        b=known.b,
    )
    data = content.getvalue()
    digest = blake2b(data, digest_size=_DIGEST).digest()
    write_bytes_atomically(path, VERSION + digest + data, durable=False)


def load_known(path: Path) -> KnownPairs:
    """What is known; nothing where the file does not say it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return KnownPairs()
        written = memoryview(path.read_bytes())
        start = len(VERSION) + _DIGEST
        if written[: len(VERSION)] != VERSION:
            return KnownPairs()
        if blake2b(written[start:], digest_size=_DIGEST).digest() != written[len(VERSION) : start]:
            return KnownPairs()
        with np.load(io.BytesIO(written[start:]), allow_pickle=False) as arrays:
            known = KnownPairs(
                means=dict(zip(arrays["codes"].tolist(), arrays["means"], strict=True)),
                columns=tuple(arrays["columns"].tolist()),
                **{name: arrays[name] for name in ("keys", "halves", "labels", "a", "b")},
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
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
