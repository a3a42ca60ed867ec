"""Fit the model that decides whether two statements say the same.

    python -m benchmarks.copies_fit STS_FOLDER [--out FILE] [--model NAME]

Ridge logistic regression on pairs of statements of the development split
(`benchmarks.copies_training_data`), with one set of weights for pairs in one language and one for
pairs in two. No weight may speak against its sign (`nlp.copies.semantic.features.SIGNS`), and some
speak at least as loud as `LEAST_WEIGHTS`: negation and names are too rare in sentence pairs that
people rated for a fit to learn them. The test split is only measured on, as average precision over
all pairs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score

from benchmarks.copies_training_data import TrainingCorpus, make_corpus
from nlp.copies.detection import distinct_texts
from nlp.copies.groups import Posts
from nlp.copies.lexical.similarity_join import lexical_links
from nlp.copies.lexical.vocabulary import build_vocabulary
from nlp.copies.semantic.features import FEATURES, SIGNS, prepare_statements
from nlp.copies.semantic.pair_model import FITTED
from nlp.copies.semantic.statements import build_statements

SEEDS = range(1, 7)
RIDGE = 5.0
MIN_COSINE = 0.2
"""Cosine from which pairs are fitted on: below, nothing is ever linked."""
LEAST_WEIGHTS = {"numbers_differ": -8.0, "negation_differs": -8.0, "names_missing": -0.3}
SHIFTS = {"one_language": -1.0, "two_languages": 0.5}
"""Added to the log odds: in the training data rewordings are commoner, and translations rarer, than
among posts that lie so near."""

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def training_pairs(corpus: TrainingCorpus, encode: Encode) -> tuple[Numbers, Flags, Flags, float]:
    """The near pairs of statements of a corpus.

    Returns:
        (pairs, features) their `FEATURES`; (pairs,) whether both belong to one set of copies;
        (pairs,) whether they are in one language; and the mean density around statements.
    """
    posts = Posts([f"{at:06d}" for at in range(len(corpus.texts))])
    texts = distinct_texts(posts, corpus.texts, corpus.langs)
    vocabulary = build_vocabulary(texts.normalised)
    copies = [link for link in lexical_links(texts, vocabulary) if link.kind == "copy"]
    vectors = encode(corpus.texts)
    statements = build_statements(texts, copies, vectors)
    rows = prepare_statements(texts, statements, corpus.texts, vectors, vocabulary)
    size = len(rows.numbers)
    rows.refine_density(np.arange(size))
    a, b = np.triu_indices(size, 1)
    near = (rows.vectors @ rows.vectors.T)[a, b] > MIN_COSINE
    a, b = a[near], b[near]
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    shared = rows.shared_words(a, b).tolist()
    wording = np.array(
        [rows.wording_features(i, j, words) for (i, j), words in zip(pairs, shared, strict=True)]
    )
    features = np.hstack([rows.vector_features(a, b), wording])
    shared_words = features[:, FEATURES.index("words")]
    one_language = np.array(
        [rows.same_language(i, j, words) for (i, j), words in zip(pairs, shared_words, strict=True)]
    )
    origin = np.array([corpus.origins[statements.posts[number]] for number in rows.numbers])
    is_copy = (origin[a] == origin[b]) & (origin[a] >= 0)
    return features, is_copy, one_language, float(rows.density.mean())


def fit_weights(features: Numbers, is_copy: Flags) -> tuple[Numbers, float]:
    """Weights and constant of a ridge logistic regression within the allowed signs.

    scikit-learn's logistic regression takes no bounds, so the loss is minimised here.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled, target = (features - mean) / spread, is_copy.astype(float)

    def loss(at: Numbers) -> tuple[float, Numbers]:
        """The loss at (features + 1,) weights and constant, and its gradient."""
        log_odds = scaled @ at[:-1] + at[-1]
        error = 1 / (1 + np.exp(-log_odds)) - target
        ridge = RIDGE * at[:-1]
        value = np.logaddexp(0, log_odds).sum() - target @ log_odds + ridge @ at[:-1] / 2
        return float(value), np.append(scaled.T @ error + ridge, error.sum())

    bounds = [_bounds(name, float(width)) for name, width in zip(FEATURES, spread, strict=True)]
    start = np.array([high or 0.0 for _, high in bounds] + [0.0])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    weights = best[:-1] / spread
    return weights, float(best[-1] - weights @ mean)


def _bounds(name: str, spread: float) -> tuple[float | None, float | None]:
    """The least and the greatest weight of a scaled feature."""
    if SIGNS[name] > 0:
        return 0.0, None
    return None, LEAST_WEIGHTS.get(name, 0.0) * spread


def fit(folder: Path, encode: Encode, model: str) -> dict[str, object]:
    """What ``pair_model.json`` holds, fitted on the sentence pairs of a folder with an embedder."""
    pairs = {
        split: [training_pairs(make_corpus(folder, split, seed), encode) for seed in SEEDS]
        for split in ("dev", "test")
    }
    fitted: dict[str, object] = {"model": model}
    for name, one in (("one_language", True), ("two_languages", False)):
        data = {
            split: (
                np.vstack([features[same == one] for features, _, same, _ in corpora]),
                np.concatenate([is_copy[same == one] for _, is_copy, same, _ in corpora]),
            )
            for split, corpora in pairs.items()
        }
        weights, constant = fit_weights(*data["dev"])
        fitted[name] = {
            "weights": {
                feature: round(float(value), 4)
                for feature, value in zip(FEATURES, weights, strict=True)
            },
            "constant": round(constant, 4),
            "shift": SHIFTS[name],
            "average_precision": {
                split: round(float(average_precision_score(is_copy, features @ weights)), 4)
                for split, (features, is_copy) in data.items()
            },
        }
    fitted["density"] = round(float(np.mean([density for *_, density in pairs["dev"]])), 4)
    vectors = np.vstack([encode(make_corpus(folder, "dev", seed).texts) for seed in SEEDS])
    fitted["mean"] = [round(float(value), 4) for value in vectors.mean(axis=0)]
    return fitted


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="the files stsb_LANG_SPLIT.csv.gz")
    parser.add_argument("--out", type=Path, default=FITTED)
    parser.add_argument("--model", default="e5-small")
    options = parser.parse_args()
    from nlp.models.embedder import load
    from nlp.text.cleaning import embedding_text
    from tocsin.core.settings import NlpSettings

    embedder = load(NlpSettings(model=options.model))
    known: dict[str, NDArray[np.float32]] = {}

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        cleaned = [embedding_text(None, text) for text in texts]
        new = sorted(set(cleaned) - known.keys())
        known.update(zip(new, embedder.encode(new), strict=True))
        return np.stack([known[text] for text in cleaned])

    fitted = fit(options.folder, encode, embedder.name)
    options.out.write_text(json.dumps(fitted) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
