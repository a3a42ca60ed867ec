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
from nlp.discovery.promise import MISFIT, choose_end, longest, make_promise
from nlp.discovery.ranking import HUB_WEIGHT, Bools, Floats, Longs, rank
from nlp.narratives.nodes import TextNodes
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

VERSION = "7"
MIN_HITS = 20
"""Different texts among the hits, without which there is nothing to learn from."""
MIN_AUC = 0.75
SURE_AUC = 0.9
"""Chances that a hit has a higher score than another text, from which hits share a subject."""
MIN_FITTED = 10
"""Judgements beyond the hits from which chances are fitted to them, other subjects beside."""
MIN_SUBJECT = 20
"""Judgements that name a subject where the words name none."""
MIN_JUDGED = 40
"""From which the precision counts as measured: the first are not asked all over the list."""
COPY_PRECISION = 0.96
"""Chance that a near copy of a hit says what the hit says: see docs/measurements.md."""
TO_JUDGE = 10
"""Posts offered for judgement at a time."""
TO_EXPLORE = 30
"""Judgements that ask where the answer is least certain: they find more posts, and tell where the
subject ends. Later ones are spread over the list, in proportion to the standard deviation of each
text (Neyman's allocation), and measure it: a list of which only the end is judged is promised
badly."""
EXPLORED_BELOW, MEASURED_BELOW = 0.5, 0.3
"""How far below the precision asked for the chance of a text may be that is offered."""


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
        order: rows of all that could be given, the likeliest first; `rows` are its beginning.
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
    order: Longs


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
    own_line = len(beyond) >= MIN_FITTED
    ranking = rank(nodes.vectors, is_hit, said, random, HUB_WEIGHT if own_line else 0.0)
    score = ranking.score
    auc = _area_under_curve(score[is_example], score[~is_hit])
    if auc < MIN_AUC and len(beyond) < MIN_SUBJECT:
        raise ConfigError(Message("discovery.no_subject", {"chance": auc, "least": MIN_AUC}))
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
    every = rows[order]
    order = order[: longest(expected[order], precision)]
    sure, evidence = is_copy[order] | known[order], ranking.evidence[node[order]]
    by_draws = [np.where(sure, expected[order], draw(evidence)) for draw in draws]
    size, made = len(order), None
    if own_line:
        typed = float(chance[nodes.of_row[has_node & hits]].sum())
        size = choose_end(expected[order], known[order], node[order], by_draws, precision, typed)
    chosen = order[:size]
    if size:
        drawn = [of[:size] for of in by_draws]
        widened = MISFIT if own_line else 1.0
        made = make_promise(expected[chosen], known[chosen], node[chosen], drawn, random, widened)
    beyond_hits = order_of_texts[~is_hit[order_of_texts]]
    telling = _most_telling(beyond_hits, chance, beyond, precision)
    return Discovery(
        rows=rows[chosen],
        score=score[node[chosen]],
        similarity=ranking.similarity[node[chosen]],
        expected=expected[chosen],
        nearest=nodes.first_row[ranking.closest[node[chosen]]],
        precision=made and made.precision,
        low=made and made.low,
        high=made and made.high,
        judged=len(beyond),
        measured=measured,
        auc=auc,
        to_judge=nodes.first_row[telling],
        chances=chances,
        order=every,
    )


def _falling(chances: Floats) -> Floats:
    """Chances in the order of the texts, the nearest to them that never rise."""
    return np.asarray(isotonic_regression(chances, increasing=False).x, dtype=np.float64)


def _most_telling(
    order: Longs, chance: Floats, said: Mapping[int, bool], precision: float
) -> Longs:
    """Texts to judge next, at most `TO_JUDGE` of those that nobody has judged."""
    is_open = np.array([text not in said for text in order.tolist()], dtype=bool)
    texts = order[is_open]
    of = chance[texts]
    uncertain = of * (1 - of)
    if len(said) < TO_EXPLORE:
        weight = np.where(of >= precision - EXPLORED_BELOW, uncertain, 0.0)
    else:
        weight = np.where(of >= precision - MEASURED_BELOW, np.sqrt(uncertain), 0.0)
    return _spread(texts, weight, of)


def _spread(texts: Longs, weight: Floats, chance: Floats) -> Longs:
    """Of texts in their order, `TO_JUDGE` at equal steps of their summed weights."""
    if np.count_nonzero(weight) < TO_JUDGE:
        return texts[np.argsort(-np.round(chance, 6), kind="stable")[:TO_JUDGE]]
    reached = np.cumsum(weight)
    steps = (np.arange(TO_JUDGE) + 0.5) / TO_JUDGE * reached[-1]
    places = np.searchsorted(reached, steps)
    chosen = list(dict.fromkeys(places.tolist()))
    more = (place for place in np.argsort(-weight, kind="stable").tolist())
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
