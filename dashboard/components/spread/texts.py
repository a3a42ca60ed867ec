"""Texts that went around: near copies and reposts of one text together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from dashboard.answers import question
from dashboard.components.query_nodes import intersect
from dashboard.queries import WorkspaceQueries
from index.base import Index, Window
from index.query import Node
from index.reading.columns import column_values
from index.reading.queries import among

_COLUMNS = ("id", "repost_of", "copy_group")


@dataclass(frozen=True)
class Text:
    """A text with what carries it: ``group`` is that of its copies, ``post`` the one reposted.

    ``posts`` carry it in their own words, ``reposts`` pass on one of these; no post is in both.
    """

    group: str
    post: str
    posts: int
    reposts: int


def find_texts(queries: WorkspaceQueries, query: Node, window: Window, size: int) -> list[Text]:
    """The texts that most posts of a query carry or repost, two at least."""
    asked = question("texts", query, window)
    found = _texts(queries.stamp, asked, query, window, queries.index)
    return list(found[:size])


@st.cache_resource(max_entries=64, show_spinner=False)
def _texts(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _query: Node,
    _window: Window,
    _index: Index,
) -> tuple[Text, ...]:
    groups: Counter[str] = Counter()
    originals: Counter[str] = Counter()
    for batch in _index.scan(_COLUMNS, query=_query, window=_window, order="none"):
        _, reposted, copied = (column_values(batch.column(name)) for name in _COLUMNS)
        for of, group in zip(reposted, copied, strict=True):
            if group is not None:
                groups[group] += 1
            elif of is not None:
                originals[of] += 1
    reposts: Counter[str] = Counter()
    alone: Counter[str] = Counter(originals)
    reposted_ones = among("id", originals)
    collected: set[str] = set()
    for batch in _index.scan(_COLUMNS, query=reposted_ones, order="none"):
        ids, _, copied = (column_values(batch.column(name)) for name in _COLUMNS)
        for post, group in zip(ids, copied, strict=True):
            collected.add(post)
            if group is not None:
                reposts[group] += alone.pop(post)
    inside: set[str] = set()
    within = intersect(_query, reposted_ones)
    for batch in _index.scan(["id"], query=within, window=_window, order="none"):
        inside.update(batch.column(0).to_pylist())
    texts = [Text(key, "", groups[key], reposts[key]) for key in groups.keys() | reposts.keys()]
    # of a post that was not collected there is no text to show
    texts += [Text("", key, int(key in inside), n) for key, n in alone.items() if key in collected]
    texts = [one for one in texts if one.posts + one.reposts > 1]
    texts.sort(key=lambda one: (-one.posts - one.reposts, one.group, one.post))
    return tuple(texts)
