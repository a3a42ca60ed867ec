"""Every page over a grid of collections, in Streamlit's test runner: none of them may break."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.views import VIEWS
from tests.dashboard.grid import MANY_POSTS, Collection, plant
from tests.dashboard.pages import Visit, text

GRID = [
    Collection("1 s", 50),
    Collection("1 s", 50, 300, "minute", has_text=False),
    Collection("1 h", 2, 1, "missing", has_text=False),
    Collection("1 h", 50, 300),
    Collection("1 days", 2),
    Collection("5 days", 0),
    Collection("5 days", 1),
    Collection("5 days", 50, 1, "minute"),
    Collection("11 days", 50, precision="day"),
    Collection("11 days", 50, 300, "missing"),
    Collection("13 days", 50, has_text=False),
    Collection("40 days", 1, 1, "day"),
    Collection("40 days", 50, precision="minute"),
    Collection("400 days", 50, 300, "day", has_text=False),
    Collection("4000 days", 2),
    Collection("4000 days", 50, 1),
]
"""Every span, number of posts, number of authors and precision at least once, extremes together."""
MANY = [
    Collection("11 days", MANY_POSTS, 300),
    Collection("4000 days", MANY_POSTS, 300, "day"),
    Collection("1 h", MANY_POSTS, 1, "missing", has_text=False),
]
BROKEN = ("cannot be shown", "peut pas s’afficher")


@pytest.mark.parametrize("collection", GRID, ids=str)
def test_every_page_draws(visit: Visit, tmp_path: Path, collection: Collection) -> None:
    plant(collection, tmp_path)
    language = "fr" if GRID.index(collection) % 2 else "en"
    windows = {"today": ("24h", "7d"), "explore": ("all", "7d")}
    parameters = {"today": "window", "explore": "range"}
    for page in VIEWS:
        for choice in windows.get(page, ("news.example",)):
            name = parameters.get(page, "subject")
            test = visit(tmp_path, page, lang=language, **{name: choice})
            assert not test.exception, (page, choice)
            assert not any(sentence in text(test) for sentence in BROKEN), (page, choice)


@pytest.mark.parametrize("collection", MANY, ids=str)
def test_every_page_of_very_many_posts_draws(
    visit: Visit, tmp_path: Path, collection: Collection
) -> None:
    plant(collection, tmp_path)
    for page in VIEWS:
        test = visit(tmp_path, page, subject="news.example")
        assert not test.exception, page
        assert not any(sentence in text(test) for sentence in BROKEN), page
