"""Times without collection on the pages: every curve breaks there, and the span is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tocsin.core.documents import Author, Document, content_hash
from tocsin.core.workspace import Workspace

END = datetime(2025, 11, 28, 12, tzinfo=UTC)
PAUSE = range(9 * 24, 11 * 24)
"""Hours before the end in which nothing was collected: two days."""


@pytest.fixture
def paused(tmp_path: Path) -> Path:
    index = open_index(Workspace(tmp_path))
    hours = [hour for hour in range(25 * 24) if hour not in PAUSE for _ in range(3)]
    documents = [
        Document(
            id=f"x:{n}",
            platform="x",
            author=Author(id=f"x:a{n % 40}"),
            text=f"dam {n}",
            published_at=END - timedelta(hours=hour, minutes=n % 50),
            collected_at=END,
            content_hash=content_hash(None, f"dam {n}"),
        )
        for n, hour in enumerate(hours)
    ]
    index.put(documents)
    index.refresh()
    index.close()
    return tmp_path


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Nothing was collected"), ("fr", "Rien n’a été collecté")]
)
def test_every_page_with_a_curve_says_the_gap(
    paused: Path, visit: Visit, lang: str, said: str
) -> None:
    for page, parameters in (
        ("today", {"window": "24h"}),
        ("today", {"window": "7d"}),
        ("explore", {"range": "30d"}),
        ("explore", {"range": "all", "q": "dam"}),
        ("explore", {"since": "2025-11-18T00:00:00Z", "until": "2025-11-18T20:00:00Z"}),
    ):
        shown = text(visit(paused, page, lang=lang, **parameters))
        assert said in shown, (page, parameters)
    assert said not in text(visit(paused, "explore", lang=lang, range="3d"))


def test_a_window_with_a_gap_is_no_normal(paused: Path, visit: Visit) -> None:
    shown = text(visit(paused, "today", window="7d"))
    assert "too little history" in shown, "of three windows one has two days without collection"
