"""What is known of how two texts are spelt saves comparing again, and changes no link."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.copies.detection import distinct_texts
from nlp.copies.groups import Posts
from nlp.copies.lexical import similarity_join
from nlp.copies.lexical.known_wording import (
    VERSION,
    KnownWording,
    WordingMemory,
    load_wording,
    save_wording,
)
from nlp.copies.lexical.similarity_join import lexical_links
from nlp.copies.lexical.vocabulary import build_vocabulary
from nlp.copies.links import TextLink

SENTENCE = (
    "the mayor of the valley said that harbour pier number 4 will not close before 2027 because "
    "seventeen teachers and 12 nurses never asked for a strike on the northern bridge"
)
WORDS = SENTENCE.split()


def edited(text: str, rng: random.Random) -> str:
    """The text with a typo, another number, words left out or moved, a negation or a comment."""
    words = text.split()
    at = rng.randrange(len(words))
    kind = rng.randrange(6)
    if kind == 0:
        words[at] = words[at][:-1] + "x"
    elif kind == 1:
        words = [str(int(word) + 1) if word.isdigit() else word for word in words]
    elif kind == 2:
        del words[at]
    elif kind == 3:
        words = words[at:] + words[:at]
    elif kind == 4:
        words.insert(at, "not")
    else:
        words += ["look", "at", "this"]
    return " ".join(words) or text


def corpus(size: int, seed: int) -> list[str]:
    """Texts of which most are edits of others."""
    rng = random.Random(seed)
    texts = [" ".join(rng.sample(WORDS, 14)) for _ in range(size // 8)]
    while len(texts) < size:
        texts.append(edited(rng.choice(texts), rng))
    return texts


def links(texts: list[str], memory: WordingMemory | None = None) -> list[TextLink]:
    distinct = distinct_texts(Posts([str(n) for n in range(len(texts))], (), ()), texts)
    return list(lexical_links(distinct, build_vocabulary(distinct.normalised), memory))


@pytest.mark.parametrize("seed", range(4))
def test_a_corpus_that_changes_gives_what_it_gives_from_nothing(seed: int) -> None:
    texts, memory = corpus(500, seed), WordingMemory()
    rng = random.Random(seed)
    kinds = set()
    for size in (150, 300, 310, 500, 200, 500):
        some = rng.sample(texts[:size], size)
        found = links(some, memory)
        assert found == links(some)
        kinds |= {link.kind for link in found}
    assert kinds == {"copy", "reworded"}


def test_only_what_is_new_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def compare(texts: Any, readings: Any, a: Any, b: Any) -> Any:
        compared.append(len(a))
        return plain(texts, readings, a, b)

    plain = similarity_join._compare
    monkeypatch.setattr(similarity_join, "_compare", compare)
    texts, memory = corpus(400, 9), WordingMemory()
    links(texts[:390], memory)
    links(texts[:390], memory)
    links(texts, memory)
    assert len(compared) == 2
    assert compared[1] < 0.3 * compared[0]


@pytest.fixture
def known() -> KnownWording:
    memory = WordingMemory()
    links(corpus(120, 3), memory)
    return memory.known


def test_the_file_says_what_was_known(known: KnownWording, tmp_path: Path) -> None:
    save_wording(tmp_path / "known", known)
    read = load_wording(tmp_path / "known")
    for name in ("keys", "pairs", "percents", "verdicts"):
        assert np.array_equal(getattr(read, name), getattr(known, name))


def test_a_file_that_is_missing_damaged_or_unsound_is_as_good_as_none(
    known: KnownWording, tmp_path: Path
) -> None:
    path = tmp_path / "known"
    assert not len(load_wording(path).pairs)
    save_wording(path, known)
    whole = path.read_bytes()
    other = bytes([whole[-1] ^ 1])
    for damaged in (b"", VERSION, whole[:-5], b"x" + whole[1:], whole[:-1] + other):
        path.write_bytes(damaged)
        assert not len(load_wording(path).pairs)
    for wrong in (
        replace(known, verdicts=known.verdicts + np.uint8(9)),
        replace(known, pairs=known.pairs[::-1].copy()),
        replace(known, percents=known.percents[:-1]),
        replace(known, keys=known.keys[:, :1].copy()),
    ):
        save_wording(path, wrong)
        assert not len(load_wording(path).pairs)
