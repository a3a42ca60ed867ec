"""The figures of a group of posts: reckoned alike when posts are grouped and when analysts edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypedDict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # `tocsin.core.dates` imports what imports this folder
CENTRAL, FRINGE, FIRST_AUTHORS = 5, 3, 5
"""How many posts stand for the middle and the edge of a narrative; how many of its first authors
are named."""


class PostFigures(NamedTuple):
    """What is known of a post: author, milliseconds since 1970, language; None where unknown."""

    author: str | None
    at: int | None
    language: str | None


class Figures(TypedDict):
    """Fields of a `tocsin.core.findings.Narrative` that are counted from its posts."""

    languages: dict[str, int]
    posts: int
    authors: int
    first_at: datetime | None
    last_at: datetime | None
    coordinated_share: float | None
    first_authors: tuple[str, ...]


def count_figures(posts: Iterable[PostFigures], flagged: Collection[str] | None) -> Figures:
    """The figures of posts.

    Args:
        posts: in the order of time; those without one come last.
        flagged: accounts that count as coordinated; None where that was not analysed.

    Languages come with the most used first. ``coordinated_share`` is of posts, 0 to 1, and None
    where nothing was analysed or no post is left.
    """
    held = list(posts)
    authors = [post.author for post in held if post.author]
    times = [post.at for post in held if post.at is not None]
    counted = Counter(post.language or "und" for post in held)
    share = None
    if flagged is not None and held:
        share = round(sum(author in flagged for author in authors) / len(held), 6)
    return {
        "languages": dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))),
        "posts": len(held),
        "authors": len(set(authors)),
        "first_at": _EPOCH + timedelta(milliseconds=times[0]) if times else None,
        "last_at": _EPOCH + timedelta(milliseconds=times[-1]) if times else None,
        "coordinated_share": share,
        "first_authors": tuple(dict.fromkeys(authors))[:FIRST_AUTHORS],
    }
