"""What a query is made of: a tree that both backends translate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word of title or text."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words that follow each other."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words of title or text that begin with a folded text."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A field has exactly this (normalised) value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Among:
    """``id`` or ``author`` is one of these, whole ids with their platform. Sorted, without repeats.

    The query language cannot write it: it stands for what a finding or a list of accounts names,
    however many that are.
    """

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfFinding:
    """The posts that a published finding counts: ``signal:ID``, ``cluster:ID``.

    `index.reading.queries.read_query` puts the posts in its place: no backend sees it.
    """

    kind: str
    id: str

    def unresolved(self) -> ConfigError:
        """The error of a backend that is asked for it as it is."""
        return ConfigError(Message("query.unresolved", {"name": self.kind}))


@dataclass(frozen=True, slots=True)
class FieldPrefix:
    """A field has a value that begins so."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """``low <= field < high``; None is unbounded. A document without the number does not match.

    Bounds are integers, for a declared field of type ``number`` floats.
    """

    field: str
    low: int | float | None
    high: int | float | None


@dataclass(frozen=True, slots=True)
class Exists:
    """A field has a value (``lang``: other than und)."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Node


Node: TypeAlias = (
    Everything
    | Word
    | Phrase
    | Prefix
    | Term
    | Among
    | OfFinding
    | FieldPrefix
    | Range
    | Exists
    | And
    | Or
    | Not
)


def leaves(node: Node) -> Iterator[Node]:
    """The parts of a tree that have no parts of their own, in order."""
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def map_leaves(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with each part that has no parts of its own changed; And, Or and Not stay."""
    if isinstance(node, (And, Or)):
        return replace(node, parts=tuple(map_leaves(part, change) for part in node.parts))
    if isinstance(node, Not):
        return Not(map_leaves(node.part, change))
    return change(node)
