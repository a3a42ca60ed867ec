"""Ids that stay over runs: a narrative keeps the id of the one that it shares most members with."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

MIN_SHARED = 0.3


def match_ids(groups: Sequence[Sequence[str]], published: Mapping[str, Sequence[str]]) -> list[str]:
    """An id for each group of member ids.

    Args:
        groups: members of each new group; the first is its most central document.
        published: id -> members of the narratives published last.

    Pairs are matched one to one, most shared members first, where these are at least `MIN_SHARED`
    of the smaller of the two. A new id is made of the most central document: equal input gives
    equal ids.
    """
    id_of_member = {member: known for known, members in published.items() for member in members}
    pairs: list[tuple[int, str, int]] = []
    for place, members in enumerate(groups):
        shared_with = Counter(id_of_member[m] for m in members if m in id_of_member)
        for known, shared in shared_with.items():
            if shared >= MIN_SHARED * min(len(members), len(published[known])):
                pairs.append((-shared, known, place))
    matched: dict[int, str] = {}
    taken: set[str] = set()
    for _, known, place in sorted(pairs):
        if place not in matched and known not in taken:
            matched[place] = known
            taken.add(known)
    taken |= set(published)  # an id that ended is not given to another narrative
    for place, members in enumerate(groups):
        if place not in matched:
            matched[place] = _new_id(members[0], taken)
            taken.add(matched[place])
    return [matched[place] for place in range(len(groups))]


def _new_id(central: str, taken: set[str]) -> str:
    for number in range(1_000):
        text = f"{central}\x00{number or ''}"
        key = "n" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        if key not in taken:
            return key
    raise AssertionError("a thousand collisions of 40 bits")
