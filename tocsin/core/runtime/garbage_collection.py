"""Python's search for cyclic garbage, switched off where there is none to find."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Do not look for cyclic garbage in the block.

    Rows and documents make none, and looking goes through all that the caller holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
