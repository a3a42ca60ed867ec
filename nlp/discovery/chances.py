"""The chance that a text of a score is relevant, and how far that may be off.

**Without judgements** two estimates are made, and the larger counts. Hits are known to be relevant,
of all others it is not known: positive and unlabelled learning (Elkan & Noto 2008). g(s), the
chance that a text of score s is a hit, is fitted by isotonic regression, c is its mean over hits,
and an unlabelled text is relevant with chance (1 - c) / c * g / (1 - g). This takes the hits for a
random sample of what is relevant, which a query's words are not: at one score, relevant texts
without the words are more than it says (`UNSEEN_ODDS`), and where a subject is one of many they are
many more. There a curve speaks that other subjects taught (`OTHER_SUBJECTS`): a text that stands
out from all others as far as a hit does is relevant. Both are guides until some posts are judged:
how far subjects differ (`SUBJECT_SPREAD`) is part of the interval.

**With judged posts** the chance is the mean of two rising curves of the score, fitted to the
judgements: a logistic one (Platt 1999), which is steady, and an isotonic one (Zadrozny & Elkan
2002), which takes any shape.

Intervals are 95 % of `DRAWS` draws of hits, others, judgements and subjects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit

from nlp.discovery.ranking import Floats

DRAWS = 200
UNSEEN_ODDS = 2.0
"""Odds of a text without the words against what hits say, at the least."""
OTHER_SUBJECTS = (-5.4, 0.92, 2.0)
"""Log odds of a text: a constant, by standard deviations of the score, and by how far it is from
the middle text towards the mean hit. Fitted to 40 subjects of `benchmarks.discovery`."""
SUBJECT_SPREAD = 1.1
"""Standard deviation over subjects of the log odds that are true against those that are estimated:
with it 95 % of the intervals of the same subjects held."""
_BINS = 400

RelevanceModel = Callable[[Floats], Floats]
"""Scores -> chances to be relevant."""


def fit_to_hits(
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
    by_subjects = _other_subjects(float(np.median(others)), float(hits.mean()))
    bootstrap = []
    for _ in range(DRAWS):
        drawn = [random.poisson(counts).astype(float) for counts in (positive, unlabelled)]
        likelier = _larger(_elkan_noto(edges, *drawn), by_subjects)
        bootstrap.append(_shifted(likelier, random.normal(0.0, SUBJECT_SPREAD)))
    return _larger(_elkan_noto(edges, positive, unlabelled), by_subjects), bootstrap


def _other_subjects(middle: float, hit: float) -> RelevanceModel:
    """`OTHER_SUBJECTS`, between the score of the middle text and the mean of hits."""
    constant, by_score, by_place = OTHER_SUBJECTS

    def model(score: Floats) -> Floats:
        place = (score - middle) / max(hit - middle, 1e-9)
        return np.asarray(expit(constant + by_score * score + by_place * place), dtype=np.float64)

    return model


def _larger(one: RelevanceModel, other: RelevanceModel) -> RelevanceModel:
    def model(score: Floats) -> Floats:
        return np.maximum(one(score), other(score))

    return model


def _shifted(model: RelevanceModel, log_odds: float) -> RelevanceModel:
    def shifted(score: Floats) -> Floats:
        chance = np.clip(model(score), 1e-6, 1 - 1e-6)
        return np.asarray(expit(logit(chance) + log_odds), dtype=np.float64)

    return shifted


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


def fit_to_judgements(
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
