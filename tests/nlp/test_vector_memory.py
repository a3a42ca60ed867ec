"""Texts seen lately are not embedded again, and what is remembered is bounded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.models.vector_memory import VectorMemory


class Lengths:
    """An embedder of one dimension that says what it was asked."""

    name, dim, engine = "lengths", 1, "none"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)


def test_rows_are_right_whatever_is_remembered() -> None:
    lengths = Lengths()
    memory = VectorMemory(lengths, kept=3)
    for texts in (["a", "bb", "a"], [], ["bb", "ccc"], ["dddd", "a", "ccc", "a", "bb"]):
        assert memory.encode(texts).ravel().tolist() == [len(text) for text in texts]


def test_the_oldest_is_forgotten_first_and_no_more_is_kept() -> None:
    lengths = Lengths()
    memory = VectorMemory(lengths, kept=2)
    memory.encode(["a", "b"])
    memory.encode(["c"])  # in the place of "a"
    lengths.asked.clear()
    memory.encode(["c", "b"])
    assert lengths.asked == []
    memory.encode(["a"])
    assert lengths.asked == ["a"]
    assert len(memory._slots) == 2
    many = [f"text {number}" for number in range(10)]
    assert memory.encode(many).ravel().tolist() == [len(text) for text in many]
    assert len(memory._slots) == 2


def test_a_text_with_a_lone_surrogate_is_a_text() -> None:
    memory = VectorMemory(Lengths())
    assert memory.encode(["\ud800x", "\ud800x"]).ravel().tolist() == [2, 2]
