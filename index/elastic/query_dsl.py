"""The query tree as Elasticsearch queries. Values go in as data, never as query text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from index.base import Window
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
    map_leaves,
    parse,
)
from tocsin.core.dates import to_milliseconds

_NATIVE = {"id": "native", "author": "author_native"}
MAX_WORD = 250
KEPT = 200
MAX_TERMS = 65_000
"""Values of one ``terms`` query: ``index.max_terms_count`` is 65,536."""
_FIELDS = {"published": "published_at"}


def index_term(word: str) -> str:
    """A word as the server keeps it: its whitespace tokenizer would cut what is longer than 255
    characters in pieces."""
    if len(word) <= MAX_WORD:
        return word
    return word[:KEPT] + hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()[:32]


def filter_query(given: str | Node, window: Window) -> dict[str, Any]:
    """A filter for a query over a window: matches, no scores."""
    filters = [] if isinstance(tree := parse(given), Everything) else [_node(tree)]
    if span := _window(window):
        filters.append(span)
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def field_names(node: Node) -> set[str]:
    """The names of all fields that a tree asks."""
    match node:
        case Term(field) | FieldPrefix(field) | Range(field) | Exists(field):
            return {field}
        case And(parts) | Or(parts):
            return {name for part in parts for name in field_names(part)}
        case Not(part):
            return field_names(part)
        case _:
            return set()


def with_paths(node: Node, paths: Mapping[str, str]) -> Node:
    """The tree with paths in place of the names of fields that have one."""
    if not paths:
        return node

    def with_path(leaf: Node) -> Node:
        if isinstance(leaf, (Term, FieldPrefix, Range, Exists)):
            return replace(leaf, field=paths.get(leaf.field, leaf.field))
        return leaf

    return map_leaves(node, with_path)


def scored_query(given: str | Node, window: Window, stemmed: tuple[str, ...]) -> dict[str, Any]:
    """The same matches as `filter_query`, scored by BM25; ``stemmed`` fields lift documents and
    never add any."""
    words = _words(parse(given))
    should: list[dict[str, Any]] = [{"match": {"tok": " ".join(words)}}] if words else []
    should += [
        {"match": {field: {"query": " ".join(words), "boost": 0.5}}} for field in stemmed if words
    ]
    return {"bool": {"filter": [filter_query(given, window)], "should": should}}


def _words(node: Node) -> list[str]:
    match node:
        case Word(text):
            return [index_term(text)]
        case Phrase(words):
            return [index_term(word) for word in words]
        case And(parts) | Or(parts):
            return [word for part in parts for word in _words(part)]
        case _:
            return []


def _window(window: Window) -> dict[str, Any] | None:
    bounds = {}
    if window.since is not None:
        bounds["gte"] = to_milliseconds(window.since)
    if window.until is not None:
        bounds["lt"] = to_milliseconds(window.until)
    return {"range": {"published_at": bounds}} if bounds else None


def _node(node: Node) -> dict[str, Any]:
    if isinstance(node, OfFinding):
        raise node.unresolved()
    return _MAKERS[type(node)](node)


def _term(node: Term) -> dict[str, Any]:
    return _either(node.field, lambda field: {"term": {field: node.value}})


def _among(node: Among) -> dict[str, Any]:
    """Any of the values: of many, in as many ``terms`` as the server takes."""
    parts = [
        {"terms": {node.field: list(node.values[start : start + MAX_TERMS])}}
        for start in range(0, len(node.values), MAX_TERMS)
    ]
    return {"bool": {"should": parts, "minimum_should_match": 1}} if parts else {"match_none": {}}


def _starts(node: FieldPrefix) -> dict[str, Any]:
    return _either(node.field, lambda field: {"prefix": {field: node.value}})


def _exists(node: Exists) -> dict[str, Any]:
    exists: dict[str, Any] = {"exists": {"field": _FIELDS.get(node.field, node.field)}}
    return (
        {"bool": {"filter": [exists], "must_not": [{"terms": {"lang": ["und"]}}]}}
        if node.field == "lang"
        else exists
    )


def _either(field: str, make: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Ids may be given with their platform or as the platform's own."""
    if field not in _NATIVE:
        return make(field)
    return {"bool": {"should": [make(field), make(_NATIVE[field])], "minimum_should_match": 1}}


def _range(node: Range) -> dict[str, Any]:
    bounds = {
        name: value for name, value in (("gte", node.low), ("lt", node.high)) if value is not None
    }
    field = _FIELDS.get(node.field, node.field)
    return {"range": {field: bounds}} if bounds else {"exists": {"field": field}}


_MAKERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Everything: lambda _: {"match_all": {}},
    Word: lambda n: {"term": {"tok": index_term(n.text)}},
    Phrase: lambda n: {"match_phrase": {"tok": " ".join(map(index_term, n.words))}},
    Prefix: lambda n: {"prefix": {"tok": n.text[:KEPT]}},
    Term: _term,
    Among: _among,
    FieldPrefix: _starts,
    Range: _range,
    Exists: _exists,
    And: lambda n: {"bool": {"filter": [_node(p) for p in n.parts]}},
    Or: lambda n: {"bool": {"should": [_node(p) for p in n.parts], "minimum_should_match": 1}},
    Not: lambda n: {"bool": {"must_not": [_node(n.part)]}},
}
