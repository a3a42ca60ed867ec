"""When a post was deleted: learned with it or later, and never forgotten."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.core.documents import Document

GONE = datetime(2024, 5, 2, 8, 30, 1, tzinfo=UTC)


def column(index: Any) -> dict[str, int | None]:
    index.refresh()
    rows = [row for batch in index.scan(["id", "deleted_at"]) for row in batch.to_pylist()]
    return {row["id"]: row["deleted_at"] for row in rows}


def test_a_deletion_that_is_learned_later(index: Any, made: Callable[..., Document]) -> None:
    posts = [made(n, f"text {n}") for n in (1, 2, 3)]
    index.put(posts)
    assert set(column(index).values()) == {None}  # what is in memory follows, too
    told = dataclasses.replace(posts[1], deleted_at=GONE, metrics={})
    assert [v.outcome for v in index.put([told], on_conflict="replace")] == ["duplicate"]
    at = round(GONE.timestamp() * 1000)
    assert column(index) == {posts[0].id: None, posts[1].id: at, posts[2].id: None}
    assert index.count("exists:deleted_at") == 1
    assert index.count("deleted_at:2024-05-02") == 1
    assert index.count("deleted_at:>2024-05-03") == 0
    (held,) = index.get([posts[1].id])
    assert (held.deleted_at, held.metrics, held.text) == (GONE, posts[1].metrics, "text 2")


@pytest.mark.parametrize("text", ["text 1", "another text"])
def test_a_deletion_is_kept(index: Any, made: Callable[..., Document], text: str) -> None:
    post = made(1, "text 1", deleted_at=GONE)
    index.put([post])
    index.put([made(1, text)], on_conflict="replace")
    (held,) = index.get([post.id])
    assert (held.deleted_at, held.text) == (GONE, text)
    assert column(index) == {post.id: round(GONE.timestamp() * 1000)}


def test_a_time_without_zone_is_refused(index: Any, made: Callable[..., Document]) -> None:
    (verdict,) = index.put([made(1, "text", deleted_at=datetime(2024, 5, 2))])
    assert verdict.outcome == "rejected"
