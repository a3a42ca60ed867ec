"""Export and import of a whole index, over the contract alone: the same for every backend, so one
can read the other's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.maintenance.records import document_record, record_document, record_vector, vector_record
from tocsin.core.errors import ConfigError, Unreadable
from tocsin.core.findings import KINDS, from_json, to_json
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Annotation, Document
    from tocsin.core.findings import Finding

BATCH = 1_000


def export(index: Index) -> Iterator[Mapping[str, Any]]:
    """Suppressions and declared fields first, then documents in time order, vectors, findings,
    marks."""
    for key in sorted(index.suppressed()):
        yield {"type": "suppressed", "hash": key}
    for name, field in index.declared_fields().items():
        yield {"type": "field", "name": name, "stage": field.stage, "field_type": field.type}
    for batch in index.scan(["id"], batch_size=BATCH):
        for document in index.get(batch.column("id").to_pylist()):
            if document is not None:
                yield document_record(document)
    for model in index.stats().vectors:
        ids, _ = index.vectors(model)
        for start in range(0, len(ids), BATCH):
            for key, vector in zip(*index.vectors(model, ids[start : start + BATCH]), strict=True):
                yield vector_record(model, key, vector)
    for kind in KINDS:
        generation = index.generation(kind)
        if generation is not None:
            yield {"type": "generation", "kind": kind, "generation": generation}
            for finding in index.findings(kind):
                yield {"type": "finding", "kind": kind, "body": json.loads(to_json(finding))}
    for subject, mark in index.marks().items():
        yield {"type": "mark", "subject": subject, **mark}


def import_(index: Index, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Take exported records in any order; findings appear at the end, a kind at once.

    Raises:
        Unreadable: a record is not one that an export makes.
    """
    taken: Counter[str] = Counter()
    documents: list[Document] = []
    vectors: dict[str, list[tuple[str, np.ndarray]]] = {}
    generations: dict[str, str] = {}
    findings: dict[str, list[Finding]] = {}
    for record in records:
        kind = str(record.get("type"))
        if kind == "document":
            documents.append(record_document(record))
            if len(documents) >= BATCH:
                _put(index, documents)
                documents = []
        elif kind == "vector":
            waiting = vectors.setdefault(str(record["model"]), [])
            waiting.append((str(record["id"]), record_vector(record)))
            if len(waiting) >= BATCH:
                _put(index, documents)
                documents = []
                _put_vectors(index, str(record["model"]), waiting)
        elif kind == "generation":
            generations[_kind(record)] = str(record["generation"])
        elif kind == "finding":
            findings.setdefault(_kind(record), []).append(
                from_json(_kind(record), json.dumps(record["body"]))
            )
        elif kind == "mark":
            index.put_mark(
                str(record["subject"]), record["mark"], note=str(record.get("note") or "")
            )
        elif kind == "field":
            index.declare_fields(str(record["stage"]), {str(record["name"]): record["field_type"]})
        elif kind == "suppressed":
            index.suppress([str(record["hash"])])
        else:
            raise Unreadable(Message("fault.records.kind", {"kind": repr(kind[:40])}))
        taken[kind] += 1
    _put(index, documents)
    for model, waiting in vectors.items():
        _put_vectors(index, model, waiting)
    for kind in sorted(generations.keys() | findings.keys()):
        index.publish(
            findings.get(kind, []), kinds=[kind], generation=generations.get(kind, "import")
        )
    return dict(sorted(taken.items()))


def _put(index: Index, documents: Sequence[Document]) -> None:
    """Put documents, then their annotations stage by stage."""
    if not documents:
        return
    index.put(documents)
    notes: dict[str, list[tuple[str, Annotation]]] = {}
    for document in documents:
        for stage, note in document.annotations.items():
            notes.setdefault(stage, []).append((document.id, note))
    for stage in sorted(notes):
        index.annotate(notes[stage], stage)


def _put_vectors(index: Index, model: str, waiting: list[tuple[str, np.ndarray]]) -> None:
    if waiting:
        if len({len(vector) for _, vector in waiting}) != 1:
            raise ConfigError(Message("fault.records.dimensions", {"model": repr(model)}))
        index.put_vectors(
            model, [key for key, _ in waiting], np.stack([vector for _, vector in waiting])
        )
        waiting.clear()


def _kind(record: Mapping[str, Any]) -> str:
    kind = str(record.get("kind"))
    if kind not in KINDS:
        raise Unreadable(Message("fault.records.finding_kind", {"kind": repr(kind[:40])}))
    return kind
