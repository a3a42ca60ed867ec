"""The chance that a text is relevant, by what its ranking says, and how far that may be off.

**Without judgements** two estimates are made, and the larger counts. One is the log odds that the
evidence of `nlp.discovery.ranking.Ranking` had in many subjects together (`ALL_SUBJECTS`). The
other asks the hits, which are known to be relevant while of all others it is not known: positive
and unlabelled learning (Elkan & Noto 2008). g(s), the chance that a text of score s is a hit, is
fitted by isotonic regression, c is its mean over hits, and an unlabelled text is relevant with
chance (1 - c) / c * g / (1 - g). This takes the hits for a random sample of what is relevant,
which a query's words are not: relevant texts without the words are more than it says
(`UNSEEN_ODDS`), and where a subject is one of many they are many more. Both hold for the mean of
subjects, not for each: how far the log odds of a list differ (`SUBJECT_SPREAD`) is part of the
interval, and no figure that a query gives tells it (see docs/measurements.md). The chance is the
mean over that spread, which is lower than that of the middle subject: lists that turn out bad are
farther from the promise than those that turn out good.

**With judged posts** the log odds of this subject are a line of those that all subjects have
together, as a score is recalibrated (Platt 1999): logistic regression by its posterior, in which
lines of other subjects are the prior (empirical Bayes, Efron & Morris 1975). A line of two numbers
is known better by fifty judgements than one of four. The chance is the mean of draws from
Laplace's approximation.

Intervals are 95 % of `DRAWS` draws of the line; what is not judged is drawn relevant or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit

from nlp.discovery.ranking import Floats, score_of

DRAWS = 200
UNSEEN_ODDS = 2.0
"""Odds of a text without the words against what hits say, at the least."""
ALL_SUBJECTS = (-3.3, 1.19, 0.35, 0.71)
"""Log odds of a text: a constant, by the logarithm of its share of walks, by the head, by its
company. Fitted to the 40 subjects of parts 1 and 2 of `benchmarks.discovery` together."""
SUBJECT_SPREAD = 1.1
"""Standard deviation over subjects of the log odds of a list: .82 over those that the line was
fitted to, more over subjects that lie next to another one."""
AFTER_JUDGING = (-3.46, 1.16, 0.60, 0.71)
"""The same after fifty judgements, of the likely texts that were not judged."""
PRIOR_MEAN = (0.12, 1.06)
PRIOR_COVARIANCE = ((0.283, 0.078), (0.078, 0.088))
"""Of the lines of the same subjects, a constant and a slope by the log odds `AFTER_JUDGING`."""
_SURE = 30.0
_BINS = 100
_PLACES = 9

RelevanceModel = Callable[[Floats], Floats]
"""Evidence (n, 3) -> chances to be relevant (n,)."""


def fit_to_hits(
    hits: Floats, others: Floats, random: np.random.Generator, draws: int = DRAWS
) -> tuple[RelevanceModel, list[RelevanceModel]]:
    """The chance to be relevant from scores of hits and of unlabelled texts, and its draws."""
    relevant_range = np.concatenate([hits, others[others >= hits.min()]])
    edges = np.unique(np.quantile(relevant_range, np.linspace(0, 1, _BINS + 1)))
    inner = edges[1:-1] if len(edges) > 2 else edges[:0]
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    positive, unlabelled = (
        np.histogram(values, edges)[0].astype(float) for values in (hits, others)
    )
    by_subjects = _line(np.array(ALL_SUBJECTS))
    bootstrap = []
    for _ in range(draws):
        drawn = [random.poisson(counts).astype(float) for counts in (positive, unlabelled)]
        likelier = _larger(_elkan_noto(edges, *drawn), by_subjects)
        bootstrap.append(_shifted(likelier, random.normal(0.0, SUBJECT_SPREAD)))
    likelier = _larger(_elkan_noto(edges, positive, unlabelled), by_subjects)
    return _over_subjects(likelier), bootstrap


def _larger(one: RelevanceModel, other: RelevanceModel) -> RelevanceModel:
    def model(evidence: Floats) -> Floats:
        return np.maximum(one(evidence), other(evidence))

    return model


def _over_subjects(model: RelevanceModel) -> RelevanceModel:
    """The mean over subjects (by Gauss and Hermite), lower than at the middle one above .5."""
    places, weights = np.polynomial.hermite_e.hermegauss(_PLACES)
    shifted = [_shifted(model, SUBJECT_SPREAD * float(place)) for place in places]
    share = weights / weights.sum()

    def mean(evidence: Floats) -> Floats:
        return np.asarray(sum(w * of(evidence) for w, of in zip(share, shifted, strict=True)))

    return mean


def _shifted(model: RelevanceModel, log_odds: float) -> RelevanceModel:
    def shifted(evidence: Floats) -> Floats:
        chance = np.clip(model(evidence), 1e-6, 1 - 1e-6)
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

    def model(evidence: Floats) -> Floats:
        bins = np.searchsorted(edges, score_of(evidence), side="right") - 1
        return np.asarray(chance[np.clip(bins, 0, len(chance) - 1)], dtype=np.float64)

    return model


def fit_to_judgements(
    evidence: Floats, judged: Mapping[int, bool], random: np.random.Generator
) -> tuple[RelevanceModel, list[RelevanceModel]]:
    """The chance to be relevant from judgements, and its draws.

    Args:
        evidence: of all texts, (n, 3).
        judged: text -> whether it is relevant.
        random: of the draws.
    """
    texts = np.array(sorted(judged), dtype=np.int64)
    relevant = np.array([judged[int(text)] for text in texts], dtype=float)
    shared = np.array(AFTER_JUDGING)
    x = _with_constant(_with_constant(evidence[texts]) @ shared)
    before, inverse = np.array(PRIOR_MEAN), np.linalg.inv(np.array(PRIOR_COVARIANCE))

    def loss(line: Floats) -> tuple[float, Floats]:
        z, away = x @ line, line - before
        value = (np.logaddexp(0, z) - relevant * z).sum() + away @ inverse @ away / 2
        return float(value), inverse @ away - x.T @ (relevant - expit(z))

    line = minimize(loss, before, jac=True, method="BFGS").x
    chance = expit(x @ line)
    precision = (x * (chance * (1 - chance))[:, None]).T @ x + inverse
    drawn = random.multivariate_normal(line, np.linalg.inv(precision), DRAWS)
    # (draws, 4): a line of log odds that are a line of the evidence
    lines = drawn[:, 1:] * shared
    lines[:, 0] += drawn[:, 0]

    def model(values: Floats) -> Floats:
        log_odds = np.clip(_with_constant(values) @ lines.T, -_SURE, _SURE)
        return np.asarray(expit(log_odds).mean(axis=1), dtype=np.float64)

    return model, [_line(of) for of in lines]


def _line(line: Floats) -> RelevanceModel:
    def model(evidence: Floats) -> Floats:
        log_odds = _with_constant(evidence) @ line
        return np.asarray(expit(np.clip(log_odds, -_SURE, _SURE)), dtype=np.float64)

    return model


def _with_constant(evidence: Floats) -> Floats:
    return np.column_stack([np.ones(len(evidence)), evidence])
