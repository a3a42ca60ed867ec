"""A taxonomy without labels: classes told by their descriptions, by likeness of vectors.

TOML of one line a class: ``housing = "rents, evictions, social housing"``. Nothing of it is
calibrated, so its worth is unknown until `tocsin evaluate` measures it.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.models.embedder import load
from nlp.tags.head import ABSTAINED, Head, digest
from nlp.text.cleaning import embedding_text
from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

SHARPNESS = 40.0
"""Log odds that one unit of cosine is worth: likenesses of this family of models lie close."""
MAX_CLASSES = 200


def build_zero_shot_head(
    workspace: Workspace, task: str, path: Path, model: str, about: str
) -> Head:
    """A head that knows its classes by what they are called and said to be.

    Raises:
        ConfigError: the file is no TOML of at least two descriptions.
    """
    data, described = _read(path)
    classes = tuple(sorted(described))
    texts = [embedding_text(None, f"{name}: {described[name]}") for name in classes]
    vectors = load(workspace.settings.nlp).encode(texts).astype(np.float32)
    centred = vectors - vectors.mean(axis=0)  # what all descriptions share tells none apart
    norms = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    arrays = {
        "weights": np.asarray(SHARPNESS * centred / norms, np.float32),
        "bias": np.zeros(len(classes), np.float32),
        "centre": vectors.mean(axis=0).astype(np.float32),
    }
    facts = {"method": "described", "labels_sha256": hashlib.sha256(data).hexdigest()}
    head = Head(
        task, classes, True, model, {"described": arrays}, (1.0,), (0.0,) * len(classes), (0.0,),
        about, facts,
    )  # fmt: skip
    return replace(head, facts={**facts, "digest": digest(head)})


def _read(path: Path) -> tuple[bytes, dict[str, str]]:
    try:
        data = path.read_bytes()
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = {"path": str(path), "error": unread_reason(error)}
        raise ConfigError(Message("tags.descriptions.unreadable", what)) from None
    described = {name: value for name, value in table.items() if isinstance(value, str) and value}
    odd = sorted(table.keys() - described.keys())
    if odd or not 2 <= len(described) <= MAX_CLASSES or ABSTAINED in described:
        raise ConfigError(Message("tags.descriptions.wrong", {"path": str(path), "odd": odd}))
    return data, described
