"""Groups of posts: families of texts with the posts that carry them, ready to be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations

from nlp.copies.connected_components import components, spanning
from nlp.copies.links import RANK, LinkKind, TextLink, Texts
from tocsin.core.findings import CopyPair

MAX_PARTS = 40
"""Parts of a group that are linked each with each; those beyond are linked with the first."""
SHARED_LINK = 0.8
"""Share of a group's posts with one same address from which its copies look like a share button's."""
_NO_TIME = 1 << 62


@dataclass(frozen=True, slots=True)
class Posts:
    """What is known of posts beside their text: all aligned with ``ids``, or empty where unknown.

    ``times`` are epoch milliseconds, ``links`` the canonical addresses in each post.
    """

    ids: Sequence[str]
    times: Sequence[int | None] = ()
    links: Sequence[Sequence[str]] = ()

    def when(self, at: int) -> tuple[int, str]:
        """Orders posts by time and id, those without a time last."""
        time = self.times[at] if self.times else None
        return (_NO_TIME if time is None else time), self.ids[at]


@dataclass(frozen=True, slots=True)
class Group:
    """Posts that carry one text.

    ``posts`` are in order of time and id; ``kind`` is the farthest kind between any two. ``identical`` holds the
    sets of posts whose compared text is equal. ``links`` joins one post of each set to others: near copies by
    a spanning tree, and parts that only rewording or translation joins each with each. ``shared_link`` is the
    address that nearly all posts carry, "" where there is none.
    """

    id: str
    kind: LinkKind
    posts: tuple[str, ...]
    identical: tuple[tuple[str, ...], ...] = ()
    links: tuple[CopyPair, ...] = field(default=())
    shared_link: str = ""


def group_id(first: str) -> str:
    """The id of the group whose earliest post is ``first``: it stays when later posts join."""
    return "c" + blake2b(first.encode(), digest_size=8).hexdigest()


def grouped(
    posts: Posts, texts: Texts, families: Sequence[Sequence[int]], links: Sequence[TextLink]
) -> list[Group]:
    """The groups that families of texts make, in order of their earliest post."""
    family_of = {member: number for number, family in enumerate(families) for member in family}
    inside: list[list[TextLink]] = [[] for _ in families]
    for link in links:
        number = family_of.get(link.a, -1)
        if number >= 0 and number == family_of.get(link.b):
            inside[number].append(link)
    made = []
    for family, held in zip(families, inside, strict=True):
        carriers = {text: sorted(texts.members[text], key=posts.when) for text in family}
        everyone = sorted((at for carried in carriers.values() for at in carried), key=posts.when)
        kept = _kept(texts, family, held)
        pairs = [
            _pair(posts.ids[carriers[a][0]], posts.ids[carriers[b][0]], kind, score)
            for a, b, kind, score in kept
        ]
        group = Group(
            id=group_id(posts.ids[everyone[0]]),
            kind=max((link.kind for link in kept), key=RANK.__getitem__, default="copy"),
            posts=tuple(posts.ids[at] for at in everyone),
            identical=tuple(
                sorted(
                    tuple(posts.ids[at] for at in carried)
                    for carried in carriers.values()
                    if len(carried) > 1
                )
            ),
            links=tuple(sorted(pairs, key=lambda pair: (pair.a, pair.b))),
            shared_link=_shared_link(posts, everyone),
        )
        made.append((posts.when(everyone[0]), group))
    return [group for _, group in sorted(made, key=lambda item: item[0])]


def _pair(a: str, b: str, kind: str, score: float) -> CopyPair:
    return CopyPair(a=min(a, b), b=max(a, b), kind=kind, score=round(score, 4))


def _kept(texts: Texts, family: Sequence[int], links: Sequence[TextLink]) -> list[TextLink]:
    """The links to keep of a family: a tree inside each part that copies hold together, and one between any two parts."""
    near = [link for link in links if link.kind == "copy"]
    parts = components(family, near)
    kept = spanning(family, near)
    if len(parts) == 1:
        return kept
    part_of = {text: number for number, part in enumerate(parts) for text in part}
    direct: dict[tuple[int, int], TextLink] = {}
    best = [0.0] * len(parts)
    for link in links:
        p, q = sorted((part_of[link.a], part_of[link.b]))
        if p != q:
            best[p], best[q] = max(best[p], link.score), max(best[q], link.score)
            if (p, q) not in direct or link.score > direct[p, q].score:
                direct[p, q] = link
    heads = [min(part, key=lambda text: (-len(texts.members[text]), text)) for part in parts]
    for p, q in combinations(range(len(parts)), 2):
        if p and q >= MAX_PARTS:
            continue
        if (p, q) in direct:
            kept.append(direct[p, q])
            continue
        a, b = sorted((heads[p], heads[q]))
        kept.append(TextLink(a, b, kind_between(texts, a, b), min(best[p], best[q])))
    return kept


def kind_between(texts: Texts, a: int, b: int) -> LinkKind:
    """What two texts of one family that are no near copies are to each other."""
    x, y = texts.langs[a], texts.langs[b]
    return "translation" if x and y and x != y else "reworded"


def _shared_link(posts: Posts, members: Sequence[int]) -> str:
    if not posts.links:
        return ""
    counts = Counter(address for at in members for address in set(posts.links[at]))
    address, times = min(counts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return address if times >= SHARED_LINK * len(members) else ""
