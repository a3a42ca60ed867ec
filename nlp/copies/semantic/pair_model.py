"""The decision on two statements: a logistic model of a few features, fitted by `nlp.copies.semantic.fit`.

``decision.json`` holds the weights, the embedding model they were fitted on and the figures reached. Another
embedder spreads its cosines otherwise: fit again (``python -m nlp.copies.semantic.fit``) and point `load` at the new file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.copies.semantic.features import NAMES, NEARNESS, WORDING, Usual
from nlp.copies.semantic.neighbours import LANGUAGES, Floats, Ints

FITTED = Path(__file__).with_name("decision.json")
LINK = 1.5
"""Log odds from which two statements are linked."""
FAMILY = -1.0
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
    usual: Usual | None

    def floor(self, density: Floats, classes: Ints) -> Floats:
        """For `nlp.copies.semantic.neighbours.near_pairs`: what a pair must reach to be linked, were all guards silent, shared out to its two texts.

        Solves ``odds >= LINK`` for the cosine, with all words shared where one language is.
        """
        near = self.weights[:, :2]
        silent = self.constants + np.maximum(0, self.weights[:, NAMES.index("words")])
        base, slope = (LINK - silent) / near.sum(axis=1) / 2, near[:, 1] / near.sum(axis=1) / 2
        two, one = (base[kind] + slope[kind] * density for kind in (0, 1))
        numbers = np.arange(density.shape[1])
        own = numbers == classes[:, None]
        mixed = own & (
            numbers == LANGUAGES
        )  # one language or two: the lesser of both asks too little of one
        least = np.where(mixed, np.minimum(one, two), np.where(own, one, two))
        result: Floats = least.astype(np.float32)
        return result

    def odds(self, nearness: Numbers, wording: list[float], same: bool) -> float:
        """The log odds of one pair."""
        weights = self.weights[int(same)]
        return float(
            nearness @ weights[: len(NEARNESS)]
            + np.dot(wording, weights[len(NEARNESS) :])
            + self.constants[int(same)]
        )


def probability(odds: float) -> float:
    """Of log odds."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, odds))))


@lru_cache(maxsize=4)
def load(path: Path = FITTED) -> Decision:
    """The decision of a file that `nlp.copies.semantic.fit` wrote."""
    held = json.loads(path.read_text(encoding="utf-8"))
    kinds = (held["two_languages"], held["one_language"])
    weights = np.array(
        [[kind["weights"].get(name, 0.0) for name in NEARNESS + WORDING] for kind in kinds]
    )
    usual = Usual(np.array(held["mean"], np.float32), held["density"]) if held.get("mean") else None
    return Decision(
        weights,
        np.array([kind["constant"] + kind["shift"] for kind in kinds]),
        held["model"],
        usual,
    )
