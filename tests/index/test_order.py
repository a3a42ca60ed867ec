"""Time order and pages against sorting everything by hand, however the documents came in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.base import Window
from index.embedded import EmbeddedIndex
from index.embedded.columnar import cache, selection

START = datetime(2024, 3, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize("few", [0, 10, 5_000])
def test_order_holds_however_batches_interleave(
    index: EmbeddedIndex, made: Callable[..., Any], monkeypatch: Any, few: int
) -> None:
    monkeypatch.setattr(cache, "_FEW", few)
    rng = random.Random(few)
    documents = [
        made(
            n,
            published_at=None
            if rng.random() < 0.1
            else START + timedelta(minutes=rng.randint(0, 40)),
            id=f"x:{rng.randint(0, 10**6)}-{n}",
        )
        for n in range(900)
    ]
    known: list[Any] = []
    for start in range(0, 900, 150):
        index.put(documents[start : start + 150])
        known += documents[start : start + 150]
        dated = sorted((d for d in known if d.published_at), key=lambda d: (d.published_at, d.id))
        undated = sorted((d for d in known if not d.published_at), key=lambda d: d.id)
        scanned = [key for batch in index.scan(["id"]) for key in batch.column("id").to_pylist()]
        assert scanned == [d.id for d in dated + undated]
        newest = index.search(size=1_000).documents
        assert [d.id for d in newest] == [d.id for d in dated[::-1] + undated[::-1]]


@pytest.mark.parametrize("dense", [0, 8, 10**9])
def test_pages_of_every_way_are_the_same(
    index: EmbeddedIndex, made: Callable[..., Any], monkeypatch: Any, dense: int
) -> None:
    monkeypatch.setattr(selection, "_DENSE", dense)
    rng = random.Random(1)
    documents = [
        made(n, published_at=None if n % 9 == 0 else START + timedelta(minutes=rng.randint(0, 30)))
        for n in range(400)
    ]
    index.put(documents)
    index.delete([d.id for d in documents[::7]])
    kept = [d for n, d in enumerate(documents) if n % 7]
    for query, wanted in (
        ("", kept),
        ("word1", [d for d in kept if "word1" in d.text.split()]),
        ("number5", [d for d in kept if "number5" in d.text.split()]),
    ):
        dated = sorted((d for d in wanted if d.published_at), key=lambda d: (d.published_at, d.id))
        undated = sorted((d for d in wanted if not d.published_at), key=lambda d: d.id)
        for order, ids in (("newest", dated[::-1] + undated[::-1]), ("oldest", dated + undated)):
            found: list[str] = []
            after: str | None = None
            while True:
                page = index.search(query, order=order, size=11, after=after)  # type: ignore[arg-type]
                found += [d.id for d in page.documents]
                after = page.after
                if after is None:
                    break
            assert found == [d.id for d in ids]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe"])
@pytest.mark.parametrize("interval", ["15m", "1h", "6h", "1d", "auto"])
def test_a_page_equals_brute_force_over_a_change_of_the_clock(
    index: EmbeddedIndex, made: Callable[..., Any], zone: str, interval: str
) -> None:
    rng = random.Random(2)
    documents = [
        made(n, published_at=START + timedelta(seconds=rng.randint(0, 20 * 86_400)))
        for n in range(300)
    ]
    index.put(documents)
    window = Window(START + timedelta(hours=2), START + timedelta(days=9))
    inside = [
        d
        for d in documents
        if window.since <= d.published_at < window.until and "word1" in d.text.split()
    ]  # type: ignore[operator]
    page = index.page(
        "word1",
        window=window,
        interval=interval,
        timezone=zone,
        facets=["source", "hashtag", "author"],
        facet_size=3,
        size=5,
    )
    assert page.total == len(inside)
    starts = [start.astimezone(UTC) for start, _ in page.histogram.buckets]
    ends = [*starts[1:], datetime.max.replace(tzinfo=UTC)]
    assert [n for _, n in page.histogram.buckets] == [
        sum(a <= d.published_at < b for d in inside) for a, b in zip(starts, ends, strict=True)
    ]
    for name, value in (
        ("source", lambda d: [d.source]),
        ("author", lambda d: [d.author.id]),
        ("hashtag", lambda d: [f"tag{int(d.id[2:]) % 4}"]),
    ):
        counted: dict[str, int] = {}
        for d in inside:
            for key in value(d):
                counted[key] = counted.get(key, 0) + 1
        assert (
            page.facets[name].values
            == sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:3]
        )
        assert page.facets[name].other == sum(counted.values()) - sum(
            n for _, n in page.facets[name].values
        )
    assert [d.id for d in page.documents] == [
        d.id for d in sorted(inside, key=lambda d: (d.published_at, d.id), reverse=True)[:5]
    ]


def test_the_log_is_kept_short_and_a_reader_far_behind_reads_afresh(
    index: EmbeddedIndex, workspace: Any, made: Any, monkeypatch: Any
) -> None:
    from index.embedded import ingest

    monkeypatch.setattr(ingest, "LOG_KEPT", 10)
    reader = EmbeddedIndex(workspace)
    reader.ensure_schema()
    index.put([made(n) for n in range(50)])
    assert reader.count("likes:>=0") == 50
    for step in range(1, 6):
        index.put(
            [made(n, metrics={"likes": 1_000 + step}) for n in range(0, 50, 7)],
            on_conflict="replace",
        )
        index.put([made(n, f"edited {step}") for n in range(0, 50, 11)], on_conflict="replace")
    with index._database.read() as connection:
        assert connection.execute("SELECT count(*) FROM log").fetchone()[0] < 30
    assert (
        reader.count(),
        reader.count("likes:>=1000"),
        reader.count("edited"),
        reader.count('"edited 5"'),
    ) == (50, 7, 5, 5)
    reader.close()
