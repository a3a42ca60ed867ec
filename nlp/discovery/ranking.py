"""How much a text is like what a query means: a learnt direction, the nearest hits, and walks.

**The head** is a logistic regression on half-whitened vectors, hits against a sample of the rest
(few of which are relevant), with judged posts on the side that the person gave them; each text is
scored by a head that has not seen it, so that the scores of hits and of others compare. **The
neighbours** are the mean cosine similarity to the five nearest hits. The sum of both, in standard
deviations, chooses the candidates. **Walks** order them: a walk goes from a text to one of its
nearest texts at random and ends after each step with chance 1 - `GO_ON`; what counts is how often
it ends at a hit, less how often at a post that was judged irrelevant (label propagation, Zhou et
al. 2004; personalised PageRank, Haveliwala 2002). They find subjects of several parts, which hits
touch at their edge, and one vector of a short text is uncertain, but not the region it lies in.
Hits and judged posts are placed by walks that know nothing of a fifth of them, their own among
these. What helps was chosen on parts 1 and 2 of ``python -m benchmarks.discovery``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from nlp.narratives.vectors.whitening import half_whitened

NEAREST = 5
MAX_HITS = 1_000
FOLDS = 5
MAX_REST = 8_000
"""Texts that stand for the rest, at most."""
STRENGTH = 0.01
"""Inverse of the penalty (C): hits are few, and all have the same words."""
JUDGED_WEIGHT = 0.02
"""Of one judged text in the loss; hits together weigh .5, and so does the rest: fifty judgements
weigh as much as both, and tell a subject from the one beside it, which the same words find."""
NEIGHBOURS_WEIGHT = 0.5
FEW_OTHERS, MANY_OTHERS = 5.0, 20.0
"""Texts of the rest a hit: the head counts nothing up to the one, in full from the other on."""
GO_ON, STEPS = 0.95, 20
"""Chance that a walk goes on, and steps after which it has ended."""
NEAR, TEXTS_PER_NEAR, LEAST_NEAR = 50, 40, 5
"""Nearest texts to which a walk may go; fewer where there are few texts."""
NEARNESS = 3
"""Power of the nearness by which it chooses one of them."""
HUB_WEIGHT, HUB_TEXTS = 0.4, 10
"""Nearness is the cosine similarity less this share of what the other text has to its own nearest
texts on the mean, of which so many count: a text in a crowd is near to everything (cross-domain
similarity local scaling, Conneau et al. 2018, for hubs, Radovanovic et al. 2010). Only where posts
were judged: the chances that hits tell were fitted to walks without it."""
COMPANY = 20
"""Nearest texts whose mean score is the company of a text."""
JUDGED_SEEDS = 4.0, -4.0
"""What it counts where a walk ends, relevant and irrelevant; a hit counts 1."""
HEAD_WEIGHT = 0.05
"""Of the head in the order, in logarithms of the share of walks."""
_LEAST_NEARNESS = 1e-6
_LEAST_SHARE = 1e-3
"""Of the hits' median share of walks: what lies below is all alike."""
MIN_CANDIDATES, MAX_CANDIDATES = 3_000, 6_000
CANDIDATES_PER_HIT = 5
BYSTANDERS = 2_000
"""Texts further down that may be company as well: a text alone at the top stands among them."""
_BLOCK = 4_096
_SMALL_BLOCK = 1_024

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Ranking(NamedTuple):
    """How much each of n texts is like what the query means.

    Attributes:
        score: (n,), by which they come.
        evidence: (n, 3), by which the chances are told: the logarithm of the share of walks that
            end at hits, against the median hit; the head, in standard deviations; the mean score
            of the nearest texts, in standard deviations of the head.
        similarity, closest: (n,), to the nearest hits on the mean, and the nearest hit.
    """

    score: Floats
    evidence: Floats
    similarity: Floats
    closest: Longs


def rank(
    vectors: NDArray[np.float32],
    is_hit: Bools,
    judged: Mapping[int, bool],
    random: np.random.Generator,
    hub_weight: float = 0.0,
) -> Ranking:
    """Scores of texts, and what they are made of.

    Args:
        vectors: float32 (n, d), centred, rows at length 1.
        is_hit: (n,), at least one.
        judged: text -> whether it is relevant. A hit that is judged irrelevant is none, one that
            is judged relevant is one.
        random: of samples and folds.
        hub_weight: 0 or `HUB_WEIGHT`.
    """
    whitened = half_whitened(vectors)
    like = is_hit.copy()
    for text, relevant in judged.items():
        like[text] = relevant
    if not like.any():  # all hits were judged irrelevant
        like = is_hit
    similarity, closest = similarity_scores(whitened, np.flatnonzero(like), random)
    head = _standardised(_head_scores(whitened, is_hit, judged, random))
    # where hits are many among all, much of the rest is relevant, and the head would learn words
    others = (~like).sum() / like.sum()
    head *= float(np.clip((others - FEW_OTHERS) / (MANY_OTHERS - FEW_OTHERS), 0.0, 1.0))
    first = head + NEIGHBOURS_WEIGHT * _standardised(similarity)
    seeds = like.astype(np.float64)
    for text, relevant in judged.items():
        seeds[text] = JUDGED_SEEDS[0] if relevant else JUDGED_SEEDS[1]
    place, company = _walk(whitened, first, seeds, random, hub_weight)
    place = np.log(np.maximum(place / max(float(np.median(place[like])), 1e-9), 0) + _LEAST_SHARE)
    evidence = np.column_stack([place, head, company])
    return Ranking(score_of(evidence), evidence, similarity, closest)


def score_of(evidence: Floats) -> Floats:
    """What texts come by, from `Ranking.evidence`."""
    score: Floats = evidence[:, 0] + HEAD_WEIGHT * evidence[:, 1]
    return score


def _walk(
    vectors: NDArray[np.float32],
    score: Floats,
    seeds: Floats,
    random: np.random.Generator,
    hub_weight: float,
) -> tuple[Floats, Floats]:
    """By text, what walks from it come to, and the mean score of its nearest texts.

    Candidates have the highest scores or a seed; from all other texts no walk comes to anything.
    """
    n, seeded = len(vectors), np.flatnonzero(seeds)
    size = int(np.clip(CANDIDATES_PER_HIT * len(seeded), MIN_CANDIDATES, MAX_CANDIDATES))
    order = np.argsort(-np.round(score, 6), kind="stable")
    is_candidate = np.zeros(n, bool)
    is_candidate[order[:size]] = is_candidate[seeded] = True
    candidates, others = np.flatnonzero(is_candidate), np.flatnonzero(~is_candidate)
    if len(others) > BYSTANDERS:
        others = np.sort(random.choice(others, BYSTANDERS, replace=False))
    around = np.concatenate([candidates, others])  # candidates first: each is its own column
    nearest = min(max(LEAST_NEAR, min(NEAR, n // TEXTS_PER_NEAR)), len(around) - 1)
    company = score.copy()
    if nearest < 1:
        return np.maximum(seeds, 0.0), company
    closest, nearness = _nearest(vectors, around, len(candidates), nearest, hub_weight)
    few = min(COMPANY, nearest)
    weight = nearness[:, :few]
    mean = (score[around[closest[:, :few]]] * weight).sum(axis=1) / weight.sum(axis=1)
    company[candidates] = mean
    weight = nearness**NEARNESS
    weight /= weight.sum(axis=1, keepdims=True)
    starts = np.arange(0, nearest * len(candidates) + 1, nearest)
    shape = len(candidates), len(around)
    go = sparse.csr_matrix((weight.ravel(), closest.ravel(), starts), shape)[:, : len(candidates)]
    fold = random.integers(0, FOLDS, len(candidates))
    own = seeds[candidates]
    hidden = fold[:, None] == np.arange(FOLDS + 1)  # the last column hides nothing
    seen = np.where(hidden, 0.0, own[:, None])
    # as if no seed were hidden
    seen *= np.abs(own).sum() / np.maximum(np.abs(seen).sum(axis=0), 1e-9)
    ended = seen.copy()
    for _ in range(STEPS):
        ended = (1 - GO_ON) * seen + GO_ON * (go @ ended)
    column = np.where(own != 0, fold, FOLDS)
    share = np.zeros(n)
    share[candidates] = ended[np.arange(len(candidates)), column]
    return share, company


def _nearest(
    vectors: NDArray[np.float32], around: Longs, size: int, nearest: int, hub_weight: float
) -> tuple[Longs, Floats]:
    """Of the first ``size`` texts, the nearest of all (n, nearest), by place, and their nearness.

    The nearest come first; their cosine similarity decides who they are, hubs move behind others.
    """
    closest = np.empty((size, nearest), np.int64)
    nearness = np.empty((size, nearest))
    crowd = np.zeros(len(around))
    columns = vectors[around].T
    few = min(HUB_TEXTS, nearest)
    rows = len(around) if hub_weight else size
    for start in range(0, rows, _SMALL_BLOCK):
        block = slice(start, min(start + _SMALL_BLOCK, rows))
        similarity = vectors[around[block]] @ columns
        own = np.arange(len(similarity))
        similarity[own, start + own] = -1.0
        found = np.argpartition(similarity, -nearest, axis=1)[:, -nearest:]
        values = np.take_along_axis(similarity, found, axis=1)
        crowd[block] = np.partition(values, -few, axis=1)[:, -few:].mean(axis=1, dtype=np.float64)
        kept = max(min(size - start, len(own)), 0)  # of the texts behind, the crowd alone
        closest[start : start + kept], nearness[start : start + kept] = found[:kept], values[:kept]
    nearness = np.maximum(nearness - hub_weight * crowd[closest], _LEAST_NEARNESS)
    order = np.argsort(-nearness, axis=1, kind="stable")
    return np.take_along_axis(closest, order, axis=1), np.take_along_axis(nearness, order, axis=1)


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
