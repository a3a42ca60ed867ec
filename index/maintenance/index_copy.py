"""Copy one index into another over the contract alone, and prove that nothing is missing.

What the target already has is compared and left, so a copy that was interrupted goes on where it
was; what the source has meanwhile forgotten is removed from the target too.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.core.errors import Abort
from tocsin.core.findings import KINDS, to_json
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Annotation, Document
    from tocsin.core.progress import Run

BATCH = 1_000
SAMPLE = 1_000


def copy(source: Index, target: Index, run: Run) -> dict[str, Any]:
    """Copy everything; what was verified.

    Raises:
        Abort: the run was stopped, or the two differ at the end.
    """
    target.suppress(sorted(source.suppressed()))
    for name, field in source.declared_fields().items():
        target.declare_fields(field.stage, {name: field.type})
    ids: list[str] = []
    for batch in source.scan(["id"], batch_size=BATCH):
        run.beat(stage="documents")
        some = batch.column("id").to_pylist()
        ids += some
        _copy_documents(source, target, some, run)
    target.refresh()
    _remove_extra(target, set(ids), run)
    for model in source.stats().vectors:
        _copy_vectors(source, target, model, run)
    for kind in KINDS:
        run.beat(stage=f"findings: {kind}")
        if (generation := source.generation(kind)) is not None:
            findings = source.findings(kind)
            target.publish(findings, kinds=[kind], generation=generation)
            run.count("findings", len(findings))
    for subject, mark in source.marks().items():
        target.put_mark(subject, mark["mark"], note=mark["note"])
        run.count("marks")
    target.refresh()
    return verify(source, target)


def verify(source: Index, target: Index) -> dict[str, Any]:
    """Compare counts of everything and a sample of documents field by field.

    Raises Abort where they differ.
    """
    one, two = _counts(source), _counts(target)
    for kind in KINDS:
        if [to_json(finding) for finding in source.findings(kind)] != [
            to_json(finding) for finding in target.findings(kind)
        ]:
            raise Abort(Message("fault.copy.findings", {"kind": kind}))
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            raise Abort(
                Message(
                    "fault.copy.counts", {"two": two.get(name), "name": name, "one": one.get(name)}
                )
            )
    ids = [key for batch in source.scan(["id"]) for key in batch.column("id").to_pylist()]
    sample = sorted(random.Random(1).sample(ids, min(SAMPLE, len(ids))))  # noqa: S311
    for before, after in zip(source.get(sample), target.get(sample), strict=True):
        if before != after:
            raise Abort(Message("fault.copy.document", {"value": before.id if before else "?"}))
    return {**one, "sample_equal": len(sample)}


def _copy_documents(source: Index, target: Index, ids: Sequence[str], run: Run) -> None:
    documents = [document for document in source.get(ids) if document is not None]
    there = dict(zip(ids, target.get(ids), strict=True))
    new: list[Document] = []
    notes: dict[str, list[tuple[str, Annotation]]] = {}
    for document in documents:
        old = there.get(document.id)
        if old is not None and _bare(old) != _bare(document):
            target.delete([document.id], keep_raw=True)  # the source names the same bytes
            old = None
        if old is None:
            new.append(document)
        run.count("copied" if old is None else "already there")
        for stage, note in document.annotations.items():
            if old is None or old.annotations.get(stage) != note:
                notes.setdefault(stage, []).append((document.id, note))
    if new:
        target.put(new)
    for stage in sorted(notes):
        target.annotate(notes[stage], stage)


def _bare(document: Document) -> Document:
    return dataclasses.replace(document, annotations={}, author=None)


def _remove_extra(target: Index, ids: set[str], run: Run) -> None:
    extra = [
        key
        for batch in target.scan(["id"])
        for key in batch.column("id").to_pylist()
        if key not in ids
    ]
    if extra:
        target.delete(extra, keep_raw=True)
        run.count("removed", len(extra))


def _copy_vectors(source: Index, target: Index, model: str, run: Run) -> None:
    ids, _ = source.vectors(model)
    for start in range(0, len(ids), BATCH):
        run.beat(stage=f"vectors: {model}")
        some, matrix = source.vectors(model, ids[start : start + BATCH])
        there = dict(zip(*target.vectors(model, some), strict=True))
        todo = [
            n
            for n, key in enumerate(some)
            if key not in there or not np.allclose(there[key], matrix[n], atol=1e-6)
        ]
        if todo:
            target.put_vectors(model, [some[n] for n in todo], matrix[todo])
        run.count("vectors", len(todo))
        run.count("vectors already there", len(some) - len(todo))


def _counts(index: Index) -> dict[str, int]:
    stats = index.stats()
    counts = {
        "documents": stats.documents,
        "marks": len(index.marks()),
        "suppressed": len(index.suppressed()),
    }
    counts |= {
        f"annotations {stage} {version}": n
        for stage, by in stats.stages.items()
        for version, n in by.items()
    }
    counts |= {f"vectors {model}": n for model, n in stats.vectors.items()}
    for kind in KINDS:
        if number := len(index.findings(kind)):
            counts[f"findings {kind}"] = number
    return counts
