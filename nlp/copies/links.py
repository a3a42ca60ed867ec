"""Links between texts, and the texts they are between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

LinkKind = Literal["copy", "reworded", "translation"]
RANK: dict[str, int] = {"copy": 0, "reworded": 1, "translation": 2}
"""Kinds from near to far: a group is named by its farthest."""


class TextLink(NamedTuple):
    """Two distinct texts (numbers in alphabetical order of their graphemes, ``a < b``) that say the same. ``score`` is 0 to 1."""

    a: int
    b: int
    kind: LinkKind
    score: float


@dataclass(frozen=True, slots=True)
class Texts:
    """The distinct texts of a corpus, in alphabetical order of their graphemes.

    ``members[i]`` are the positions in the corpus of the posts that carry text ``i``; ``lang`` is "" where unknown.
    """

    graphemes: list[str]
    skeletons: list[str]
    members: list[list[int]]
    langs: list[str]

    def __len__(self) -> int:
        return len(self.graphemes)
