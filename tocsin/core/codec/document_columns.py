"""Documents as columns, for the way from one process to another: a third of the price of pickling
them one by one.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Sequence
from dataclasses import fields
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any, NamedTuple

from tocsin.core.documents import Document, Link

_NAMES = tuple(field.name for field in fields(Document))
_GIVE = tuple(attrgetter(name) for name in _NAMES)
_PUT = tuple(getattr(Document, name).__set__ for name in _NAMES)
_LINKS = _NAMES.index("links")
_TEXTS = frozenset({str, type(None)})
_AS_BYTES = 2
"""The version of `marshal` that looks for no value twice."""


class DocumentColumns(NamedTuple):
    """What `to_columns` gives, to be pickled.

    ``columns`` are the fields' in order: marshalled texts, a list of values, or a tuple of the one
    value that all have. In the place of links stands how many each document has.
    """

    number: int
    columns: tuple[bytes | list[Any] | tuple[Any, ...], ...]
    kinds: list[Any]
    targets: bytes | list[Any] | tuple[Any, ...]


def to_columns(documents: Sequence[Document]) -> DocumentColumns:
    """Documents, field by field."""
    columns = [list(map(give, documents)) for give in _GIVE]
    links: list[Link] = list(chain.from_iterable(columns[_LINKS]))
    columns[_LINKS] = list(map(len, columns[_LINKS]))
    return DocumentColumns(
        len(documents),
        tuple(map(_packed, columns)),
        [link[0] for link in links],
        _packed([link[1] for link in links]),
    )


def from_columns(packed: DocumentColumns) -> list[Document]:
    """The documents of which `to_columns` made columns, equal in every field."""
    number = packed.number
    columns = [_opened(column, number) for column in packed.columns]
    pairs = zip(packed.kinds, _opened(packed.targets, len(packed.kinds)), strict=True)
    links = map(tuple.__new__, repeat(Link), pairs)  # what `Link` does, without a call for each
    columns[_LINKS] = [tuple(islice(links, n)) if n else () for n in columns[_LINKS]]
    documents = [Document.__new__(Document) for _ in range(number)]
    for put, column in zip(_PUT, columns, strict=True):
        deque(map(put, documents, column), maxlen=0)
    return documents


def _packed(column: list[Any]) -> bytes | list[Any] | tuple[Any, ...]:
    if not column:
        return column
    first, kinds = column[0], set(map(type, column))
    if kinds == {dict} and not any(column):
        return ({},)
    if kinds <= _TEXTS:
        if column.count(first) == len(column):
            return (first,)
        return marshal.dumps(column, _AS_BYTES)
    if kinds == {int}:
        return marshal.dumps(column, _AS_BYTES)
    # enums, authors and times: the same objects are pickled once
    return (first,) if len(set(map(id, column))) == 1 else column


def _opened(column: bytes | list[Any] | tuple[Any, ...], number: int) -> list[Any]:
    if isinstance(column, bytes):
        values: list[Any] = marshal.loads(column)  # noqa: S302 - of a process of our own
        return values
    if isinstance(column, tuple):
        if column == ({},):  # each its own, as they were
            return [{} for _ in range(number)]
        return list(column) * number
    return column
