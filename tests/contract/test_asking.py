"""Counts, hits in order, facets, histograms and scans: every backend gives what the plain model
gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from index.base import COLUMNS, EVERYTHING, FACETS, Window
from index.query import Among, And, Not
from index.reading.engagement import most_engaging, search_engaging
from tocsin.core.documents import Document, Precision
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339

START = datetime(2024, 3, 29, 12, tzinfo=UTC)
WINDOWS = [
    EVERYTHING,
    Window(START, START + timedelta(hours=10)),
    Window(START + timedelta(minutes=37), None),
    Window(None, START + timedelta(minutes=37)),
    Window(START + timedelta(days=300), None),
]
QUERIES = [
    "",
    "fox",
    "FOX",
    "climat",
    "#climat",
    "@ana",
    "cafe",
    "café ferme",
    '"cafe etait"',
    '"etait cafe"',
    "clim*",
    "#cl*",
    "strasse",
    "masse",
    "oeuvre",
    "日本語",
    "日",
    "🔥",
    '"日本"',
    "don't",
    "well-known",
    "12:30",
    "مرحبا",
    "nothinghere",
    "fox OR 🔥",
    "climat -chaud",
    "-climat",
    "NOT (fox OR climat)",
    "climat (chaud OR noel)",
    "~climat",
    "-~dog",
    '~"lazy dog"',
    "~fox lang:en",
    "the lazy dog",
    '"lazy dog"',
    "+fox +dog",
    "x" * 200,
    "title",
    '"climate the"',
    "author:x:a1",
    "author:a1",
    "author:nobody",
    "handle:user2",
    "handle:@USER2",
    "handle:us*",
    "author:x:*",
    "lang:de",
    "lang:fr",
    "lang:und",
    "hashtag:climat",
    "hashtag:#CLIMAT",
    "hashtag:c*",
    "domain:site1.example",
    "domain:www.site1.example",
    "domain:site*",
    "platform:mastodon",
    'source:"source 1"',
    "kind:post",
    "kind:article lang:en",
    'narrative:"story 1"',
    "narrative:*",
    "-narrative:*",
    "copy:g1",
    "copy:g*",
    "mention:ana",
    "mention:@Ana",
    'url:"https://site1.example/p/1"',
    "https://www.site1.example/p/1?utm_source=feed",
    'url:"https://x.example/User1/1"',
    "id:x:9",
    "id:9",
    "id:mastodon:8",
    "id:1*",
    "exists:lang",
    "exists:hashtag",
    "exists:author",
    "exists:handle",
    "exists:source",
    "exists:domain",
    "exists:url",
    "exists:copy",
    "exists:published",
    "exists:likes",
    "exists:followers",
    "exists:mention",
    "-exists:published",
    "likes:>=50",
    "likes:[10 TO 20]",
    "likes:{10 TO 20}",
    "likes:7",
    "followers:>300",
    "reposts:0",
    "views:0",
    "after:2024-03-30",
    "before:2024-03-30T01:00:00Z",
    "published:[2024-03-29 TO 2024-03-29]",
    "deleted_at:[2024-03-30 TO 2024-03-31]",
    "deleted_at:>2024-03-30T08:00:00Z",
    "exists:deleted_at",
    "-deleted_at:*",
    "after:2024-03-29 before:2024-03-30 fox",
    "fox hashtag:climat OR lang:de -platform:x",
]


@pytest.fixture(scope="module")
def model(corpus: Any, model_of: Any) -> Any:
    """The model that holds what ``filled`` holds."""
    from copy import deepcopy

    return model_of(deepcopy(corpus))


@pytest.fixture(scope="module")
def truth(model: Any, filled: Any, corpus: Any) -> Any:
    """The model with the annotations that the index shows."""
    for d in filled.get([d.id for d in corpus]):
        for stage, note in d.annotations.items():
            model.annotate([(d.id, note)], stage)
    return model


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_finds_what_the_model_finds_in_order(
    filled: Any, truth: Any, query: str
) -> None:
    for window in WINDOWS:
        wanted = truth.hits(query, window)
        assert filled.count(query, window=window) == len(wanted)
        newest = filled.search(query, window=window, size=500)
        assert ([d.id for d in newest.documents], newest.total) == (wanted, len(wanted))
    oldest = filled.search(query, order="oldest", size=500)
    assert [d.id for d in oldest.documents] == truth.hits(query, order="oldest")


@pytest.mark.parametrize("order", ["newest", "oldest", "relevance"])
@pytest.mark.parametrize("query", ["", "climat OR fox OR climate", "-exists:published"])
def test_pages_follow_each_other_without_gap_or_repeat(
    filled: Any, truth: Any, query: str, order: Any
) -> None:
    found: list[str] = []
    after = None
    for _ in range(200):
        hits = filled.search(query, order=order, size=7, after=after)
        found += [d.id for d in hits.documents]
        after = hits.after
        if after is None:
            break
    wanted = truth.hits(query, order="newest" if order == "relevance" else order)
    assert (sorted(found) if order == "relevance" else found) == (
        sorted(wanted) if order == "relevance" else wanted
    )
    assert after is None


def test_lists_of_ids_and_accounts_are_asked_whole(filled: Any, corpus: Any) -> None:
    known = sorted(document.id for document in corpus)
    listed = tuple(sorted([*known[::3], "x:nobody", *(f"x:no{n}" for n in range(70_000))]))
    assert filled.search(Among("id", listed), size=0).total == len(known[::3])
    authors = {document.author.id for document in corpus if document.author}
    chosen = tuple(sorted(authors)[::2])
    of_chosen = {d.id for d in corpus if d.author and d.author.id in chosen}
    both = And((Among("author", chosen), Not(Among("id", tuple(known[:5])))))
    assert filled.search(both, size=0).total == len(of_chosen - set(known[:5]))
    assert filled.search(Among("id", ()), size=0).total == 0


def test_a_finding_is_no_question_for_a_backend(filled: Any) -> None:
    for query in ("signal:s1", "fox -cluster:c1"):
        with pytest.raises(ConfigError, match="is answered where findings are known"):
            filled.search(query)


def test_relevance_puts_the_post_that_says_it_more_often_first(filled: Any) -> None:
    hits = filled.search("change", order="relevance", size=1)
    assert "climate change is climate change" in hits.documents[0].text


@pytest.mark.parametrize("query", ["", "climat OR fox", "-exists:published"])
def test_engagement_orders_posts_alike_on_every_backend(
    filled: Any, corpus: Any, query: str
) -> None:
    found = {d.id for d in filled.search(query, size=500).documents}
    expected = sorted(
        (d for d in corpus if d.id in found),
        key=lambda d: (
            -sum(d.metrics.get(name, 0) for name in ("likes", "reposts", "replies", "quotes")),
            -(d.published_at or datetime.min.replace(tzinfo=UTC)).timestamp(),
            d.id,
        ),
    )
    assert most_engaging(filled, query) == [d.id for d in expected]
    total, first = search_engaging(filled, query, EVERYTHING, size=3)
    assert (total, [d.id for d in first]) == (len(found), [d.id for d in expected[:3]])


@pytest.mark.parametrize("field", FACETS)
@pytest.mark.parametrize("query", ["", "climat", "-climat", "lang:de", "nothinghere"])
def test_facets_count_documents_ties_by_key(
    filled: Any, truth: Any, field: str, query: str
) -> None:
    ids = truth.hits(query)
    for size in (1, 3, 1000):
        facet = filled.facet(field, query, size=size)
        values, other = truth.facet(field, ids, size)
        assert facet.values == values
        assert abs(facet.other - other) <= facet.error
    assert filled.cardinality(field, query) == len(truth.facet(field, ids, 10_000)[0])


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("interval", ["1m", "5m", "15m", "1h", "6h", "1d", "1w", "auto"])
def test_histograms_cover_every_dated_hit_in_the_readers_time_zone(
    filled: Any, truth: Any, interval: str, timezone: str
) -> None:
    # the corpus lies over the night when Paris goes to summer time
    for query in ("", "fox"):
        times = sorted(
            truth.documents[key].published_at
            for key in truth.hits(query)
            if truth.documents[key].published_at
        )
        histogram = filled.histogram(query, interval=interval, timezone=timezone)
        starts = [start for start, _ in histogram.buckets]
        assert all(start.utcoffset() is not None for start in starts)
        instants = [start.astimezone(UTC) for start in starts]
        assert instants == sorted(set(instants))
        ends = [*instants[1:], datetime.max.replace(tzinfo=UTC)]
        assert [sum(a <= t < b for t in times) for a, b in zip(instants, ends, strict=True)] == [
            n for _, n in histogram.buckets
        ]
        assert histogram.buckets[0][1] > 0
        assert histogram.buckets[-1][1] > 0
        local = [start.astimezone(ZoneInfo(timezone)) for start in starts]
        if interval in ("1d", "1w"):
            assert all(
                (s.hour, s.minute) == (0, 0) and (interval == "1d" or s.weekday() == 0)
                for s in local
            )
        if interval == "6h":
            assert all(s.hour in (0, 6, 12, 18) and s.minute == 0 for s in local)
        assert interval != "auto" or len(starts) <= 120


def test_a_page_is_its_parts(filled: Any, truth: Any) -> None:
    for query, window in (("", EVERYTHING), ("climat", WINDOWS[1]), ("nothinghere", EVERYTHING)):
        page = filled.page(
            query,
            window=window,
            facets=FACETS,
            facet_size=5,
            interval="1h",
            timezone="Europe/Paris",
            size=9,
        )
        assert page.total == len(truth.hits(query, window))
        assert [d.id for d in page.documents] == truth.hits(query, window)[:9]
        assert page.facets == {
            name: filled.facet(name, query, window=window, size=5) for name in FACETS
        }
        assert page.histogram == filled.histogram(
            query, window=window, interval="1h", timezone="Europe/Paris"
        )


def test_wrong_questions_are_answered_in_a_sentence(filled: Any) -> None:
    for ask in (
        lambda: filled.count("(fox"),
        lambda: filled.count("autor:x"),
        lambda: filled.facet("colour"),
        lambda: filled.histogram(timezone="Mars/Olympus"),
        lambda: filled.histogram(interval="7s"),
        lambda: list(filled.scan(["id", "colour"])),
        lambda: filled.search(after="no cursor"),
    ):
        with pytest.raises(ConfigError, match=r"\w+ \w+"):
            ask()


@pytest.mark.parametrize("order", ["time", "none"])
def test_a_scan_gives_each_document_once_with_its_columns(
    filled: Any, truth: Any, order: Any
) -> None:
    for query, window in (
        ("", EVERYTHING),
        ("climat", EVERYTHING),
        ("", WINDOWS[1]),
        ("nothinghere", EVERYTHING),
    ):
        rows = [
            row
            for batch in filled.scan(
                COLUMNS, query=query, window=window, order=order, batch_size=17
            )
            for row in batch.to_pylist()
        ]
        wanted = truth.hits(query, window, order="oldest")
        ids = [row["id"] for row in rows]
        assert (ids if order == "time" else sorted(ids)) == (
            wanted if order == "time" else sorted(wanted)
        )
        for row in rows:
            assert row == _row(truth.documents[row["id"]]), row["id"]


def test_scan_columns_have_their_types(filled: Any) -> None:
    batch = next(iter(filled.scan(COLUMNS)))
    assert batch.schema.names == list(COLUMNS)
    for name in COLUMNS:
        kind = batch.schema.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        counts = ("followers", "likes", "reposts", "replies", "quotes", "views")
        if name in ("published_at", "deleted_at", "author_created", *counts):
            assert kind == pa.int64()
        elif name in ("urls", "hashtags", "mentions", "media"):
            assert pa.types.is_list(kind)
        else:
            assert (
                kind == pa.bool_()
                if name == "verified"
                else pa.types.is_string(kind) or pa.types.is_large_string(kind)
            )


def test_slices_of_a_scan_are_disjoint_and_complete(filled: Any, truth: Any) -> None:
    for n in (1, 2, 5):
        parts = [
            [key for b in filled.scan(["id"], slices=(i, n)) for key in b.column("id").to_pylist()]
            for i in range(n)
        ]
        assert sorted(key for part in parts for key in part) == sorted(truth.documents)
        for part in parts:
            place = {key: at for at, key in enumerate(truth.hits(order="oldest"))}
            assert part == sorted(part, key=place.__getitem__)


def test_documents_come_back_as_they_were_put(filled: Any, corpus: Any) -> None:
    for before, after in zip(corpus, filled.get([d.id for d in corpus]), strict=True):
        import dataclasses

        assert dataclasses.replace(after, annotations={}) == before
    assert filled.get(["x:nobody", corpus[0].id, "", "☃"])[0] is None


def test_stats_count_what_is_there(filled: Any, truth: Any) -> None:
    stats = filled.stats()
    documents = list(truth.documents.values())
    assert stats.documents == len(documents)
    assert stats.authors == len({d.author.id for d in documents if d.author})
    assert stats.sources == dict(sorted(truth.facet("source", list(truth.documents), 99)[0]))
    assert stats.stages == {"copies": {"1": 30}, "lang": {"1": 60}, "narratives": {"2": 72}}
    assert stats.bytes > 0
    assert stats.backend == filled.backend
    times = sorted(d.published_at for d in documents if d.published_at)
    assert (rfc3339(stats.oldest_at), rfc3339(stats.newest_at)) == (
        rfc3339(times[0]),
        rfc3339(times[-1]),
    )


def _row(d: Any) -> dict[str, Any]:
    """The scan row of a document, as `index.base.COLUMNS` says."""
    from tocsin.core.documents import LinkKind
    from tocsin.core.urls import canonical_url

    note = {stage: dict(n.values) for stage, n in d.annotations.items()}
    return {
        "id": d.id,
        "author": d.author and d.author.id,
        "published_at": d.published_at and round(d.published_at.timestamp() * 1000),
        "kind": d.kind.value,
        "platform": d.platform,
        "source": d.source,
        "lang": d.lang,
        "title": d.title,
        "text": d.text,
        "urls": [canonical_url(u) for u in d.targets(LinkKind.URL)],
        "hashtags": list(d.targets(LinkKind.HASHTAG)),
        "mentions": list(d.targets(LinkKind.MENTION)),
        "reply_to": d.target(LinkKind.REPLY),
        "repost_of": d.target(LinkKind.REPOST),
        "quote_of": d.target(LinkKind.QUOTE),
        "media": list(d.targets(LinkKind.MEDIA)),
        "content_hash": d.content_hash,
        "handle": d.author and d.author.handle,
        "copy_group": note.get("copies", {}).get("group"),
        "url": d.url,
        "followers": d.author and d.author.followers,
        **{m: d.metrics.get(m) for m in ("likes", "reposts", "replies", "quotes", "views")},
        "detected_lang": note.get("lang", {}).get("lang") or d.lang,
        "verified": d.author and d.author.verified,
        "author_description": d.author and d.author.description,
        "author_created": d.author
        and d.author.created_at
        and round(d.author.created_at.timestamp() * 1000),
        "deleted_at": d.deleted_at and round(d.deleted_at.timestamp() * 1000),
        "precision": None if d.published_precision == "exact" else d.published_precision.value,
    }


def test_a_scan_says_how_exact_times_are(index: Any, tmp_path: Any) -> None:
    documents = [
        Document(
            id=f"x:{precision.value}",
            platform="x",
            published_at=START,
            published_precision=precision,
            collected_at=START,
        )
        for precision in Precision
    ]
    index.put(documents)
    index.refresh()
    rows = [row for batch in index.scan(["id", "precision"]) for row in batch.to_pylist()]
    assert {row["id"]: row["precision"] for row in rows} == {
        "x:exact": None,
        "x:minute": "minute",
        "x:day": "day",
        "x:guessed": "guessed",
    }


def test_names_of_accounts_are_those_of_the_documents(filled: Any, corpus: Any) -> None:
    named = list(filled.account_names())
    assert [key for key, _, _ in named] == sorted({d.author.id for d in corpus if d.author})
    for key, handle, name in named:
        document = next(d for d in corpus if d.author and d.author.id == key)
        [stored] = filled.get([document.id])
        assert (stored.author.handle, stored.author.name) == (handle, name)
