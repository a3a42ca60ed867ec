"""Groups of posts: components of linked texts with the posts that carry them, to be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations

from nlp.copies.connected_components import connected_components, maximum_spanning_forest
from nlp.copies.links import DISTANCE, CopyKind, DistinctTexts, TextLink
from tocsin.core.findings import CopyPair

MAX_LINKED_PARTS = 40
"""Parts of a group that are linked each with each; those beyond are linked with the first."""
SHARED_LINK = 0.8
"""Share of a group's posts with one address from which its copies look like a share button's."""
_NO_TIME = 1 << 62


@dataclass(frozen=True, slots=True)
class Posts:
    """What is known of posts beside their text: all aligned with ``ids``, or empty where unknown.

    ``times`` are epoch milliseconds, ``links`` the canonical addresses in each post.
    """

    ids: Sequence[str]
    times: Sequence[int | None] = ()
    links: Sequence[Sequence[str]] = ()

    def ranks(self) -> list[int]:
        """The place of each post by time and id, those without a time last."""
        times = [_NO_TIME if time is None else time for time in self.times]
        keys = list(zip(times, self.ids, strict=True)) if times else self.ids
        ranks = [0] * len(self.ids)
        for rank, at in enumerate(sorted(range(len(ranks)), key=keys.__getitem__)):
            ranks[at] = rank
        return ranks


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Posts that carry one text.

    Attributes:
        id: see `group_id`.
        kind: the farthest kind between any two posts.
        posts: in order of time and id.
        identical: the sets of posts whose compared text is equal.
        links: join one post of each set to others: near copies by a spanning tree, and parts that
            only rewording or translation joins each with each.
        shared_link: the address that nearly all posts carry, "" where there is none.
    """

    id: str
    kind: CopyKind
    posts: tuple[str, ...]
    identical: tuple[tuple[str, ...], ...] = ()
    links: tuple[CopyPair, ...] = ()
    shared_link: str = ""


def group_id(first: str) -> str:
    """The id of the group whose earliest post is ``first``: it stays when later posts join."""
    return "c" + blake2b(first.encode(), digest_size=8).hexdigest()


def copy_pair(a: str, b: str, kind: str, score: float) -> CopyPair:
    """A pair of posts as findings hold it: the posts in order, the score rounded."""
    return CopyPair(a=min(a, b), b=max(a, b), kind=kind, score=round(score, 4))


def build_groups(
    posts: Posts,
    texts: DistinctTexts,
    components: Sequence[Sequence[int]],
    links: Sequence[TextLink],
) -> list[CopyGroup]:
    """The groups that components of texts make, in order of their earliest post."""
    component_of = {
        text: number for number, component in enumerate(components) for text in component
    }
    inside: list[list[TextLink]] = [[] for _ in components]
    for link in links:
        number = component_of.get(link.a, -1)
        if number >= 0 and number == component_of.get(link.b):
            inside[number].append(link)
    groups = []
    rank = posts.ranks()
    for component, held in zip(components, inside, strict=True):
        carriers = {text: _in_order(texts.posts[text], rank) for text in component}
        everyone = sorted(
            (at for carried in carriers.values() for at in carried), key=rank.__getitem__
        )
        kept = _links_to_keep(texts, component, held)
        pairs = [
            copy_pair(posts.ids[carriers[a][0]], posts.ids[carriers[b][0]], kind, score)
            for a, b, kind, score in kept
        ]
        identical = [
            tuple(posts.ids[at] for at in carried)
            for carried in carriers.values()
            if len(carried) > 1
        ]
        group = CopyGroup(
            id=group_id(posts.ids[everyone[0]]),
            kind=max((link.kind for link in kept), key=DISTANCE.__getitem__, default="copy"),
            posts=tuple(posts.ids[at] for at in everyone),
            identical=tuple(sorted(identical)),
            links=tuple(sorted(pairs, key=lambda pair: (pair.a, pair.b))),
            shared_link=_shared_link(posts, everyone),
        )
        groups.append((rank[everyone[0]], group))
    return [group for _, group in sorted(groups, key=lambda item: item[0])]


def _in_order(carried: Sequence[int], rank: Sequence[int]) -> Sequence[int]:
    """The posts that carry a text by time and id; most texts have one."""
    return sorted(carried, key=rank.__getitem__) if len(carried) > 1 else carried


def _links_to_keep(
    texts: DistinctTexts, component: Sequence[int], links: Sequence[TextLink]
) -> list[TextLink]:
    """A tree inside each part that copies hold together, and a link between any two parts."""
    copies = [link for link in links if link.kind == "copy"]
    kept = maximum_spanning_forest(component, copies)
    parts = connected_components(component, kept)
    if len(parts) == 1:
        return kept
    part_of = {text: number for number, part in enumerate(parts) for text in part}
    direct: dict[tuple[int, int], TextLink] = {}
    best = [0.0] * len(parts)
    for link in links:
        p, q = sorted((part_of[link.a], part_of[link.b]))
        if p == q:
            continue
        best[p], best[q] = max(best[p], link.score), max(best[q], link.score)
        if (p, q) not in direct or link.score > direct[p, q].score:
            direct[p, q] = link
    most_carried = [min(part, key=lambda text: (-len(texts.posts[text]), text)) for part in parts]
    for p, q in combinations(range(len(parts)), 2):
        if p and q >= MAX_LINKED_PARTS:
            continue
        if (p, q) in direct:
            kept.append(direct[p, q])
            continue
        a, b = sorted((most_carried[p], most_carried[q]))
        kept.append(TextLink(a, b, kind_between(texts, a, b), min(best[p], best[q])))
    return kept


def kind_between(texts: DistinctTexts, a: int, b: int) -> CopyKind:
    """What two texts that say the same and are not near copies are to each other."""
    x, y = texts.languages[a], texts.languages[b]
    return "translation" if x and y and x != y else "reworded"


def _shared_link(posts: Posts, members: Sequence[int]) -> str:
    """The address in at least `SHARED_LINK` of some posts, "" where there is none."""
    if not posts.links:
        return ""
    counts = Counter(address for at in members for address in set(posts.links[at]))
    address, times = min(counts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return address if times >= SHARED_LINK * len(members) else ""
