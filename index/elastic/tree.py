"""The query tree as Elasticsearch queries. Values go in as data, never as query text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from index.base import Window
from index.query import And, Everything, Exists, Node, Not, Or, Phrase, Prefix, Range, Starts, Term, Word, parse
from tocsin.documents import native_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = {"published": "published_at"}


def milliseconds(moment: datetime) -> int:
    """Epoch milliseconds of an aware time."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(value: int) -> datetime:
    """The aware time of epoch milliseconds."""
    return EPOCH + timedelta(milliseconds=value)


def query(asked: str | Node, window: Window) -> dict[str, Any]:
    """A filter for a query over a window: matches, no scores."""
    filters = [] if isinstance(tree := parse(asked), Everything) else [_node(tree)]
    if span := _window(window):
        filters.append(span)
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def scored(asked: str | Node, window: Window, stemmed: tuple[str, ...]) -> dict[str, Any]:
    """The same matches as `query`, scored by BM25; ``stemmed`` fields lift documents and never add any."""
    words = _words(parse(asked))
    should: list[dict[str, Any]] = [{"match": {"tok": " ".join(words)}}] if words else []
    should += [{"match": {field: {"query": " ".join(words), "boost": 0.5}}} for field in stemmed if words]
    return {"bool": {"filter": [query(asked, window)], "should": should}}


def _words(node: Node) -> list[str]:
    match node:
        case Word(text):
            return [text]
        case Phrase(words):
            return list(words)
        case And(parts) | Or(parts):
            return [word for part in parts for word in _words(part)]
        case _:
            return []


def _window(window: Window) -> dict[str, Any] | None:
    bounds = {}
    if window.since is not None:
        bounds["gte"] = milliseconds(window.since)
    if window.until is not None:
        bounds["lt"] = milliseconds(window.until)
    return {"range": {"published_at": bounds}} if bounds else None


def _node(node: Node) -> dict[str, Any]:
    return _MAKERS[type(node)](node)


def _term(node: Term) -> dict[str, Any]:
    # An id may be given as the platform's own or with its platform.
    if node.field in ("id", "author"):
        return {
            "bool": {"should": [{"term": {node.field: node.value}}, {"wildcard": {node.field: {"value": f"*:{_escaped(node.value)}"}}}]}
        }
    return {"term": {node.field: node.value}}


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in "*?\\" else c for c in value)


def _range(node: Range) -> dict[str, Any]:
    bounds = {name: value for name, value in (("gte", node.low), ("lt", node.high)) if value is not None}
    field = _FIELDS.get(node.field, node.field)
    return {"range": {field: bounds}} if bounds else {"exists": {"field": field}}


_MAKERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Everything: lambda _: {"match_all": {}},
    Word: lambda n: {"term": {"tok": n.text}},
    Phrase: lambda n: {"match_phrase": {"tok": " ".join(n.words)}},
    Prefix: lambda n: {"prefix": {"tok": n.text}},
    Term: _term,
    Starts: lambda n: {"prefix": {n.field: n.value}},
    Range: _range,
    Exists: lambda n: {"exists": {"field": _FIELDS.get(n.field, n.field)}},
    And: lambda n: {"bool": {"filter": [_node(p) for p in n.parts]}},
    Or: lambda n: {"bool": {"should": [_node(p) for p in n.parts], "minimum_should_match": 1}},
    Not: lambda n: {"bool": {"must_not": [_node(n.part)]}},
}


__all__ = ["milliseconds", "moment", "native_id", "query", "scored"]
