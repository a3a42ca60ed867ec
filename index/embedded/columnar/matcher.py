"""A query tree as a mask over positions: words by FTS5, fields by columns."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc

from index.base import Window
from index.codec import NUMBERS, milliseconds
from index.embedded.columnar.arrays import NONE, Dictionary, GrowableArray
from index.embedded.columnar.cache import UNDATED, Cache
from index.embedded.columnar.declared import DeclaredColumn
from index.embedded.columnar.selection import Selection
from index.embedded.rows import rows_of
from index.fields import DeclaredField
from index.query import (
    Among,
    And,
    Everything,
    Exists,
    FieldPrefix,
    Node,
    Not,
    OfFinding,
    Or,
    Phrase,
    Prefix,
    Range,
    Term,
    Word,
)

_WORDS = (Word, Phrase, Prefix)
_KEPT = 30_000_000
"""Positions kept at most, four bytes each."""


class Postings:
    """Positions of the documents that FTS5 expressions match, kept for the expressions asked last.

    Rows are only ever added, so a kept list is brought up to date by asking for the rows beyond it;
    rows that died do not matter here.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, GrowableArray]] = OrderedDict()
        self._size = 0

    def get(self, connection: sqlite3.Connection, cache: Cache, text: str) -> np.ndarray:
        """Positions, rising; int32."""
        last, kept = self._kept.pop(text, (0, None))
        if kept is None:
            kept = GrowableArray(np.int32)
        if last != cache.state.doc:
            # one text of all numbers: a row at a time would take three times as long
            row_numbers = connection.execute(
                "SELECT group_concat(rowid) FROM words WHERE words MATCH ? AND rowid > ?",
                (text, last),
            ).fetchone()[0]
            if row_numbers:
                positions = cache.positions(np.fromstring(row_numbers, np.int64, sep=","))
                kept.append(positions[positions >= 0])
                self._size += len(positions)
        self._kept[text] = (cache.state.doc, kept)
        while self._size > _KEPT and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= len(dropped)
        return kept.view

    def clear(self) -> None:
        """Forget all: the cache was read afresh and positions have new meanings."""
        self._kept.clear()
        self._size = 0


class Matcher:
    """Evaluates queries over a cache that is in step with the connection's transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        cache: Cache,
        postings: Postings,
        declared: Mapping[str, DeclaredField],
    ) -> None:
        self.connection = connection
        self.cache = cache
        self.postings = postings
        self.declared = declared

    def hits(self, node: Node, window: Window) -> Selection:
        """The live documents that match."""
        since, until = milliseconds(window.since), milliseconds(window.until)
        if isinstance(node, Everything) and since is None and until is None:
            return Selection(self.cache, None)
        mask: np.ndarray = self.cache.alive.view.copy()
        if since is not None or until is not None:
            mask &= self.in_range(self.cache.time.view, since, until, UNDATED)
        return Selection(
            self.cache, mask if isinstance(node, Everything) else mask & self.match(node)
        )

    @staticmethod
    def in_range(
        values: np.ndarray, low: float | None, high: float | None, absent: int
    ) -> np.ndarray:
        """``low <= values < high``, never where absent."""
        mask: np.ndarray = values != absent
        if low is not None:
            mask &= values >= low
        if high is not None:
            mask &= values < high
        return mask

    def match(self, node: Node) -> np.ndarray:
        """Which positions match a node, dead ones perhaps included."""
        if isinstance(node, _WORDS):
            return self.words(fts5_expression(node))
        if isinstance(node, (And, Or)):
            return self.combine(node)
        if isinstance(node, Not):
            return ~self.match(node.part)
        if isinstance(node, Range):
            return self.range(node)
        if isinstance(node, Term):
            return self.term(node.field, node.value)
        if isinstance(node, Among):
            return self.among(node)
        if isinstance(node, OfFinding):
            raise node.unresolved()
        if isinstance(node, FieldPrefix):
            return self.starts(node.field, node.value)
        if isinstance(node, Exists):
            return self.exists(node.field)
        return np.ones(len(self.cache), bool)

    def combine(self, node: And | Or) -> np.ndarray:
        """All parts, or any; the words among them go to FTS5 as one expression."""
        together = isinstance(node, And)
        unite = np.logical_and if together else np.logical_or
        words = [part for part in node.parts if isinstance(part, _WORDS)]
        masks = [self.match(part) for part in node.parts if not isinstance(part, _WORDS)]
        if words:
            operator = " AND " if together else " OR "
            masks.append(self.words(operator.join(map(fts5_expression, words))))
        combined: np.ndarray = unite.reduce(masks)
        return combined

    def words(self, text: str) -> np.ndarray:
        """Positions that an FTS5 expression matches."""
        mask = np.zeros(len(self.cache), bool)
        mask[self.postings.get(self.connection, self.cache, text)] = True
        return mask

    def range(self, node: Range) -> np.ndarray:
        if node.field == "published":
            return self.in_range(self.cache.time.view, node.low, node.high, UNDATED)
        if node.field in self.declared:
            return self.declared_column(node.field).in_range(node.low, node.high)
        return self.in_range(self.number(node.field), node.low, node.high, NONE)

    def declared_column(self, name: str) -> DeclaredColumn:
        """The column of a declared field, in step with the transaction."""
        columns = self.cache.declared
        if name not in columns:
            columns[name] = DeclaredColumn(name, self.declared[name])
        self.cache.read_annotations(columns[name], self.connection)
        return columns[name]

    def number(self, field: str) -> np.ndarray:
        if field in NUMBERS:
            return self.cache.numbers[field].view
        followers: np.ndarray = self.cache.people.followers[self.cache.author.view]
        return followers

    def term(self, field: str, value: str) -> np.ndarray:
        if field in self.declared:
            return self.declared_column(field).equal(value)
        if field == "id":
            return self.ids(
                [
                    value,
                    *(f"{platform}:{value}" for platform in self.cache.coded["platform"][0].values),
                ]
            )
        if field in ("author", "handle"):
            people = self.cache.people
            return self.by_authors(
                (people.by_id() if field == "author" else people.by_handle()).get(value, [])
            )
        code = self.dictionary(field).code.get(value)
        return self.coded(field, [] if code is None else [code])

    def among(self, node: Among) -> np.ndarray:
        if node.field == "id":
            return self.ids(list(node.values))
        known = self.cache.people.by_id()
        return self.by_authors([row for value in node.values for row in known.get(value, ())])

    def starts(self, field: str, value: str) -> np.ndarray:
        if field in self.declared:
            return self.declared_column(field).starting_with(value)
        if field == "id":
            ids = self.cache.column("id")
            native = pc.replace_substring_regex(ids, r"^[^:]*:", "") if len(ids) else ids
            return np.asarray(pc.or_(pc.starts_with(ids, value), pc.starts_with(native, value)))
        if field in ("author", "handle"):
            people = self.cache.people
            known = people.by_id() if field == "author" else people.by_handle()
            return self.by_authors(
                sorted(
                    {row for key, rows in known.items() if key.startswith(value) for row in rows}
                )
            )
        return self.coded(
            field,
            [
                code
                for code, known in enumerate(self.dictionary(field).values)
                if known.startswith(value)
            ],
        )

    def exists(self, field: str) -> np.ndarray:
        cache = self.cache
        if field in self.declared:
            return self.declared_column(field).present()
        if field == "published":
            return self.in_range(cache.time.view, None, None, UNDATED)
        if field in NUMBERS or field == "followers":
            return self.in_range(self.number(field), None, None, NONE)
        if field == "id":
            return np.ones(len(cache), bool)
        if field == "author":
            return self.in_range(cache.author.view, None, None, 0)
        if field == "handle":
            named = np.asarray([bool(handle) for handle in cache.people.handles])
            return self.in_range(named[cache.author.view], None, None, 0)
        if field in ("hashtag", "mention", "domain", "url"):
            return cache.list_column(field).counts() > 0
        codes = self.codes(field)
        empty = [
            self.dictionary(field).code.get(value, -1)
            for value in ("", *(("und",) if field == "lang" else ()))
        ]
        return (codes >= 0) & ~np.isin(codes, empty)

    def dictionary(self, field: str) -> Dictionary:
        """The dictionary of a coded field."""
        cache = self.cache
        if field in ("hashtag", "mention", "domain", "url"):
            return cache.list_column(field).dictionary
        if field in ("narrative", "copy"):
            return cache.annotated["narratives" if field == "narrative" else "copies"][0]
        return cache.coded[field][0]

    def codes(self, field: str) -> np.ndarray:
        """Codes by position of a field with one value a document, -1 where it has none."""
        cache = self.cache
        if field == "author":
            return cache.author.view
        if field == "lang":
            return cache.languages()
        if field in ("narrative", "copy"):
            return cache.annotated["narratives" if field == "narrative" else "copies"][1].view
        return cache.coded[field][1].view

    def coded(self, field: str, wanted: list[int]) -> np.ndarray:
        """Positions whose field has one of these codes."""
        if field in ("hashtag", "mention", "domain", "url"):
            return (
                self.cache.list_column(field).where(wanted)
                if wanted
                else np.zeros(len(self.cache), bool)
            )
        return _among(self.codes(field), wanted)

    def by_authors(self, rows: list[int]) -> np.ndarray:
        return _among(self.cache.author.view, rows)

    def ids(self, ids: list[str]) -> np.ndarray:
        mask = np.zeros(len(self.cache), bool)
        positions = self.cache.positions(
            np.array(list(rows_of(self.connection, ids).values()), np.int64)
        )
        mask[positions[positions >= 0]] = True
        return mask


def _among(codes: np.ndarray, wanted: list[int]) -> np.ndarray:
    if not wanted:
        return np.zeros(len(codes), bool)
    mask: np.ndarray = (
        codes == wanted[0] if len(wanted) == 1 else np.isin(codes, np.asarray(wanted, codes.dtype))
    )
    return mask


def fts5_expression(node: Word | Phrase | Prefix) -> str:
    """A word, phrase or prefix in FTS5's language: quoted, so that nothing in it is an operator."""
    if isinstance(node, Phrase):
        return '"' + " ".join(node.words).replace('"', '""') + '"'
    quoted = '"' + node.text.replace('"', '""') + '"'
    return quoted + "*" if isinstance(node, Prefix) else quoted


def scoring_terms(node: Node) -> list[str]:
    """The FTS5 expressions of the words that a query asks for, not those it excludes: what
    relevance is measured by."""
    if isinstance(node, _WORDS):
        return [fts5_expression(node)]
    if isinstance(node, (And, Or)):
        return [found for part in node.parts for found in scoring_terms(part)]
    return []
