"""What is known of two statements: how near their vectors lie, how alike they are worded, and what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.copies.lexical.normalisation import weight as letters
from nlp.copies.lexical.word_agreement import agreement
from nlp.copies.links import Texts
from nlp.copies.semantic.distinguishing_terms import Marks, marks, unmatched
from nlp.copies.semantic.neighbours import Floats, Ints, alike, centred, commonest, crowd
from nlp.copies.semantic.statements import Statements

NEARNESS = ("cosine", "margin")
"""Features by vectors alone: centred cosine, and how far it stands out of the crowd around both texts."""
NEAREST, CLEAREST = 0.85, 0.55
"""Cosine and margin beyond which vectors say no more: no nearness outweighs another figure or a negation."""
MOTHER_TONGUE = 0.45
"""Share of words in common from which two texts are of one language, whatever a detector said of them."""
LEAST_LETTERS = 26
"""Letters from which a statement has a meaning of its own: shorter ones are opinions that many hold ("X is a liar")."""
WORDING = (
    "words",
    "length",
    "figures_differ",
    "figures_one_sided",
    "negation_differs",
    "names_missing",
)
"""Features of the wording: share of words in common, log ratio of lengths, and the guards of `nlp.copies.semantic.distinguishing_terms`."""
NAMES = NEARNESS + WORDING
SIGNS = {"cosine": 1, "margin": 1, "words": 1, "length": -1} | dict.fromkeys(WORDING[2:], -1)
"""Which way a feature may speak, 1 for copies and -1 against: a fit must not learn from chance that another figure is a good sign."""


class Usual(NamedTuple):
    """Of a model's vectors of ordinary texts: their mean, and the mean density around them once centred."""

    mean: Floats
    density: float


@dataclass
class Evidence:
    """Statements with what their comparison needs. Rows are the statements that have a vector.

    ``langs`` numbers the languages; ``classes`` the commonest of them, and all others as the last one.
    """

    rows: list[int]
    vectors: Floats
    langs: Ints
    classes: Ints
    density: Floats
    usual_density: float | None
    skeletons: list[str]
    texts: list[str]
    names: list[str]
    weight: Mapping[str, float]
    _marks: dict[int, Marks] = field(default_factory=dict)

    def marks(self, row: int) -> Marks:
        """The marks of a row, made when first asked for: most statements have no neighbour."""
        if row not in self._marks:
            self._marks[row] = marks(self.texts[row], self.names[row])
        return self._marks[row]

    def sharpen(self, rows: Ints, wanted: NDArray[np.bool_] | None = None) -> None:
        """Measure the density around some rows as it counts (``wanted``: see `crowd`); for the others it stays a rough, lower one."""
        self.density[rows] = crowd(
            self.vectors, self.classes, self.usual_density, rows=rows, wanted=wanted
        )

    def nearness(self, a: Ints, b: Ints) -> NDArray[np.float64]:
        """`NEARNESS` of pairs of rows, (n, 2)."""
        cosine = np.einsum("ij,ij->i", self.vectors[a], self.vectors[b], dtype=np.float64)
        around = (
            self.density[a, self.classes[b]].astype(np.float64) + self.density[b, self.classes[a]]
        )
        return np.stack(
            [np.minimum(cosine, NEAREST), np.minimum(cosine - around / 2, CLEAREST)], axis=1
        )

    def one_language(self, a: int, b: int, words: float) -> bool:
        """Whether two rows are of one language: by their labels, or because they share more words than two languages do."""
        return bool(self.langs[a] == self.langs[b]) or words >= MOTHER_TONGUE

    def wording(self, a: int, b: int) -> list[float]:
        """`WORDING` of a pair of rows."""
        x, y, one, other = self.skeletons[a], self.skeletons[b], self.marks(a), self.marks(b)
        left, right = len(x) - x.count(" "), len(y) - y.count(" ")
        only_a, only_b = bool(one.figures - other.figures), bool(other.figures - one.figures)
        return [
            agreement(x, y, self.weight).dice,
            abs(log(left / right)),
            float(only_a and only_b),
            float(only_a != only_b),
            float(one.negated != other.negated),
            float(max(unmatched(one.names, other.words), unmatched(other.names, one.words))),
        ]


def gather(
    texts: Texts, said: Statements, raw: Sequence[str], vectors: Floats, weight: Mapping[str, float], usual: Usual | None = None
) -> Evidence:  # fmt: skip
    """The evidence on statements; ``raw`` and ``vectors`` are aligned with the posts, ``usual`` is the model's."""
    rows = [
        i
        for i, post in enumerate(said.posts)
        if post >= 0 and letters(texts.skeletons[said.heads[i]]) >= LEAST_LETTERS
    ]
    names = [texts.langs[said.heads[i]] for i in rows]
    number = {lang: at for at, lang in enumerate(sorted(set(names)))}
    langs = np.array([number[lang] for lang in names], np.int64)
    taken = vectors[[said.posts[i] for i in rows]]
    known = (
        usual is not None
        and len(rows) > 0
        and alike(taken.mean(axis=0, dtype=np.float64), usual.mean)
    )
    placed = centred(taken, langs, usual.mean if usual and known else None)
    classes = commonest(langs)
    ordinary = usual.density if usual and known else None
    density = crowd(placed, classes, ordinary, rough=True)
    skeletons, read = (
        [texts.skeletons[said.heads[i]] for i in rows],
        [raw[said.posts[i]] for i in rows],
    )
    return Evidence(rows, placed, langs, classes, density, ordinary, skeletons, read, names, weight)
