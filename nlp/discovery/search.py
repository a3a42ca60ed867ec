"""Posts beyond the words of a query.

Those that mean what its hits mean, at the precision to expect.

**Score.** `nlp.discovery.ranking`: a learnt direction and the nearest hits. Texts are the nodes of
`nlp.narratives.nodes.build_nodes` (a text and its copies are one; the bias of languages is
removed), so a post in another language than the hits can come first.

**Precision, without judgements.** Hits are known to be relevant, of all others it is not known:
positive and unlabelled learning (Elkan & Noto 2008). g(s), the chance that a text of score s is a
hit, is fitted by isotonic regression, c is its mean over hits, and an unlabelled text is relevant
with chance (1 - c) / c * g / (1 - g). This takes the hits for a random sample of what is relevant,
which a query's words are not: at one score, relevant texts without the words are more than it says,
twice as many by the odds (`UNSEEN_ODDS`). The estimate is a guide until some posts are judged.

**With judged posts** the chance is the mean of two rising curves of the score, fitted to the
judgements: a logistic one (Platt 1999), which is steady, and an isotonic one (Zadrozny & Elkan
2002), which takes any shape. What was judged is no longer a chance: relevant posts are given, the
others are not.

**One subject.** Where a hit is hardly closer to what is like the others than any text is (area
under the ROC curve of the score below `MIN_AUC`), the words name no subject, and no estimate from
them would mean anything: that is refused until posts are judged; below `SURE_AUC` it is told.

Intervals are bootstrap percentiles: 95 % of 200 draws of hits, others and judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression, minimize

from nlp.discovery.ranking import Bools, Floats, Longs, rank
from nlp.narratives.nodes import TextNodes
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

VERSION = "3"
MIN_HITS = 20
"""Different texts among the hits, without which there is nothing to learn from."""
MIN_AUC = 0.75
SURE_AUC = 0.9
"""Chances that a hit has a higher score than another text, from which hits share a subject."""
MIN_JUDGED = 20
MIN_JUDGED_OF_EACH = 5
COPY_PRECISION = 0.96
"""Chance that a near copy of a hit says what the hit says: see docs/measurements.md."""
DRAWS = 200
UNSEEN_ODDS = 2.0
"""Odds of a text without the words against what hits say: chosen on one half of the subjects of
`benchmarks.discovery` (1.8 to 2.5 keep the promise there), and held on the other."""
TO_JUDGE = 10
"""Posts offered for judgement at a time."""
FURTHEST = 250
"""Place in the list down to which the first of them lie."""
_BINS = 400
TO_JUDGE_SURE = 0.65
"""Posts with about this chance tell most: where the list of relevant ones may end."""

RelevanceModel = Callable[[Floats], Floats]
"""Scores -> chances to be relevant."""


@dataclass(frozen=True)
class Discovery:
    """What is beyond the words.

    Attributes:
        rows: documents of the corpus that are not hits, the likeliest first.
        score, expected: of each of them, the score of the ranking and the chance to be relevant.
        similarity: of each of them, the mean similarity to the nearest hits, -1 to 1.
        nearest: of each of them, the row of the hit it is closest to.
        precision, low, high: to expect of all of them together; None where there are none.
        judged: how many judgements were used.
        measured: whether they were enough to measure the precision; else the hits tell it.
        auc: chance that a hit has a higher score than another text.
        to_judge: rows of documents whose judgement would tell most, the most telling first.
    """

    rows: Longs
    score: Floats
    similarity: Floats
    expected: Floats
    nearest: Longs
    precision: float | None
    low: float | None
    high: float | None
    judged: int
    measured: bool
    auc: float
    to_judge: Longs


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
        ConfigError: too few hits with a vector, or hits without a subject in common and too few
            judgements.
    """
    random = np.random.default_rng(seed)
    has_node = nodes.of_row >= 0
    is_hit = np.zeros(len(nodes.vectors), dtype=bool)  # by node, as all that follows up to `rows`
    is_hit[nodes.of_row[has_node & hits]] = True
    if is_hit.sum() < MIN_HITS:
        raise ConfigError(
            Message("discovery.few_hits", {"n": int(is_hit.sum()), "least": MIN_HITS})
        )
    said = {
        int(nodes.of_row[row]): relevant
        for row, relevant in judged.items()
        if nodes.of_row[row] >= 0
    }
    beyond = {node: relevant for node, relevant in said.items() if not is_hit[node]}
    measured = _are_enough(beyond)
    score, similarity, closest = rank(nodes.vectors, is_hit, said, random)
    auc = _area_under_curve(score[is_hit], score[~is_hit])
    if auc < MIN_AUC and not measured:
        raise ConfigError(Message("discovery.no_subject", {"chance": auc, "least": MIN_AUC}))
    if measured:
        model, bootstrap = _fit_to_judgements(score, beyond, random)
    else:
        model, bootstrap = _fit_to_hits(score[is_hit], score[~is_hit], random)
    rows = np.flatnonzero(has_node & ~hits)
    node = nodes.of_row[rows]
    is_copy = is_hit[node]
    expected = np.where(is_copy, COPY_PRECISION, model(score[node]))
    told = np.full(len(is_hit), -1, dtype=np.int64)
    told[list(beyond)] = list(beyond.values())
    known = told[node] >= 0
    expected[known] = told[node[known]]
    order = np.lexsort((rows, -np.round(score[node], 6), -np.round(expected, 6)))
    order = order[told[node[order]] != 0]  # what somebody called irrelevant is not given
    # the longest list whose mean chance still reaches the wanted precision
    running_precision = np.cumsum(expected[order]) / np.arange(1, len(order) + 1)
    reaching = np.flatnonzero(running_precision >= precision)
    chosen = order[: int(reaching[-1]) + 1] if len(reaching) else order[:0]
    mean = low = high = None
    if len(chosen):
        of = node[chosen]
        means = [
            float(
                np.where(is_copy[chosen] | known[chosen], expected[chosen], draw(score[of])).mean()
            )
            for draw in bootstrap
        ]
        mean = float(expected[chosen].mean())
        low = min(float(np.quantile(means, 0.025)), mean)
        high = max(float(np.quantile(means, 0.975)), mean)
    telling = _most_telling(np.flatnonzero(~is_hit), score, model, beyond, measured)
    return Discovery(
        rows=rows[chosen],
        score=score[node[chosen]],
        similarity=similarity[node[chosen]],
        expected=expected[chosen],
        nearest=nodes.first_row[closest[node[chosen]]],
        precision=mean,
        low=low,
        high=high,
        judged=len(beyond),
        measured=measured,
        auc=auc,
        to_judge=nodes.first_row[telling],
    )


def _are_enough(judged: Mapping[int, bool]) -> bool:
    """Whether judgements of both kinds suffice to fit a curve to."""
    relevant = sum(judged.values())
    return len(judged) >= MIN_JUDGED and MIN_JUDGED_OF_EACH <= relevant <= (
        len(judged) - MIN_JUDGED_OF_EACH
    )


def _most_telling(
    texts: Longs, score: Floats, model: RelevanceModel, said: Mapping[int, bool], measured: bool
) -> Longs:
    """Texts to judge next, at most `TO_JUDGE` of those that nobody has judged.

    Once both kinds are known, the end of the list and its top in turn; before, steps down the list,
    which go on below what was judged where that was relevant.
    """
    order = texts[np.argsort(-np.round(score[texts], 6), kind="stable")]
    is_open = np.array([text not in said for text in order.tolist()], dtype=bool)
    still_open = order[is_open]
    if measured:
        off = np.abs(model(score[still_open]) - TO_JUDGE_SURE)
        near = still_open[np.argsort(np.round(off, 6), kind="stable")[:TO_JUDGE]]
        turns = [text for pair in zip(near, still_open, strict=False) for text in pair]
        return np.array(list(dict.fromkeys(turns))[:TO_JUDGE], dtype=np.int64)
    first, furthest = 0, FURTHEST
    if said and 2 * sum(said.values()) >= len(said):
        deepest = int(np.flatnonzero(~is_open)[-1])
        first, furthest = int(is_open[: deepest // 2].sum()), 4 * (deepest + 1)
    length = max(1, min(len(still_open) - first, furthest) - TO_JUDGE)
    steps = np.geomspace(1, length, TO_JUDGE).astype(np.int64) - 1 + np.arange(TO_JUDGE)
    steps += max(0, min(first, len(still_open) - TO_JUDGE))
    chosen: Longs = still_open[steps[steps < len(still_open)]]
    return chosen


def _area_under_curve(positives: Floats, negatives: Floats) -> float:
    """The chance that a positive has a higher score than a negative (Mann & Whitney)."""
    negatives = np.sort(negatives)
    below = np.searchsorted(negatives, positives, side="left")
    not_above = np.searchsorted(negatives, positives, side="right")
    return float((below + not_above).mean() / 2 / max(len(negatives), 1))


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
    """`UNSEEN_ODDS` * (1 - c) / c * g / (1 - g), as odds, by bins of the score."""
    total = positive + unlabelled
    # half a text of either kind a bin, in the proportion of all: a bin with one text knows little
    share = positive.sum() / max(total.sum(), 1.0)
    g = isotonic_regression((positive + share) / (total + 1.0), weights=total + 1.0).x
    c = float((g * positive).sum() / max(positive.sum(), 1.0))
    chance = np.minimum(1.0, (1 - c) / max(c, 1e-9) * g / np.maximum(1 - g, 1e-9))
    chance = UNSEEN_ODDS * chance / (1 + (UNSEEN_ODDS - 1) * chance)

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
    draws = [random.integers(0, len(nodes), len(nodes)) for _ in range(DRAWS)]
    bootstrap = [_rising_curve(score[nodes[draw]], relevant[draw]) for draw in draws]
    return _rising_curve(score[nodes], relevant), bootstrap


def _rising_curve(score: Floats, relevant: Floats) -> RelevanceModel:
    """The mean of a logistic and an isotonic curve."""
    logistic = _platt_scaling(score, relevant)
    order = np.argsort(score, kind="stable")
    steps = isotonic_regression(relevant[order]).x

    def model(scores: Floats) -> Floats:
        isotonic = np.interp(scores, score[order], steps)
        return np.asarray((logistic(scores) + isotonic) / 2, dtype=np.float64)

    return model


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
