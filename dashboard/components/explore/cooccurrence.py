"""Words and names that occur with what a query asks for, more often than elsewhere."""

from __future__ import annotations

import math
from collections import Counter

import streamlit as st

from dashboard.components.explore.request import SearchRequest
from dashboard.components.facets import Choice
from dashboard.counts import count_posts, count_values
from dashboard.queries import WorkspaceQueries
from index.base import Query, Window
from index.privacy import PREFIX
from index.query import And, Term, Word
from index.query.terms import terms_of
from tocsin.core.text import tokens

READ = 300
"""Newest posts of a query that are read."""
SHOWN = 10
CANDIDATES = 80
MIN_POSTS = 3
MIN_LETTERS = 4
MIN_LIFT = 2.0
"""Times as often as in all posts of the period and languages, from which a word is telling."""
MAX_LANGUAGES = 3
NAMES = {"LOC": "place", "PER": "person", "ORG": "organisation", "GROUP": "group", "EVENT": "event"}
"""Labels of the stage ``entities`` that are shown, and what they are called."""


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(
    stamp: str,  # noqa: ARG001
    hidden: bool,  # noqa: ARG001
    query: Query,
    window: Window,
    _queries: WorkspaceQueries,
) -> tuple[int, tuple[tuple[str, int], ...], dict[str, tuple[tuple[str, int], ...]]]:
    """How many posts were read, the words of most of them, and names by label."""
    documents = _queries.search(query, window, "newest", READ).documents
    words: Counter[str] = Counter()
    names: dict[str, Counter[str]] = {label: Counter() for label in NAMES}
    for document in documents:
        words.update({w for w in tokens(f"{document.title or ''} {document.text}") if _is_word(w)})
        annotation = document.annotations.get("entities")
        for one in annotation.values.get("entities", ()) if annotation else ():
            if one.get("label") in names:
                names[one["label"]][str(one.get("text"))] += 1
    found = {label: tuple(_hidden(counts, _queries)) for label, counts in names.items()}
    return len(documents), tuple(words.most_common(CANDIDATES)), found


def _hidden(counts: Counter[str], queries: WorkspaceQueries) -> list[tuple[str, int]]:
    """The most frequent names, without those that name an account where accounts hide."""
    most = counts.most_common(4 * SHOWN)
    return [(name, n) for name, n in most if queries.people.text(name) == name][:SHOWN]


def _is_word(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isalpha() and not word.startswith(PREFIX.strip("-"))


def find_cooccurring_words(queries: WorkspaceQueries, request: SearchRequest) -> list[Choice]:
    """The words that tell most of a query's newest posts, with their posts among those read."""
    read, often, _ = _read(
        queries.stamp, queries.people.enabled, request.node, request.window, queries
    )
    asked = {term.text for _, term, _ in terms_of(request.asked) if isinstance(term, Word)}
    mix = _languages(queries, request)
    ranked = []
    for word, posts in often:
        if posts < MIN_POSTS or word in asked:
            continue
        lift = posts / read / _usual(queries, word, mix, request.window)
        if lift >= MIN_LIFT:
            ranked.append((posts * math.log(lift), word, posts))
    ranked.sort(key=lambda row: (-row[0], row[1]))
    return [Choice(word, posts, word) for _, word, posts in ranked[:SHOWN]]


def _languages(queries: WorkspaceQueries, request: SearchRequest) -> list[tuple[str, float, int]]:
    """The main languages of what was found: each with its share of it, and its posts of all.

    Words are compared with posts of the same languages: in a collection of several, every "the"
    would tell that a query finds English.
    """
    found = count_values(queries, "lang", request.node, request.window, size=MAX_LANGUAGES).values
    total = sum(posts for _, posts in found)
    return [
        (code, posts / total, count_posts(queries, Term("lang", code), request.window))
        for code, posts in found
    ]


def _usual(
    queries: WorkspaceQueries, word: str, mix: list[tuple[str, float, int]], window: Window
) -> float:
    """The share of posts that have a word, in a mix of languages; at least one post's."""
    share, whole = 0.0, 1
    for code, weight, posts in mix:
        both = And((Word(word), Term("lang", code)))
        share += weight * count_posts(queries, both, window) / max(1, posts)
        whole = max(whole, posts)
    return max(share, 1 / whole)


def find_cooccurring_names(
    queries: WorkspaceQueries, request: SearchRequest
) -> dict[str, list[Choice]]:
    """Places, people, organisations of a query's newest posts, where ``entities`` found them."""
    _, _, names = _read(
        queries.stamp, queries.people.enabled, request.node, request.window, queries
    )
    return {
        label: [Choice(name, posts, _phrase(name)) for name, posts in found if tokens(name)]
        for label, found in names.items()
        if found
    }


def _phrase(name: str) -> str:
    return '"' + " ".join(tokens(name)) + '"'
