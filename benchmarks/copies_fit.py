"""Fit the decision of the semantic channel: ``python -m nlp.copies.semantic.fit STS_FOLDER [--out FILE] [--model NAME]``.

Logistic regression with a ridge on pairs of statements from worlds of the development split (`nlp.copies.semantic.training_worlds`), a
weight each for pairs of one language and of two. No weight may speak against its sign (`SIGNS`), and
the guards speak at least as loud as `LEAST`: negation and names are too rare in sentence pairs that people rated to be learnt
from them. The test split is only measured on, as average precision over all pairs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.copies.find import distinct_texts
from nlp.copies.groups import Posts
from nlp.copies.lexical.channel import lexical_links
from nlp.copies.lexical.vocabulary import vocabulary
from nlp.copies.semantic.decision import FITTED
from nlp.copies.semantic.features import NAMES, SIGNS, Evidence, gather
from nlp.copies.semantic.statements import statements
from nlp.copies.semantic.training_worlds import World, make_world

SEEDS = range(1, 7)
RIDGE = 5.0
NEAR = 0.2
"""Cosine from which pairs are fitted on: beyond, nothing is ever linked."""
LEAST = {"figures_differ": -8.0, "negation_differs": -8.0, "names_missing": -0.3}
SHIFTS = {"one_language": -1.0, "two_languages": 0.5}
"""Added to the log odds: in the worlds rewordings are commoner, and translations rarer, than among posts that lie so near."""

Numbers = NDArray[np.float64]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def pairs_of(
    world: World, encode: Encode
) -> tuple[Numbers, NDArray[np.bool_], NDArray[np.bool_], Evidence]:
    """Features of all near pairs of statements, whether they are of one family and of one language, and the evidence."""
    posts = Posts([f"{at:06d}" for at in range(len(world.texts))])
    texts = distinct_texts(posts, world.texts, world.langs)
    words = vocabulary(texts.skeletons)
    copies = [link for link in lexical_links(texts, words) if link.kind == "copy"]
    said = statements(texts, copies, vectors := encode(world.texts))
    evidence = gather(texts, said, world.texts, vectors, words.weight)
    evidence.sharpen(np.arange(len(evidence.rows)))
    a, b = np.triu_indices(len(evidence.rows), 1)
    near = (evidence.vectors @ evidence.vectors.T)[a, b] > NEAR
    a, b = a[near], b[near]
    features = np.hstack(
        [
            evidence.nearness(a, b),
            np.array([evidence.wording(int(i), int(j)) for i, j in zip(a, b, strict=True)]),
        ]
    )
    family = np.array([world.families[said.posts[row]] for row in evidence.rows])
    one = np.array(
        [
            evidence.one_language(int(i), int(j), words)
            for i, j, words in zip(a, b, features[:, NAMES.index("words")], strict=True)
        ]
    )
    return features, (family[a] == family[b]) & (family[a] >= 0), one, evidence


def fitted(features: Numbers, alike: NDArray[np.bool_]) -> tuple[Numbers, float]:
    """Weights and constant of a ridge logistic regression within the allowed signs."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled, target = (features - mean) / spread, alike.astype(float)

    def loss(at: Numbers) -> tuple[float, Numbers]:
        odds = scaled @ at[:-1] + at[-1]
        error = 1 / (1 + np.exp(-odds)) - target
        ridge = RIDGE * at[:-1]
        return float(np.logaddexp(0, odds).sum() - target @ odds + ridge @ at[:-1] / 2), np.append(
            scaled.T @ error + ridge, error.sum()
        )

    bounds = [_bounds(name, float(width)) for name, width in zip(NAMES, spread, strict=True)]
    start = np.array(
        [
            min(max(0.0, low if low is not None else 0.0), high if high is not None else 0.0)
            for low, high in bounds
        ]
        + [0.0]
    )
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    own = found[:-1] / spread
    return own, float(found[-1] - own @ mean)


def _bounds(name: str, spread: float) -> tuple[float | None, float | None]:
    return (0.0, None) if SIGNS[name] > 0 else (None, LEAST.get(name, 0.0) * spread)


def average_precision(odds: Numbers, alike: NDArray[np.bool_]) -> float:
    """Mean precision at each true pair, pairs in falling odds."""
    hits = alike[np.argsort(-odds, kind="stable")]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def fit(folder: Path, encode: Encode, model: str) -> dict[str, object]:
    """What ``decision.json`` holds, fitted on the sentence pairs of a folder with an embedder."""
    made = {
        split: [pairs_of(make_world(folder, split, seed), encode) for seed in SEEDS]
        for split in ("dev", "test")
    }
    held: dict[str, object] = {"model": model}
    for name, one in (("one_language", True), ("two_languages", False)):
        data = {
            split: (
                np.vstack([x[same == one] for x, _, same, _ in worlds]),
                np.concatenate([y[same == one] for _, y, same, _ in worlds]),
            )
            for split, worlds in made.items()
        }
        own, constant = fitted(*data["dev"])
        held[name] = {
            "weights": {
                feature: round(float(value), 4) for feature, value in zip(NAMES, own, strict=True)
            },
            "constant": round(constant, 4),
            "shift": SHIFTS[name],
            "average_precision": {
                split: round(average_precision(x @ own, y), 4) for split, (x, y) in data.items()
            },
        }
    held["density"] = round(
        float(np.mean([evidence.density.mean() for *_, evidence in made["dev"]])), 4
    )
    vectors = np.vstack([encode(make_world(folder, "dev", seed).texts) for seed in SEEDS])
    held["mean"] = [round(float(value), 4) for value in vectors.mean(axis=0)]
    return held


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=FITTED)
    parser.add_argument("--model", default="e5-small")
    asked = parser.parse_args()
    from nlp.models.embedder import load
    from nlp.text.cleaning import embedding_text
    from tocsin.core.settings import NlpSettings

    embedder = load(NlpSettings(model=asked.model))
    known: dict[str, NDArray[np.float32]] = {}

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        read = [embedding_text(None, text) for text in texts]
        new = sorted(set(read) - known.keys())
        known.update(zip(new, embedder.encode(new), strict=True))
        return np.stack([known[text] for text in read])

    asked.out.write_text(
        json.dumps(fit(asked.folder, encode, embedder.name)) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
