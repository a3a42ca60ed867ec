"""How the letters of two texts line up: what is equal, what slipped, what was added, and what stands in place of something else.

Letters without spaces are compared, so a moved space or two words run together change nothing. Every copy has
slips and additions; a passage that stands in place of another one makes another statement.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from rapidfuzz.distance import Indel

_JOIN = 3
"""Equal letters between two differences below which they are one difference."""
_SLIP = 2
"""Letters that a slip of the pen changes at most."""
_GAP = 4
"""Letters from which a difference is a gap and no slip."""
_ALIKE = 0.5
"""Share of equal letters in a difference from which it is a misspelling."""


class Alignment(NamedTuple):
    """Letters of two texts: ``same`` in both, ``only_a`` and ``only_b`` in one, ``replaced`` of these on each side by others.

    ``slips`` and ``gaps`` are the numbers of small and of large differences, ``mixed`` those of the gaps
    that change both texts.
    """

    same: int
    only_a: int
    only_b: int
    replaced: int
    slips: int
    gaps: int
    mixed: int


def align(a: str, b: str) -> Alignment:
    """Line up two texts (graphemes) along a longest common subsequence."""
    same = only_a = only_b = replaced = slips = gaps = mixed = 0
    x = y = inside = (
        0  # letters of the open difference: of a, of b, and equal ones between its pieces
    )
    pieces = cast(list[tuple[str, int, int, int, int]], Indel.opcodes(a, b).as_list())
    for tag, start, end, other_start, other_end in [*pieces, ("equal", 0, _JOIN, 0, _JOIN)]:
        length = end - start
        if tag != "equal":
            x, y = x + length, y + other_end - other_start
            continue
        if x or y:
            if length < _JOIN:
                inside += length
                continue
            same, only_a, only_b = same + inside, only_a + x, only_b + y
            more, less = (x, y) if x > y else (y, x)
            if more < _GAP:
                slips += 1
            else:
                gaps += 1
                mixed += less > 0
            if less > _SLIP and 2 * inside < _ALIKE * (x + y + 2 * inside):
                replaced += less
            x = y = inside = 0
        same += length
    return Alignment(same - _JOIN, only_a, only_b, replaced, slips, gaps, mixed)
