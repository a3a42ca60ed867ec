"""Histograms with our own edges: days and weeks of the asked time zone, counted by the server.

A page asks for slots along with its hits, and the slots are added up into the buckets of
`index.time_buckets`. How fine they may be follows from the window, else from the time that the
whole store spans, which the same request learns; hits of a few hours in a store of years are
counted by the minute beside them. Only where an edge still falls into a slot (a zone whose shift is
not of whole slots, minutes over weeks) a second request counts between the edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from index import time_buckets as timeline
from index.base import Histogram, Window
from index.elastic.query_dsl import milliseconds
from index.elastic.search import Searcher

SLOTS = (60_000, 300_000, 900_000, 3_600_000)
MAX_SLOTS = 20_000
MINUTES = 2_000
"""Minutes with hits that are counted one by one: more than the 30 hours up to which a curve has
points of less than an hour."""
EXTENT = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}
STORE = {"store": {"global": {}, "aggs": EXTENT}}


def extent(answer: dict[str, Any]) -> tuple[int, int] | None:
    """First and last time among documents, from the answer of `EXTENT`."""
    first, last = ((answer.get(name) or {}).get("value") for name in ("first", "last"))
    return (int(first), int(last)) if first is not None and last is not None else None


def slots(
    window: Window, store: tuple[int, int] | None, interval: str, timezone: str
) -> dict[str, Any]:
    """The aggregations of a curve: first, last and slots of hits; ``store`` is the time that all
    documents span, if known.

    Raises:
        ConfigError: there is no such time zone.
    """
    local = timeline.zone(timezone)
    first = milliseconds(window.since) if window.since else store and store[0]
    last = milliseconds(window.until) if window.until else store and store[1]
    width = SLOTS[-1]
    if first is not None and last is not None:
        most = (
            timeline.MAX_BUCKETS
            if timeline.SECONDS.get(interval, width) * 1000 < width
            else MAX_SLOTS
        )
        width = next((w for w in SLOTS if (last - first) / w <= most), width)
    now = datetime.fromtimestamp((last or 0) / 1000, UTC).astimezone(local).utcoffset()
    shift = int(-now.total_seconds() * 1000) % width if now else 0
    made = {"field": "published_at", "interval": width, "offset": shift, "min_doc_count": 1}
    asked = {**EXTENT, "slots": {"histogram": made, "meta": {"width": width, "shift": shift}}}
    if width > SLOTS[0]:
        minute = {"histogram": {"field": "published_at", "interval": SLOTS[0]}}
        asked["minutes"] = {"composite": {"size": MINUTES, "sources": [{"at": minute}]}}
    return asked


def curve(
    searcher: Searcher, query: dict[str, Any], answer: dict[str, Any], interval: str, timezone: str
) -> Histogram:
    """The histogram of a hit set from the answer of `slots`, or with one more request."""
    span = extent(answer)
    if span is None:
        return Histogram(timeline.named(interval), [])
    name, starts, edges = timeline.buckets(*span, interval, timezone)
    slots, minutes = answer["slots"], answer.get("minutes", {}).get("buckets", ())
    if not any((edge - slots["meta"]["shift"]) % slots["meta"]["width"] for edge in edges):
        counts = _added(
            [(bucket["key"], bucket["doc_count"]) for bucket in slots["buckets"]], edges
        )
    elif 0 < len(minutes) < MINUTES and not any(edge % SLOTS[0] for edge in edges):
        counts = _added([(bucket["key"]["at"], bucket["doc_count"]) for bucket in minutes], edges)
    else:
        counts = _asked(searcher, query, edges)
    return Histogram(name, list(zip(starts, counts, strict=True)))


def _added(slots: Sequence[tuple[float, int]], edges: Sequence[int]) -> list[int]:
    """Slots added up between edges."""
    counts, at = [0] * (len(edges) - 1), 0
    for start, count in slots:
        while at < len(counts) - 1 and start >= edges[at + 1]:
            at += 1
        counts[at] += count
    return counts


def _asked(searcher: Searcher, query: dict[str, Any], edges: Sequence[int]) -> list[int]:
    counts: list[int] = []
    for start in range(0, len(edges) - 1, 5_000):
        part = edges[start : start + 5_001]
        ranges = [{"from": a, "to": b} for a, b in itertools.pairwise(part)]
        made = {"curve": {"range": {"field": "published_at", "ranges": ranges}}}
        counts += [
            bucket["doc_count"]
            for bucket in searcher.search(size=0, query=query, aggs=made)["aggregations"]["curve"][
                "buckets"
            ]
        ]
    return counts
