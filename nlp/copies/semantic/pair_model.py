"""The logistic regression that decides whether two statements say the same.

``pair_model.json`` holds the weights, the embedding model that they were fitted on and the figures
reached. Another embedding model spreads its cosines otherwise: fit again, in a checkout of the
project (``python -m benchmarks.copies_fit``, see docs/copies.md), and give `load_model` the new
file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints
from nlp.copies.semantic.density import OWN_CLASSES, Floats
from nlp.copies.semantic.features import FEATURES, VECTOR_FEATURES, EmbeddingPrior

FITTED = Path(__file__).with_name("pair_model.json")
LINK_LOG_ODDS = 1.5
"""Log odds from which two statements are linked."""
MERGE_LOG_ODDS = -1.0
"""Mean log odds between two clusters above which a link merges them: so that links do not chain
what is merely alike."""
MAX_LOG_ODDS = 6.0
"""Log odds beyond which none counts more."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class PairModel:
    """The fitted model.

    Attributes:
        weights: (2, features), of `FEATURES`: row 1 for statements in one language, row 0 for two.
        constants: (2,), likewise.
        embedding_model: the model whose vectors it was fitted on.
        prior: of that model.
    """

    weights: Numbers
    constants: Numbers
    embedding_model: str
    prior: EmbeddingPrior | None

    def cosine_thresholds(self, density: Floats, classes: Ints) -> Floats:
        """What pairs must reach to be linked if nothing but their vectors spoke, (n, classes).

        It is shared out to the two texts of a pair, as
        `nlp.copies.semantic.similarity_join.pairs_above_thresholds` takes it. Solves ``log odds >=
        LINK_LOG_ODDS`` for the cosine, with all words in common where the language is one.
        """
        by_vectors = self.weights[:, : len(VECTOR_FEATURES)]
        best = self.constants + np.maximum(0, self.weights[:, FEATURES.index("words")])
        base = (LINK_LOG_ODDS - best) / by_vectors.sum(axis=1) / 2
        slope = by_vectors[:, 1] / by_vectors.sum(axis=1) / 2
        two_languages, one_language = (base[kind] + slope[kind] * density for kind in (0, 1))
        numbers = np.arange(density.shape[1])
        own = numbers == classes[:, None]
        # the last class holds many languages: a pair in it may be in one or in two
        unknown = own & (numbers == OWN_CLASSES)
        thresholds = np.where(own, one_language, two_languages)
        thresholds = np.where(unknown, np.minimum(one_language, two_languages), thresholds)
        result: Floats = thresholds.astype(np.float32)
        return result

    def log_odds(self, by_vectors: Numbers, by_wording: list[float], same_language: bool) -> float:
        """The log odds of one pair from its `FEATURES`, those of vectors (2,) and the others."""
        weights = self.weights[int(same_language)]
        return float(
            by_vectors @ weights[: len(VECTOR_FEATURES)]
            + np.dot(by_wording, weights[len(VECTOR_FEATURES) :])
            + self.constants[int(same_language)]
        )


def probability(log_odds: float) -> float:
    """The probability that log odds stand for."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, log_odds))))


@lru_cache(maxsize=4)
def load_model(path: Path = FITTED) -> PairModel:
    """The model of a file that ``benchmarks.copies_fit`` wrote."""
    fitted = json.loads(path.read_text(encoding="utf-8"))
    rows = (fitted["two_languages"], fitted["one_language"])
    prior = None
    if fitted.get("mean"):
        prior = EmbeddingPrior(np.array(fitted["mean"], np.float32), fitted["density"])
    return PairModel(
        weights=np.array([[row["weights"][name] for name in FEATURES] for row in rows]),
        constants=np.array([row["constant"] + row["shift"] for row in rows]),
        embedding_model=fitted["model"],
        prior=prior,
    )
