"""All pairs of a group, spelled out from what a finding keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlp.copies.connected_components import Forest
from nlp.copies.links import RANK
from tocsin.core.findings import CopyPair

MAX_PAIRS = 100_000
"""Pairs of one group that are spelled out; of a larger one (from 448 posts) come the links that hold it together."""


def all_pairs(
    posts: Sequence[str], identical: Sequence[Sequence[str]], links: Sequence[CopyPair]
) -> Iterator[CopyPair]:
    """Every two posts of a group with what they are to each other.

    Posts of equal compared text score 1; posts that no link joins directly score as the weaker of the links
    that lead to them. Beyond `MAX_PAIRS` each post of an identical set is paired with the set's first only, and
    otherwise the given links are all.
    """
    if len(posts) * (len(posts) - 1) // 2 > MAX_PAIRS:
        for same in identical:
            yield from (_pair(same[0], other, "copy", 1.0) for other in same[1:])
        yield from links
        return
    place = {post: at for at, post in enumerate(posts)}
    equal, part = Forest(len(posts)), Forest(len(posts))
    for same in identical:
        for other in same[1:]:
            equal.union(place[same[0]], place[other])
            part.union(place[same[0]], place[other])
    direct: dict[tuple[int, int], CopyPair] = {}
    near: dict[int, float] = {}
    for link in links:
        a, b = sorted((equal.find(place[link.a]), equal.find(place[link.b])))
        direct[a, b] = link
        if link.kind == "copy":
            part.union(a, b)
            near[a], near[b] = max(near.get(a, 0.0), link.score), max(near.get(b, 0.0), link.score)
    between: dict[tuple[int, int], CopyPair] = {}
    for (a, b), link in direct.items():
        if link.kind != "copy":
            p, q = sorted((part.find(a), part.find(b)))
            between[p, q] = link
    first = part.find(0)
    for i in range(len(posts)):
        for j in range(i + 1, len(posts)):
            a, b = sorted((equal.find(i), equal.find(j)))
            p, q = sorted((part.find(i), part.find(j)))
            if a == b:
                kind, score = "copy", 1.0
            elif (a, b) in direct:
                kind, score = direct[a, b].kind, direct[a, b].score
            elif p == q:
                kind, score = "copy", min(near.get(a, 1.0), near.get(b, 1.0))
            elif (p, q) in between:
                kind, score = between[p, q].kind, between[p, q].score
            else:
                ways = [
                    between[min(first, x), max(first, x)]
                    for x in (p, q)
                    if (min(first, x), max(first, x)) in between
                ]
                kind = max((way.kind for way in ways), key=RANK.__getitem__, default="reworded")
                score = min((way.score for way in ways), default=0.0)
            yield _pair(posts[i], posts[j], kind, score)


def _pair(a: str, b: str, kind: str, score: float) -> CopyPair:
    return CopyPair(a=min(a, b), b=max(a, b), kind=kind, score=round(score, 4))
