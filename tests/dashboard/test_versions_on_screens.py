"""Explore shows what a page was before, that it is gone, and that it was cut, names hidden."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.connect import open_index
from index.versions.history import Sighting
from tests.dashboard.pages import Visit, text
from tocsin.core.exchange import MAX_TEXT, from_exchange
from tocsin.core.workspace import Workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_explore_shows_earlier_versions_of_a_post(tmp_path: Path, visit: Visit) -> None:
    home = tmp_path / "home"
    with closing(open_index(Workspace(home))) as index:
        index.ensure_schema()
        for day, words in enumerate(["the bridge is closed, says @zora_marked", "it is open"]):
            post = {
                "id": "1",
                "platform": "web",
                "kind": "article",
                "author": {"id": "zm", "handle": "zora_marked", "name": "Zora Marked"},
                "text": words,
                "published_at": NOW.isoformat(),
                "collected_at": (NOW + day * timedelta(days=1)).isoformat(),
            }
            index.put([from_exchange(post)], on_conflict="replace")
        index.see([Sighting("web:1", NOW + timedelta(days=9), 410)])
        long = post | {"id": "2", "text": "word " * (MAX_TEXT // 5 + 10)}
        index.put([from_exchange(long)])
    page = text(visit(home, "explore", lang="en"))
    assert "2 versions of this page" in page
    assert "the bridge is closed" in page
    assert "Its page is gone since 10 Mar 2026" in page
    assert "(status 410)" in page
    assert "This post was cut when it came in" in page
    assert "zora_marked" not in page.lower()
    french = text(visit(home, "explore", lang="fr"))
    assert "2 versions de cette page" in french
    assert "Sa page a disparu" in french
