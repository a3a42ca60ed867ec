"""The two ways to candidates, against looking at every pair."""

from __future__ import annotations

import random
import tracemalloc
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from nlp.copies.lexical.fingerprints import SHINGLE, WINDOW, candidate_pairs
from nlp.copies.semantic import cells, similarity_join
from nlp.copies.semantic.density import centre, language_means


def centre_by_language(vectors: Any, langs: Any, prior: Any = None) -> Any:
    """Vectors less the mean of their language."""
    return centre(vectors, langs, language_means(vectors, langs, prior))[0]


def sentences(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    return [
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(30, 80)))
        for _ in range(count)
    ]


def test_a_shared_run_is_always_found() -> None:
    rng = random.Random(2)
    texts = sentences(200)
    for number in range(0, 200, 2):
        passage = "".join(rng.choice("abcdefghijklmnop") for _ in range(SHINGLE + WINDOW - 1))
        texts[number] = texts[number][:20] + passage + texts[number][20:]
        texts[number + 1] = texts[number + 1][:7] + passage + texts[number + 1][7:]
    order = sorted(range(200), key=texts.__getitem__)
    place = {number: at for at, number in enumerate(order)}
    a, b = candidate_pairs([texts[i] for i in order])
    found = set(zip(a.tolist(), b.tolist(), strict=True))
    for number in range(0, 200, 2):
        assert tuple(sorted((place[number], place[number + 1]))) in found
    assert len(found) < 120


def test_thousands_of_one_text_stay_connected_and_cheap() -> None:
    base = "theyhidtheballotsinthecountydepotandnobodyreportsonit"
    texts = sorted({base[:i] + c + base[i:] for i in range(len(base)) for c in "qxzjkvwy"} | {base})
    a, b = candidate_pairs(texts)
    assert len(a) < 60 * len(texts)
    seen, todo = {0}, [0]
    near: dict[int, set[int]] = {}
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    while todo:
        for other in near[todo.pop()] - seen:
            seen.add(other)
            todo.append(other)
    assert len(seen) == len(texts)


@pytest.mark.parametrize(
    "texts",
    [[], ["short"], ["abcdefghijk"], ["港口办公室关闭了北部码头", "港口办公室关闭了北部码头昨天"]],
)
def test_few_or_short_texts(texts: list[str]) -> None:
    a, _ = candidate_pairs(sorted(texts))
    assert len(a) == (1 if len(texts) == 2 else 0)


def clouds(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(20, 48))
    vectors = topics[rng.integers(0, 20, count)] + 1.2 * rng.normal(size=(count, 48))
    vectors[1::2] = vectors[: count - 1 : 2] + 0.25 * rng.normal(size=(count // 2, 48))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit, rng.integers(0, 3, count)


def test_the_join_by_threshold_is_exact_for_few_texts() -> None:
    vectors, langs = clouds(300)
    placed = centre_by_language(vectors, langs)
    floor = np.where(np.arange(3) == langs[:, None], 0.3, 0.2).astype(np.float32)
    a, b = similarity_join.pairs_above_thresholds(placed, langs, floor)
    cosine = placed @ placed.T
    wanted = {
        (i, j)
        for i, j in combinations(range(300), 2)
        if cosine[i, j] >= (0.6 if langs[i] == langs[j] else 0.4)
    }
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("least", [0.15, 0.3])
def test_fewer_components_lose_no_pair(monkeypatch: pytest.MonkeyPatch, least: float) -> None:
    rng = np.random.default_rng(6)
    vectors = (rng.normal(size=(900, 64)) * 0.94 ** np.arange(64)).astype(np.float32)
    vectors[7] = 0
    vectors[1::9] = vectors[::9] + 0.1 * rng.normal(size=vectors[::9].shape)
    langs = rng.integers(0, 3, 900)
    placed = centre_by_language(vectors, langs)
    floor = (least + 0.05 * rng.random((900, 3))).astype(np.float32)
    monkeypatch.setattr(similarity_join, "MAX_PAIRS_PER_TEXT", 900)
    monkeypatch.setattr(similarity_join, "BLOCK", 256)
    a, b = similarity_join.pairs_above_thresholds(placed, langs, floor)
    monkeypatch.setattr(similarity_join, "PROJECT_FROM", 100)
    short = similarity_join._project(placed)
    assert short is not None
    assert short.shape[1] < 40
    assert ((short @ short.T) >= (placed @ placed.T) - similarity_join.BOUND_SLACK).all()
    again = similarity_join.pairs_above_thresholds(placed, langs, floor)
    assert len(a) > 100
    assert a.tolist() == again[0].tolist()
    assert b.tolist() == again[1].tolist()


@pytest.mark.parametrize("projected_from", [100, 4_000])
def test_tiles_change_no_pair_and_no_product_is_larger(
    monkeypatch: pytest.MonkeyPatch, projected_from: int
) -> None:
    vectors, langs = clouds(1_500)
    placed = centre_by_language(vectors, langs)
    floor = np.full((1_500, 3), 0.4, np.float32)
    monkeypatch.setattr(similarity_join, "MAX_PAIRS_PER_TEXT", 7)
    monkeypatch.setattr(similarity_join, "PROJECT_FROM", projected_from)
    whole = similarity_join.pairs_above_thresholds(placed, langs, floor)
    monkeypatch.setattr(similarity_join, "TILE", 130)
    monkeypatch.setattr(similarity_join, "BLOCK", 90)
    tracemalloc.start()
    tiled = similarity_join.pairs_above_thresholds(placed, langs, floor)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(whole[0]) > 700
    assert [part.tolist() for part in tiled] == [part.tolist() for part in whole]
    assert peak < 1_500 * 1_500 * 4


def test_cells_lose_hardly_any_near_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, langs = clouds(4_000)
    placed = centre_by_language(vectors, langs)
    floor = np.full((4_000, 3), 0.44, np.float32)
    exact = set(
        zip(
            *(x.tolist() for x in similarity_join.pairs_above_thresholds(placed, langs, floor)),
            strict=True,
        )
    )
    monkeypatch.setattr(cells, "EXACT_LIMIT", 500)
    monkeypatch.setattr(cells, "CELL_SIZE", 200)
    in_cells = set(
        zip(
            *(x.tolist() for x in similarity_join.pairs_above_thresholds(placed, langs, floor)),
            strict=True,
        )
    )
    assert in_cells <= exact
    assert len(in_cells) > 0.97 * len(exact)


def test_centring_few_texts_keeps_a_pair_near() -> None:
    usual = np.ones(48, np.float32) * 3
    rng = np.random.default_rng(1)
    one = usual + rng.normal(size=48)
    pair = np.stack([one, one + 0.2 * rng.normal(size=48)]).astype(np.float32)
    pair /= np.linalg.norm(pair, axis=1, keepdims=True)
    usual /= np.linalg.norm(usual)
    langs = np.array([0, 1])
    assert float(np.prod(centre_by_language(pair, langs), axis=0).sum()) < 0
    assert float(np.prod(centre_by_language(pair, langs, usual), axis=0).sum()) > 0.5
