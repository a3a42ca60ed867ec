"""Statements: sets of texts that are near copies of each other, each with a representative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.copies.connected_components import components_of_all
from nlp.copies.links import DistinctTexts, TextLink

_MAX_COMPARED = 64
"""Texts of a statement that are compared to choose its representative."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Sets of near copies, all sequences aligned.

    Attributes:
        texts: the texts of each statement.
        representatives: the text that stands for it.
        posts: the post whose vector and wording are taken, -1 where none has a vector.
    """

    texts: list[list[int]]
    representatives: list[int]
    posts: list[int]

    def __len__(self) -> int:
        return len(self.texts)


def build_statements(
    texts: DistinctTexts, copies: Sequence[TextLink], vectors: NDArray[np.float32]
) -> Statements:
    """The statements that copies make of texts, in order of their first text.

    The text nearest to all others represents a statement: typos and look-alike letters lead a
    sentence model astray.
    """
    components = components_of_all(len(texts), copies)
    has_vector: list[bool] = np.any(vectors, axis=1).tolist()
    representatives, posts = [], []
    for members in components:
        candidates = _with_vector(texts, members, has_vector)
        if not candidates:
            representatives.append(members[0])
            posts.append(-1)
            continue
        central = 0
        if len(candidates) > 2:
            matrix = vectors[[post for _, post in candidates]]
            central = int((matrix @ matrix.sum(axis=0)).argmax())
        representatives.append(candidates[central][0])
        posts.append(candidates[central][1])
    return Statements(components, representatives, posts)


def _with_vector(
    texts: DistinctTexts, members: Sequence[int], has_vector: Sequence[bool]
) -> list[tuple[int, int]]:
    """Texts with their first post that has a vector, those that most posts carry first."""
    if len(members) > 1:
        by_carriers = sorted(members, key=lambda text: (-len(texts.posts[text]), text))
        members = by_carriers[:_MAX_COMPARED]
    candidates = []
    for text in members:
        post = next((at for at in texts.posts[text] if has_vector[at]), -1)
        if post >= 0:
            candidates.append((text, post))
    return candidates
