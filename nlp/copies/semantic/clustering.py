"""The semantic channel: rewordings and translations, by sentence vectors and by what tells alike sentences apart.

Candidates are nearest neighbours; a logistic model of their nearness, wording, figures, negation and names decides
(`nlp.copies.semantic.decision`). Families grow link by link, the surest first, and two of them join only if their
statements agree on the whole: one bridge between two crowds is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from nlp.copies.connected_components import Forest
from nlp.copies.groups import kind_between
from nlp.copies.lexical.fingerprints import distinct
from nlp.copies.links import TextLink, Texts
from nlp.copies.semantic.decision import CERTAIN, FAMILY, LINK, Decision, load, probability
from nlp.copies.semantic.features import Evidence
from nlp.copies.semantic.neighbours import LANGUAGES, Ints, near_pairs
from nlp.copies.semantic.statements import Statements

WITNESSES = 5
"""Statements of a family that speak for it when it is to join another."""
SHUFFLED = 2.0
"""Log odds that the same words in another order add to what vectors say."""
NO_OBJECTION = 0.75
"""Cosine from which vectors do not speak against the same words in another order."""


class Judge:
    """Log odds of pairs of rows, each pair looked at once."""

    def __init__(self, evidence: Evidence, decision: Decision) -> None:
        self._evidence, self._decision = evidence, decision
        self._known: dict[tuple[int, int], float] = {}

    def odds(self, a: int, b: int) -> float:
        """The log odds of two rows, within `CERTAIN`."""
        pair = (a, b) if a < b else (b, a)
        if pair not in self._known:
            nearness = self._evidence.nearness(np.array([pair[0]]), np.array([pair[1]]))[0]
            wording = self._evidence.wording(*pair)
            found = self._decision.odds(
                nearness, wording, self._evidence.one_language(a, b, wording[0])
            )
            self._known[pair] = max(-CERTAIN, min(CERTAIN, found))
        return self._known[pair]

    def same_words(self, a: int, b: int) -> None:
        """Raise the log odds of two rows that say the same words in another order, whose figures agree.

        Where the vectors do not object they are linked: a campaign of many rewordings is its own crowd, and a clause put for
        another may bring a negation that reverses nothing.
        """
        odds = self.odds(a, b) + SHUFFLED
        if self._evidence.vectors[a] @ self._evidence.vectors[b] >= NO_OBJECTION:
            odds = max(odds, LINK + SHUFFLED / 10)
        self._known[min(a, b), max(a, b)] = min(CERTAIN, odds)


def semantic_links(
    texts: Texts, said: Statements, evidence: Evidence, shuffled: Iterable[TextLink]
) -> list[TextLink]:
    """Links between statements that families rest on, by the texts that stand for them.

    Args:
        texts: the distinct texts.
        said: the statements that copies make of them.
        evidence: what is known of the statements that have a vector.
        shuffled: lexical links of kind ``reworded``.
    """
    decision = load()
    judge = Judge(evidence, decision)
    row_of = {
        text: row for row, statement in enumerate(evidence.rows) for text in said.texts[statement]
    }
    same_words: set[tuple[int, int]] = set()
    for link in shuffled:
        a, b = row_of.get(link.a, -1), row_of.get(link.b, -1)
        if a >= 0 and b >= 0 and a != b:
            same_words.add((min(a, b), max(a, b)))
    pairs = same_words | set(
        _candidates(evidence, decision, np.array(sorted(same_words), np.int64).reshape(-1, 2))
    )
    for a, b in sorted(same_words):
        judge.same_words(a, b)
    sure = sorted((-judge.odds(a, b), a, b) for a, b in sorted(pairs))
    made = []
    for a, b, odds in _joined(
        judge, len(evidence.rows), [(a, b, -cost) for cost, a, b in sure if -cost > LINK]
    ):
        x, y = sorted((said.heads[evidence.rows[a]], said.heads[evidence.rows[b]]))
        made.append(TextLink(x, y, kind_between(texts, x, y), round(probability(odds), 4)))
    return sorted(made)


def _candidates(evidence: Evidence, decision: Decision, also: Ints) -> list[tuple[int, int]]:
    """Pairs of neighbours that would be linked, were all guards silent; the density around them, and around the pairs ``also``, is sharpened.

    It is measured among the languages of all that candidates join to a text: no others are ever compared with it.
    """
    a, b = near_pairs(
        evidence.vectors, evidence.classes, decision.floor(evidence.density, evidence.classes)
    )
    size = len(evidence.rows)
    one, other = np.append(a, also[:, 0]), np.append(b, also[:, 1])
    forest = Forest(size)
    for x, y in zip(one.tolist(), other.tolist(), strict=True):
        forest.union(x, y)
    rows = distinct(np.append(one, other))
    part = np.fromiter(map(forest.find, rows.tolist()), np.int64, len(rows))
    spoken = np.zeros((size, LANGUAGES + 1), bool)
    spoken[part, evidence.classes[rows]] = True
    evidence.sharpen(rows, spoken[part])
    floor = decision.floor(evidence.density, evidence.classes)
    cosine = np.einsum("ij,ij->i", evidence.vectors[a], evidence.vectors[b])
    likely = cosine >= floor[a, evidence.classes[b]] + floor[b, evidence.classes[a]]
    return list(zip(a[likely].tolist(), b[likely].tolist(), strict=True))


def _joined(
    judge: Judge, size: int, links: Sequence[tuple[int, int, float]]
) -> list[tuple[int, int, float]]:
    """Of links in falling log odds, those that join families or lie inside one."""
    forest = Forest(size)
    members: dict[int, list[int]] = {}
    for a, b, _ in links:
        x, y = forest.find(a), forest.find(b)
        if x == y:
            continue
        left, right = members.get(x, [x]), members.get(y, [y])
        odds = [judge.odds(one, other) for one in left[:WITNESSES] for other in right[:WITNESSES]]
        if sum(odds) / len(odds) > FAMILY:
            forest.union(x, y)
            members[forest.find(x)] = [*left, *right] if x < y else [*right, *left]
    return [(a, b, odds) for a, b, odds in links if forest.find(a) == forest.find(b)]
