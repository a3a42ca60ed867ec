"""The figures of a group of posts."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.core.groups.figures import PostFigures, count_figures


def test_figures_are_counted_from_posts_in_the_order_of_time() -> None:
    posts = [
        PostFigures("b", 1_000, "fr"),
        PostFigures("a", 2_000, "en"),
        PostFigures("b", 3_000, "en"),
        PostFigures(None, None, None),
    ]
    figures = count_figures(posts, {"b"})
    assert figures["languages"] == {"en": 2, "fr": 1, "und": 1}
    assert list(figures["languages"]) == ["en", "fr", "und"]
    assert (figures["posts"], figures["authors"]) == (4, 2)
    assert figures["first_authors"] == ("b", "a")
    assert figures["first_at"] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert figures["last_at"] == datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC)
    assert figures["coordinated_share"] == 0.5


def test_a_share_that_nobody_analysed_is_not_nought() -> None:
    posts = [PostFigures("a", None, "en")]
    assert count_figures(posts, None)["coordinated_share"] is None
    assert count_figures(posts, set())["coordinated_share"] == 0
    assert count_figures([], set())["coordinated_share"] is None
    assert count_figures(posts, None)["first_at"] is None
