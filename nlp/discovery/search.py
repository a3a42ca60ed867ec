"""Posts beyond the words of a query: those that mean what its hits mean, with the precision to expect of them.

**Score.** The mean cosine similarity of a text to the nearest of the query's hits; of a hit, to the nearest others. Texts are
the nodes of `nlp.narratives.assemble.make_nodes` (a text and its copies are one; language marks taken off), so a post in
another language than the hits can come first.

**Precision, without judgement.** Hits are known to be wanted, of all others it is not known: positive and unlabelled
learning (Elkan & Noto 2008). g(s), the chance that a text of score s is a hit, is fitted by isotonic regression, c is its mean
over hits, and an unlabelled text is wanted with chance (1 - c) / c * g / (1 - g). This takes the hits for a random sample
of what is wanted, which a query's words are not quite: the estimate is a guide until some posts have been judged.

**With judged posts** the chance is a logistic curve of the score fitted to the judgements (Platt 1999).

**One subject.** Where hits are hardly closer to one another than anything else is to them (area under the curve of the score
below `ONE_SUBJECT`), the words name no subject, and no estimate from them would mean anything: that is refused.

Intervals are bootstrap percentiles: 95 % of 200 draws of hits, others and judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize

from nlp.narratives.assemble import Nodes
from tocsin.core.errors import ConfigError

VERSION = "1"
NEAREST = 5
MIN_HITS = 20
"""Different texts among the hits, without which there is nothing to learn from."""
MAX_HITS = 1_000
ONE_SUBJECT = 0.9
"""Chance that a hit is closer to the hits than a text that is none (AUC), from which the hits have a subject in common."""
MIN_JUDGED = 20
MIN_EACH = 5
COPY = 0.96
"""Chance that a near copy of a hit says what the hit says: the precision of copies, docs/measurements.md."""
DRAWS = 200
_BINS = 400
_BLOCK = 4_096

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Chance = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Discovery:
    """What is beyond the words.

    Attributes:
        rows: documents of the corpus that are no hits, the likeliest first.
        score, expected: of each of them, the similarity and the chance to be wanted.
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


def discover(
    nodes: Nodes, hits: NDArray[np.bool_], precision: float, judged: Mapping[int, bool], seed: int
) -> Discovery:
    """As many posts as can be had at a precision.

    Args:
        nodes: the texts of a corpus.
        hits: by document, whether the query finds it.
        precision: wanted share of relevant posts among those given, 0 to 1.
        judged: row of a document -> whether it is relevant; empty where nobody has judged.
        seed: of samples and of the bootstrap.

    Raises:
        ConfigError: too few hits with a vector, hits without a subject in common, or too few judgements of a kind.
    """
    draw = np.random.default_rng(seed)
    has = nodes.of >= 0
    is_hit = np.zeros(len(nodes.vectors), dtype=bool)
    is_hit[nodes.of[has & hits]] = True
    if is_hit.sum() < MIN_HITS:
        raise ConfigError(
            f"the query finds {int(is_hit.sum())} different texts that have a vector, and {MIN_HITS} are needed to learn what is like them; "
            "widen it, or run `tocsin enrich` first"
        )
    score, closest = scores(nodes.vectors, np.flatnonzero(is_hit), draw)
    together = _closer(score[is_hit], score[~is_hit])
    if together < ONE_SUBJECT:
        raise ConfigError(
            f"the query's hits have no subject in common (a hit is closer to the others than any text is with chance {together:.2f}, and "
            f"{ONE_SUBJECT:g} is needed); ask for words that name one subject"
        )
    marks = {
        int(nodes.of[row]): wanted
        for row, wanted in judged.items()
        if nodes.of[row] >= 0 and not is_hit[nodes.of[row]]
    }
    chance, again = (
        _judged(score, marks, draw) if judged else _unjudged(score[is_hit], score[~is_hit], draw)
    )
    rows = np.flatnonzero(has & ~hits)
    node = nodes.of[rows]
    copies = is_hit[node]
    expected = np.where(copies, COPY, chance(score[node]))
    order = np.lexsort((rows, -np.round(score[node], 6), -np.round(expected, 6)))
    likely = np.cumsum(expected[order]) / np.arange(1, len(order) + 1)
    most = int(np.flatnonzero(likely >= precision)[-1]) + 1 if (likely >= precision).any() else 0
    chosen = order[:most]
    low = high = mean = None
    if most:
        means = [
            float(np.where(copies[chosen], COPY, one(score[node[chosen]])).mean()) for one in again
        ]
        mean, low, high = (
            float(expected[chosen].mean()),
            float(np.quantile(means, 0.025)),
            float(np.quantile(means, 0.975)),
        )
        low, high = min(low, mean), max(high, mean)
    return Discovery(
        rows[chosen],
        score[node[chosen]],
        expected[chosen],
        nodes.first[closest[node[chosen]]],
        mean,
        low,
        high,
        len(marks),
    )


def _closer(hits: Floats, others: Floats) -> float:
    """The chance that a hit has a higher score than another text (Mann & Whitney)."""
    others = np.sort(others)
    ranks = np.searchsorted(others, hits, side="left") + np.searchsorted(others, hits, side="right")
    return float(ranks.mean() / 2 / max(len(others), 1))


def scores(
    vectors: NDArray[np.float32], hits: Longs, draw: np.random.Generator
) -> tuple[Floats, Longs]:
    """By text, the mean similarity to the nearest hits (itself left out), and the nearest one."""
    sample = np.sort(draw.choice(hits, MAX_HITS, replace=False)) if len(hits) > MAX_HITS else hits
    place = np.full(len(vectors), -1, dtype=np.int64)
    place[sample] = np.arange(len(sample))
    score, closest = np.empty(len(vectors)), np.empty(len(vectors), dtype=np.int64)
    known = vectors[sample].T
    for start in range(0, len(vectors), _BLOCK):
        alike = vectors[start : start + _BLOCK] @ known
        own = np.flatnonzero(place[start : start + _BLOCK] >= 0)
        alike[own, place[start + own]] = -1.0
        closest[start : start + _BLOCK] = sample[alike.argmax(axis=1)]
        score[start : start + _BLOCK] = np.partition(alike, -NEAREST, axis=1)[:, -NEAREST:].mean(
            axis=1, dtype=np.float64
        )
    return score, closest


def _unjudged(
    hits: Floats, others: Floats, draw: np.random.Generator
) -> tuple[Chance, list[Chance]]:
    """The chance to be wanted by score, from hits and unlabelled texts, and its bootstrap draws."""
    edges = np.unique(
        np.quantile(
            np.concatenate([hits, others[others >= hits.min()]]), np.linspace(0, 1, _BINS + 1)
        )
    )
    edges = (
        np.concatenate([[-np.inf], edges[1:-1], [np.inf]])
        if len(edges) > 2
        else np.array([-np.inf, np.inf])
    )
    known, unknown = (np.histogram(values, edges)[0].astype(float) for values in (hits, others))
    again = [
        _elkan_noto(edges, *(draw.poisson(counts).astype(float) for counts in (known, unknown)))
        for _ in range(DRAWS)
    ]
    return _elkan_noto(edges, known, unknown), again


def _elkan_noto(edges: Floats, known: Floats, unknown: Floats) -> Chance:
    """(1 - c) / c * g / (1 - g) by bins of the score."""
    both = known + unknown
    # half a text of either kind a bin, in the proportion of all: a bin with one text knows little
    share = known.sum() / max(both.sum(), 1.0)
    g = isotonic_regression((known + share) / (both + 1.0), weights=both + 1.0).x
    c = float((g * known).sum() / max(known.sum(), 1.0))
    wanted = np.minimum(1.0, (1 - c) / max(c, 1e-9) * g / np.maximum(1 - g, 1e-9))
    return lambda score: np.asarray(
        wanted[np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(wanted) - 1)],
        dtype=np.float64,
    )


def _judged(
    score: Floats, marks: Mapping[int, bool], draw: np.random.Generator
) -> tuple[Chance, list[Chance]]:
    """The chance to be wanted by score, from judgements, and its bootstrap draws."""
    at = np.array(sorted(marks), dtype=np.int64)
    said = np.array([marks[int(node)] for node in at], dtype=float)
    if len(at) < MIN_JUDGED or min(said.sum(), len(said) - said.sum()) < MIN_EACH:
        raise ConfigError(
            f"{len(at)} judged posts beyond the query's hits ({int(said.sum())} relevant) are too few: "
            f"judge {MIN_JUDGED}, at least {MIN_EACH} of them relevant and {MIN_EACH} not"
        )
    picks = [draw.integers(0, len(at), len(at)) for _ in range(DRAWS)]
    return _platt(score[at], said), [_platt(score[at[pick]], said[pick]) for pick in picks]


def _platt(score: Floats, said: Floats) -> Chance:
    """A rising logistic curve, its targets drawn in as Platt (1999) does."""
    yes, no = said.sum(), len(said) - said.sum()
    target = np.where(said > 0, (yes + 1) / (yes + 2), 1 / (no + 2))
    middle, width = float(score.mean()), float(score.std()) or 1.0
    x = (score - middle) / width

    def loss(line: Floats) -> float:
        z = np.exp(line[1]) * x + line[0]
        return float((np.logaddexp(0, z) - target * z).sum() + 0.01 * line[1] ** 2)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 400}).x
    return lambda s: np.asarray(
        1 / (1 + np.exp(-(np.exp(found[1]) * (s - middle) / width + found[0]))), dtype=np.float64
    )
