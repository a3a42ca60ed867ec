"""Vectors by model, and the nearest among the hits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from index.base import Outcome
from tocsin.core.documents import Annotation
from tocsin.core.errors import ConfigError


def unit(n: int, d: int, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    made: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return made


def test_models_never_mix_and_unknown_ids_are_missing(index: Any, made: Any) -> None:
    documents = [made(n, "x") for n in range(5)]
    index.put(documents)
    ids = [d.id for d in documents]
    one, two = unit(5, 8, 1), unit(5, 4, 2)
    verdicts = index.put_vectors("one", [*ids, "x:ghost"], np.concatenate([one, one[:1]]))
    assert [v.outcome for v in verdicts] == [Outcome.ANNOTATED] * 5 + [Outcome.MISSING]
    index.put_vectors("two", ids[:3], two[:3])
    index.refresh()
    assert index.vectors("one")[0] == sorted(ids)
    names, values = index.vectors("one", [ids[3], "x:ghost", ids[0]])
    assert names == [ids[3], ids[0]]
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, one[[3, 0]], atol=1e-6)
    assert index.vectors("two", ids)[0] == ids[:3]
    assert index.vectors("none")[0] == []
    assert index.stats().vectors == {"one": 5, "two": 3}
    with pytest.raises(ConfigError, match="dimensions"):
        index.put_vectors("one", ids[:1], two[:1])


def test_a_vector_put_again_replaces_the_old_one(index: Any, made: Any) -> None:
    index.put([made(1, "x"), made(2, "x")])
    index.put_vectors("m", ["x:1", "x:2"], np.eye(2, 3, dtype=np.float32))
    index.refresh()
    assert index.knn("m", np.array([1, 0, 0], np.float32), 1)[0][0] == "x:1"
    index.put_vectors("m", ["x:1"], np.array([[0, 0, 1]], np.float32))
    index.refresh()
    assert index.knn("m", np.array([0, 0, 1], np.float32), 1)[0][0] == "x:1"
    assert index.stats().vectors == {"m": 2}


def test_the_nearest_are_sought_among_the_hits_only(index: Any, corpus: Any, model_of: Any) -> None:
    model = model_of(corpus)
    index.put(corpus)
    ids = [d.id for d in corpus]
    values = unit(len(ids), 16, 3)
    index.put_vectors("m", ids, values)
    index.refresh()
    place = {key: n for n, key in enumerate(ids)}
    right = wanted = 0
    for seed in range(8):
        vector = unit(1, 16, 100 + seed)[0]
        for query in ("", "climat", "platform:mastodon", "nothinghere"):
            scores = {key: float(values[place[key]] @ vector) for key in model.hits(query)}
            exact = sorted(scores, key=lambda key: (-scores[key], key))[:10]
            found = index.knn("m", vector, 10, query=query)
            assert set(dict(found)) <= set(scores)
            for key, score in found:
                assert score == pytest.approx(scores[key], abs=0.02)
            assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
            right += len(set(exact) & set(dict(found)))
            wanted += len(exact)
    assert right / wanted >= 0.95
    assert index.knn("unknown", vector, 3) == []


def test_annotations_made_later_leave_vectors_where_they_are(index: Any, made: Any) -> None:
    documents = [made(n, f"text {n}") for n in range(4)]
    index.put(documents)
    index.put_vectors("m", [d.id for d in documents], np.eye(4, 8, dtype=np.float32))
    for stage, values in (
        ("narratives", {"narrative": "n"}),
        ("copies", {"group": "g"}),
        ("lang", {"lang": "de"}),
    ):
        note = Annotation(
            version="1", model="m", made_at=datetime(2024, 5, 1, tzinfo=UTC), values=values
        )
        index.annotate([(d.id, note) for d in documents[:2]], stage)
    index.refresh()
    whole = np.ones(8, np.float32)
    assert len(index.knn("m", whole, 9)) == 4
    near = index.knn("m", whole, 9, query="narrative:n copy:g")
    assert sorted(key for key, _ in near) == sorted(d.id for d in documents[:2])
    _, vectors = index.vectors("m", ["x:1"])
    np.testing.assert_array_equal(vectors, np.eye(4, 8, dtype=np.float32)[1:2])
