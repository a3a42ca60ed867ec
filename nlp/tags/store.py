"""Heads in the workspace: one file a task, ``tags/TASK.safetensors``.

Only numbers and one JSON text: nothing in it is ever run, and every shape is checked when it is
read, for a workspace may come from somebody else. Equal heads are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.tags.experts import DESCRIBED, EXPERTS
from nlp.tags.head import VERSION, Head
from nlp.tags.terms import Arrays
from tocsin.core.errors import ConfigError
from tocsin.core.files import write_bytes_atomically
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

FOLDER, SUFFIX = "tags", ".safetensors"
MAX_BYTES = 256_000_000
_META, _SEEN = "tocsin", "seen"
_RATES = ("macro_f1", "low", "high")


def head_path(workspace: Workspace, task: str) -> Path:
    """Where the head of a task lies."""
    return workspace.home / FOLDER / f"{task}{SUFFIX}"


def stored_tasks(workspace: Workspace) -> list[str]:
    """The tasks that have a head, by name."""
    return sorted(
        path.name[: -len(SUFFIX)] for path in (workspace.home / FOLDER).glob(f"*{SUFFIX}")
    )


def save_head(workspace: Workspace, head: Head) -> str:
    """Write a head; its SHA-256."""
    from safetensors.numpy import save

    tensors = {
        f"{name}.{key}": np.ascontiguousarray(array)
        for name, arrays in sorted(head.experts.items())
        for key, array in sorted(arrays.items())
    }
    tensors[_SEEN] = head.seen
    described = {
        "version": VERSION,
        "task": head.task,
        "classes": head.classes,
        "single": head.single,
        "model": head.model,
        "weights": head.weights,
        "bias": head.bias,
        "thresholds": head.thresholds,
        "about": head.about,
        "facts": head.facts,
    }
    text = json.dumps(described, ensure_ascii=False, sort_keys=True, allow_nan=False)
    data = save(tensors, {_META: text})
    workspace.folder(FOLDER)
    write_bytes_atomically(head_path(workspace, head.task), data)
    return hashlib.sha256(data).hexdigest()


def load_head(workspace: Workspace, task: str) -> Head:
    """Read a head.

    Raises:
        ConfigError: there is none, it is damaged, or of another version.
    """
    path = head_path(workspace, task)
    if not path.exists():
        known = stored_tasks(workspace)
        code = "tags.head.missing" if known else "tags.head.none"
        raise ConfigError(Message(code, {"task": task, "known": known}))
    try:
        return _read(path, task)
    except ConfigError:
        raise
    except Exception as error:  # a file from outside may be wrong in any way
        what = {"path": str(path), "error": f"{type(error).__name__}: {error}"[:200]}
        raise ConfigError(Message("tags.head.damaged", what)) from None


def describe_heads(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Task -> what is told where its tags are shown; a head that cannot be read is left out."""
    found = {}
    for task in stored_tasks(workspace):
        try:
            found[task] = shown_facts(_described(head_path(workspace, task)))
        except Exception:  # noqa: S112 - `tocsin enrich` says what is wrong with it
            continue
    return found


def shown_facts(described: Mapping[str, Any]) -> dict[str, Any]:
    """``macro_f1 low high n labels trusted_from`` and more of a head, for answers and screens."""
    facts = described["facts"]
    measured = facts.get("measured") or facts.get("cross_validated") or {}
    classes = [str(name) for name in described["classes"]]
    return {
        "task": str(described["task"]),
        "classes": classes,
        "single": bool(described["single"]),
        "method": str(facts.get("method", "")),
        "measured_on": "other" if facts.get("measured") else "cross_validation",
        **{rate: measured.get(rate) for rate in _RATES},
        "n": measured.get("n"),
        "kept": measured.get("kept"),
        "trusted_from": measured.get("trusted_from"),
        "languages": {
            code: {rate: part.get(rate) for rate in (*_RATES, "n", "few")}
            for code, part in (measured.get("languages") or {}).items()
        },
        "few": [name for name, part in (measured.get("classes") or {}).items() if part.get("few")],
        "about": described.get("about") or None,
    }


def _described(path: Path) -> dict[str, Any]:
    """The JSON text of a file, without its numbers."""
    from safetensors import safe_open

    if path.stat().st_size > MAX_BYTES:
        raise ValueError("too large")
    with safe_open(path, framework="numpy") as file:
        described: dict[str, Any] = json.loads((file.metadata() or {})[_META])
    return described


def _read(path: Path, task: str) -> Head:
    from safetensors.numpy import load

    described = _described(path)
    if described["version"] != VERSION:
        raise ConfigError(Message("tags.head.old", {"task": task}))
    tensors = load(path.read_bytes())
    seen = tensors.pop(_SEEN, np.empty(0)).astype(np.uint32)
    experts: dict[str, Arrays] = {}
    for key, array in tensors.items():
        name, _, part = key.partition(".")
        if name not in (*EXPERTS, DESCRIBED) or not np.isfinite(array.astype(np.float64)).all():
            raise ValueError(f"array {key!r:.40}")
        experts.setdefault(name, {})[part] = array
    head = Head(
        task=str(described["task"]),
        classes=tuple(str(name) for name in described["classes"]),
        single=bool(described["single"]),
        model=str(described["model"]),
        experts={name: experts[name] for name in (*EXPERTS, DESCRIBED) if name in experts},
        weights=tuple(float(value) for value in described["weights"]),
        bias=tuple(float(value) for value in described["bias"]),
        thresholds=tuple(float(value) for value in described["thresholds"]),
        about=str(described["about"]),
        facts=dict(described["facts"]),
        seen=seen,
    )
    _check(head, task)
    return head


def _check(head: Head, task: str) -> None:
    """Raises ValueError where parts do not fit together."""
    classes = len(head.classes)
    thresholds = 1 if head.single else classes
    shapes = (
        head.task == task,
        classes > 0,
        len(head.bias) == classes,
        len(head.weights) == len(head.experts) > 0,
        len(head.thresholds) == thresholds,
        all(_fits(arrays, classes) for arrays in head.experts.values()),
    )
    if not all(shapes):
        raise ValueError("its parts do not fit together")


def _fits(arrays: Mapping[str, NDArray[Any]], classes: int) -> bool:
    weights, bias = arrays["weights"], arrays["bias"]
    return weights.ndim == 2 and weights.shape[0] == classes and bias.shape == (classes,)
