"""Posts beyond the words of a query.

Those that mean what its hits mean, at the precision to expect.

**Score.** The mean cosine similarity of a text to the nearest of the query's hits; of a hit, to the
nearest others. Texts are the nodes of `nlp.narratives.nodes.build_nodes` (a text and its copies
are one; the bias of languages is removed), so a post in another language than the hits can come
first.

**Precision, without judgements.** Hits are known to be relevant, of all others it is not known:
positive and unlabelled learning (Elkan & Noto 2008). g(s), the chance that a text of score s is a
hit, is fitted by isotonic regression, c is its mean over hits, and an unlabelled text is relevant
with chance (1 - c) / c * g / (1 - g). This takes the hits for a random sample of what is relevant,
which a query's words are not quite: the estimate is a guide until some posts have been judged.

**With judged posts** the chance is a logistic curve of the score, fitted to the judgements (Platt
1999).

**One subject.** Where hits are hardly closer to one another than anything else is to them (area
under the ROC curve of the score below `MIN_AUC`), the words name no subject, and no estimate from
them would mean anything: that is refused.

Intervals are bootstrap percentiles: 95 % of 200 draws of hits, others and judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize

from nlp.narratives.nodes import TextNodes
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

VERSION = "1"
NEAREST = 5
MIN_HITS = 20
"""Different texts among the hits, without which there is nothing to learn from."""
MAX_HITS = 1_000
MIN_AUC = 0.9
"""Chance that a hit is closer to the hits than another text, from which they share a subject."""
MIN_JUDGED = 20
MIN_JUDGED_OF_EACH = 5
COPY_PRECISION = 0.96
"""Chance that a near copy of a hit says what the hit says: see docs/measurements.md."""
DRAWS = 200
_BINS = 400
_BLOCK = 4_096

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
RelevanceModel = Callable[[Floats], Floats]
"""Scores -> chances to be relevant."""


@dataclass(frozen=True)
class Discovery:
    """What is beyond the words.

    Attributes:
        rows: documents of the corpus that are not hits, the likeliest first.
        score, expected: of each of them, the similarity and the chance to be relevant.
        nearest: of each of them, the row of the hit it is closest to.
        precision, low, high: to expect of all of them together; None where there are none.
        judged: how many judgements were used.
    """

    rows: Longs
    score: Floats
    expected: Floats
    nearest: Longs
    precision: float | None
    low: float | None
    high: float | None
    judged: int


def find_beyond(
    nodes: TextNodes, hits: Bools, precision: float, judged: Mapping[int, bool], seed: int
) -> Discovery:
    """As many posts as can be had at a precision.

    Args:
        nodes: the texts of a corpus.
        hits: by document, whether the query finds it.
        precision: wanted share of relevant posts among those given, 0 to 1.
        judged: row of a document -> whether it is relevant; empty where nobody has judged.
        seed: of samples and of the bootstrap.

    Raises:
        ConfigError: too few hits with a vector, hits without a subject in common, or too few
            judgements of a kind.
    """
    random = np.random.default_rng(seed)
    has_node = nodes.of_row >= 0
    is_hit = np.zeros(len(nodes.vectors), dtype=bool)  # by node, as all that follows up to `rows`
    is_hit[nodes.of_row[has_node & hits]] = True
    if is_hit.sum() < MIN_HITS:
        raise ConfigError(
            Message("discovery.few_hits", {"n": int(is_hit.sum()), "least": MIN_HITS})
        )
    score, closest = similarity_scores(nodes.vectors, np.flatnonzero(is_hit), random)
    auc = _area_under_curve(score[is_hit], score[~is_hit])
    if auc < MIN_AUC:
        raise ConfigError(Message("discovery.no_subject", {"chance": auc, "least": MIN_AUC}))
    judged_nodes = {
        int(nodes.of_row[row]): relevant
        for row, relevant in judged.items()
        if nodes.of_row[row] >= 0 and not is_hit[nodes.of_row[row]]
    }
    if judged:
        model, bootstrap = _fit_to_judgements(score, judged_nodes, random)
    else:
        model, bootstrap = _fit_to_hits(score[is_hit], score[~is_hit], random)
    rows = np.flatnonzero(has_node & ~hits)
    node = nodes.of_row[rows]
    is_copy = is_hit[node]
    expected = np.where(is_copy, COPY_PRECISION, model(score[node]))
    order = np.lexsort((rows, -np.round(score[node], 6), -np.round(expected, 6)))
    # the longest list whose mean chance still reaches the wanted precision
    running_precision = np.cumsum(expected[order]) / np.arange(1, len(order) + 1)
    reaching = np.flatnonzero(running_precision >= precision)
    chosen = order[: int(reaching[-1]) + 1] if len(reaching) else order[:0]
    mean = low = high = None
    if len(chosen):
        chosen_score, chosen_copies = score[node[chosen]], is_copy[chosen]
        means = [
            float(np.where(chosen_copies, COPY_PRECISION, draw(chosen_score)).mean())
            for draw in bootstrap
        ]
        mean = float(expected[chosen].mean())
        low = min(float(np.quantile(means, 0.025)), mean)
        high = max(float(np.quantile(means, 0.975)), mean)
    return Discovery(
        rows=rows[chosen],
        score=score[node[chosen]],
        expected=expected[chosen],
        nearest=nodes.first_row[closest[node[chosen]]],
        precision=mean,
        low=low,
        high=high,
        judged=len(judged_nodes),
    )


def _area_under_curve(positives: Floats, negatives: Floats) -> float:
    """The chance that a positive has a higher score than a negative (Mann & Whitney)."""
    negatives = np.sort(negatives)
    below = np.searchsorted(negatives, positives, side="left")
    not_above = np.searchsorted(negatives, positives, side="right")
    return float((below + not_above).mean() / 2 / max(len(negatives), 1))


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
        nearest = np.partition(similarity, -NEAREST, axis=1)[:, -NEAREST:]
        score[block] = nearest.mean(axis=1, dtype=np.float64)
    return score, closest


def _fit_to_hits(
    hits: Floats, others: Floats, random: np.random.Generator
) -> tuple[RelevanceModel, list[RelevanceModel]]:
    """The chance to be relevant by score, from hits and unlabelled texts, and its draws."""
    relevant_range = np.concatenate([hits, others[others >= hits.min()]])
    edges = np.unique(np.quantile(relevant_range, np.linspace(0, 1, _BINS + 1)))
    inner = edges[1:-1] if len(edges) > 2 else edges[:0]
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    positive, unlabelled = (
        np.histogram(values, edges)[0].astype(float) for values in (hits, others)
    )
    bootstrap = []
    for _ in range(DRAWS):
        drawn = [random.poisson(counts).astype(float) for counts in (positive, unlabelled)]
        bootstrap.append(_elkan_noto(edges, *drawn))
    return _elkan_noto(edges, positive, unlabelled), bootstrap


def _elkan_noto(edges: Floats, positive: Floats, unlabelled: Floats) -> RelevanceModel:
    """(1 - c) / c * g / (1 - g) by bins of the score."""
    total = positive + unlabelled
    # half a text of either kind a bin, in the proportion of all: a bin with one text knows little
    share = positive.sum() / max(total.sum(), 1.0)
    g = isotonic_regression((positive + share) / (total + 1.0), weights=total + 1.0).x
    c = float((g * positive).sum() / max(positive.sum(), 1.0))
    chance = np.minimum(1.0, (1 - c) / max(c, 1e-9) * g / np.maximum(1 - g, 1e-9))

    def model(score: Floats) -> Floats:
        bins = np.searchsorted(edges, score, side="right") - 1
        return np.asarray(chance[np.clip(bins, 0, len(chance) - 1)], dtype=np.float64)

    return model


def _fit_to_judgements(
    score: Floats, judged: Mapping[int, bool], random: np.random.Generator
) -> tuple[RelevanceModel, list[RelevanceModel]]:
    """The chance to be relevant by score, from judgements, and its bootstrap draws."""
    nodes = np.array(sorted(judged), dtype=np.int64)
    relevant = np.array([judged[int(node)] for node in nodes], dtype=float)
    of_each = min(relevant.sum(), len(relevant) - relevant.sum())
    if len(nodes) < MIN_JUDGED or of_each < MIN_JUDGED_OF_EACH:
        parameters = {
            "n": len(nodes),
            "relevant": int(relevant.sum()),
            "least": MIN_JUDGED,
            "each": MIN_JUDGED_OF_EACH,
        }
        raise ConfigError(Message("discovery.few_judged", parameters))
    draws = [random.integers(0, len(nodes), len(nodes)) for _ in range(DRAWS)]
    bootstrap = [_platt_scaling(score[nodes[draw]], relevant[draw]) for draw in draws]
    return _platt_scaling(score[nodes], relevant), bootstrap


def _platt_scaling(score: Floats, relevant: Floats) -> RelevanceModel:
    """A rising logistic curve, its targets smoothed as Platt (1999) does."""
    positives, negatives = relevant.sum(), len(relevant) - relevant.sum()
    target = np.where(relevant > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    mean, deviation = float(score.mean()), float(score.std()) or 1.0
    x = (score - mean) / deviation

    def loss(line: Floats) -> float:
        z = np.exp(line[1]) * x + line[0]
        return float((np.logaddexp(0, z) - target * z).sum() + 0.01 * line[1] ** 2)

    line = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 400}).x

    def model(scores: Floats) -> Floats:
        z = np.exp(line[1]) * (scores - mean) / deviation + line[0]
        return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float64)

    return model
