"""What is known of an earlier corpus saves comparing again, and changes nothing that is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.copies import find_copies
from nlp.copies.semantic import cells, clustering, known_pairs, similarity_join
from nlp.copies.semantic.known_file import VERSION, load_known, save_known
from nlp.copies.semantic.known_pairs import KnownPairs, PairMemory

LANGUAGES = ["en", "fr", "de", "", "it", "pt", "es", "nl", "ru", "pl", "cs"]
WORDS = ["harbour", "pier", "storm", "teacher", "valley", "strike", "bridge", "river", "crown"]


class Corpus:
    """Posts of random words and languages, in topics, of which many say nearly the same."""

    def __init__(self, size: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        topics = rng.normal(size=(40, 64))
        source = rng.integers(0, size, size)
        meanings = topics[rng.integers(0, 40, size)] + 2 * rng.normal(size=(size, 64))
        vectors = meanings[source] + 0.5 * rng.normal(size=(size, 64))
        vectors += rng.normal(size=(len(LANGUAGES), 64))[source % len(LANGUAGES)]
        self.vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        self.langs = [LANGUAGES[min(k, 10)] for k in rng.geometric(0.4, size) - 1]
        self.texts = [
            f"{' '.join(rng.choice(WORDS, 6))} {''.join(rng.choice(list('abcdefghij'), 12))}"
            for _ in range(size)
        ]
        self.ids = [f"p{number:05d}" for number in rng.permutation(size)]

    def find(self, rows: list[int], memory: PairMemory | None) -> list[tuple[object, ...]]:
        found = find_copies(
            [self.texts[row] for row in rows],
            [self.langs[row] for row in rows],
            self.vectors[rows],
            ids=[self.ids[row] for row in rows],
            memory=memory,
        )
        return [(group.posts, group.kind, group.links) for group in found]


def watched(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The share of the texts that each comparison takes for new, as they come."""
    shares: list[float] = []

    def join(*given: Any) -> similarity_join.Joined:
        shares.append(float(given[-1].mean()))
        return similarity_join.join(*given)

    monkeypatch.setattr(known_pairs, "join", join)
    return shares


@pytest.fixture(params=["one cell", "cells"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_join, "BLOCK", 64)
    monkeypatch.setattr(similarity_join, "TILE", 100)
    monkeypatch.setattr(similarity_join, "PROJECT_FROM", 300)
    monkeypatch.setattr(similarity_join, "MAX_PAIRS_PER_TEXT", 3)
    monkeypatch.setattr(known_pairs, "MAX_KEPT_PER_TEXT", 30)
    if request.param == "cells":
        for module in (cells, clustering):
            monkeypatch.setattr(module, "EXACT_LIMIT", 200)
        monkeypatch.setattr(cells, "CELL_SIZE", 60)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("limits")
def test_batches_give_what_all_at_once_give(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts come in batches of any size, are deleted and changed, in any order of positions."""
    corpus, rng = Corpus(600, seed), np.random.default_rng(100 + seed)
    compared = watched(monkeypatch)
    memory = PairMemory()
    present: set[int] = set()
    found = 0
    for _ in range(6):
        absent = [row for row in range(600) if row not in present]
        present |= set(rng.permutation(absent)[: int(rng.choice([5, 40, 200]))].tolist())
        gone = rng.permutation(sorted(present))[: int(rng.choice([0, 3, 30]))]
        present -= set(gone.tolist())
        changed = rng.permutation(sorted(present))[:4]
        for row in changed.tolist():
            corpus.texts[row] = f"{corpus.texts[row]} again"
            corpus.vectors[row] = corpus.vectors[rng.integers(0, 600)]
        rows = rng.permutation(sorted(present)).tolist()
        alone = corpus.find(rows, None)
        assert corpus.find(rows, memory) == alone
        assert corpus.find(rows, memory) == alone  # nothing is new
        assert compared[-1] < 0.2
        found += len(alone)
    assert found > 60


def test_few_new_texts_are_compared_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus(1_000, 5)
    memory = PairMemory()
    compared = watched(monkeypatch)
    monkeypatch.setattr(known_pairs, "SLACK", 0.1)
    corpus.find(list(range(980)), memory)
    corpus.find(list(range(1_000)), memory)
    assert compared[0] == 1
    assert compared[1] < 0.2


def test_a_corpus_may_be_empty_or_become_so() -> None:
    corpus, memory = Corpus(30, 1), PairMemory()
    for rows in ([], [0], list(range(30)), [3], []):
        assert corpus.find(rows, memory) == corpus.find(rows, None)
    nothing = np.zeros((2, 64), np.float32)
    assert find_copies(["", " "], vectors=nothing, memory=memory) == []
    assert find_copies(corpus.texts[:2], vectors=nothing + 1, memory=memory) == []


def test_what_is_known_is_bounded_where_texts_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_pairs, "MAX_KEPT_PER_TEXT", 5)
    monkeypatch.setattr(similarity_join, "MAX_PAIRS_PER_TEXT", 4)
    corpus = Corpus(300, 2)
    rng = np.random.default_rng(3)
    corpus.vectors[:200] = corpus.vectors[0] + 0.001 * rng.normal(size=(200, 64))
    memory = PairMemory()
    first = corpus.find(list(range(290)), memory)
    assert first == corpus.find(list(range(290)), None)
    assert len(memory.known.a) <= 5 * 290
    assert corpus.find(list(range(300)), memory) == corpus.find(list(range(300)), None)


@pytest.fixture
def known() -> KnownPairs:
    memory = PairMemory()
    Corpus(400, 4).find(list(range(400)), memory)
    assert len(memory.known.a)
    return memory.known


def test_the_file_says_what_was_known(known: KnownPairs, tmp_path: Path) -> None:
    path = tmp_path / "pairs"
    save_known(path, known)
    again = load_known(path)
    assert sorted(again.means) == sorted(known.means)
    for name in ("keys", "halves", "labels", "a", "b"):
        assert np.array_equal(getattr(again, name), getattr(known, name))
        assert getattr(again, name).dtype == getattr(known, name).dtype


def test_a_missing_damaged_or_older_file_is_as_good_as_none(
    known: KnownPairs, tmp_path: Path
) -> None:
    path = tmp_path / "pairs"
    assert not len(load_known(path).keys)
    save_known(path, known)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for broken in (b"", b"\x00", whole[:40], whole[:-1], bytes(flipped), b"x" + whole[1:]):
        path.write_bytes(broken)
        assert not len(load_known(path).keys)
    path.unlink()
    path.mkdir()
    assert not len(load_known(path).keys)
    assert VERSION in whole


def test_numbers_that_do_not_fit_are_as_good_as_none(known: KnownPairs, tmp_path: Path) -> None:
    path = tmp_path / "pairs"
    for wrong in (
        replace(known, a=known.a + 10_000),
        replace(known, halves=known.halves[1:]),
        replace(known, columns=("en",)),
        replace(known, a=known.b),
    ):
        save_known(path, wrong)
        assert not len(load_known(path).keys)
