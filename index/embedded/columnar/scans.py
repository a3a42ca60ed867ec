"""Column batches of documents, taken from the cache: a frozen view, since caches only ever grow or
are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from index.base import COLUMNS
from index.codec import NUMBERS
from index.embedded.columnar.arrays import NONE, TEXT_COLUMNS, nullable
from index.embedded.columnar.cache import UNDATED, Cache
from index.embedded.columnar.matcher import Matcher
from index.embedded.columnar.selection import Selection
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

Take = Callable[[np.ndarray], pa.Array]


def check(columns: Sequence[str], declared: Iterable[str], slices: tuple[int, int]) -> None:
    """Raise ConfigError where a column or a slice does not exist."""
    known = (*COLUMNS, *declared)
    for name in columns:
        if name not in known:
            raise ConfigError(
                Message("fault.embedded.column", {"name": repr(name), "known": list(known)})
            )
    if not 0 <= slices[0] < slices[1]:
        raise ConfigError(Message("fault.embedded.slices", {"slices": str(slices)}))


def plan(
    matcher: Matcher, hits: Selection, columns: Sequence[str], order: str, slices: tuple[int, int]
) -> tuple[np.ndarray, dict[str, Take]]:
    """The positions of a scan, and a function a column; what they hold on to does not change any
    more."""
    cache = hits.cache
    positions = hits.in_order() if order == "time" else hits.positions
    if slices[1] > 1:
        positions = positions[cache.rows.view[positions] % slices[1] == slices[0]]
    return positions, {
        name: matcher.declared_column(name).taker()
        if name in matcher.declared
        else _column(cache, name)
        for name in columns
    }


def batches(positions: np.ndarray, takes: dict[str, Take], size: int) -> Iterator[pa.RecordBatch]:
    """The record batches of a plan."""
    for start in range(0, len(positions), max(1, size)):
        some = positions[start : start + max(1, size)]
        yield pa.RecordBatch.from_arrays([take(some) for take in takes.values()], names=list(takes))


def _column(cache: Cache, name: str) -> Take:
    people = cache.people
    author = cache.author.view
    if name == "published_at":
        return partial(_times, cache.time.view)
    if name in NUMBERS:
        return partial(_numbers, cache.numbers[name].view)
    if name == "followers":
        return partial(_numbers_of, people.followers, author)
    if name == "author_created":
        return partial(_numbers_of, people.created, author)
    if name == "verified":
        return partial(_flags_of, people.verified, author)
    if name in ("author", "handle", "author_description"):
        values = people.arrow(
            {"author": "ids", "handle": "handles", "author_description": "descriptions"}[name]
        )
        return partial(_coded, author, values, 0)
    if name in cache.coded:
        dictionary, codes = cache.coded[name]
        return partial(_coded, codes.view, dictionary.arrow, -1)
    if name == "copy_group":
        dictionary, codes = cache.annotated["copies"]
        return partial(_coded, codes.view, dictionary.arrow, -1)
    if name == "detected_lang":
        detected = cache.annotated["lang"][1].view
        codes_ = np.where(detected >= 0, detected, cache.coded["lang"][1].view)
        return partial(_coded, codes_, cache.coded["lang"][0].arrow, -1)
    assert name in TEXT_COLUMNS  # `check` let only known columns pass
    return partial(_texts, cache.column(name))


def _times(values: np.ndarray, positions: np.ndarray) -> pa.Array:
    some = values[positions]
    return nullable(np.where(some == UNDATED, NONE, some))


def _numbers(values: np.ndarray, positions: np.ndarray) -> pa.Array:
    return nullable(values[positions])


def _numbers_of(values: np.ndarray, author: np.ndarray, positions: np.ndarray) -> pa.Array:
    return nullable(values[author[positions]])


def _flags_of(values: np.ndarray, author: np.ndarray, positions: np.ndarray) -> pa.Array:
    some = values[author[positions]]
    return pa.array(some == 1, pa.bool_(), mask=some < 0)


def _coded(codes: np.ndarray, values: pa.Array, absent: int, positions: np.ndarray) -> pa.Array:
    some = codes[positions]
    return pa.DictionaryArray.from_arrays(pa.array(some, pa.int32(), mask=some == absent), values)


def _texts(values: pa.Array, positions: np.ndarray) -> pa.Array:
    some = _taken(values, positions)
    return (
        some.cast(pa.string())
        if pa.types.is_large_string(some.type) and some.nbytes < 2**31 - 1
        else some
    )


def _taken(values: pa.Array, positions: np.ndarray) -> pa.Array:
    if (
        len(positions)
        and positions[-1] - positions[0] + 1 == len(positions)
        and (np.diff(positions) == 1).all()
    ):
        return values.slice(int(positions[0]), len(positions))
    return values.take(pa.array(positions))
