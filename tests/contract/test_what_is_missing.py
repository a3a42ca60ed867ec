"""What documents lack is counted alike in both backends, and what is too long is kept as cut."""

from __future__ import annotations

from typing import Any

from tocsin.core.exchange import from_exchange, to_exchange


def test_documents_without_author_time_and_text_are_counted_by_source(index: Any) -> None:
    rows = [
        {"author": {"id": "a"}, "text": "words", "published_at": "2026-03-01", "source": "one"},
        {"author": {"id": "a"}, "title": "words", "published_at": "2026-03-01", "source": "one"},
        {"text": "words", "published_at": "2026-03-01", "source": "two"},
        {"text": "words", "source": "two"},
        {"media": [{"url": "https://p.example/1"}], "author": {"id": "b"}},
        {"text": "... !", "author": {"id": "b"}, "published_at": "2026-03-01"},
    ]
    index.put([from_exchange({"id": str(n), "platform": "x"} | row) for n, row in enumerate(rows)])
    index.refresh()
    stats = index.stats()
    assert stats.without == {"author": 2, "time": 2, "text": 2}
    assert stats.without_by_source == {"author": {"two": 2}, "time": {"two": 1}, "text": {}}


def test_what_was_cut_says_so_after_it_was_stored(index: Any) -> None:
    row = {"id": "1", "platform": "x", "text": "a" * 1_200_000, "published_at": "2026-03-01"}
    index.put([from_exchange(row | {"media": [{"alt": "b" * 2_000_000}], "raw": "c" * 5_000_000})])
    index.refresh()
    (stored,) = index.get(["x:1"])
    shown = to_exchange(stored)
    assert shown["truncated"] == {"text": 1_200_000, "media": 2_000_004, "extra": 5_000_003}
    assert len(shown["text"]) == 1_000_000
    assert len(str(shown["extra"])) < 1_000_100
    assert to_exchange(from_exchange(shown))["truncated"] == shown["truncated"]
