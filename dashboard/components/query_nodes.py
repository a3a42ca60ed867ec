"""Queries that the screens put together themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.query import And, Exists, Node, Not, Or, Term, Word, normalise
from index.reading.queries import among
from tocsin.core.text import tokens

_SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")


def posts_by_authors(authors: frozenset[str]) -> Node | None:
    """The query for posts of these accounts; None where there are no accounts."""
    return among("author", authors) if authors else None


def posts_with_terms(terms: Sequence[str]) -> Node | None:
    """The query for posts with at least one of these terms; None where no term has a word.

    A term is a word, words that go together (all must occur: short words between them are left out
    of terms), a hashtag, or the site of a link.
    """
    nodes = [node for term in terms if (node := _term_node(term)) is not None]
    if len(nodes) > 1:
        return Or(tuple(nodes))
    return nodes[0] if nodes else None


def with_any(field: str, values: Sequence[str]) -> Node:
    """The query for posts with one of these values (at least one) of a field."""
    terms = tuple(Term(field, value) for value in values)
    return terms[0] if len(terms) == 1 else Or(terms)


def intersect(a: Node, b: Node) -> Node:
    """The query for posts that match both."""
    return And((a, b))


def undated(node: Node) -> Node:
    """The query for those posts of another that have no time."""
    return And((node, Not(Exists("published"))))


def exclude(node: Node, excluded: Node | None) -> Node:
    """The query for posts that match ``node`` and not ``excluded``."""
    return node if excluded is None else And((node, Not(excluded)))


def _term_node(term: str) -> Node | None:
    if term.startswith("#") and (tag := normalise("hashtag", term)):
        return Term("hashtag", tag)
    if _SITE.fullmatch(term):
        return Term("domain", normalise("domain", term))
    if " + " in term:  # a story, named by words of which a post need not have all
        return posts_with_terms(term.split(" + "))
    words = tuple(Word(word) for word in tokens(term))
    if len(words) > 1:
        return And(words)
    return words[0] if words else None
