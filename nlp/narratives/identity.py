"""Ids that stay over runs: a narrative keeps the id of the earlier one that it shares most members with."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

MIN_SHARED = 0.3


def identify(groups: Sequence[Sequence[str]], before: Mapping[str, Sequence[str]]) -> list[str]:
    """An id for each group of member ids.

    Args:
        groups: members of each new group; the first is its most central document.
        before: id -> members of the narratives published last.

    Pairs are matched one to one, most shared members first, where these are at least `MIN_SHARED` of the smaller
    of the two. A new id is made of the most central document, so that equal input gives equal ids.
    """
    owner = {member: known for known, members in before.items() for member in members}
    pairs: list[tuple[int, str, int]] = []
    for place, members in enumerate(groups):
        for known, shared in Counter(owner[m] for m in members if m in owner).items():
            if shared >= MIN_SHARED * min(len(members), len(before[known])):
                pairs.append((-shared, known, place))
    given: dict[int, str] = {}
    taken: set[str] = set()
    for _, known, place in sorted(pairs):
        if place not in given and known not in taken:
            given[place] = known
            taken.add(known)
    taken |= set(before)  # an id that ended is not given to another story
    for place, members in enumerate(groups):
        if place not in given:
            given[place] = _made(members[0], taken)
            taken.add(given[place])
    return [given[place] for place in range(len(groups))]


def _made(central: str, taken: set[str]) -> str:
    for number in range(1_000):
        found = (
            "n"
            + hashlib.sha256(
                f"{central}\x00{number or ''}".encode("utf-8", "surrogatepass")
            ).hexdigest()[:10]
        )
        if found not in taken:
            return found
    raise AssertionError("a thousand collisions of 40 bits")
