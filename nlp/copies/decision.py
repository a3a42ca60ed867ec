"""The decision on two statements: a logistic model of a few features, fitted by `nlp.copies.fit`.

``decision.json`` holds the weights, the embedding model they were fitted on and the figures reached. Another
embedder spreads its cosines otherwise: fit again (``python -m nlp.copies.fit``) and point `load` at the new file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.copies.features import NAMES, NEARNESS, WORDING

FITTED = Path(__file__).with_name("decision.json")
LINK = 0.75
"""Log odds from which two statements are linked."""
FAMILY = -2.0
"""Mean log odds between two families above which a link joins them: it may not chain what is merely alike."""
CERTAIN = 6.0
"""Log odds beyond which none counts more."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Decision:
    """Weights of `NAMES` for statements of one language (row 1) and of two (row 0), and the constants."""

    weights: Numbers
    constants: Numbers
    model: str

    def best(self, nearness: Numbers, sizes: Numbers, same: NDArray[np.bool_]) -> Numbers:
        """The log odds that pairs could reach at most, from their `NEARNESS` and log size: where all guards are silent."""
        rows = same.astype(int)
        own = (nearness * self.weights[rows, : len(NEARNESS)]).sum(axis=1) + self.constants[rows]
        size = self.weights[rows, NAMES.index("size")] * sizes
        result: Numbers = own + size + np.maximum(0, self.weights[rows, NAMES.index("words")])
        return result

    def odds(self, nearness: Numbers, wording: list[float], same: bool) -> float:
        """The log odds of one pair."""
        weights = self.weights[int(same)]
        return float(nearness @ weights[: len(NEARNESS)] + np.dot(wording, weights[len(NEARNESS) :]) + self.constants[int(same)])


def probability(odds: float) -> float:
    """Of log odds."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, odds))))


@lru_cache(maxsize=4)
def load(path: Path = FITTED) -> Decision:
    """The decision of a file that `nlp.copies.fit` wrote."""
    held = json.loads(path.read_text(encoding="utf-8"))
    kinds = (held["two_languages"], held["one_language"])
    weights = np.array([[kind["weights"].get(name, 0.0) for name in NEARNESS + WORDING] for kind in kinds])
    return Decision(weights, np.array([kind["constant"] + kind["shift"] for kind in kinds]), held["model"])
