"""Labels that people give here: a file a task in the workspace, and which posts to ask next.

``tags/TASK.labels.jsonl`` has a line for each answer: id, label, coder and time, and no text. The
last answer of a coder to a post counts; an empty one takes it back.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.models.embedder import key as model_key
from nlp.tags.experts import Inputs
from nlp.tags.head import Head
from nlp.text.cleaning import body
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

POOL = 5_000
"""Posts among which the most useful are looked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a coder said of a post."""

    id: str
    label: str
    coder: str


def answers_path(workspace: Workspace, task: str) -> Path:
    """Where the answers of a task lie."""
    return workspace.folder("tags") / f"{task}.labels.jsonl"


def keep_answer(path: Path, answer: Answer, at: str) -> None:
    """Add an answer; it is on the disk when this returns."""
    line = {"id": answer.id, "label": answer.label, "coder": answer.coder, "at": at}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_answers(path: Path) -> dict[str, dict[str, str]]:
    """Post -> coder -> label, the last that each gave.

    A line that was cut off by a crash is passed over.
    """
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    if not path.exists():
        return answers
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            said = json.loads(line)
            key, coder, label = str(said["id"]), str(said["coder"]), str(said["label"])
        except (ValueError, KeyError, TypeError):
            continue
        if label:
            answers[key][coder] = label
        else:
            answers[key].pop(coder, None)
    return {key: given for key, given in answers.items() if given}


def posts_to_ask(
    workspace: Workspace,
    index: Index,
    answers: Mapping[str, Mapping[str, str]],
    coder: str,
    head: Head | None,
    query: str,
    number: int,
    seed: int,
) -> list[Document]:
    """The posts that help most, best first.

    Every second one has been coded by somebody else, as long as there are such, so that agreement
    can be measured. The others are those of which the head is least sure (margin sampling: Scheffer
    et al. 2001); without a head they are spread over what the posts are about, each far from those
    before it (k-center: Sener & Savarese 2018).

    Raises:
        ConfigError: no post has a vector.
    """
    model = model_key(workspace.settings.nlp)
    wanted = {
        key
        for batch in index.scan(["id"], query=query, order="none")
        for key in batch.column("id").to_pylist()
    }
    shared = sorted(
        key for key, given in answers.items() if given and coder not in given and key in wanted
    )
    new = np.array(sorted(wanted - answers.keys()), dtype=object)
    random = np.random.default_rng(seed)
    if len(new) > POOL:
        new = random.choice(new, POOL, replace=False)
    ids, vectors = index.vectors(model, list(new))
    if not ids and not shared:
        raise ConfigError(Message("tags.label.nothing_left", {"n": len(answers)}))
    order = np.empty(0, np.int64)
    if ids and head is not None and head.model == model:
        order = _least_sure(index, head, ids, vectors)
    elif ids:
        order = _spread(vectors, min(number, len(ids)), random)
    fresh = [ids[row] for row in order[:number]]
    chosen: list[str] = []
    for place in range(number):
        first, second = (shared, fresh) if place % 2 and shared else (fresh, shared)
        if first or second:
            chosen.append((first or second).pop(0))
    return [document for document in index.get(chosen) if document is not None]


def _least_sure(
    index: Index, head: Head, ids: list[str], vectors: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Rows by the difference of the two likeliest classes, or nearness to a threshold."""
    from nlp.enrichment.stages.lang import language

    documents = list(index.get(ids))
    texts = [body(d.title, d.text) if d else "" for d in documents]
    languages = [language(d) if d else "und" for d in documents]
    chances = head.chances(Inputs(vectors, texts, languages))
    if head.single:
        ranked = np.sort(chances, axis=1)
        margin = ranked[:, -1] - ranked[:, -2]
    else:
        margin = np.abs(chances - np.array(head.thresholds)).min(axis=1)
    return np.argsort(margin, kind="stable")


def _spread(
    vectors: NDArray[np.float32], number: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Rows each farthest from those before it, the first drawn."""
    chosen = [int(random.integers(len(vectors)))]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < number:
        nearest[chosen[-1]] = np.inf
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return np.array(chosen, np.int64)
