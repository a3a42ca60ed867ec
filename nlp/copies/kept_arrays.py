"""Files in which a workspace keeps arrays of numbers between two runs.

They save time and decide nothing: a file that is missing, damaged or of another version is as good
as none. The digest tells damage; whether shapes and numbers fit each other is for the reader to
ask, since a workspace may come from somebody else.
"""

from __future__ import annotations

import io
import zipfile
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tocsin.core.files import write_bytes_atomically

MAX_BYTES = 1 << 30
"""Of a larger file nothing is read."""
_DIGEST = 32


def save_arrays(path: Path, version: bytes, **arrays: NDArray[Any]) -> None:
    """Write arrays by name, whole or not at all. Raises OSError."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    data = content.getvalue()
    digest = blake2b(data, digest_size=_DIGEST).digest()
    write_bytes_atomically(path, version + digest + data, durable=False)


def load_arrays(path: Path, version: bytes) -> dict[str, NDArray[Any]]:
    """Name -> array; empty where the file does not say it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        written = memoryview(path.read_bytes())
        start = len(version) + _DIGEST
        if written[: len(version)] != version:
            return {}
        if blake2b(written[start:], digest_size=_DIGEST).digest() != written[len(version) : start]:
            return {}
        with np.load(io.BytesIO(written[start:]), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
