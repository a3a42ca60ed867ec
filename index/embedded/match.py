"""A query tree as a mask over positions: words by FTS5, fields by columns."""

from __future__ import annotations

import sqlite3

import numpy as np
import pyarrow.compute as pc

from index.base import Window
from index.embedded.cache import UNDATED, Cache
from index.embedded.codec import METRICS, milliseconds
from index.embedded.columns import NONE, Dictionary
from index.query import And, Everything, Exists, Node, Not, Or, Phrase, Prefix, Range, Starts, Term, Word

_WORDS = (Word, Phrase, Prefix)


class Matcher:
    """Evaluates queries over a cache that is in step with the connection's transaction."""

    def __init__(self, connection: sqlite3.Connection, cache: Cache) -> None:
        self.connection = connection
        self.cache = cache

    def mask(self, node: Node, window: Window) -> np.ndarray:
        """Which positions match, live documents only."""
        found: np.ndarray = self.cache.alive.view.copy()
        since, until = milliseconds(window.since), milliseconds(window.until)
        if since is not None or until is not None:
            found &= self.within(self.cache.time.view, since, until, UNDATED)
        return found if isinstance(node, Everything) else found & self.match(node)

    @staticmethod
    def within(values: np.ndarray, low: int | None, high: int | None, absent: int) -> np.ndarray:
        """``low <= values < high``, never where absent."""
        found: np.ndarray = values != absent
        if low is not None:
            found &= values >= low
        if high is not None:
            found &= values < high
        return found

    def match(self, node: Node) -> np.ndarray:
        """Which positions match a node, dead ones perhaps included."""
        if isinstance(node, _WORDS):
            return self.words(expression(node))
        if isinstance(node, (And, Or)):
            return self.joined(node)
        if isinstance(node, Not):
            return ~self.match(node.part)
        if isinstance(node, Range):
            return self.range(node)
        if isinstance(node, Term):
            return self.term(node.field, node.value)
        if isinstance(node, Starts):
            return self.starts(node.field, node.value)
        if isinstance(node, Exists):
            return self.exists(node.field)
        return np.ones(len(self.cache), bool)

    def joined(self, node: And | Or) -> np.ndarray:
        """All parts, or any; the words among them go to FTS5 as one expression."""
        together = isinstance(node, And)
        words = [part for part in node.parts if isinstance(part, _WORDS)]
        parts = [self.words((" AND " if together else " OR ").join(map(expression, words)))] if words else []
        parts += [self.match(part) for part in node.parts if not isinstance(part, _WORDS)]
        found: np.ndarray = (np.logical_and if together else np.logical_or).reduce(parts)
        return found

    def words(self, text: str) -> np.ndarray:
        """Positions that an FTS5 expression matches."""
        rows = self.connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (text,)).fetchall()
        mask = np.zeros(len(self.cache), bool)
        positions = self.cache.positions(np.fromiter((row for (row,) in rows), np.int64, len(rows)))
        mask[positions[positions >= 0]] = True
        return mask

    def range(self, node: Range) -> np.ndarray:
        if node.field == "published":
            return self.within(self.cache.time.view, node.low, node.high, UNDATED)
        return self.within(self.number(node.field), node.low, node.high, NONE)

    def number(self, field: str) -> np.ndarray:
        if field in METRICS:
            return self.cache.metrics[field].view
        followers: np.ndarray = self.cache.people.followers[self.cache.author.view]
        return followers

    def term(self, field: str, value: str) -> np.ndarray:
        if field == "id":
            return self.ids([value, *(f"{platform}:{value}" for platform in self.cache.keyed["platform"][0].values)])
        if field in ("author", "handle"):
            people = self.cache.people
            return self.people((people.by_id() if field == "author" else people.by_handle()).get(value, []))
        found = self.dictionary(field).code.get(value)
        return self.coded(field, [] if found is None else [found])

    def starts(self, field: str, value: str) -> np.ndarray:
        if field == "id":
            ids = self.cache.column("id")
            native = pc.replace_substring_regex(ids, r"^[^:]*:", "") if len(ids) else ids
            return np.asarray(pc.or_(pc.starts_with(ids, value), pc.starts_with(native, value)))
        if field in ("author", "handle"):
            people = self.cache.people
            known = people.by_id() if field == "author" else people.by_handle()
            return self.people(sorted({row for key, rows in known.items() if key.startswith(value) for row in rows}))
        return self.coded(field, [code for code, known in enumerate(self.dictionary(field).values) if known.startswith(value)])

    def exists(self, field: str) -> np.ndarray:
        cache = self.cache
        if field == "published":
            return self.within(cache.time.view, None, None, UNDATED)
        if field in METRICS or field == "followers":
            return self.within(self.number(field), None, None, NONE)
        if field == "id":
            return np.ones(len(cache), bool)
        if field == "author":
            return self.within(cache.author.view, None, None, 0)
        if field == "handle":
            named = np.asarray([bool(handle) for handle in cache.people.handles])
            return self.within(named[cache.author.view], None, None, 0)
        if field in ("hashtag", "mention", "domain", "url"):
            return cache.listed(field).counts() > 0
        codes = self.codes(field)
        empty = [self.dictionary(field).code.get(value, -1) for value in ("", *(("und",) if field == "lang" else ()))]
        return (codes >= 0) & ~np.isin(codes, empty)

    def dictionary(self, field: str) -> Dictionary:
        """The dictionary of a coded field."""
        cache = self.cache
        if field in ("hashtag", "mention", "domain", "url"):
            return cache.listed(field).dictionary
        if field in ("narrative", "copy"):
            return cache.noted["narratives" if field == "narrative" else "copies"][0]
        return cache.keyed[field][0]

    def codes(self, field: str) -> np.ndarray:
        """Codes by position of a field with one value a document, -1 where it has none."""
        cache = self.cache
        if field == "author":
            return cache.author.view
        if field == "lang":
            return cache.languages()
        if field in ("narrative", "copy"):
            return cache.noted["narratives" if field == "narrative" else "copies"][1].view
        return cache.keyed[field][1].view

    def coded(self, field: str, wanted: list[int]) -> np.ndarray:
        """Positions whose field has one of these codes."""
        if field in ("hashtag", "mention", "domain", "url"):
            return self.cache.listed(field).where(wanted) if wanted else np.zeros(len(self.cache), bool)
        return _among(self.codes(field), wanted)

    def people(self, rows: list[int]) -> np.ndarray:
        return _among(self.cache.author.view, rows)

    def ids(self, ids: list[str]) -> np.ndarray:
        mask = np.zeros(len(self.cache), bool)
        marks = ",".join("?" * len(ids))
        rows = self.connection.execute(f"SELECT row FROM docs WHERE id IN ({marks})", ids).fetchall()  # noqa: S608
        positions = self.cache.positions(np.array([row for (row,) in rows], np.int64))
        mask[positions[positions >= 0]] = True
        return mask


def _among(codes: np.ndarray, wanted: list[int]) -> np.ndarray:
    if not wanted:
        return np.zeros(len(codes), bool)
    found: np.ndarray = codes == wanted[0] if len(wanted) == 1 else np.isin(codes, np.asarray(wanted, codes.dtype))
    return found


def expression(node: Word | Phrase | Prefix) -> str:
    """A word, phrase or prefix in FTS5's language: quoted, so that nothing in it is an operator."""
    if isinstance(node, Phrase):
        return '"' + " ".join(node.words).replace('"', '""') + '"'
    quoted = '"' + node.text.replace('"', '""') + '"'
    return quoted + "*" if isinstance(node, Prefix) else quoted


def sought(node: Node) -> list[str]:
    """The FTS5 expressions of the words that a query asks for, not those it excludes: what relevance is measured by."""
    if isinstance(node, _WORDS):
        return [expression(node)]
    if isinstance(node, (And, Or)):
        return [found for part in node.parts for found in sought(part)]
    return []
