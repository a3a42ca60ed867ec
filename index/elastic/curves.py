"""Histograms with our own edges: days and weeks of the asked time zone, counted by the server.

A page asks for fine slots along with its hits, and the slots are added up into the buckets of
`index.timeline`. Where the edges do not fall on slots, a second request counts between the edges.
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


def slots(window: Window, extent: tuple[int, int] | None) -> dict[str, Any]:
    """The aggregation of a page: first, last and the finest slots that the window allows."""
    if extent is None:
        return EXTENT
    first = max(extent[0], milliseconds(window.since)) if window.since else extent[0]
    last = min(extent[1], milliseconds(window.until)) if window.until else extent[1]
    if last < first:  # nothing can be there
        return EXTENT
    for width in SLOTS:
        if (last - first) / width <= MAX_SLOTS:
            bounds = {"min": first - width, "max": last + width}
            made = {"field": "published_at", "interval": width, "min_doc_count": 1, "hard_bounds": bounds}
            return {**EXTENT, "slots": {"histogram": made}}
    return EXTENT


def curve(asking: Asking, query: dict[str, Any], answer: dict[str, Any], interval: str, timezone: str) -> Histogram:
    """The histogram of a hit set from the answer of `slots`, or with one more request."""
    first, last = answer["first"].get("value"), answer["last"].get("value")
    if first is None or last is None:
        timeline.zone(timezone)
        return Histogram("1h" if interval == "auto" else interval, [])
    name, starts, edges = timeline.buckets(int(first), int(last), interval, timezone)
    counts = _added(answer.get("slots"), edges)
    if counts is None:
        counts = _asked(asking, query, edges)
    return Histogram(name, list(zip(starts, counts, strict=True)))


def _added(found: dict[str, Any] | None, edges: Sequence[int]) -> list[int] | None:
    if found is None:
        return None
    keys = [int(bucket["key"]) for bucket in found["buckets"]]
    width = next((w for w in reversed(SLOTS) if all(k % w == 0 for k in keys)), None)
    if width is None or any(edge % width for edge in edges):
        return None
    counts, at = [0] * (len(edges) - 1), 0
    for key, bucket in zip(keys, found["buckets"], strict=True):
        while at < len(counts) - 1 and key >= edges[at + 1]:
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
