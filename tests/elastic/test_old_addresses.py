"""Documents that an earlier Tocsin stored with other canonical addresses: a command renews them on
a real server, and until then every report says so."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.connect import open_index
from index.elastic import schema
from tocsin.app.cli import _main
from tocsin.core.documents import Document, Link, LinkKind, content_hash
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
POST = "https://mobile.twitter.com/harbourwatch/status/1899000111222333444?s=20"
STORY = "https://amp.courant.example/port-12.html"


@pytest.fixture
def enter(tmp_path: Path, elastic: str) -> Callable[[], Any]:
    """A function that opens a client of one index, whose settings are in ``home``."""
    home = tmp_path / "home"
    home.mkdir()
    prefix = f"a{uuid.uuid4().hex[:10]}"
    (home / "tocsin.toml").write_text(
        f'[index]\nbackend = "elasticsearch"\nurl = "{elastic}"\nprefix = "{prefix}"\n'
        "[privacy]\npseudonymise = false\n"
    )
    index = {"backend": "elasticsearch", "url": elastic, "prefix": prefix}
    return lambda: open_index(Workspace(home, {"index": index}))


def post(n: int) -> Document:
    links = (Link(LinkKind.URL, STORY),) if n % 2 else ()
    url = f"{POST}{n}" if n % 3 else None
    text = f"note {n}"
    return Document(id=f"web:{n}", platform="web", text=text, url=url, links=links,
                    content_hash=content_hash(None, text))  # fmt: skip


def grow_old(index: Any) -> None:
    """The stored fields as a version before wrote them, and what says of which rules they are."""
    client, state = index.connection.client, index.names.state
    for hit in client.search(index=index.names.read, size=1_000)["hits"]["hits"]:
        old = {
            "url": [u.replace("x.com/i/", "twitter.com/i/") for u in hit["_source"].get("url", [])],
            "domain": ["amp.courant.example"] if "domain" in hit["_source"] else None,
        }
        client.update(index=hit["_index"], id=hit["_id"], doc=old, refresh=True)
    meta = {k: v for k, v in schema.meta().items() if k != "address_rules"}
    client.indices.put_mapping(index=state, meta=meta)


def test_a_command_renews_addresses_of_earlier_versions(
    enter: Callable[[], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = enter()
    index.put([post(n) for n in range(300)])
    index.refresh()
    assert index.incidents() == []
    new = {
        hit["_id"]: hit["_source"]
        for hit in index.connection.client.search(index=index.names.read, size=1_000)["hits"][
            "hits"
        ]
    }
    found = {q: index.count(q) for q in ("domain:courant.example", f"url:{POST}7")}
    assert found == {"domain:courant.example": 150, f"url:{POST}7": 200}
    grow_old(index)
    assert index.count("domain:courant.example") == 0
    index.close()

    late = enter()
    assert late.incidents() == [schema.OLD_ADDRESSES]
    late.close()
    home = str(tmp_path / "home")
    assert _main(["--home", home, "--json", "migrate-index"]) == 0
    assert json.loads(capsys.readouterr().out)["fates"] == {"current": 300}

    again = enter()
    again.refresh()
    assert again.incidents() == []
    assert {q: again.count(q) for q in found} == found
    hits = again.connection.client.search(index=again.names.read, size=1_000)["hits"]["hits"]
    filled = {
        h["_id"]: {k: v for k, v in h["_source"].items() if v not in (None, [])} for h in hits
    }
    assert filled == new
    again.close()
