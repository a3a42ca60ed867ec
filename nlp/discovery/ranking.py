"""How much a text is like what a query means: a learnt direction, the nearest hits, and company.

Two views are added, each in standard deviations. **The head** is a logistic regression on
half-whitened vectors, hits against a sample of the rest (few of which are relevant), with
judged posts on the side that the person gave them; each text is scored by a head that has not seen
it, so that the scores of hits and of others compare. **The neighbours** are the mean cosine
similarity to the five nearest hits, which finds subjects of several parts. **Company**: one vector
of a short text is uncertain, so a text near the top is judged by its own score and by the mean of
its nearest texts (one step of label propagation, Zhu & Ghahramani 2002). What helps was chosen on
one third of the subjects of ``python -m benchmarks.discovery`` and checked on another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp.narratives.whitening import half_whitened

NEAREST = 5
MAX_HITS = 1_000
FOLDS = 5
MAX_REST = 8_000
"""Texts that stand for the rest, at most."""
STRENGTH = 0.01
"""Inverse of the penalty (C): hits are few, and all have the same words."""
JUDGED_WEIGHT = 0.01
"""Of one judged text in the loss; hits together weigh .5, and so does the rest."""
NEIGHBOURS_WEIGHT = 0.5
FEW_OTHERS, MANY_OTHERS = 5.0, 20.0
"""Texts of the rest a hit: the head counts nothing up to the one, in full from the other on."""
COMPANY = 20
"""Nearest texts whose scores speak for a text; fewer where there are few texts."""
TEXTS_PER_COMPANION = 50
COMPANY_WEIGHT = 2.0
"""Of their mean; the text's own score weighs 1."""
MIN_CANDIDATES, MAX_CANDIDATES = 3_000, 6_000
CANDIDATES_PER_HIT = 5
BYSTANDERS = 2_000
"""Texts further down that may be company as well: a text alone at the top stands among them."""
_BLOCK = 4_096
_SMALL_BLOCK = 1_024

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


def rank(
    vectors: NDArray[np.float32],
    is_hit: Bools,
    judged: Mapping[int, bool],
    random: np.random.Generator,
) -> tuple[Floats, Floats, Longs]:
    """By text: the score, the similarity to the nearest hits, and the nearest hit.

    Args:
        vectors: float32 (n, d), centred, rows at length 1.
        is_hit: (n,), at least one.
        judged: text -> whether it is relevant. A hit that is judged irrelevant is none, one that
            is judged relevant is one.
        random: of samples and folds.
    """
    whitened = half_whitened(vectors)
    like = is_hit.copy()
    for text, relevant in judged.items():
        like[text] = relevant
    if not like.any():  # all hits were judged irrelevant
        like = is_hit
    similarity, closest = similarity_scores(whitened, np.flatnonzero(like), random)
    head = _head_scores(whitened, is_hit, judged, random)
    # where hits are many among all, much of the rest is relevant, and the head would learn words
    others = (~like).sum() / like.sum()
    trust = float(np.clip((others - FEW_OTHERS) / (MANY_OTHERS - FEW_OTHERS), 0.0, 1.0))
    score = trust * _standardised(head) + NEIGHBOURS_WEIGHT * _standardised(similarity)
    return _with_company(whitened, score, int(like.sum()), random), similarity, closest


def _with_company(
    vectors: NDArray[np.float32], score: Floats, hits: int, random: np.random.Generator
) -> Floats:
    """Scores of candidates drawn towards those of their nearest texts; all others stay below."""
    size = int(np.clip(CANDIDATES_PER_HIT * hits, MIN_CANDIDATES, MAX_CANDIDATES))
    order = np.argsort(-np.round(score, 6), kind="stable")
    candidates, others = order[:size], order[size:]
    bystanders = others
    if len(others) > BYSTANDERS:
        bystanders = random.choice(others, BYSTANDERS, replace=False)
    around = np.concatenate([candidates, bystanders])  # candidates first: each is its own column
    nearest = min(COMPANY, len(vectors) // TEXTS_PER_COMPANION)
    if nearest < 1:
        return score
    mean = np.empty(len(candidates))
    columns = vectors[around].T
    for start in range(0, len(candidates), _SMALL_BLOCK):
        block = candidates[start : start + _SMALL_BLOCK]
        similarity = vectors[block] @ columns
        own = np.arange(len(block))
        similarity[own, start + own] = -1.0
        closest = np.argpartition(similarity, -nearest, axis=1)[:, -nearest:]
        weight = np.maximum(np.take_along_axis(similarity, closest, axis=1), 1e-6)
        mean[start : start + len(block)] = (score[around[closest]] * weight).sum(
            axis=1
        ) / weight.sum(axis=1, dtype=np.float64)
    drawn = score.copy()
    drawn[candidates] = (score[candidates] + COMPANY_WEIGHT * mean) / (1 + COMPANY_WEIGHT)
    if len(others):
        drawn[others] -= max(0.0, float(score[others].max() - drawn[candidates].min()))
    return drawn


def _head_scores(
    vectors: NDArray[np.float32],
    is_hit: Bools,
    judged: Mapping[int, bool],
    random: np.random.Generator,
) -> Floats:
    """Log odds of each text by a head that did not see it."""
    n = len(vectors)
    marked = np.array(sorted(judged), np.int64)
    said = np.array([judged[int(text)] for text in marked], bool)
    free = np.ones(n, bool)
    free[marked] = False
    hits, rest = np.flatnonzero(is_hit & free), np.flatnonzero(~is_hit & free)
    if len(rest) > MAX_REST:
        rest = np.sort(random.choice(rest, MAX_REST, replace=False))
    fold = random.integers(0, FOLDS, n)
    texts = np.concatenate([hits, rest, marked])
    target = np.concatenate([np.ones(len(hits)), np.zeros(len(rest)), said])
    kind = np.repeat([0, 1, 2], [len(hits), len(rest), len(marked)])
    scores = np.zeros(n)
    for number in range(FOLDS):
        learnt = fold[texts] != number
        of = np.bincount(kind[learnt], minlength=3)
        weights = np.array([0.5 / max(of[0], 1), 0.5 / max(of[1], 1), JUDGED_WEIGHT])
        if len(np.unique(target[learnt])) < 2:
            continue  # all on one side: nothing to learn, and no text is told from another
        # the penalty stands against the sum of losses: weights of mean 1
        weight = weights[kind[learnt]] * learnt.sum()
        model = LogisticRegression(C=STRENGTH, max_iter=300)
        model.fit(vectors[texts[learnt]], target[learnt], sample_weight=weight)
        rows = np.flatnonzero(fold == number)
        if len(rows):
            scores[rows] = model.decision_function(vectors[rows])
    return scores


def similarity_scores(
    vectors: NDArray[np.float32], hits: Longs, random: np.random.Generator
) -> tuple[Floats, Longs]:
    """By text, the mean similarity to the nearest hits (itself left out), and the nearest one."""
    sample = hits
    if len(hits) > MAX_HITS:
        sample = np.sort(random.choice(hits, MAX_HITS, replace=False))
    column = np.full(len(vectors), -1, dtype=np.int64)
    column[sample] = np.arange(len(sample))
    score, closest = np.empty(len(vectors)), np.empty(len(vectors), dtype=np.int64)
    hit_vectors = vectors[sample].T
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        similarity = vectors[block] @ hit_vectors  # (block, hits)
        own = np.flatnonzero(column[block] >= 0)
        similarity[own, column[start + own]] = -1.0
        closest[block] = sample[similarity.argmax(axis=1)]
        nearest = np.partition(similarity, -min(NEAREST, len(sample)), axis=1)[:, -NEAREST:]
        score[block] = nearest.mean(axis=1, dtype=np.float64)
    return score, closest


def _standardised(values: Floats) -> Floats:
    deviation = values.std()
    standardised: Floats = (values - values.mean()) / (deviation if deviation > 0 else 1.0)
    return standardised
