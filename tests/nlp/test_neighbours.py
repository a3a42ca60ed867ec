"""Neighbours that are looked for by whole numbers of a byte are those of the vectors themselves."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.narratives.headline_lines import Term
from nlp.narratives.vectors.byte_products import LARGEST, ByteProducts
from nlp.narratives.vectors.debiasing import l2_normalised
from nlp.narratives.vectors.neighbours import nearest_neighbours


def vectors_of(rows: int, d: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    middles = random.normal(0, 1, (20, d))
    noisy = middles[random.integers(0, 20, rows)] + random.normal(0, 1, (rows, d))
    return l2_normalised(noisy.astype(np.float32))


@pytest.mark.parametrize(("rows", "d"), [(2, 3), (40, 200), (900, 16), (4_500, 64)])
def test_exact_neighbours_are_those_of_all_cosines(rows: int, d: int) -> None:
    vectors = vectors_of(rows, d)
    k = min(7, rows - 1)
    found, cosines = nearest_neighbours(vectors, k)
    of_all = vectors @ vectors.T
    np.fill_diagonal(of_all, -2)
    best = -np.sort(-of_all, axis=1)[:, :k]
    # a last one may be missed that is as near but for the error of a byte
    assert np.abs(cosines - best).max() < 2e-3
    assert (np.abs(cosines - best) < 1e-5).mean() > 0.99
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert not (found == np.arange(rows)[:, None]).any()


def test_equal_rows_are_found_in_their_order() -> None:
    vectors = np.repeat(l2_normalised(np.eye(3, dtype=np.float32)), 9, axis=0)
    found, cosines = nearest_neighbours(vectors, 4)
    assert found[0].tolist() == [1, 2, 3, 4]
    assert found[20].tolist() == [18, 19, 21, 22]
    assert np.allclose(cosines, 1)


def test_rows_of_zeros_have_neighbours_at_nothing() -> None:
    vectors = vectors_of(300, 24)
    vectors[7] = 0
    _, cosines = nearest_neighbours(vectors, 5)
    assert not cosines[7].any()


def test_products_of_bytes_are_whole_numbers_that_follow_the_cosines() -> None:
    vectors = vectors_of(500, 200)
    products = ByteProducts(vectors)
    offered = products.offered(slice(0, 500))
    scores = products.multiply(products.asking, offered).copy()
    exact = (products.asking.astype(np.int64) - 64) @ offered.astype(np.int64)
    assert (scores == exact).all()
    assert np.abs(scores).max() <= LARGEST * 200
    cosines = vectors @ vectors.T
    for line in (0, 250, 499):
        assert np.corrcoef(scores[line], cosines[line])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("term", "line", "there"),
    [
        ("bridge", "The bridges of Vernay", True),
        ("bridge", "A footbridge", False),
        ("old bridge", "The Old #bridge has fallen", True),
        ("#vernay", "Look at #Vernay now", True),
        ("eau", "Les eaux montent", True),
        ("eau", "Un bateau", False),
        ("c++", "C++ is fast", True),
    ],
)
def test_terms_are_whole_words_in_the_plural_too(term: str, line: str, there: bool) -> None:
    assert Term(term).is_in(line.lower()) is there
