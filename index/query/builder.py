"""Simple queries as the fields of a form, and back.

A query that is more than a form can say is not read: nothing of it is lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from index.fields import DeclaredField
from index.query.nodes import (
    And,
    Everything,
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
from index.query.parser import QueryError, parse
from index.query.terms import inflected_word, quote_value, write_term
from tocsin.core.findings import rfc3339

LISTS = {"author": "authors", "source": "sources", "lang": "languages", "platform": "platforms"}
"""Field of the query -> list of the form; a post has one of these values."""
ONE = ("narrative", "cluster", "signal")
"""Fields of which a form has one value."""
_ITEM = re.compile(r'[~]?"(?:[^"\\]|\\.)*"|[^,;\n"]+')
_NO_FIELDS: Mapping[str, DeclaredField] = {}


@dataclass(frozen=True)
class SimpleQuery:
    """What a form says.

    Attributes:
        all_of, any_of, none_of: terms as they stand in a query: ``word``, ``"a phrase"``,
            ``climat*``, ``~carburant``, and ``field:value`` where a form has no place of its own.
        since, until: half-open, as a query takes times; empty where there is none.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    narrative: str = ""
    cluster: str = ""
    signal: str = ""


class _NotSimple(Exception):
    """The query says more than a form can."""


def split_terms(text: str, declared: Mapping[str, DeclaredField] = _NO_FIELDS) -> tuple[str, ...]:
    """The terms that a person wrote in a field, with commas between them.

    Words without a comma between them are a phrase; what is no term of a query is quoted.
    """
    pieces = (" ".join(found.group().split()) for found in _ITEM.finditer(text))
    return tuple(dict.fromkeys(_term(piece, declared) for piece in pieces if piece))


def write_query(simple: SimpleQuery) -> str:
    """The query of a form; empty where the form is."""
    parts = [_either(simple.any_of), *simple.all_of, *(f"-{term}" for term in simple.none_of)]
    for field, name in LISTS.items():
        parts.append(_either([_field(field, value) for value in getattr(simple, name)]))
    parts += [_field(name, getattr(simple, name)) for name in ONE]
    parts += [_field("after", simple.since), _field("before", simple.until)]
    return " ".join(part for part in parts if part)


def read_simple(
    text: str, declared: Mapping[str, DeclaredField] = _NO_FIELDS
) -> SimpleQuery | None:
    """The form of a query; None where the query says more than a form can.

    Raises:
        QueryError: what is written is no query.
    """
    simple = SimpleQuery()
    try:
        for part in _parts(parse(text, declared)):
            simple = _with_part(simple, part)
    except _NotSimple:
        return None
    return simple


def _parts(node: Node) -> Iterable[Node]:
    if isinstance(node, Everything):
        return
    if isinstance(node, And):
        for part in node.parts:
            yield from _parts(part)
    else:
        yield node


def _with_part(simple: SimpleQuery, part: Node) -> SimpleQuery:
    if isinstance(part, Not):
        inner = part.part
        excluded = inner.parts if isinstance(inner, Or) and not inflected_word(inner) else (inner,)
        written = tuple(_leaf(one) for one in excluded)
        return replace(simple, none_of=_joined(simple.none_of, written))
    if isinstance(part, Or) and inflected_word(part) is None:
        field = _one_field(part.parts)
        if field is not None:
            return _with_values(simple, field, part.parts)
        if simple.any_of:
            raise _NotSimple
        return replace(simple, any_of=tuple(_leaf(one) for one in part.parts))
    if isinstance(part, Term) and part.field in LISTS:
        return _with_values(simple, part.field, (part,))
    if isinstance(part, OfFinding) or (isinstance(part, Term) and part.field == "narrative"):
        name, value = ("narrative", part.value) if isinstance(part, Term) else (part.kind, part.id)
        if getattr(simple, name):
            raise _NotSimple
        return _with(simple, {name: value})
    if isinstance(part, Range) and part.field == "published":
        return _with_times(simple, part)
    return replace(simple, all_of=_joined(simple.all_of, (_leaf(part),)))


def _one_field(parts: Iterable[Node]) -> str | None:
    """The field of `LISTS` of which all parts are values."""
    fields = {part.field if isinstance(part, Term) else None for part in parts}
    field = fields.pop()
    return field if not fields and field in LISTS else None


def _with_values(simple: SimpleQuery, field: str, parts: Iterable[Node]) -> SimpleQuery:
    if getattr(simple, LISTS[field]):
        raise _NotSimple
    values = tuple(part.value for part in parts if isinstance(part, Term))
    return _with(simple, {LISTS[field]: values})


def _with_times(simple: SimpleQuery, part: Range) -> SimpleQuery:
    for name, bound in (("since", part.low), ("until", part.high)):
        if bound is None:
            continue
        if getattr(simple, name):
            raise _NotSimple
        simple = _with(simple, {name: _moment(bound)})
    return simple


def _with(simple: SimpleQuery, changes: Mapping[str, Any]) -> SimpleQuery:
    return replace(simple, **changes)


def _leaf(node: Node) -> str:
    """A term that means itself when it is read again."""
    if isinstance(node, (Word, Phrase, Prefix, Term)) or inflected_word(node):
        return write_term(node)
    raise _NotSimple


def _joined(before: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))


def _moment(milliseconds: float) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    if milliseconds % 1000:
        return rfc3339(moment)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}".removesuffix("T00:00:00Z")


def _term(piece: str, declared: Mapping[str, DeclaredField]) -> str:
    try:
        node = parse(piece, declared)
    except QueryError:
        return _quoted(piece)
    is_leaf = not isinstance(node, (And, Or, Not, Everything)) or inflected_word(node)
    if is_leaf and "(" not in piece and not piece.startswith(("-", "+")):
        return piece
    return _quoted(piece)


def _quoted(text: str) -> str:
    escaped = text.strip('"').replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _either(terms: Iterable[str]) -> str:
    written = list(terms)
    return f"({' OR '.join(written)})" if len(written) > 1 else "".join(written)


def _field(name: str, value: str) -> str:
    if not value:
        return ""
    return f"{name}:{quote_value(value)}"
