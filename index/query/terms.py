"""The terms of a query one by one: as written, and the query without one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.query.inflections import inflect
from index.query.nodes import (
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

_BARE_VALUE = re.compile(r"[\w.:@-]+")
Path = tuple[int, ...]
"""Where a term stands in a tree: which part, of which part ..."""


def terms_of(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node, bool]]:
    """Each term with its place, and whether it is excluded; in the order of writing.

    A word in all its forms is one term.
    """
    if isinstance(node, Not):
        for at, term, excluded in terms_of(node.part, (*path, 0)):
            yield at, term, not excluded
    elif isinstance(node, (And, Or)) and inflected_word(node) is None:
        for number, part in enumerate(node.parts):
            yield from terms_of(part, (*path, number))
    elif not isinstance(node, Everything):
        yield path, node, False


def replace_at(node: Node, path: Path, by: Node | None) -> Node | None:
    """The tree with another term in that place, or without it; None where nothing is left."""
    if not path:
        return by
    if isinstance(node, Not):
        part = replace_at(node.part, path[1:], by)
        return None if part is None else Not(part)
    assert isinstance(node, (And, Or))
    changed = [
        replace_at(part, path[1:], by) if number == path[0] else part
        for number, part in enumerate(node.parts)
    ]
    parts = tuple(part for part in changed if part is not None)
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(parts) if isinstance(node, And) else Or(parts)


def inflected_word(node: Node) -> str | None:
    """The word of which this is any form (``~word``); None for every other tree."""
    if isinstance(node, Or) and all(isinstance(part, Word) for part in node.parts):
        forms = tuple(part.text for part in node.parts if isinstance(part, Word))
        return forms[0] if inflect(forms[0]) == forms else None
    return None


def write_term(node: Node) -> str:
    """A term as people write it in a query."""
    if word := inflected_word(node):
        return f"~{word}"
    match node:
        case Word(text):
            return text if text.lstrip("#@").isalnum() else _quote(text)
        case Phrase(words):
            return _quote(" ".join(words))
        case Prefix(text):
            return f"{text}*"
        case Term(field, value):
            return f"{field}:{quote_value(value)}"
        case FieldPrefix(field, value):
            return f"{field}:{value}*"
        case Among(field, values):
            return f"{field}: {len(values)}"
        case OfFinding(kind, name):
            return f"{kind}:{name}"
        case Exists(field):
            return f"exists:{field}"
        case Range(field, low, high):
            # half-open: `}` leaves the bound out
            return f"{field}:[{_bound(low)} TO {_bound(high)}}}"
    return ""


def quote_value(value: str) -> str:
    """A value as the query language takes it: bare where that is unambiguous, else in quotes."""
    return value if _BARE_VALUE.fullmatch(value) else _quote(value)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bound(value: int | float | None) -> str:
    return "*" if value is None else str(value)
