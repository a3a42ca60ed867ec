"""Posts beyond the words of a query.

Those that mean what its hits mean, at the precision to expect.

**Score.** `nlp.discovery.ranking`: a learnt direction, the nearest hits, and walks to them. Texts
are the nodes of `nlp.narratives.nodes.build_nodes` (a text and its copies are one; the bias of
languages is removed), so a post in another language than the hits can come first.

**Precision**: `nlp.discovery.chances`. What was judged is no longer a chance: relevant posts are
given, the others are not.

**One subject.** Where a hit is hardly closer to what is like the others than any text is (area
under the ROC curve of the score below `MIN_AUC`), the words name no subject, and no estimate from
them would mean anything: that is refused until posts are judged; below `SURE_AUC` it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from nlp.discovery.chances import fit_to_hits, fit_to_judgements
from nlp.discovery.people import HIT_PRECISION
from nlp.discovery.ranking import Bools, Floats, Longs, rank
from nlp.narratives.nodes import TextNodes
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

VERSION = "5"
MIN_HITS = 20
"""Different texts among the hits, without which there is nothing to learn from."""
MIN_AUC = 0.75
SURE_AUC = 0.9
"""Chances that a hit has a higher score than another text, from which hits share a subject."""
MIN_FITTED = 10
"""Judgements beyond the hits from which chances are fitted to them, other subjects beside."""
MIN_JUDGED = 20
"""From which they count as measured: with other subjects beside, answers of one kind serve too."""
COPY_PRECISION = 0.96
"""Chance that a near copy of a hit says what the hit says: see docs/measurements.md."""
TO_JUDGE = 10
"""Posts offered for judgement at a time."""
BELOW_PRECISION = 0.3
"""How far below the precision asked for the chance of a text may be that is offered: such texts
are in the list or next to its end, and a judgement of others says little of its precision."""


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
        chances: of every document, hits among them, to be relevant; 0 where it has no vector.
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
    chances: Floats


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
    is_example = is_hit.copy()
    is_example[[node for node, relevant in said.items() if not relevant]] = False
    if not is_example.any():  # all hits were judged irrelevant
        is_example = is_hit
    measured = len(beyond) >= MIN_JUDGED
    ranking = rank(nodes.vectors, is_hit, said, random)
    score = ranking.score
    auc = _area_under_curve(score[is_example], score[~is_hit])
    if auc < MIN_AUC and not measured:
        raise ConfigError(Message("discovery.no_subject", {"chance": auc, "least": MIN_AUC}))
    own_line = len(beyond) >= MIN_FITTED
    if own_line:
        model, draws = fit_to_judgements(ranking.evidence, beyond, random)
    else:
        model, draws = fit_to_hits(score[is_example], score[~is_hit], random)
    # the subject's own line orders its texts; one of others only tells how far the order holds
    chance = model(ranking.evidence)
    by = chance if own_line else score
    order_of_texts = np.lexsort((np.arange(len(score)), -np.round(score, 6), -np.round(by, 6)))
    if not own_line:
        chance[order_of_texts] = _falling(chance[order_of_texts])
    rows = np.flatnonzero(has_node & ~hits)
    node = nodes.of_row[rows]
    is_copy = is_hit[node]
    expected = np.where(is_copy, COPY_PRECISION, chance[node])
    told = np.full(len(is_hit), -1, dtype=np.int64)
    told[list(beyond)] = list(beyond.values())
    known = told[node] >= 0
    expected[known] = told[node[known]]
    chances = np.zeros(len(nodes.of_row))
    chances[has_node] = np.maximum(chance[nodes.of_row[has_node]], HIT_PRECISION)
    chances[rows] = expected
    for text, relevant in said.items():
        chances[nodes.of_row == text] = relevant
    order = np.lexsort((rows, -np.round(score[node], 6), -np.round(expected, 6)))
    order = order[told[node[order]] != 0]  # what somebody called irrelevant is not given
    # the longest list whose mean chance still reaches the wanted precision
    running_precision = np.cumsum(expected[order]) / np.arange(1, len(order) + 1)
    reaching = np.flatnonzero(running_precision >= precision)
    chosen = order[: int(reaching[-1]) + 1] if len(reaching) else order[:0]
    mean = low = high = None
    if len(chosen):
        of = node[chosen]
        sure = is_copy[chosen] | known[chosen]
        means = []
        for draw in draws:
            by_line = np.where(sure, expected[chosen], draw(ranking.evidence[of]))
            drawn = random.random(len(chosen)) < by_line
            means.append(float(np.where(known[chosen], expected[chosen], drawn).mean()))
        mean = float(expected[chosen].mean())
        low = min(float(np.quantile(means, 0.025)), mean)
        high = max(float(np.quantile(means, 0.975)), mean)
    beyond_hits = order_of_texts[~is_hit[order_of_texts]]
    telling = _most_telling(beyond_hits, chance, beyond, precision - BELOW_PRECISION)
    return Discovery(
        rows=rows[chosen],
        score=score[node[chosen]],
        similarity=ranking.similarity[node[chosen]],
        expected=expected[chosen],
        nearest=nodes.first_row[ranking.closest[node[chosen]]],
        precision=mean,
        low=low,
        high=high,
        judged=len(beyond),
        measured=measured,
        auc=auc,
        to_judge=nodes.first_row[telling],
        chances=chances,
    )


def _falling(chances: Floats) -> Floats:
    """Chances in the order of the texts, the nearest to them that never rise."""
    return np.asarray(isotonic_regression(chances, increasing=False).x, dtype=np.float64)


def _most_telling(order: Longs, chance: Floats, said: Mapping[int, bool], least: float) -> Longs:
    """Texts to judge next, at most `TO_JUDGE` of those that nobody has judged."""
    is_open = np.array([text not in said for text in order.tolist()], dtype=bool)
    return _spread(order[is_open], chance[order[is_open]], least)


def _spread(texts: Longs, chance: Floats, least: float) -> Longs:
    """Of texts in their order, `TO_JUDGE` spread by how much the list's precision hangs on each."""
    telling = np.where(chance >= least, np.sqrt(chance * (1 - chance)), 0.0)
    if np.count_nonzero(telling) < TO_JUDGE:
        return texts[np.argsort(-np.round(chance, 6), kind="stable")[:TO_JUDGE]]
    reached = np.cumsum(telling)
    steps = (np.arange(TO_JUDGE) + 0.5) / TO_JUDGE * reached[-1]
    places = np.searchsorted(reached, steps)
    chosen = list(dict.fromkeys(places.tolist()))
    more = (place for place in np.argsort(-telling, kind="stable").tolist())
    while len(chosen) < TO_JUDGE:
        place = next(more)
        if place not in chosen:
            chosen.append(place)
    return texts[np.array(chosen, dtype=np.int64)]


def _area_under_curve(positives: Floats, negatives: Floats) -> float:
    """The chance that a positive has a higher score than a negative (Mann & Whitney)."""
    negatives = np.sort(negatives)
    below = np.searchsorted(negatives, positives, side="left")
    not_above = np.searchsorted(negatives, positives, side="right")
    return float((below + not_above).mean() / 2 / max(len(negatives), 1))
