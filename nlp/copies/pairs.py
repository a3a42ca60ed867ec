"""All pairs of a group, listed from what a finding keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlp.copies.connected_components import UnionFind
from nlp.copies.groups import copy_pair
from nlp.copies.links import DISTANCE
from tocsin.core.findings import CopyPair

MAX_PAIRS = 100_000
"""Pairs of one group that are listed; of a larger one (from 448 posts) only the links that hold it
together are."""


def all_pairs(
    posts: Sequence[str], identical: Sequence[Sequence[str]], links: Sequence[CopyPair]
) -> Iterator[CopyPair]:
    """Every two posts of a group with what they are to each other.

    Posts of equal compared text score 1; posts that no link joins directly score as the weaker of
    the links that lead to them. Beyond `MAX_PAIRS` each post of an identical set is paired with the
    set's first only, and otherwise the given links are all.
    """
    if len(posts) * (len(posts) - 1) // 2 > MAX_PAIRS:
        for same in identical:
            yield from (copy_pair(same[0], other, "copy", 1.0) for other in same[1:])
        yield from links
        return
    relations = _Relations(posts, identical, links)
    for i in range(len(posts)):
        for j in range(i + 1, len(posts)):
            yield copy_pair(posts[i], posts[j], *relations.between(i, j))


class _Relations:
    """What any two posts of a group are to each other, by their positions in it.

    A text is a set of posts with equal compared text; a part is a set of texts that copies hold
    together. Both are named after their first post.
    """

    def __init__(
        self, posts: Sequence[str], identical: Sequence[Sequence[str]], links: Sequence[CopyPair]
    ) -> None:
        position = {post: at for at, post in enumerate(posts)}
        texts, parts = UnionFind(len(posts)), UnionFind(len(posts))
        for same in identical:
            for other in same[1:]:
                texts.union(position[same[0]], position[other])
                parts.union(position[same[0]], position[other])
        self._between_texts: dict[tuple[int, int], CopyPair] = {}
        self._best_copy: dict[int, float] = {}
        best = self._best_copy
        for link in links:
            a, b = sorted((texts.find(position[link.a]), texts.find(position[link.b])))
            self._between_texts[a, b] = link
            if link.kind == "copy":
                parts.union(a, b)
                best[a], best[b] = (max(best.get(text, 0.0), link.score) for text in (a, b))
        self._text_of = [texts.find(at) for at in range(len(posts))]
        self._part_of = [parts.find(at) for at in range(len(posts))]
        self._between_parts: dict[tuple[int, int], CopyPair] = {}
        for (a, b), link in self._between_texts.items():
            if link.kind != "copy":
                self._between_parts[_ordered(self._part_of, a, b)] = link

    def between(self, i: int, j: int) -> tuple[str, float]:
        """Kind and score of two posts."""
        a, b = _ordered(self._text_of, i, j)
        if a == b:
            return "copy", 1.0
        if link := self._between_texts.get((a, b)):
            return link.kind, link.score
        p, q = _ordered(self._part_of, i, j)
        if p == q:
            return "copy", min(self._best_copy.get(a, 1.0), self._best_copy.get(b, 1.0))
        if link := self._between_parts.get((p, q)):
            return link.kind, link.score
        return self._by_way_of_first(p, q)

    def _by_way_of_first(self, p: int, q: int) -> tuple[str, float]:
        """Of two parts that no link joins: what the links of both with the first part say."""
        first = self._part_of[0]
        through_first = [(min(first, part), max(first, part)) for part in (p, q)]
        ways = [self._between_parts[way] for way in through_first if way in self._between_parts]
        kind = max((way.kind for way in ways), key=DISTANCE.__getitem__, default="reworded")
        return kind, min((way.score for way in ways), default=0.0)


def _ordered(names: Sequence[int], i: int, j: int) -> tuple[int, int]:
    x, y = names[i], names[j]
    return (x, y) if x <= y else (y, x)
