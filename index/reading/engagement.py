"""The posts that people acted on most, over any query and any backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from index.base import EVERYTHING, Window
from tocsin.core.documents import ENGAGEMENT

if TYPE_CHECKING:
    import pyarrow as pa

    from index.base import Index, Query
    from tocsin.core.documents import Document

MOST = 10_000
"""Posts that are put in order; whoever reads on has lost the thread."""
_NO_TIME = -(2**62)


def most_engaging(
    index: Index, query: Query, window: Window = EVERYTHING, *, limit: int = MOST
) -> list[str]:
    """Ids of the posts of a query with the most engagement, in falling order.

    Equals stand newest first, those without a time last, then by id. Engagement is
    `tocsin.core.documents.ENGAGEMENT`.
    """
    columns = ("id", "published_at", *ENGAGEMENT)
    ids: list[np.ndarray] = []
    totals: list[np.ndarray] = []
    times: list[np.ndarray] = []
    held = 0
    for batch in index.scan(columns, query=query, window=window, order="none"):
        total = sum((_numbers(batch.column(name), 0) for name in ENGAGEMENT), np.int64(0))
        ids.append(np.array(batch.column("id").to_pylist(), dtype=object))
        totals.append(np.asarray(total))
        times.append(_numbers(batch.column("published_at"), _NO_TIME))
        held += len(batch)
        if held > 4 * limit + 100_000:
            ids, totals, times = ([part] for part in _best(ids, totals, times, limit))
            held = limit
    if not ids:
        return []
    return [str(key) for key in _best(ids, totals, times, limit)[0]]


def search_engaging(
    index: Index, query: Query, window: Window, *, size: int
) -> tuple[int, list[Document]]:
    """How many posts a query finds, and those of most engagement among them.

    ``size`` may be larger than `MOST`.
    """
    ids = most_engaging(index, query, window, limit=size) if size else []
    found = [document for document in index.get(ids) if document is not None]
    return index.count(query, window=window), found


def _numbers(column: pa.Array, absent: int) -> np.ndarray:
    filled = pc.fill_null(column.cast("int64"), absent)
    return np.asarray(filled.to_numpy(zero_copy_only=False))


def _best(
    ids: list[np.ndarray], totals: list[np.ndarray], times: list[np.ndarray], limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    keys, total, time = (np.concatenate(parts) for parts in (ids, totals, times))
    order = np.lexsort((keys.astype(str), -time, -total))[:limit]
    return keys[order], total[order], time[order]
