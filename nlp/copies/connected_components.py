"""From links to families: texts that belong together, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlp.copies.links import TextLink


class Forest:
    """Disjoint sets over 0..n-1; the root of a set is its smallest member, so the outcome has one spelling."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def find(self, item: int) -> int:
        """The smallest member of the set of an item."""
        parent = self._parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def union(self, a: int, b: int) -> None:
        """Put two sets together."""
        a, b = self.find(a), self.find(b)
        self._parent[max(a, b)] = min(a, b)


def components(members: Sequence[int], links: Iterable[TextLink]) -> list[list[int]]:
    """The sets that links join among some texts, single ones too; members and sets in the order given."""
    place = {member: at for at, member in enumerate(members)}
    forest = Forest(len(members))
    for link in links:
        forest.union(place[link.a], place[link.b])
    sets: dict[int, list[int]] = {}
    for at, member in enumerate(members):
        sets.setdefault(forest.find(at), []).append(member)
    return list(sets.values())


def spanning(members: Sequence[int], links: Iterable[TextLink]) -> list[TextLink]:
    """Of the links among some texts, the best ones that hold them together (a maximum spanning forest)."""
    place = {member: at for at, member in enumerate(members)}
    forest = Forest(len(members))
    kept = []
    for link in sorted(links, key=lambda x: (-x.score, x.a, x.b)):
        a, b = place[link.a], place[link.b]
        if forest.find(a) != forest.find(b):
            forest.union(a, b)
            kept.append(link)
    return sorted(kept)
