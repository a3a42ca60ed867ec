"""An index that an earlier Tocsin made has no room for a field: it is made when it is needed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from index.elastic import schema
from tocsin.core.documents import Document, content_hash
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
AT = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def enter(tmp_path: Path, elastic: str) -> Callable[[], Any]:
    """A function that opens a client of one index."""
    index = {"backend": "elasticsearch", "url": elastic, "prefix": f"l{uuid.uuid4().hex[:10]}"}
    return lambda: open_index(Workspace(tmp_path / "home", {"index": index}))


def post(n: int, **more: Any) -> Document:
    return Document(id=f"x:{n}", platform="x", text=f"note {n}", published_at=AT,
                    content_hash=content_hash(None, f"note {n}"), **more)  # fmt: skip


def test_a_deletion_in_an_index_of_an_earlier_version(
    enter: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.delitem(schema.FILTERS, "deleted_at")
        index = enter()
        index.put([post(n) for n in range(5)])
        index.refresh()
        index.put_vectors("m", ["x:0"], np.ones((1, 4), np.float32) / 2)
        index.close()
    late = enter()
    assert late.count("exists:deleted_at") == 0
    assert late.count("deleted_at:>2024-01-01") == 0
    gone = AT + timedelta(minutes=3)
    verdicts = late.put([post(0, deleted_at=gone), post(9, deleted_at=gone)], on_conflict="replace")
    assert [v.outcome for v in verdicts] == ["duplicate", "created"]
    late.put([post(10, deleted_at=gone, revision=0)])
    late.refresh()
    assert late.count("exists:deleted_at") == 3
    assert late.get(["x:0"])[0].deleted_at == gone
    late.put_vectors("m", ["x:9"], np.ones((1, 4), np.float32) / 2)
    late.close()
