"""Statements: texts that are near copies of each other, taken as one, with the vector and the wording that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.copies.connected_components import components
from nlp.copies.links import TextLink, Texts

_MOST = 64
"""Texts of a statement that are compared to choose the one that stands for it."""


@dataclass(frozen=True, slots=True)
class Statements:
    """``texts[i]`` are the texts of statement ``i`` and ``heads[i]`` the one that stands for it; ``posts[i]`` is the post
    whose vector and wording are taken, -1 where none has a vector."""

    texts: list[list[int]]
    heads: list[int]
    posts: list[int]

    def __len__(self) -> int:
        return len(self.texts)


def statements(
    texts: Texts, copies: Iterable[TextLink], vectors: NDArray[np.float32] | None
) -> Statements:
    """The statements that copies make of texts, in order of their first text.

    The text nearest to all others stands for a statement: typos and look-alike letters lead a sentence model astray.
    """
    sets = components(range(len(texts)), copies)
    has: list[bool] = [] if vectors is None else np.any(vectors, axis=1).tolist()
    heads, posts = [], []
    for members in sets:
        known = [] if vectors is None else _with_vector(texts, members, has)
        if vectors is None or not known:
            heads.append(members[0])
            posts.append(-1)
            continue
        central = 0
        if len(known) > 2:
            matrix = vectors[[post for _, post in known]]
            central = int((matrix @ matrix.sum(axis=0)).argmax())
        heads.append(known[central][0])
        posts.append(known[central][1])
    return Statements(sets, heads, posts)


def _with_vector(
    texts: Texts, members: Sequence[int], has: Sequence[bool]
) -> list[tuple[int, int]]:
    """Texts with their first post that has a vector, those that most posts carry first."""
    found = []
    for text in (
        members
        if len(members) == 1
        else sorted(members, key=lambda t: (-len(texts.members[t]), t))[:_MOST]
    ):
        post = next((at for at in texts.members[text] if has[at]), -1)
        if post >= 0:
            found.append((text, post))
    return found
