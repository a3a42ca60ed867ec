"""Documents as JSON-able records: what ``export`` gives and ``import_`` takes, the same for every
backend."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from index.versions.history import history_row, read_history
from tocsin.core.documents import Annotation, Author, Document, Kind, Link, LinkKind, Precision, Raw
from tocsin.core.errors import Unreadable
from tocsin.core.findings import rfc3339_or_none
from tocsin.core.messages import Message


def document_record(document: Document) -> dict[str, Any]:
    """All of a document, annotations too; `record_document` gives it back."""
    author, raw = document.author, document.raw
    return {
        "type": "document",
        "id": document.id,
        "platform": document.platform,
        "kind": document.kind.value,
        "source": document.source,
        "author": None
        if author is None
        else {
            "id": author.id,
            "handle": author.handle,
            "name": author.name,
            "created_at": rfc3339_or_none(author.created_at),
            "followers": author.followers,
            "following": author.following,
            "posts": author.posts,
            "description": author.description,
            "verified": author.verified,
        },
        "title": document.title,
        "text": document.text,
        "lang": document.lang,
        "published_at": rfc3339_or_none(document.published_at),
        "published_precision": document.published_precision.value,
        "collected_at": rfc3339_or_none(document.collected_at),
        "deleted_at": rfc3339_or_none(document.deleted_at),
        "url": document.url,
        "links": [[kind.value, target] for kind, target in document.links],
        "media": [dict(m) for m in document.media],
        "metrics": dict(document.metrics),
        "content_hash": document.content_hash,
        "revision": document.revision,
        "raw": None if raw is None else {"path": raw.path, "sha256": raw.sha256},
        "history": history_row(document),
        "annotations": {
            stage: {
                "version": note.version,
                "model": note.model,
                "made_at": rfc3339_or_none(note.made_at),
                "values": dict(note.values),
            }
            for stage, note in sorted(document.annotations.items())
        },
        "extra": dict(document.extra),
    }


def record_document(record: Mapping[str, Any]) -> Document:
    """The document of a record.

    Raises:
        Unreadable: the record is not one that `document_record` makes.
    """
    try:
        author, raw = record["author"], record["raw"]
        return Document(
            id=record["id"],
            platform=record["platform"],
            kind=Kind(record["kind"]),
            source=record["source"],
            author=None
            if author is None
            else Author(**{**author, "created_at": _moment(author["created_at"])}),
            title=record["title"],
            text=record["text"],
            lang=record["lang"],
            published_at=_moment(record["published_at"]),
            published_precision=Precision(record["published_precision"]),
            collected_at=_moment(record["collected_at"]),
            deleted_at=_moment(record.get("deleted_at")),  # older copies lack it
            url=record["url"],
            links=tuple(Link(LinkKind(kind), target) for kind, target in record["links"]),
            media=tuple(record["media"]),
            metrics=record["metrics"],
            content_hash=record["content_hash"],
            revision=record["revision"],
            raw=None if raw is None else Raw(**raw),
            history=read_history(record),
            extra=record["extra"],
            annotations={
                stage: Annotation(
                    version=n["version"],
                    model=n["model"],
                    made_at=datetime.fromisoformat(n["made_at"]),
                    values=n["values"],
                )
                for stage, n in record["annotations"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(
            Message("fault.records.document", {"type": type(error).__name__, "error": str(error)})
        ) from None


def vector_record(model: str, key: str, vector: np.ndarray) -> dict[str, Any]:
    """A vector: float32 little-endian in base64."""
    return {
        "type": "vector",
        "model": model,
        "id": key,
        "vector": base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode("ascii"),
    }


def record_vector(record: Mapping[str, Any]) -> np.ndarray:
    """The float32 vector of a record. Raises Unreadable."""
    try:
        return np.frombuffer(base64.b64decode(record["vector"], validate=True), "<f4")
    except (KeyError, ValueError, TypeError) as error:
        raise Unreadable(Message("fault.records.vector", {"error": str(error)})) from None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
