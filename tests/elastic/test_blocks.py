"""A closed month or a blocked index is named, never left out of an answer; more hits than one
request gives."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.base import SCHEMA_VERSION
from index.connect import open_index
from index.elastic import search
from index.elastic.bulk import Action
from index.elastic.client import red_index
from index.elastic.maintenance.migration import migrate
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
        ("read_only_allow_delete", "nearly full; free some space"),
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


def make_red(index: Any) -> str:
    """A month whose shard is on no node."""
    name = f"{index.names.docs}2024-07"
    settings = {"index.routing.allocation.require._name": "nowhere"}
    index.connection.client.indices.create(index=name, settings=settings, wait_for_active_shards=0)
    return name


def test_an_index_without_its_shard_is_red_in_check_and_no_short_answer(
    index: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_red(index)
    client, call = index.connection.client, index.connection.call
    monkeypatch.setattr(client, "bulk", partial(client.bulk, timeout="1s"))  # a minute otherwise
    for ask in (
        index.count,
        index.search,
        index.page,
        lambda: index.facet("lang"),
        lambda: index.stats(),
        lambda: list(index.scan(["id"])),
        lambda: index.get(["x:nothing"]),
        # These answer 200 for the shards that are there.
        lambda: call(client.count, index=index.names.read),
        lambda: call(client.search, index=index.names.read),
        lambda: call(client.mget, docs=[{"_index": name, "_id": "x:0"}], filter_path="docs.found"),
        lambda: call(client.msearch, searches=[{"index": index.names.read}, {}]),
        lambda: index.documents.bulk.send([Action("index", name, "x:9", "{}")]),
    ):
        with pytest.raises(Abort, match=f"{name} is red"):
            ask()
    failed = [str(row["detail"]) for row in checks(workspace) if not row["ok"]]
    assert any(f"{name} is red" in detail for detail in failed)
    assert [str(said) for said in index.troubles()] == [str(red_index(name))]
    client.indices.delete(index=name)
    assert index.count() == 6
    assert all(row["ok"] for row in checks(workspace))


def test_a_check_waits_no_longer_than_a_check(index: Any, workspace: Workspace) -> None:
    name = make_red(index)
    settings = {**workspace.flags["index"], "retry_seconds": 3_600}
    rows = checks(Workspace(workspace.home, {"index": settings}))
    assert [row["ok"] for row in rows if f"{name} is red" in str(row["detail"])] == [False]


def test_a_shard_that_comes_back_is_waited_for(index: Any) -> None:
    name = make_red(index)
    everywhere = {"index.routing.allocation.require._name": None}
    mend = index.connection.client.indices.put_settings
    timer = threading.Timer(0.5, lambda: mend(index=name, settings=everywhere))
    timer.start()
    assert (
        index.connection.call(index.connection.client.count, index=index.names.read)["count"] == 6
    )
    timer.join()
    assert "on no node" in " ".join(index.incidents())


def test_a_month_that_never_was_is_no_error(index: Any) -> None:
    assert index.documents._fetch({"x:0": f"{index.names.docs}1999-01"}, None) == {}


def test_a_closed_month_stops_a_migration(index: Any) -> None:
    index.connection.client.indices.close(index=month(index))
    with pytest.raises(Abort, match=f"{month(index)} is closed"):
        migrate(index, SCHEMA_VERSION + 1, settle=0)
    index.connection.client.indices.open(index=month(index))
    assert index.count() == 6


# A stand-in for a server: a real one gives these only by luck.
@pytest.mark.parametrize(
    "body",
    [
        {"timed_out": True, "hits": {"hits": []}},
        {"_shards": {"total": 1, "failed": 1, "failures": [{"index": "t-docs-2024-01"}]}},
        {"docs": [{"_index": "t-docs-2024-01", "_id": "x:0", "error": {"type": "odd"}}]},
        {"deleted": 1, "failures": [{"index": "t-docs-2024-01", "id": "x:0", "cause": {}}]},
        {"responses": [{"error": {"type": "odd", "index": "t-docs-2024-01"}, "status": 500}]},
        {"responses": [{"timed_out": True, "hits": {"hits": []}}]},
    ],
)
def test_whatever_is_asked_an_answer_for_a_part_is_an_error(index: Any, body: Any) -> None:
    with pytest.raises(Abort, match="part of its shards") as caught:
        index.connection.call(lambda: body)
    assert ("t-docs-2024-01" in str(caught.value)) == ("t-docs-2024-01" in str(body))


def test_shards_that_only_lack_among_the_successes_are_missing(index: Any) -> None:
    body = {"count": 3, "_shards": {"total": 2, "successful": 1, "failed": 0}}
    with pytest.raises(Abort, match="is red"):
        index.connection.call(lambda: body)


def test_whole_answers_pass(index: Any) -> None:
    for body in (
        {"hits": {"hits": []}, "timed_out": False, "_shards": {"total": 2, "successful": 2}},
        {"_shards": {"total": 2, "successful": 1, "failed": 0}},  # a refresh without replicas
        {"result": "created", "_shards": {"total": 2, "successful": 1, "failed": 1}},
        {"docs": [{"_id": "x:0", "error": {"type": "index_not_found_exception"}}]},
    ):
        assert index.connection.call(lambda body=body: body) == body


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
