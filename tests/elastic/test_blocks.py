"""A closed month or a blocked index is named, never left out of an answer; more hits than one
request gives."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.connect import open_index
from index.elastic import search
from index.health import checks
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import Abort
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]


@pytest.fixture
def workspace(tmp_path: Path, elastic: str) -> Workspace:
    prefix = f"b{uuid.uuid4().hex[:10]}"
    settings = {"backend": "elasticsearch", "url": elastic, "prefix": prefix, "retry_seconds": 2}
    return Workspace(tmp_path / "home", {"index": settings})


@pytest.fixture
def index(workspace: Workspace) -> Iterator[Any]:
    opened: Any = open_index(workspace)
    opened.put([post(n) for n in range(6)])
    opened.refresh()
    yield opened
    opened.close()


def post(n: int) -> Document:
    at = datetime(2024, 1 + n % 3, 1 + n // 3, tzinfo=UTC)
    return Document(id=f"x:{n}", platform="x", text=f"post {n}", published_at=at)


def month(index: Any) -> str:
    return f"{index.names.docs}2024-01"


def test_a_closed_month_is_an_error_that_names_it(index: Any, workspace: Workspace) -> None:
    index.connection.client.indices.close(index=month(index))
    for ask in (
        index.count,
        index.search,
        index.page,
        lambda: index.facet("lang"),
        lambda: list(index.scan(["id"])),
        lambda: index.get(["x:0"]),
        lambda: index.put([post(6)]),
    ):
        with pytest.raises(Abort, match=f"{month(index)} is closed"):
            ask()
    (row,) = (row for row in checks(workspace) if row["name"] == "index")
    assert row["ok"] is False
    assert f"POST {month(index)}/_open" in str(row["detail"])
    index.connection.client.indices.open(index=month(index))
    assert index.count() == 6


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("read_only_allow_delete", "nearly full; make room"),
        ("write", "is blocked for writing"),
        ("read_only", "is blocked for writing"),
    ],
)
def test_a_block_is_named_by_writes_at_once_and_by_check(
    index: Any, workspace: Workspace, block: str, words: str
) -> None:
    settings = index.connection.client.indices.put_settings
    settings(index=month(index), settings={f"index.blocks.{block}": True})
    note = Annotation(version="1", model="m", made_at=datetime.now(UTC), values={"lang": "fr"})
    for write in (lambda: index.put([post(6)]), lambda: index.annotate([("x:0", note)], "lang")):
        with pytest.raises(Abort, match=f"{month(index)} is .*") as caught:
            write()
        assert words in str(caught.value)
    assert index.count() == 6
    failed = [str(row["detail"]) for row in checks(workspace) if not row["ok"]]
    assert len(failed) == 1
    assert words in failed[0]
    settings(index=month(index), settings={f"index.blocks.{block}": None})
    assert all(row["ok"] for row in checks(workspace))


@pytest.mark.parametrize("order", ["newest", "oldest", "relevance"])
def test_more_hits_than_one_request_gives(
    index: Any, monkeypatch: pytest.MonkeyPatch, order: Any
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    wanted = [d.id for d in index.search(order=order, size=2).documents]
    after = index.search(order=order, size=2).after
    while after is not None:
        hits = index.search(order=order, size=2, after=after)
        wanted += [d.id for d in hits.documents]
        after = hits.after
    for size in (3, 4, 5, 6, 7):
        hits = index.search(order=order, size=size)
        assert [d.id for d in hits.documents] == wanted[:size]
        assert hits.total == 6


def test_a_limit_beyond_the_servers_window_is_answered(index: Any) -> None:
    assert len(index.search(size=10_001).documents) == 6
    assert len(index.page(size=10_001).documents) == 6
