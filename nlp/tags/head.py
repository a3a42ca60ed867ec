"""A head: what one task has learnt. It gives each post calibrated chances of its classes.

The experts' log odds are added with weights of their own and one bias a class, fitted on
predictions for examples that the experts had not seen: stacking (Wolpert 1992) that calibrates at
once (vector scaling, Guo et al. 2017). No weight is negative.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.tags import experts
from nlp.tags.experts import Inputs
from nlp.tags.terms import Arrays, Floats

ABSTAINED = "abstain"
"""The tag of a post of which the head is not sure enough. No class can be called so."""
VERSION = "2"
"""Of the method: heads of another version are trained anew."""
Truth: TypeAlias = "NDArray[np.bool_]"
Probabilities: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True)
class Head:
    """A trained head.

    Attributes:
        task: its name, and that of the field that it fills.
        classes: the classes, sorted.
        single: each post has exactly one class; else any number, each an indication.
        model: key of the vectors that it reads.
        experts: what each expert learnt.
        weights: of the experts, and ``bias`` of the classes.
        thresholds: chances from which a class is told: one for all (single), or one a class.
        facts: how it was trained and what it is worth: see `nlp.labelling.training`.
        seen: short hashes of what it learnt from, so that nobody measures it on that.
        about: a query; posts that it does not find get no tag of this task.
    """

    task: str
    classes: tuple[str, ...]
    single: bool
    model: str
    experts: Mapping[str, Arrays]
    weights: tuple[float, ...]
    bias: tuple[float, ...]
    thresholds: tuple[float, ...] = (0.0,)
    about: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    seen: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))

    def chances(self, inputs: Inputs) -> Probabilities:
        """(n, k): the chance of each class; rows add up to one where ``single``."""
        scores = [experts.log_odds(name, arrays, inputs) for name, arrays in self.experts.items()]
        return blend(scores, self.weights, self.bias, self.single)

    def told(self, chances: Probabilities) -> list[tuple[int, ...]]:
        """Classes of each post that are told, the likeliest first; none where it abstains."""
        if self.single:
            best = chances.argmax(axis=1)
            sure = chances.max(axis=1) >= self.thresholds[0]
            return [(int(k),) if s else () for k, s in zip(best, sure, strict=True)]
        order = np.argsort(-chances, axis=1, kind="stable")
        above = chances >= np.array(self.thresholds)
        return [tuple(int(k) for k in row if above[number, k]) for number, row in enumerate(order)]


def fit_experts(
    inputs: Inputs, truth: Truth, single: bool, seed: int, names: Sequence[str] | None = None
) -> dict[str, Arrays]:
    """What each expert learns of all examples."""
    names = list_experts(len(inputs)) if names is None else names
    return {name: experts.fit(name, inputs, truth, single, seed) for name in names}


def list_experts(examples: int) -> tuple[str, ...]:
    """The experts that so many examples can teach."""
    if examples < experts.CURVED_FROM:
        return tuple(name for name in experts.EXPERTS if name != "curved")
    return experts.EXPERTS


def cross_validate_scores(
    inputs: Inputs, truth: Truth, single: bool, folds: NDArray[np.int64], seed: int
) -> list[Floats]:
    """Each expert's log odds (n, k) of examples, learnt from the other folds only."""
    names = list_experts(len(inputs))
    scores = [np.zeros(truth.shape, np.float32) for _ in names]
    for fold in range(int(folds.max()) + 1):
        held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        learnt = fit_experts(inputs.take(rest), truth[rest], single, seed, names)
        held_inputs = inputs.take(held)
        for number, name in enumerate(names):
            scores[number][held] = experts.log_odds(name, learnt[name], held_inputs)
    return scores


def blend(
    scores: Sequence[Floats], weights: Sequence[float], bias: Sequence[float], single: bool
) -> Probabilities:
    """Chances (n, k) of the experts' log odds."""
    total = np.array(bias, np.float64) + sum(
        weight * score.astype(np.float64) for weight, score in zip(weights, scores, strict=True)
    )
    if not single:
        chances: Probabilities = 1 / (1 + np.exp(-np.clip(total, -40, 40)))
        return chances
    total = np.exp(total - total.max(axis=1, keepdims=True))
    normalised: Probabilities = total / total.sum(axis=1, keepdims=True)
    return normalised


def fit_blend(
    scores: Sequence[Floats], truth: Truth, single: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weights and biases of least log loss, drawn a little to equal weights and no bias."""
    parts, classes = len(scores), truth.shape[1]
    stacked = np.stack([score.astype(np.float64) for score in scores])
    target = truth.astype(np.float64)
    start = np.concatenate([np.full(parts, 1 / parts), np.zeros(classes)])

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        chances = blend(scores, tuple(values[:parts]), tuple(values[parts:]), single)
        kept = np.clip(chances, 1e-12, 1 - 1e-12)
        fit = -(target * np.log(kept)).sum()
        if not single:
            fit -= ((1 - target) * np.log(1 - kept)).sum()
        residual = chances - target
        drawn = values - start
        gradient = np.concatenate([np.einsum("enk,nk->e", stacked, residual), residual.sum(axis=0)])
        return float(fit + (drawn**2).sum()), gradient + 2 * drawn

    bounds = [(0.0, 10.0)] * parts + [(-20.0, 20.0)] * classes
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    rounded = [round(float(value), 6) for value in found]
    return tuple(rounded[:parts]), tuple(rounded[parts:])


def cross_validate_probabilities(
    scores: Sequence[Floats], truth: Truth, single: bool, folds: NDArray[np.int64]
) -> Probabilities:
    """Chances of examples, each by a blend that was fitted on the other folds."""
    chances = np.zeros(truth.shape)
    for fold in range(int(folds.max()) + 1):
        held, rest = folds == fold, folds != fold
        weights, bias = fit_blend([score[rest] for score in scores], truth[rest], single)
        chances[held] = blend([score[held] for score in scores], weights, bias, single)
    return chances


def digest(head: Head) -> str:
    """Names what a head would say: 16 hex digits of its arrays and decisions."""
    state = hashlib.sha256()
    decided = [VERSION, head.classes, head.single, head.model, head.weights, head.bias]
    state.update(json.dumps([*decided, head.thresholds, head.about]).encode())
    for name in sorted(head.experts):
        for key in sorted(head.experts[name]):
            state.update(f"{name}.{key}".encode())
            state.update(np.ascontiguousarray(head.experts[name][key]).tobytes())
    return state.hexdigest()[:16]
