"""Whatever became of posts since the last run, the stage finds what a run from nothing finds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from nlp.copies.arrays import component_labels
from nlp.copies.connected_components import (
    UnionFind,
    components_of_all,
    connected_components,
)
from nlp.copies.links import TextLink
from nlp.enrichment.base import StageContext
from nlp.enrichment.stages.copies import CopiesStage
from tocsin.core.documents import Author, Document, content_hash
from tocsin.core.progress import Run
from tocsin.core.workspace import NEAR_PAIRS, WORD_PAIRS, Workspace

MODEL = "e5-small-3"
START = datetime(2026, 3, 1, tzinfo=UTC)
SENTENCE = (
    "the mayor of the valley said that harbour pier number 4 will not close before 2027 because "
    "seventeen teachers and 12 nurses never asked for a strike on the northern bridge"
)
WORDS = SENTENCE.split()


def edited(text: str, rng: random.Random) -> str:
    """The text with a typo, another number, words left out or moved, a negation or a comment."""
    words = text.split()
    at = rng.randrange(len(words))
    edits = (
        [*words[:at], words[at][:-1] + "x", *words[at + 1 :]],
        [str(int(word) + 1) if word.isdigit() else word for word in words],
        [*words[:at], *words[at + 1 :]],
        [*words[at:], *words[:at]],
        [*words[:at], "not", *words[at:]],
        [*words, "look", "at", "this"],
        words,
    )
    return " ".join(rng.choice(edits)) or text


class Posts:
    """Posts of which many say nearly the same; a text has one vector, near texts near ones."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.base = [" ".join(self.rng.sample(WORDS, 14)) for _ in range(12)]
        self.documents: dict[str, Document] = {}
        self.meaning: dict[str, int] = {}
        self.made = 0

    def add(self, number: int) -> None:
        """As many more posts."""
        for _ in range(number):
            key = f"x:p{self.rng.randrange(1_000)}-{self.made}"
            self.made += 1
            self._say(key, self.made)

    def change(self, number: int) -> None:
        """Other texts in some posts."""
        for key in self.rng.sample(sorted(self.documents), number):
            self._say(key, self.documents[key].author.name)  # type: ignore[union-attr]

    def remove(self, number: int) -> list[str]:
        """Fewer posts: those that are gone."""
        gone = self.rng.sample(sorted(self.documents), number)
        for key in gone:
            del self.documents[key]
        return gone

    def _say(self, key: str, minute: Any) -> None:
        source = self.rng.randrange(len(self.base))
        text = edited(edited(self.base[source], self.rng), self.rng)
        self.meaning[text] = source
        self.documents[key] = Document(
            id=key,
            platform="x",
            author=Author(id="x:a", name=str(minute)),
            text=text,
            lang=self.rng.choice(["en", "en", "fr"]),
            published_at=START + timedelta(minutes=int(minute)),
            content_hash=content_hash(None, text),
        )

    def vectors(self, documents: list[Document]) -> np.ndarray:
        """(n, 384): some posts have none, rows of zeros."""
        rows = []
        for document in documents:
            own = random.Random(document.text)
            middle = np.random.default_rng(self.meaning[document.text]).normal(size=384)
            noise = np.random.default_rng(own.randrange(1 << 30)).normal(size=384)
            rows.append((middle + own.choice([0.1, 0.6]) * noise) * (own.random() < 0.9))
        found = np.array(rows)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        unit: np.ndarray = np.divide(found, lengths, out=found, where=lengths > 0)
        return unit.astype(np.float32)


def store(index: Any, posts: Posts, documents: list[Document]) -> None:
    index.put([replace(one) for one in documents], on_conflict="replace")
    vectors = posts.vectors(documents)
    there = vectors.any(axis=1)
    ids = [one.id for one, has in zip(documents, there, strict=True) if has]
    index.put_vectors(MODEL, ids, vectors[there])
    index.refresh()


def run_stage(workspace: Workspace, index: Any) -> Run:
    with Run(workspace, "enrich") as run:
        CopiesStage(StageContext(workspace.settings.nlp, workspace)).run(index, run)
    index.refresh()
    return run


def outcome(index: Any, ids: list[str]) -> tuple[Any, ...]:
    found = [
        (one.id, one.copy_kind, one.posts, one.identical, one.pairs, one.caveats)
        for one in index.findings("copy")
    ]
    documents = index.get(sorted(ids))
    return found, [document.annotations["copies"].values for document in documents]


@pytest.fixture
def from_nothing(tmp_path: Path) -> Iterator[Any]:
    """Finds copies in a new workspace, the posts in another order."""
    opened = []

    def find(posts: Posts) -> tuple[Any, ...]:
        number = len(opened)
        workspace = Workspace(tmp_path / f"new{number}", {"privacy": {"pseudonymise": False}})
        index = open_index(workspace)
        opened.append(index)
        documents = list(posts.documents.values())
        posts.rng.shuffle(documents)
        store(index, posts, documents)
        run_stage(workspace, index)
        return outcome(index, list(posts.documents))

    yield find
    for index in opened:
        index.close()


@pytest.mark.parametrize("seed", range(2))
def test_posts_added_changed_and_deleted(
    seed: int, workspace: Workspace, from_nothing: Any
) -> None:
    posts, index = Posts(seed), open_index(workspace)
    kinds = set()
    for step in range(5):
        before = dict(posts.documents)
        posts.add((120, 3, 40, 1, 10)[step])
        if step:
            posts.change(4)
            index.delete(posts.remove(6))
        new = [one for key, one in posts.documents.items() if before.get(key) is not one]
        posts.rng.shuffle(new)
        store(index, posts, new)
        if step == 3:  # what is kept is gone, cut short or another's
            workspace.file(WORD_PAIRS).unlink()
            near = workspace.file(NEAR_PAIRS)
            near.write_bytes(near.read_bytes()[:-9])
        if step == 4:
            words = workspace.file(WORD_PAIRS)
            words.write_bytes(words.read_bytes()[:40] + bytes(200))
        run = run_stage(workspace, index)
        assert run.warnings == []
        found = outcome(index, list(posts.documents))
        assert found == from_nothing(posts)
        again = run_stage(workspace, index)
        assert set(again.fates) == {"unchanged"}
        kinds |= {pair.kind for one in index.findings("copy") for pair in one.pairs}
    assert {"copy", "reworded"} <= kinds
    index.close()


@pytest.mark.parametrize("seed", range(5))
def test_components_are_named_after_their_least_member(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 60, (2, 40))
    sets = UnionFind(60)
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        sets.union(one, other)
    assert component_labels(60, a, b).tolist() == [sets.find(item) for item in range(60)]
    nothing = np.zeros(0, np.int64)
    assert component_labels(3, nothing, nothing).tolist() == [0, 1, 2]


@pytest.mark.parametrize("links", [0, 1, 40, 200])
def test_components_of_all_texts_at_once_are_those_of_one_after_the_other(links: int) -> None:
    ends = np.random.default_rng(links).integers(0, 60, (links, 2)).tolist()
    texts = [TextLink(a, b, "copy", 1.0) for a, b in ends]
    assert components_of_all(60, texts) == connected_components(range(60), texts)
    assert components_of_all(0, []) == []
