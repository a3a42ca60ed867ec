"""What a head is worth: macro-F1 with its interval, figures of each class, agreement of coders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Probabilities: TypeAlias = "NDArray[np.float64]"
Truth: TypeAlias = "NDArray[np.bool_]"

DRAWS = 200
"""Bootstrap draws of an interval."""
FEW_LABELS = 30
"""Labels of a class below which its figures are not to be trusted."""
MARGIN = 0.1
"""A share is trusted where it is within this of the truth, 95 times of 100."""
CURVE = (0.0, 0.2, 0.4)
"""Shares of posts on which a head may abstain, for which its worth is told."""


def macro_f1(truth: Truth, predicted: Truth) -> float:
    """The mean F1 of the classes that occur in the truth; NaN where none does."""
    present = truth.any(axis=0)
    scores = _f1(truth, predicted)[present]
    return float(scores.mean()) if len(scores) else float("nan")


def micro_f1(truth: Truth, predicted: Truth) -> float:
    """F1 over all decisions of all classes."""
    both = float((truth & predicted).sum())
    return 2 * both / max(float(truth.sum() + predicted.sum()), 1.0)


def _f1(truth: Truth, predicted: Truth) -> NDArray[np.float64]:
    both = (truth & predicted).sum(axis=0)
    scores: NDArray[np.float64] = (
        2 * both / np.maximum(truth.sum(axis=0) + predicted.sum(axis=0), 1)
    )
    return scores


def interval(truth: Truth, predicted: Truth, seed: int) -> tuple[float, float]:
    """A 95 % interval of macro-F1 by the percentile bootstrap over posts (Efron 1979)."""
    random = np.random.default_rng(seed)
    rows = len(truth)
    draws = [
        macro_f1(truth[draw], predicted[draw])
        for draw in (random.integers(0, rows, rows) for _ in range(DRAWS))
    ]
    return float(np.nanquantile(draws, 0.025)), float(np.nanquantile(draws, 0.975))


def most_probable(probabilities: Probabilities) -> Truth:
    """The likeliest class of each row, as a mask."""
    predicted = np.zeros(probabilities.shape, dtype=bool)
    predicted[np.arange(len(probabilities)), probabilities.argmax(axis=1)] = True
    return predicted


def choose_threshold(probabilities: Probabilities, abstained: float) -> float:
    """The chance below which so large a share of the posts is left out."""
    if abstained <= 0:
        return 0.0
    return float(np.quantile(probabilities.max(axis=1), abstained))


def measure_classes(
    classes: Sequence[str], truth: Truth, predicted: Truth
) -> dict[str, dict[str, Any]]:
    """Class -> precision, recall, F1, labels ``n``, and whether they are too ``few`` to trust."""
    figures = {}
    scores = _f1(truth, predicted)
    for number, name in enumerate(classes):
        right = int((truth[:, number] & predicted[:, number]).sum())
        labels, said = int(truth[:, number].sum()), int(predicted[:, number].sum())
        figures[name] = {
            "precision": round(right / said, 4) if said else None,
            "recall": round(right / labels, 4) if labels else None,
            "f1": round(float(scores[number]), 4),
            "n": labels,
            "few": labels < FEW_LABELS,
        }
    return figures


def count_trusted_from(truth: Truth, predicted: Truth) -> int | None:
    """Posts from which a share of tags is worth reading: within `MARGIN`, 95 times of 100.

    A share that is read off imperfect tags and corrected for their errors has the variance of a
    share over the squared Youden index J = sensitivity + specificity - 1 (Rogan & Gladen 1978): the
    class with the smallest J that has labels enough decides. None where tags say nothing.
    """
    needed = []
    for number in range(truth.shape[1]):
        yes, said = truth[:, number], predicted[:, number]
        if min(yes.sum(), (~yes).sum()) < FEW_LABELS:
            continue
        youden = float(said[yes].mean() - said[~yes].mean())
        if youden <= 0.05:
            return None
        needed.append(1.96**2 * 0.25 / (MARGIN * youden) ** 2)
    return int(np.ceil(max(needed))) if needed else None


def measure(
    classes: Sequence[str],
    truth: Truth,
    probabilities: Probabilities,
    predicted: Truth,
    languages: Sequence[str],
    threshold: float | None,
    seed: int,
) -> dict[str, Any]:
    """All that is told of predictions for examples that the head had not seen.

    ``macro_f1 low high`` are of all posts; where each has one class (``threshold`` is not None),
    without abstaining: ``abstaining`` has macro-F1 of the rest for shares of posts left out, and
    ``kept`` the share that the threshold tags, with its macro-F1.
    """
    found: dict[str, Any] = _rates(truth, predicted, seed)
    found |= {
        "micro_f1": round(micro_f1(truth, predicted), 4),
        "classes": measure_classes(classes, truth, predicted),
        "trusted_from": count_trusted_from(truth, predicted),
        "languages": {},
    }
    if threshold is not None:
        found |= _abstaining(truth, probabilities, threshold)
    codes = np.array(languages, dtype=str)
    for code, number in sorted(Counter(languages).items(), key=lambda item: (-item[1], item[0])):
        mask = codes == code
        part = _rates(truth[mask], predicted[mask], seed)
        part["few"] = number < FEW_LABELS * (1 if threshold is None else len(classes))
        if threshold is not None:
            part |= _abstaining(truth[mask], probabilities[mask], threshold)
        found["languages"][code] = part
    return found


def _rates(truth: Truth, predicted: Truth, seed: int) -> dict[str, Any]:
    low, high = interval(truth, predicted, seed)
    rates = {"macro_f1": macro_f1(truth, predicted), "low": low, "high": high}
    return {"n": len(truth)} | {name: _rounded(value) for name, value in rates.items()}


def _rounded(value: float) -> float | None:
    """None for what is no number, which JSON does not have."""
    return None if np.isnan(value) else round(value, 4)


def _abstaining(truth: Truth, probabilities: Probabilities, threshold: float) -> dict[str, Any]:
    """Macro-F1 of the surest posts, and at the threshold in force."""
    predicted, sure = most_probable(probabilities), probabilities.max(axis=1)
    curve = {}
    for share in CURVE:
        kept = sure >= choose_threshold(probabilities, share)
        curve[f"{share:.1f}"] = _rounded(macro_f1(truth[kept], predicted[kept]))
    kept = sure >= threshold
    within = _rounded(macro_f1(truth[kept], predicted[kept])) if kept.any() else None
    return {
        "abstaining": curve,
        "kept": {"share": round(float(kept.mean()), 4), "macro_f1": within},
    }


def krippendorff_alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Agreement of coders on nominal classes: 1 is perfect, 0 is chance.

    Krippendorff, *Content Analysis* (4th ed. 2018), ch. 12: alpha = 1 - observed over expected
    disagreement, by coincidences; what one coder alone saw says nothing. None where nobody saw what
    another saw, or where all that was said is one class.

    Args:
        units: for each post the classes that coders gave, in any order.
    """
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    for values in units:
        if len(values) < 2:
            continue
        for first, second in permutations(range(len(values)), 2):
            pairs[values[first], values[second]] += 1 / (len(values) - 1)
    totals: dict[str, float] = defaultdict(float)
    for (said, _), weight in pairs.items():
        totals[said] += weight
    number = sum(totals.values())
    expected = number**2 - sum(total**2 for total in totals.values())
    if number < 2 or expected <= 0:
        return None
    observed = sum(weight for (one, other), weight in pairs.items() if one != other)
    return 1 - (number - 1) * observed / expected


def agreement(coded: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """``alpha``, ``coders`` and ``units`` that at least two coded, of post -> coder -> class."""
    both = [list(said.values()) for said in coded.values() if len(said) > 1]
    alpha = krippendorff_alpha(both)
    return {
        "alpha": None if alpha is None else round(alpha, 4),
        "coders": len({coder for said in coded.values() for coder in said}),
        "units": len(both),
    }
