"""Words and names that stand beside what a query asks for, more often than elsewhere."""

from __future__ import annotations

import math
from collections import Counter

import streamlit as st

from dashboard.components.explore.request import SearchRequest
from dashboard.components.facets import Choice
from dashboard.counts import count_posts
from dashboard.queries import WorkspaceQueries
from index.base import Query, Window
from index.privacy import PREFIX
from index.query import Word
from index.query.terms import terms_of
from tocsin.core.text import tokens

READ = 300
"""Newest posts of a query that are read."""
SHOWN = 10
CANDIDATES = 40
MIN_POSTS = 3
MIN_LETTERS = 3
MIN_LIFT = 1.5
"""Times as often as in all posts of the period, from which a word belongs to the subject."""
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


def words_beside(queries: WorkspaceQueries, request: SearchRequest) -> list[Choice]:
    """The words that tell most of a query's newest posts, with their posts among those read."""
    read, often, _ = _read(
        queries.stamp, queries.people.enabled, request.node, request.window, queries
    )
    asked = {term.text for _, term, _ in terms_of(request.asked) if isinstance(term, Word)}
    whole = max(1, count_posts(queries, "", request.window))
    ranked = []
    for word, posts in often:
        if posts < MIN_POSTS or word in asked:
            continue
        usual = count_posts(queries, Word(word), request.window) / whole
        lift = posts / read / max(usual, 1 / whole)
        if lift >= MIN_LIFT:
            ranked.append((posts * math.log(lift), word, posts))
    ranked.sort(key=lambda row: (-row[0], row[1]))
    return [Choice(word, posts, word) for _, word, posts in ranked[:SHOWN]]


def names_beside(queries: WorkspaceQueries, request: SearchRequest) -> dict[str, list[Choice]]:
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
