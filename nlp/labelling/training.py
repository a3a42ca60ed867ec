"""Training a head and measuring it: by cross-validation on its own labels, or on other ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.labelling.examples import Examples
from nlp.tags.head import (
    ABSTAINED,
    Head,
    Probabilities,
    Truth,
    cross_validate_probabilities,
    cross_validate_scores,
    digest,
    fit_blend,
    fit_experts,
)
from nlp.tags.metrics import choose_threshold, macro_f1, measure, most_probable
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

FOLDS = 5
LEAST_OF_CLASS = 5
"""Labels that a class needs to be learnt at all."""
WANTED_F1, MOST_ABSTAINED = 0.8, 0.4
"""Without another wish a head abstains as little as gives this macro-F1, and on so much at most."""


def train_head(
    task: str,
    examples: Examples,
    *,
    several: bool,
    model: str,
    seed: int,
    abstain: float | None = None,
    about: str = "",
    described: dict[str, Any] | None = None,
) -> Head:
    """A head with its cross-validated figures.

    Args:
        task: its name.
        examples: the labelled posts.
        several: a post may have any number of labels.
        model: key of the vectors.
        seed: of folds, clusters and bootstrap.
        abstain: share of posts to abstain on; None chooses.
        about: the query that limits what is tagged.
        described: facts to keep beside those of the training.

    Raises:
        ConfigError: fewer than two classes have enough labels.
    """
    classes, rare = _classes(examples, several)
    kept = np.array(
        [row for row, labels in enumerate(examples.labels) if several or labels[0] not in rare],
        dtype=np.int64,
    )
    examples = examples.take(kept)
    truth = examples.truth(classes)
    single = not several
    folds = _folds(examples, seed)
    scores = cross_validate_scores(examples.inputs, truth, single, folds, seed)
    chances = cross_validate_probabilities(scores, truth, single, folds)
    weights, bias = fit_blend(scores, truth, single)
    told: Truth
    thresholds: tuple[float, ...]
    if single:
        share = _abstained(truth, chances) if abstain is None else abstain
        thresholds = (round(choose_threshold(chances, share), 6),)
        told = most_probable(chances)
    else:
        thresholds = _best_thresholds(truth, chances)
        told = _told_unseen(truth, chances, folds)
    measured = measure(
        classes, truth, chances, told, examples.inputs.languages, thresholds[0] if single else None,
        seed,
    )  # fmt: skip
    learnt = fit_experts(examples.inputs, truth, single, seed)
    facts = {
        "method": "trained",
        "seed": seed,
        "folds": FOLDS,
        "cross_validated": measured,
        "left_out": {name: rare[name] for name in sorted(rare)},
        "lost": examples.lost,
        "coders": examples.coded,
    } | (described or {})
    head = Head(
        task, classes, single, model, learnt, weights, bias, thresholds, about, facts,
        np.unique(examples.keys),
    )  # fmt: skip
    return replace(head, facts=facts | {"digest": digest(head)})


def measure_head(head: Head, examples: Examples, seed: int) -> dict[str, Any]:
    """Figures of a head on labels that it did not learn from.

    ``learnt_from`` counts those left out because it did, ``unknown_classes`` labels of classes
    that it does not have.

    Raises:
        ConfigError: nothing is left.
    """
    fresh = ~np.isin(examples.keys, head.seen)
    known = np.array([
        not head.single or labels[0] in head.classes for labels in examples.labels
    ])  # fmt: skip
    unknown = Counter(
        label for labels in examples.labels for label in labels if label not in head.classes
    )
    rows = np.flatnonzero(fresh & known)
    if not len(rows):
        said = {"task": head.task, "n": int((~fresh).sum()), "classes": list(head.classes)}
        raise ConfigError(Message("tags.nothing_to_measure", said))
    examples = examples.take(rows)
    truth = examples.truth(head.classes)
    chances = head.chances(examples.inputs)
    told = most_probable(chances) if head.single else chances >= np.array(head.thresholds)
    threshold = head.thresholds[0] if head.single else None
    found = measure(head.classes, truth, chances, told, examples.inputs.languages, threshold, seed)
    return found | {
        "learnt_from": int((~fresh).sum()),
        "unknown_classes": dict(sorted(unknown.items())),
        "lost": examples.lost,
        "coders": examples.coded,
    }


def _classes(examples: Examples, several: bool) -> tuple[tuple[str, ...], dict[str, int]]:
    """The classes to learn, sorted, and those with too few labels with their numbers."""
    counts = Counter(label for labels in examples.labels for label in labels)
    if ABSTAINED in counts:
        raise ConfigError(Message("tags.abstain_is_no_class", {"name": ABSTAINED}))
    rare = {name: n for name, n in counts.items() if n < LEAST_OF_CLASS}
    classes = tuple(sorted(counts.keys() - rare.keys()))
    if len(classes) < (1 if several else 2):
        said = {
            "found": [f"{name} ({n})" for name, n in counts.most_common(10)],
            "least": LEAST_OF_CLASS,
        }
        raise ConfigError(Message("tags.few_labels", said))
    return classes, rare


def _folds(examples: Examples, seed: int) -> NDArray[np.int64]:
    """The fold of each example: classes and languages are dealt out evenly."""
    strata: dict[tuple[Any, ...], list[int]] = {}
    for row, labels in enumerate(examples.labels):
        strata.setdefault((labels, examples.inputs.languages[row]), []).append(row)
    random = np.random.default_rng(seed)
    folds = np.empty(len(examples), np.int64)
    dealt = 0
    for stratum in sorted(strata):
        for row in random.permutation(strata[stratum]):
            folds[row] = dealt % FOLDS
            dealt += 1
    return folds


def _abstained(truth: Truth, chances: Probabilities) -> float:
    """The least share to abstain on that gives the wanted macro-F1, or the most allowed."""
    for share in np.arange(0, MOST_ABSTAINED, 0.05):
        kept = chances.max(axis=1) >= choose_threshold(chances, float(share))
        if macro_f1(truth[kept], most_probable(chances)[kept]) >= WANTED_F1:
            return float(share)
    return MOST_ABSTAINED


def _best_thresholds(truth: Truth, chances: Probabilities) -> tuple[float, ...]:
    """For each class the chance from which telling it gives the best F1 (Lipton et al. 2014)."""
    return tuple(_best_threshold(truth[:, k], chances[:, k]) for k in range(truth.shape[1]))


def _best_threshold(truth: NDArray[np.bool_], chances: Probabilities) -> float:
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(truth[order])
    scores = 2 * right / (np.arange(1, len(truth) + 1) + truth.sum())
    # between the last that is told and the next, so that equal chances are told alike
    last = int(scores.argmax())
    lower = chances[order[last + 1]] if last + 1 < len(truth) else 0.0
    return round(float((chances[order[last]] + lower) / 2), 6)


def _told_unseen(truth: Truth, chances: Probabilities, folds: NDArray[np.int64]) -> Truth:
    """What would be told by thresholds of the other folds."""
    told = np.zeros(truth.shape, dtype=bool)
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        thresholds = _best_thresholds(truth[~held], chances[~held])
        told[held] = chances[held] >= np.array(thresholds)
    return told
