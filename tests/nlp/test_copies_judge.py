"""The judge of ../shared on one world: typos, look-alikes, rewordings, translations, decoys."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlp.copies import all_pairs, find_copies
from nlp.models.embedder import load
from nlp.text.cleaning import embedding_text
from tocsin.core.errors import ConfigError
from tocsin.core.settings import NlpSettings

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def world(
    shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, Any]], Path]:
    folder = tmp_path_factory.mktemp("copies")
    posts, truth = folder / "posts.jsonl", folder / "truth.json"
    command = [
        sys.executable,
        shared / "tools" / "make_copies.py",
        shared / "data" / "coordination",
        posts,
        truth,
        "--split",
        "test",
        "--seed",
        "11",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return [json.loads(line) for line in posts.read_text(encoding="utf-8").splitlines()], truth


def judged(shared: Path, posts: list[dict[str, Any]], truth: Path, vectors: Any) -> dict[str, Any]:
    groups = find_copies(
        [p["text"] for p in posts],
        [p["lang"] for p in posts],
        vectors,
        ids=[p["id"] for p in posts],
    )
    pairs = [
        {"a": pair.a, "b": pair.b}
        for group in groups
        for pair in all_pairs(group.posts, group.identical, group.links)
    ]
    said = truth.with_name("pairs.json")
    said.write_text(json.dumps({"pairs": pairs}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, shared / "tools" / "score_copies.py", truth, said],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    scores: dict[str, Any] = json.loads(done.stdout)
    return scores


def test_wording_alone_finds_copies_and_look_alikes(
    shared: Path, world: tuple[list[dict[str, Any]], Path]
) -> None:
    scores = judged(shared, *world, None)
    assert scores["recall_by_kind"]["copy"] >= 0.99
    assert scores["recall_by_kind"]["lookalike"] >= 0.99
    assert scores["precision"] >= 0.93


def test_vectors_find_rewordings_and_translations(
    shared: Path, world: tuple[list[dict[str, Any]], Path]
) -> None:
    posts, truth = world
    try:
        embedder = load(NlpSettings())
    except ConfigError as error:
        pytest.skip(f"no embedding model here: {error}")
    scores = judged(
        shared, posts, truth, embedder.encode([embedding_text(None, p["text"]) for p in posts])
    )
    assert scores["f1"] >= 0.9
    assert scores["recall_by_kind"]["translation"] >= 0.85
    assert scores["hard_negatives_accepted"] <= 0.15 * scores["hard_negatives"]
