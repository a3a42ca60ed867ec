"""Links between statements that say the same in other words or languages, by cautious clustering.

Candidates are nearest neighbours; a logistic regression on their nearness, wording, numbers,
negation and names scores them (`nlp.copies.semantic.pair_model`). Clusters grow link by link, the
surest first, and two of them merge only if their statements agree on the whole: one bridge between
two clusters is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from nlp.copies.arrays import Ints, sorted_unique
from nlp.copies.connected_components import UnionFind
from nlp.copies.groups import kind_between
from nlp.copies.links import DistinctTexts, TextLink
from nlp.copies.semantic.cells import EXACT_LIMIT
from nlp.copies.semantic.density import OWN_CLASSES
from nlp.copies.semantic.features import ComparableStatements
from nlp.copies.semantic.known_pairs import PairMemory, near_pairs
from nlp.copies.semantic.pair_model import (
    LINK_LOG_ODDS,
    MAX_LOG_ODDS,
    MERGE_LOG_ODDS,
    PairModel,
    load_model,
    probability,
)
from nlp.copies.semantic.similarity_join import pairs_above_thresholds
from nlp.copies.semantic.statements import Statements

MAX_COMPARED = 5
"""Statements of a cluster that are compared when it may merge with another."""
REORDERED_BONUS = 2.0
"""Log odds that the same words in another order add to what vectors say."""
MIN_REORDERED_COSINE = 0.75
"""Cosine from which vectors do not contradict the same words in another order."""


class PairScorer:
    """Log odds of pairs of rows of comparable statements, each pair scored once."""

    def __init__(self, comparable: ComparableStatements, model: PairModel) -> None:
        self._comparable, self._model = comparable, model
        self._known: dict[tuple[int, int], float] = {}

    def score(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Score many pairs of rows at once; one that is known keeps its score."""
        new = [pair for pair in pairs if pair not in self._known]
        if not new:
            return
        a, b = np.array(new, np.int64).reshape(-1, 2).T
        by_vectors = self._comparable.vector_features(a, b)
        words = self._comparable.shared_words(a, b).tolist()
        for pair, vectors, shared in zip(new, by_vectors, words, strict=True):
            by_wording = self._comparable.wording_features(*pair, shared)
            same_language = self._comparable.same_language(*pair, shared)
            log_odds = self._model.log_odds(vectors, by_wording, same_language)
            self._known[pair] = max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log_odds))

    def log_odds(self, a: int, b: int) -> float:
        """The log odds that two rows say the same, within `MAX_LOG_ODDS`."""
        pair = (a, b) if a < b else (b, a)
        if pair not in self._known:
            self.score([pair])
        return self._known[pair]

    def raise_reordered(self, a: int, b: int) -> None:
        """Raise the log odds of two rows with the same words in another order.

        Where the vectors do not contradict they are linked: a campaign of many rewordings is dense
        itself, and a clause put for another may bring a negation that reverses nothing.
        """
        log_odds = self.log_odds(a, b) + REORDERED_BONUS
        if self._comparable.vectors[a] @ self._comparable.vectors[b] >= MIN_REORDERED_COSINE:
            log_odds = max(log_odds, LINK_LOG_ODDS + REORDERED_BONUS / 10)
        self._known[min(a, b), max(a, b)] = min(MAX_LOG_ODDS, log_odds)


class _ScoredPair(NamedTuple):
    """Two rows and the log odds that they say the same."""

    a: int
    b: int
    log_odds: float


def semantic_links(
    texts: DistinctTexts,
    statements: Statements,
    comparable: ComparableStatements,
    reordered: Iterable[TextLink],
    memory: PairMemory | None = None,
) -> list[TextLink]:
    """Links between the representatives of statements that say the same.

    Args:
        texts: the distinct texts.
        statements: that copies make of them.
        comparable: those of the statements that have a vector.
        reordered: lexical links of kind ``reworded``.
        memory: what is known of an earlier corpus; then what is known of this one.
    """
    model = load_model()
    scorer = PairScorer(comparable, model)
    same_words = _rows_of_links(statements, comparable, reordered)
    candidates = same_words | _candidate_pairs(comparable, model, same_words, memory)
    scorer.score(candidates)
    for a, b in sorted(same_words):
        scorer.raise_reordered(a, b)
    scored = [_ScoredPair(a, b, scorer.log_odds(a, b)) for a, b in candidates]
    surest_first = sorted(
        (pair for pair in scored if pair.log_odds > LINK_LOG_ODDS),
        key=lambda pair: (-pair.log_odds, pair.a, pair.b),
    )
    links = []
    for a, b, log_odds in _merge_clusters(scorer, len(comparable.numbers), surest_first):
        heads = (statements.representatives[comparable.numbers[row]] for row in (a, b))
        x, y = sorted(heads)
        links.append(TextLink(x, y, kind_between(texts, x, y), round(probability(log_odds), 4)))
    return sorted(links)


def _rows_of_links(
    statements: Statements, comparable: ComparableStatements, links: Iterable[TextLink]
) -> set[tuple[int, int]]:
    """The pairs of different rows that links between texts join."""
    row_of = {
        text: row
        for row, number in enumerate(comparable.numbers)
        for text in statements.texts[number]
    }
    pairs = set()
    for link in links:
        a, b = row_of.get(link.a, -1), row_of.get(link.b, -1)
        if a >= 0 and b >= 0 and a != b:
            pairs.add((min(a, b), max(a, b)))
    return pairs


def _candidate_pairs(
    comparable: ComparableStatements,
    model: PairModel,
    also: set[tuple[int, int]],
    memory: PairMemory | None,
) -> set[tuple[int, int]]:
    """Pairs of rows that would be linked if nothing but their vectors spoke.

    The density around them and around the pairs ``also`` is refined. It is measured among the
    languages of all rows that candidates connect: no others are ever compared.
    """
    thresholds = model.cosine_thresholds(comparable.density, comparable.classes)
    if memory is not None:
        a, b, memory.known = near_pairs(comparable, thresholds, memory.known)
    else:
        keys = comparable.keys()[:, 0] if len(comparable.numbers) > EXACT_LIMIT else None
        a, b = pairs_above_thresholds(comparable.vectors, comparable.classes, thresholds, keys)
    also_pairs = np.array(sorted(also), np.int64).reshape(-1, 2)
    one, other = np.append(a, also_pairs[:, 0]), np.append(b, also_pairs[:, 1])
    _refine_density(comparable, one, other)
    thresholds = model.cosine_thresholds(comparable.density, comparable.classes)
    cosine = np.einsum("ij,ij->i", comparable.vectors[a], comparable.vectors[b])
    sum_of_thresholds = thresholds[a, comparable.classes[b]] + thresholds[b, comparable.classes[a]]
    likely = cosine >= sum_of_thresholds
    return set(zip(a[likely].tolist(), b[likely].tolist(), strict=True))


def _refine_density(comparable: ComparableStatements, a: Ints, b: Ints) -> None:
    """Refine the density around rows of pairs, among the languages that their component has."""
    components = UnionFind(len(comparable.numbers))
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        components.union(one, other)
    rows = sorted_unique(np.append(a, b))
    component = np.fromiter(map(components.find, rows.tolist()), np.int64, len(rows))
    # (components, classes): which classes of languages each component has
    present = np.zeros((len(comparable.numbers), OWN_CLASSES + 1), bool)
    present[component, comparable.classes[rows]] = True
    comparable.refine_density(rows, present[component])


def _merge_clusters(
    scorer: PairScorer, size: int, pairs: Sequence[_ScoredPair]
) -> list[_ScoredPair]:
    """Of pairs in falling log odds, those that lie inside a cluster once all have grown."""
    clusters = UnionFind(size)
    members: dict[int, list[int]] = {}
    for pair in pairs:
        x, y = clusters.find(pair.a), clusters.find(pair.b)
        if x == y:
            continue
        left, right = members.get(x, [x]), members.get(y, [y])
        compared = [
            (one, other) if one < other else (other, one)
            for one in left[:MAX_COMPARED]
            for other in right[:MAX_COMPARED]
        ]
        scorer.score(compared)
        between = [scorer.log_odds(*rows) for rows in compared]
        if sum(between) / len(between) > MERGE_LOG_ODDS:
            clusters.union(x, y)
            members[clusters.find(x)] = [*left, *right] if x < y else [*right, *left]
    return [pair for pair in pairs if clusters.find(pair.a) == clusters.find(pair.b)]
