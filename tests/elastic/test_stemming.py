"""Fields of language analysers, which the test server has not: other analysers that it has stand in
for French and English."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from index.connect import open_index
from index.elastic import schema
from tocsin.core.exchange import from_exchange
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]


def test_stems_lift_documents_and_never_add_any(
    tmp_path: Path, elastic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "analysers", lambda *_: ("simple", "stop"))
    settings = {
        "index": {"backend": "elasticsearch", "url": elastic, "prefix": f"s{uuid.uuid4().hex[:10]}"}
    }
    index: Any = open_index(Workspace(tmp_path / "home", settings))
    texts = ["the river rises", "river2 of the town", "nothing"]
    index.put(
        [
            from_exchange({"id": str(n), "platform": "x", "author": {"id": "a"}, "text": text})
            for n, text in enumerate(texts)
        ]
    )
    index.refresh()
    assert index.searcher.stemmed == ("stem_si", "stem_st")
    client = index.connection.client
    # `simple` cuts digits off and `stop` leaves common words out: what a stemmer would do to
    # endings.
    assert client.count(index=index.names.read, query={"match": {"stem_si": "river"}})["count"] == 2
    assert client.count(index=index.names.read, query={"match": {"stem_st": "the"}})["count"] == 0
    assert [d.text for d in index.search("river", order="relevance").documents] == [
        "the river rises"
    ]
    assert index.count("river") == 1
    stored = client.search(index=index.names.read, query={"match_all": {}})["hits"]["hits"]
    assert all("stem_si" not in hit["_source"] for hit in stored)
    index.close()


def test_a_server_without_them_is_asked_and_says_so(tmp_path: Path, elastic: str) -> None:
    settings = {
        "index": {"backend": "elasticsearch", "url": elastic, "prefix": f"s{uuid.uuid4().hex[:10]}"}
    }
    index: Any = open_index(Workspace(tmp_path / "home", settings))
    able = index.capabilities()
    assert isinstance(able["stemming_fr"], bool)
    assert index.searcher.stemmed == (("stem_en", "stem_fr") if able["stemming_fr"] else ())
    index.close()
