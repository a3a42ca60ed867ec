"""Links between texts, and the texts they are between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from tocsin.core.messages import Message

CopyKind = Literal["copy", "reworded", "translation"]
DISTANCE: dict[str, int] = {"copy": 0, "reworded": 1, "translation": 2}
"""Kinds from near to far: a group is named after its farthest."""
KIND_NAMES: dict[str, Message] = {
    "copy": Message("copies.kind.copy"),
    "reworded": Message("copies.kind.reworded"),
    "translation": Message("copies.kind.translation"),
}


class TextLink(NamedTuple):
    """Two distinct texts, ``a < b`` by their numbers, that say the same. ``score`` is 0 to 1."""

    a: int
    b: int
    kind: CopyKind
    score: float


@dataclass(frozen=True, slots=True)
class DistinctTexts:
    """The distinct texts of a corpus, in alphabetical order of ``letters``.

    Attributes:
        letters: normalised text without spaces, by which texts are told apart.
        normalised: normalised text, words by single spaces.
        posts: positions in the corpus of the posts that carry each text.
        languages: language codes, "" where unknown.
    """

    letters: list[str]
    normalised: list[str]
    posts: list[list[int]]
    languages: list[str]

    def __len__(self) -> int:
        return len(self.letters)
