"""Posts for the benchmark of copies: real ones with their vectors, and large corpora made of them.

A corpus of a million posts with sentence vectors cannot be embedded on two cores in reasonable
time, so `corpus` makes one of real posts: each of its tiles renames the rare words of the posts, so
that it tells other stories in the common words of the same languages, and turns their vectors
outside of the directions in which posts differ most, so that its stories lie elsewhere in the same
density. A tenth of each tile are edited copies of others.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.copies_training_data import add_noise
from benchmarks.tiles import SHARED
from nlp.models.embedder import Embedder, load
from nlp.text.cleaning import embedding_text
from tocsin.core.settings import NlpSettings
from tocsin.core.workspace import cache_folder

Vectors = NDArray[np.float32]

MIN_LETTERS = 40
COMMON_WORDS = 2_000
TOPICS = 32
"""Directions that all tiles share: the main components of the vectors."""
COPIES = 0.1
_BATCH = 2_000
_LETTERS = ("aeiou", "bcdfghjklmnpqrstvwxz")
_WORD = re.compile(r"[@#]?\w+|https?://\S+")


class Embeddings:
    """Vectors of texts by the default model, each kept in the user's cache between runs."""

    def __init__(self, name: str) -> None:
        self.embedder: Embedder = load(NlpSettings())
        self._path = cache_folder() / "benchmarks" / f"{name}-{self.embedder.name}.npz"
        self._known: dict[bytes, Vectors] = {}
        if self._path.exists():
            with np.load(self._path) as held:
                self._known = dict(
                    zip((key.tobytes() for key in held["keys"]), held["vectors"], strict=True)
                )

    def of(self, texts: Sequence[str]) -> Vectors:
        """The vector of each text, (n, dim)."""
        keys = [
            blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            for text in texts
        ]
        new_texts = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._known
        }
        new = list(new_texts.items())
        for start in range(0, len(new), _BATCH):
            some = dict(new[start : start + _BATCH])
            self._known.update(zip(some, self.embedder.encode(list(some.values())), strict=True))
            self._path.parent.mkdir(parents=True, exist_ok=True)
            names = np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, 16)
            np.savez(self._path, keys=names, vectors=np.stack(list(self._known.values())))
        return np.stack([self._known[key] for key in keys])


def real_posts(number: int) -> tuple[list[str], list[str]]:
    """Real posts and their languages: half of X users of 2024, half of French candidates."""
    folder = SHARED / "data" / "coordination"
    posts: dict[str, str] = {}
    for name, language, share in (
        ("x24_us_election_part1", None, number // 2),
        ("fr_presidentielle2022_candidates", "fr", number),
    ):
        rows = [
            (row["text"], language or row["lang"] or "und")
            for row in _rows(folder / f"{name}.csv.gz")
        ]
        random.Random(1).shuffle(rows)
        for text, lang in rows:
            if len(posts) >= share:
                break
            if sum(c.isalpha() for c in embedding_text(None, text)) >= MIN_LETTERS:
                posts.setdefault(text, lang)
    return list(posts), list(posts.values())


def corpus(
    texts: Sequence[str], langs: Sequence[str], vectors: Vectors, number: int
) -> tuple[list[str], list[str], Vectors]:
    """``number`` different posts with languages and vectors, tile after tile."""
    mean = vectors.mean(axis=0)
    axes = np.linalg.svd(vectors - mean, full_matrices=False)[2]
    placed = (vectors - mean) @ axes.T
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    common = {word for word, _ in counts.most_common(COMMON_WORDS)}
    corpus_texts: list[str] = []
    out = np.empty((number, vectors.shape[1]), np.float32)
    for tile, start in enumerate(range(0, number, len(texts))):
        draw = random.Random(tile)
        random_ = np.random.default_rng(tile)
        size = min(len(texts), number - start)
        renamed = [_renamed(text, tile, common) for text in texts[:size]]
        turned = placed[:size].copy()
        if tile:
            # a random rotation of the directions beyond the first `TOPICS`
            square = random_.normal(size=(turned.shape[1] - TOPICS,) * 2)
            rotation = np.linalg.qr(square)[0].astype(np.float32)
            turned[:, TOPICS:] = turned[:, TOPICS:] @ rotation
        for at in range(size):
            if draw.random() < COPIES:
                source = draw.randrange(size)
                renamed[at] = add_noise(draw, renamed[source])
                turned[at] = turned[source] + random_.normal(0, 0.008, turned.shape[1])
        corpus_texts += renamed
        here = turned @ axes + mean
        out[start : start + size] = here / np.linalg.norm(here, axis=1, keepdims=True)
    repeated = [langs[at % len(texts)] for at in range(number)]
    return corpus_texts, repeated, out


def _renamed(text: str, tile: int, common: set[str]) -> str:
    """The text with its rare words in letters of this tile, vowels for vowels."""
    if not tile:
        return text
    table = {}
    for letters, by in zip(_LETTERS, (tile % 5, tile % 20), strict=True):
        for case in (letters, letters.upper()):
            table |= {ord(old): new for old, new in zip(case, case[by:] + case[:by], strict=True)}

    def rename(match: re.Match[str]) -> str:
        word = match.group()
        if word.lower() in common or word[0] in "@#" or "/" in word:
            return word
        return word.translate(table) + "x" * (tile // 20)

    return _WORD.sub(rename, text)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(10**8)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)
