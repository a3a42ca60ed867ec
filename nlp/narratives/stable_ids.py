"""Ids that stay over runs, and what became of those that went.

A new grouping is a proposal: a group keeps the id of the one with which it shares at least half of
the *larger* of the two, so that a small remnant never carries the id of a large group on, nor a
large group that of a small one it swallowed. Only posts that stood in a group before are counted:
posts that came since say nothing about which group is which.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MIN_SHARED = 0.5


@dataclass(slots=True)
class Lineage:
    """Where a group comes from: ``id``, ids merged into it, and the one that it split from."""

    id: str
    merged: list[str] = field(default_factory=list)
    split_from: str | None = None


def match_groups(
    groups: Sequence[Sequence[str]], published: Mapping[str, Sequence[str]], prefix: str = "n"
) -> list[Lineage]:
    """An id for each group of member ids, and its lineage.

    Args:
        groups: members of each new group; the first is its most central document.
        published: id -> members of the groups published last.
        prefix: the first letter of new ids.

    Pairs are matched one to one, the greatest share of the larger first. A new id is made of the
    most central document: equal input gives equal ids.
    """
    id_of_member = {member: known for known, members in published.items() for member in members}
    shared_with = [Counter(id_of_member[m] for m in group if m in id_of_member) for group in groups]
    known_sizes: Counter[str] = Counter()
    for shared in shared_with:
        known_sizes.update(shared)
    pairs: list[tuple[float, int, str, int]] = []
    for place, shared in enumerate(shared_with):
        size = sum(shared.values())
        for known, count in shared.items():
            share = count / max(size, known_sizes[known])
            if share >= MIN_SHARED:
                pairs.append((-share, -count, known, place))
    matched: dict[int, str] = {}
    kept: set[str] = set()
    for _, _, known, place in sorted(pairs):
        if place not in matched and known not in kept:
            matched[place] = known
            kept.add(known)
    taken = set(published)  # an id that ended is not given to another group
    found = []
    for place, members in enumerate(groups):
        new = matched.get(place) or _new_id(members[0], taken, prefix)
        taken.add(new)
        found.append(Lineage(new))
    for place, shared in enumerate(shared_with):
        size = sum(shared.values())
        for known, count in sorted(shared.items()):
            if known not in kept and 2 * count > known_sizes[known]:
                found[place].merged.append(known)
            elif place not in matched and 2 * count > size:
                found[place].split_from = known
    return found


def _new_id(central: str, taken: set[str], prefix: str) -> str:
    for number in range(1_000):
        text = f"{central}\x00{number or ''}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        key = prefix + digest[:10]
        if key not in taken:
            return key
    raise AssertionError("a thousand collisions of 40 bits")
