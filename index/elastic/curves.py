"""Histograms with our own edges: days and weeks of the asked time zone, counted by the server.

A page asks for fine slots along with its hits, and the slots are added up into the buckets of
`index.timeline`. How fine they may be follows from the window, else from the time that the whole store spans,
which the same request learns. Where an edge falls into a slot (hits of a few days in a store of years, and no
window), a second request counts between the edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from index import timeline
from index.base import Histogram, Window
from index.elastic.asking import Asking
from index.elastic.tree import milliseconds

SLOTS = (60_000, 300_000, 900_000, 3_600_000)
MAX_SLOTS = 20_000
EXTENT = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}
STORE = {"store": {"global": {}, "aggs": EXTENT}}


def extent(answer: dict[str, Any]) -> tuple[int, int] | None:
    """First and last time among documents, from the answer of `EXTENT`."""
    first, last = ((answer.get(name) or {}).get("value") for name in ("first", "last"))
    return (int(first), int(last)) if first is not None and last is not None else None


def slots(window: Window, store: tuple[int, int] | None) -> dict[str, Any]:
    """The aggregations of a page: first, last and slots of hits; ``store`` is the time that all documents span, if known."""
    first = milliseconds(window.since) if window.since else store and store[0]
    last = milliseconds(window.until) if window.until else store and store[1]
    width = SLOTS[-1]
    if first is not None and last is not None:
        width = next((w for w in SLOTS if (last - first) / w <= MAX_SLOTS), width)
    made = {"field": "published_at", "interval": width, "min_doc_count": 1}
    return {**EXTENT, "slots": {"histogram": made, "meta": {"width": width}}}


def curve(asking: Asking, query: dict[str, Any], answer: dict[str, Any], interval: str, timezone: str) -> Histogram:
    """The histogram of a hit set from the answer of `slots`, or with one more request."""
    span = extent(answer)
    if span is None:
        timeline.zone(timezone)
        return Histogram("1h" if interval == "auto" else interval, [])
    name, starts, edges = timeline.buckets(*span, interval, timezone)
    counts = _added(answer["slots"], edges)
    if counts is None:
        counts = _asked(asking, query, edges)
    return Histogram(name, list(zip(starts, counts, strict=True)))


def _added(slots: dict[str, Any], edges: Sequence[int]) -> list[int] | None:
    """Slots added up between edges, or None where an edge falls into one."""
    if any(edge % slots["meta"]["width"] for edge in edges):
        return None
    counts, at = [0] * (len(edges) - 1), 0
    for bucket in slots["buckets"]:
        while at < len(counts) - 1 and bucket["key"] >= edges[at + 1]:
            at += 1
        counts[at] += bucket["doc_count"]
    return counts


def _asked(asking: Asking, query: dict[str, Any], edges: Sequence[int]) -> list[int]:
    counts: list[int] = []
    for start in range(0, len(edges) - 1, 5_000):
        part = edges[start : start + 5_001]
        ranges = [{"from": a, "to": b} for a, b in itertools.pairwise(part)]
        made = {"curve": {"range": {"field": "published_at", "ranges": ranges}}}
        counts += [bucket["doc_count"] for bucket in asking.request(size=0, query=query, aggs=made)["aggregations"]["curve"]["buckets"]]
    return counts
