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

**With judged posts** the chance is a logistic curve of the score, fitted to the judgements (Platt
1999) by its posterior: before any answer its middle lies where the hits say that a text is as
likely relevant as not, its slope is that of other subjects, and both may be far off. The curve is
the mean of draws from Laplace's approximation.

Intervals are 95 % of `DRAWS` draws of hits, others and subjects, or of curves; what is not judged
is drawn relevant or not.
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
OTHER_SUBJECTS = (-5.7, 0.92, 2.0)
"""Log odds of a text: a constant, by standard deviations of the score, and by how far it is from
the middle text towards the mean hit. Fitted to 40 subjects of `benchmarks.discovery`, the constant
so that their lists keep the promise on the mean."""
SUBJECT_SPREAD = 1.1
"""Standard deviation over subjects of the log odds that are true against those that are estimated:
with it 95 % of the intervals of the same subjects held."""
MIDDLE_SPREAD, SLOPE, SLOPE_SPREAD = 2.0, 1.2, 1.0
"""Of the curve before any answer: deviation of its log odds in the middle; log odds a standard
deviation of the score, and the deviation of its logarithm over subjects."""
_BINS = 400

RelevanceModel = Callable[[Floats], Floats]
"""Scores -> chances to be relevant."""


def fit_to_hits(
    hits: Floats, others: Floats, random: np.random.Generator, draws: int = DRAWS
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
    for _ in range(draws):
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
    score: Floats, judged: Mapping[int, bool], guessed: RelevanceModel, random: np.random.Generator
) -> tuple[RelevanceModel, list[RelevanceModel]]:
    """The chance to be relevant by score, from judgements, and its draws.

    Args:
        score: of all texts.
        judged: text -> whether it is relevant.
        guessed: the chance without judgements.
        random: of the draws.
    """
    texts = np.array(sorted(judged), dtype=np.int64)
    relevant = np.array([judged[int(text)] for text in texts], dtype=float)
    likely = score[guessed(score) >= 0.5]
    middle = float(likely.min() if len(likely) else score.max())
    x = SLOPE * (score[texts] - middle)

    def loss(line: Floats) -> float:
        z = line[0] + np.exp(line[1]) * x
        before = (line[0] / MIDDLE_SPREAD) ** 2 + (line[1] / SLOPE_SPREAD) ** 2
        return float((np.logaddexp(0, z) - relevant * z).sum() + before / 2)

    line = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 400}).x
    slope = np.exp(line[1])
    chance = expit(line[0] + slope * x)
    by_line = np.column_stack([np.ones_like(x), slope * x])
    precision = (by_line * (chance * (1 - chance))[:, None]).T @ by_line
    precision += np.diag([MIDDLE_SPREAD**-2, SLOPE_SPREAD**-2])
    lines = random.multivariate_normal(line, np.linalg.inv(precision), DRAWS)
    curves = [_curve(float(a), float(np.exp(b)), middle) for a, b in lines]
    # the mean of curves rises as they do: one table of it serves any score
    table = np.linspace(float(score.min()), float(score.max()), 2_000)
    means = np.mean([curve(table) for curve in curves], axis=0)

    def model(scores: Floats) -> Floats:
        return np.asarray(np.interp(scores, table, means), dtype=np.float64)

    return model, curves


def _curve(constant: float, slope: float, middle: float) -> RelevanceModel:
    def model(score: Floats) -> Floats:
        chance = expit(constant + slope * SLOPE * (score - middle))
        return np.asarray(chance, dtype=np.float64)

    return model
