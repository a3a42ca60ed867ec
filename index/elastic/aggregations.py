"""Facets, histograms and sizes: what is asked of the server's aggregations, and how answers are
read.

Histograms have our own edges: days and weeks of the asked time zone.

A page asks for slots along with its hits, and the slots are added up into the buckets of
`index.time_buckets`. How fine they may be follows from the window, else from the time that the
whole store spans, which the same request learns; hits of a few hours in a store of years are
counted by the minute beside them. Only where an edge still falls into a slot (a zone whose shift is
not of whole slots, minutes over weeks) a second request counts between the edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from index import time_buckets
from index.base import Facet, Histogram, Stats, Window
from index.elastic import schema
from tocsin.core.dates import from_milliseconds, to_milliseconds

if TYPE_CHECKING:
    from index.elastic.stores import Stores
from index.elastic.search import Searcher

SHARD_SIZE = 20_000
"""Values that a month counts for a facet: with no more different ones than that the facet is exact,
else it says its error."""

SLOTS = (60_000, 300_000, 900_000, 3_600_000)
MAX_SLOTS = 20_000
MINUTES = 2_000
"""Minutes with hits that are counted one by one: more than the 30 hours up to which a curve has
points of less than an hour."""
EXTENT = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}
LACKING = {"author": "author", "time": "published_at", "text": "tok"}
"""What a document may lack -> the field that it then has not."""
STORE = {"store": {"global": {}, "aggs": EXTENT}}


def time_extent(answer: dict[str, Any]) -> tuple[int, int] | None:
    """First and last time among documents, from the answer of `EXTENT`."""
    first, last = ((answer.get(name) or {}).get("value") for name in ("first", "last"))
    return (int(first), int(last)) if first is not None and last is not None else None


def histogram_aggregations(
    window: Window, store: tuple[int, int] | None, interval: str, timezone: str
) -> dict[str, Any]:
    """The aggregations of a curve: first, last and slots of hits; ``store`` is the time that all
    documents span, if known.

    Raises:
        ConfigError: there is no such time zone.
    """
    local = time_buckets.zone(timezone)
    first = to_milliseconds(window.since) if window.since else store and store[0]
    last = to_milliseconds(window.until) if window.until else store and store[1]
    width = SLOTS[-1]
    if first is not None and last is not None:
        most = (
            time_buckets.MAX_BUCKETS
            if time_buckets.SECONDS.get(interval, width) * 1000 < width
            else MAX_SLOTS
        )
        width = next((w for w in SLOTS if (last - first) / w <= most), width)
    now = datetime.fromtimestamp((last or 0) / 1000, UTC).astimezone(local).utcoffset()
    shift = int(-now.total_seconds() * 1000) % width if now else 0
    slots = {"field": "published_at", "interval": width, "offset": shift, "min_doc_count": 1}
    aggregations = {
        **EXTENT,
        "slots": {"histogram": slots, "meta": {"width": width, "shift": shift}},
    }
    if width > SLOTS[0]:
        minute = {"histogram": {"field": "published_at", "interval": SLOTS[0]}}
        aggregations["minutes"] = {"composite": {"size": MINUTES, "sources": [{"at": minute}]}}
    return aggregations


def read_histogram(
    searcher: Searcher, query: dict[str, Any], answer: dict[str, Any], interval: str, timezone: str
) -> Histogram:
    """The histogram of a hit set from the answer of `histogram_aggregations`, or with one more
    request."""
    span = time_extent(answer)
    if span is None:
        return Histogram(time_buckets.named(interval), [])
    name, starts, edges = time_buckets.buckets(*span, interval, timezone)
    slots, minutes = answer["slots"], answer.get("minutes", {}).get("buckets", ())
    if not any((edge - slots["meta"]["shift"]) % slots["meta"]["width"] for edge in edges):
        counts = _add_up(
            [(bucket["key"], bucket["doc_count"]) for bucket in slots["buckets"]], edges
        )
    elif 0 < len(minutes) < MINUTES and not any(edge % SLOTS[0] for edge in edges):
        counts = _add_up([(bucket["key"]["at"], bucket["doc_count"]) for bucket in minutes], edges)
    else:
        counts = _count_between(searcher, query, edges)
    return Histogram(name, list(zip(starts, counts, strict=True)))


def _add_up(slots: Sequence[tuple[float, int]], edges: Sequence[int]) -> list[int]:
    """Slots added up between edges."""
    counts, at = [0] * (len(edges) - 1), 0
    for start, count in slots:
        while at < len(counts) - 1 and start >= edges[at + 1]:
            at += 1
        counts[at] += count
    return counts


def _count_between(searcher: Searcher, query: dict[str, Any], edges: Sequence[int]) -> list[int]:
    counts: list[int] = []
    for start in range(0, len(edges) - 1, 5_000):
        part = edges[start : start + 5_001]
        ranges = [{"from": a, "to": b} for a, b in itertools.pairwise(part)]
        aggregations = {"curve": {"range": {"field": "published_at", "ranges": ranges}}}
        counts += [
            bucket["doc_count"]
            for bucket in searcher.search(size=0, query=query, aggs=aggregations)["aggregations"][
                "curve"
            ]["buckets"]
        ]
    return counts


def terms_aggregation(field: str, size: int) -> dict[str, Any]:
    """The aggregation of a facet."""
    return {
        "terms": {
            "field": field,
            "size": size,
            "shard_size": max(SHARD_SIZE, size * 10),
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
    }


def read_facet(field: str, answer: dict[str, Any]) -> Facet:
    """A facet from its aggregation."""
    values = [
        (str(b.get("key_as_string", b["key"])), int(b["doc_count"])) for b in answer["buckets"]
    ]
    return Facet(
        field,
        values,
        answer.get("sum_other_doc_count", 0),
        answer.get("doc_count_error_upper_bound", 0),
    )


def read_counts(answer: Mapping[str, Any] | None) -> dict[str, int]:
    """Value -> number of documents of a terms aggregation, by value."""
    buckets = (answer or {}).get("buckets", ())
    return dict(sorted((str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets))


def read_stats(index: Stores) -> Stats:
    """Sizes of the store, most of them with one request."""
    client, call = index.connection.client, index.connection.call
    stages = schema.stage_names(index.connection, index.names)
    wanted: dict[str, Any] = {"sources": {"terms": {"field": "source", "size": 10_000}}, **EXTENT}
    for name, fieldname in LACKING.items():
        missing = {"bool": {"must_not": [{"exists": {"field": fieldname}}]}}
        sources = {"sources": {"terms": {"field": "source", "size": 10_000}}}
        wanted[f"without.{name}"] = {"filter": missing, "aggs": sources}
    for name in stages:
        wanted[f"stage.{name}"] = {"terms": {"field": f"stage.{name}", "size": 100}}
    everything: dict[str, Any] = {"match_all": {}}
    answer = index.searcher.search(size=0, track_total_hits=True, query=everything, aggs=wanted)
    counted = answer.get("aggregations", {})
    versions = {name: read_counts(counted.get(f"stage.{name}")) for name in stages}
    sizes = call(
        client.indices.stats,
        index=f"{index.settings.prefix}-*",
        metric="store",
        filter_path="_all.total.store.size_in_bytes",
    )
    size = sizes.get("_all", {}).get("total", {}).get("store", {}).get("size_in_bytes", 0)
    extent = time_extent(counted)
    oldest_at, newest_at = map(from_milliseconds, extent) if extent else (None, None)
    without = {name: counted.get(f"without.{name}", {}) for name in LACKING}
    return Stats(
        without={name: int(part.get("doc_count", 0)) for name, part in without.items()},
        without_by_source={
            name: read_counts(part.get("sources")) for name, part in without.items()
        },
        documents=answer["hits"]["total"]["value"],
        authors=int(call(client.count, index=index.authors.index)["count"]),
        sources=read_counts(counted.get("sources")),
        stages={name: by_version for name, by_version in versions.items() if by_version},
        vectors={
            model: int(call(client.count, index=name)["count"])
            for model, (name, _) in index.vectors_.models().items()
        },
        bytes=int(size),
        backend=index.backend,
        # what a replay keeps is no analysis
        generation=max(
            (made for kind, made in index.findings_.kinds().items() if kind != "alert"),
            default=None,
        ),
        newest_at=newest_at,
        oldest_at=oldest_at,
    )
