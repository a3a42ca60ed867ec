"""How the letters of two texts align: what was mistyped, what was added, and what was replaced.

Letters without spaces are compared, so a moved space or two words run together change nothing.
Every copy has typos and additions; a passage that stands in place of another one makes another
statement.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from rapidfuzz.distance import Indel

_MIN_EQUAL_RUN = 3
"""Equal letters between two differences below which they are one difference."""
_MIN_GAP = 4
"""Letters from which a difference is a gap and not a typo."""
_MAX_TYPO = 2
"""Letters that a typo changes at most."""
_MISSPELT = 0.5
"""Share of equal letters in a difference from which it is a misspelling and not a replacement."""


class Alignment(NamedTuple):
    """The differences of two texts.

    Attributes:
        replaced: letters of either text that stand in place of other letters.
        typos: number of small differences.
        gaps: number of large differences.
        two_sided_gaps: those of the gaps in which both texts have letters of their own.
    """

    replaced: int
    typos: int
    gaps: int
    two_sided_gaps: int


def align(a: str, b: str) -> Alignment:
    """Align two texts without spaces along a longest common subsequence."""
    replaced = typos = gaps = two_sided_gaps = 0
    # of the difference that is open: letters of a, letters of b, and equal ones between its pieces
    only_a = only_b = inside = 0
    operations = cast(list[tuple[str, int, int, int, int]], Indel.opcodes(a, b).as_list())
    end_mark = ("equal", 0, _MIN_EQUAL_RUN, 0, _MIN_EQUAL_RUN)  # closes the last difference
    for tag, start, end, other_start, other_end in [*operations, end_mark]:
        length = end - start
        if tag != "equal":
            only_a, only_b = only_a + length, only_b + other_end - other_start
            continue
        if not only_a and not only_b:
            continue
        if length < _MIN_EQUAL_RUN:
            inside += length
            continue
        more, less = (only_a, only_b) if only_a > only_b else (only_b, only_a)
        if more < _MIN_GAP:
            typos += 1
        else:
            gaps += 1
            two_sided_gaps += less > 0
        if less > _MAX_TYPO and 2 * inside < _MISSPELT * (only_a + only_b + 2 * inside):
            replaced += less
        only_a = only_b = inside = 0
    return Alignment(replaced, typos, gaps, two_sided_gaps)
