"""What a head is worth: macro-F1 with its interval, figures of each class, agreement of coders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Chances: TypeAlias = "NDArray[np.float64]"
Truth: TypeAlias = "NDArray[np.bool_]"

DRAWS = 200
"""Bootstrap draws of an interval."""
FEW_LABELS = 30
"""Labels of a class below which its figures are not to be trusted."""
MARGIN = 0.1
"""A share is trusted where it is within this of the truth, 95 times of 100."""
CURVE = (0.0, 0.2, 0.4)
"""Shares of posts on which a head may abstain, for which its worth is told."""


def macro_f1(truth: Truth, told: Truth) -> float:
    """The mean F1 of the classes that occur in the truth; NaN where none does."""
    present = truth.any(axis=0)
    scores = _f1(truth, told)[present]
    return float(scores.mean()) if len(scores) else float("nan")


def micro_f1(truth: Truth, told: Truth) -> float:
    """F1 over all decisions of all classes."""
    both = float((truth & told).sum())
    return 2 * both / max(float(truth.sum() + told.sum()), 1.0)


def _f1(truth: Truth, told: Truth) -> NDArray[np.float64]:
    both = (truth & told).sum(axis=0)
    scores: NDArray[np.float64] = 2 * both / np.maximum(truth.sum(axis=0) + told.sum(axis=0), 1)
    return scores


def interval(truth: Truth, told: Truth, seed: int) -> tuple[float, float]:
    """A 95 % interval of macro-F1 by the percentile bootstrap over posts (Efron 1979)."""
    random = np.random.default_rng(seed)
    rows = len(truth)
    draws = [
        macro_f1(truth[draw], told[draw])
        for draw in (random.integers(0, rows, rows) for _ in range(DRAWS))
    ]
    return float(np.nanquantile(draws, 0.025)), float(np.nanquantile(draws, 0.975))


def most_probable(chances: Chances) -> Truth:
    """The likeliest class of each row, as a mask."""
    told = np.zeros(chances.shape, dtype=bool)
    told[np.arange(len(chances)), chances.argmax(axis=1)] = True
    return told


def choose_threshold(chances: Chances, abstained: float) -> float:
    """The chance below which so large a share of the posts is left out."""
    if abstained <= 0:
        return 0.0
    return float(np.quantile(chances.max(axis=1), abstained))


def measure_classes(classes: Sequence[str], truth: Truth, told: Truth) -> dict[str, dict[str, Any]]:
    """Class -> precision, recall, F1, labels ``n``, and whether they are too ``few`` to trust."""
    figures = {}
    scores = _f1(truth, told)
    for number, name in enumerate(classes):
        right = int((truth[:, number] & told[:, number]).sum())
        labels, said = int(truth[:, number].sum()), int(told[:, number].sum())
        figures[name] = {
            "precision": round(right / said, 4) if said else None,
            "recall": round(right / labels, 4) if labels else None,
            "f1": round(float(scores[number]), 4),
            "n": labels,
            "few": labels < FEW_LABELS,
        }
    return figures


def count_trusted_from(truth: Truth, told: Truth) -> int | None:
    """Posts from which a share of tags is worth reading: within `MARGIN`, 95 times of 100.

    A share that is read off imperfect tags and corrected for their errors has the variance of a
    share over the squared Youden index J = sensitivity + specificity - 1 (Rogan & Gladen 1978): the
    class with the smallest J that has labels enough decides. None where tags say nothing.
    """
    wanted = []
    for number in range(truth.shape[1]):
        yes, said = truth[:, number], told[:, number]
        if min(yes.sum(), (~yes).sum()) < FEW_LABELS:
            continue
        youden = float(said[yes].mean() - said[~yes].mean())
        if youden <= 0.05:
            return None
        wanted.append(1.96**2 * 0.25 / (MARGIN * youden) ** 2)
    return int(np.ceil(max(wanted))) if wanted else None


def measure(
    classes: Sequence[str],
    truth: Truth,
    chances: Chances,
    told: Truth,
    languages: Sequence[str],
    threshold: float | None,
    seed: int,
) -> dict[str, Any]:
    """All that is told of predictions for examples that the head had not seen.

    ``macro_f1 low high`` are of all posts; where each has one class (``threshold`` is not None),
    without abstaining: ``abstaining`` has macro-F1 of the rest for shares of posts left out, and
    ``kept`` the share that the threshold tags, with its macro-F1.
    """
    found: dict[str, Any] = _rates(truth, told, seed)
    found |= {
        "micro_f1": round(micro_f1(truth, told), 4),
        "classes": measure_classes(classes, truth, told),
        "trusted_from": count_trusted_from(truth, told),
        "languages": {},
    }
    if threshold is not None:
        found |= _abstaining(truth, chances, threshold)
    codes = np.array(languages, dtype=str)
    for code, number in sorted(Counter(languages).items(), key=lambda item: (-item[1], item[0])):
        mask = codes == code
        part = _rates(truth[mask], told[mask], seed)
        part["few"] = number < FEW_LABELS * (1 if threshold is None else len(classes))
        if threshold is not None:
            part |= _abstaining(truth[mask], chances[mask], threshold)
        found["languages"][code] = part
    return found


def _rates(truth: Truth, told: Truth, seed: int) -> dict[str, Any]:
    low, high = interval(truth, told, seed)
    rates = {"macro_f1": macro_f1(truth, told), "low": low, "high": high}
    return {"n": len(truth)} | {name: _rounded(value) for name, value in rates.items()}


def _rounded(value: float) -> float | None:
    """None for what is no number, which JSON does not have."""
    return None if np.isnan(value) else round(value, 4)


def _abstaining(truth: Truth, chances: Chances, threshold: float) -> dict[str, Any]:
    """Macro-F1 of the surest posts, and at the threshold in force."""
    told, sure = most_probable(chances), chances.max(axis=1)
    curve = {}
    for share in CURVE:
        kept = sure >= choose_threshold(chances, share)
        curve[f"{share:.1f}"] = _rounded(macro_f1(truth[kept], told[kept]))
    kept = sure >= threshold
    within = _rounded(macro_f1(truth[kept], told[kept])) if kept.any() else None
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
