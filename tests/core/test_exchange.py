"""The exchange format and `Document` give each other back, whatever stands in a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.documents import Author, Document, Kind, Link, LinkKind, Precision, content_hash
from tocsin.core.errors import Unreadable
from tocsin.core.exchange import MAX_ID, MAX_LINKS, from_exchange, to_exchange
from tocsin.core.text import clean

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = st.text(max_size=40).map(lambda t: clean(t).strip())
SAID = WORDS.filter(bool)
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2026, 2, 27), timezones=st.just(UTC)).map(
    lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)
)
COUNTS = st.integers(0, 2**53 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


def native() -> st.SearchStrategy[str]:
    return SAID.filter(lambda t: 0 < len(t) <= MAX_ID)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    platform = draw(st.sampled_from(["x", "mastodon", "web", "odd-place"]))
    links = [
        Link(kind, f"{platform}:{draw(native())}")
        for kind in (LinkKind.REPOST, LinkKind.REPLY, LinkKind.QUOTE)
        if draw(st.booleans())
    ]
    links += [Link(LinkKind.URL, url) for url in draw(st.lists(SAID, max_size=3))]
    links += [
        Link(LinkKind.HASHTAG, tag)
        for tag in draw(st.lists(st.from_regex(r"[a-z0-9]{1,10}", fullmatch=True), max_size=3))
    ]
    links += [
        Link(LinkKind.MENTION, who)
        for who in draw(st.lists(st.from_regex(r"[A-Za-z0-9_]{1,10}", fullmatch=True), max_size=3))
    ]
    media = tuple({"url": url} for url in draw(st.lists(SAID, max_size=2)))
    links += [Link(LinkKind.MEDIA, m["url"]) for m in media]
    title, text = draw(st.none() | WORDS), draw(WORDS)
    author = draw(
        st.none()
        | st.builds(
            Author,
            id=native().map(lambda n: f"{platform}:{n}"),
            handle=st.none() | WORDS,
            name=st.none() | WORDS,
            created_at=st.none() | MOMENTS,
            followers=st.none() | COUNTS,
            following=st.none() | COUNTS,
            posts=st.none() | COUNTS,
            description=st.none() | WORDS,
            verified=st.none() | st.booleans(),
        )
    )
    published = draw(st.none() | MOMENTS)
    return Document(
        id=f"{platform}:{draw(native())}", platform=platform, kind=draw(st.sampled_from(Kind)),
        source=draw(st.none() | SAID), author=author,
        title=title, text=text, lang=draw(st.sampled_from(["und", "fr", "en", "pt-BR", "zh-Hant"])),
        published_at=published,
        published_precision=draw(st.sampled_from(Precision)) if published else Precision.EXACT,
        collected_at=draw(st.none() | MOMENTS),
        url=draw(st.none() | SAID), links=tuple(links), media=media,
        metrics=draw(
            st.dictionaries(st.sampled_from(["likes", "reposts", "views"]), COUNTS, max_size=3)
        ),
        content_hash=content_hash(title, text),
        extra=draw(st.dictionaries(st.sampled_from(["note", "batch"]), SAID, max_size=2)),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(documents())
def test_a_document_comes_back_as_it_went(document: Document) -> None:
    row = json.loads(json.dumps(to_exchange(document), ensure_ascii=False))
    assert from_exchange(row, now=NOW) == document


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([
    "kind", "author", "title", "text", "lang", "published_at", "published_precision", "url", "urls",
    "hashtags", "mentions", "reply_to",
    "repost_of", "quote_of", "media", "metrics", "source", "extra", "collected_at", "unheard_of",
]), JSON))  # fmt: skip
def test_no_value_of_any_key_costs_the_document(row: dict[str, Any]) -> None:
    document = from_exchange({"id": "1", "platform": "x", **row}, now=NOW)
    once = to_exchange(document)
    line = json.dumps(once, ensure_ascii=False, allow_nan=False)  # nothing that JSON does not know
    line.encode("utf-8")  # no lone surrogates
    again = to_exchange(from_exchange(json.loads(line), now=NOW))
    assert again == once


def test_unknown_keys_are_kept_at_every_level() -> None:
    row = {
        "id": "1",
        "platform": "x",
        "author": {"id": "a", "mood": "grim"},
        "metrics": {"likes": 1, "hugs": 2},
        "colour": "red",
        "nothing": None,
    }
    assert from_exchange(row).extra == {
        "colour": "red",
        "author": {"mood": "grim"},
        "metrics": {"hugs": 2},
    }


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("1989-12-31T23:59:59Z", False), ("1990-01-01T00:00:00Z", True),
        ((NOW + timedelta(hours=23)).isoformat(), True),
        ((NOW + timedelta(hours=25)).isoformat(), False), ("soon", False), ("", False), ([], False),
        ({}, False), (True, False), (42, False),
        (float("inf"), False), ("0001-01-01", False), ("9999-12-31T23:59:59-12:00", False),
        (1_700_000_000, True), ("1700000000000", True),
    ],
)  # fmt: skip
def test_a_date_out_of_range_is_an_error_of_its_field(given_: Any, kept: bool) -> None:
    document = from_exchange(
        {"id": "1", "platform": "x", "text": "t", "published_at": given_}, now=NOW
    )
    assert (document.published_at is not None) is kept
    assert ("published_at" in document.extra.get("invalid", {})) is not kept


def test_without_a_clock_the_limit_is_a_day_from_now() -> None:
    for hours, kept in ((23, True), (25, False), (-1, True)):
        moment = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        assert (
            from_exchange({"id": "1", "platform": "x", "published_at": moment}).published_at
            is not None
        ) is kept


@pytest.mark.parametrize(
    "row",
    [
        [], "text", None, 7, {}, {"id": "1"}, {"id": "1", "platform": ""},
        {"id": "1", "platform": 3}, {"id": "1", "platform": "\x00 "}, {"platform": "x"},
        {"id": "", "platform": "x"}, {"id": None, "platform": "x"}, {"id": True, "platform": "x"},
        {"id": [1], "platform": "x"},
        {"id": {"a": 1}, "platform": "x"}, {"id": 1.5, "platform": "x"},
        {"id": float("nan"), "platform": "x"}, {"id": " \x00 ", "platform": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_named_is_unreadable(row: Any) -> None:
    with pytest.raises(Unreadable):
        from_exchange(row)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("likes", "22", 22), ("likes", 22.0, 22), ("likes", "22.0", 22), ("likes", -1, None),
        ("likes", 2**53, None), ("likes", "many", None),
        ("likes", 1.5, None), ("likes", float("nan"), None), ("likes", "9" * 5000, None),
        ("likes", [], None),
    ],
)  # fmt: skip
def test_counts(key: str, value: Any, expected: int | None) -> None:
    document = from_exchange({"id": "1", "platform": "x", "metrics": {key: value}})
    assert document.metrics.get(key) == expected
    assert ("invalid" in document.extra) is (expected is None)


def test_verified_is_read_as_written() -> None:
    for written, meant in (
        ("false", False),
        ("False", False),
        ("0", False),
        (0, False),
        ("", False),
        ("true", True),
        (1, True),
        ("yes", True),
    ):
        author = from_exchange(
            {"id": "1", "platform": "x", "author": {"id": "a", "verified": written}}
        ).author
        assert author is not None
        assert author.verified is meant


def test_long_ids_stay_apart() -> None:
    one, two = (from_exchange({"id": "a" * 5000 + tail, "platform": "x"}).id for tail in "12")
    assert one != two
    assert len(one) < 600


def test_lists_are_bounded_and_say_so() -> None:
    document = from_exchange(
        {"id": "1", "platform": "x", "urls": [f"https://a.example/{n}" for n in range(5000)]}
    )
    assert len(document.targets(LinkKind.URL)) == MAX_LINKS
    assert "5000" in document.extra["invalid"]["urls"]


def test_an_empty_list_is_said_where_the_text_would_suggest_otherwise() -> None:
    document = from_exchange(
        {"id": "1", "platform": "x", "text": "see #this and @that", "hashtags": [], "mentions": []}
    )
    row = to_exchange(document)
    assert row["hashtags"] == row["mentions"] == []
    assert "urls" not in row


@pytest.mark.parametrize(
    "name", ["[deleted]", "[Removed]", "Deleted Account", "Anonymous", "Compte supprimé"]
)
def test_a_deleted_account_is_nobody(name: str) -> None:
    row = {"id": "t3_a", "platform": "reddit", "text": "gone", "author": {"id": name}}
    assert from_exchange(row).author is None
    assert from_exchange(row | {"author": name}).author is None
    kept = from_exchange(row | {"author": {"id": "7", "handle": "anonymous_cat"}}).author
    assert kept is not None
    assert kept.id == "reddit:7"


def test_a_removed_text_is_no_text() -> None:
    assert from_exchange({"id": "a", "platform": "reddit", "text": "[removed]"}).text == ""
    assert from_exchange({"id": "a", "platform": "reddit", "text": "it was [removed]"}).text
