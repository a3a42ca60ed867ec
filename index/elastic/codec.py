"""A document as an Elasticsearch source and back, exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from index.elastic.tree import milliseconds, moment
from index.query import normalise
from tocsin.documents import Annotation, Author, Document, Kind, Link, LinkKind, Precision, Raw
from tocsin.text import tokens
from tocsin.urls import canonical_url, domain

COUNTS = ("likes", "reposts", "replies", "quotes", "views")
_PLAIN = ("title", "text", "url", "source", "platform", "lang")


def filters(document: Document) -> dict[str, Any]:
    """The fields that queries ask: those of `index.elastic.schema.FILTERS` that have a value."""
    author = document.author
    urls = document.targets(LinkKind.URL)
    found: dict[str, Any] = {
        "id": document.id, "platform": document.platform, "kind": document.kind.value, "source": document.source,
        "author": author.id if author else None, "handle": normalise("handle", author.handle) if author and author.handle else None,
        "lang": detected(document), "hashtag": _unique(document.targets(LinkKind.HASHTAG)),
        "mention": _unique(normalise("mention", m) for m in document.targets(LinkKind.MENTION)),
        "domain": _unique(d for u in urls if (d := domain(u))), "url": _unique(canonical_url(u) for u in urls),
        "published_at": milliseconds(document.published_at) if document.published_at else None,
        "followers": author.followers if author else None,
        "tok": " ".join(tokens(f"{document.title or ''} {document.text}")),
        **{name: document.metrics.get(name) for name in COUNTS},
    }  # fmt: skip
    for stage, annotation in document.annotations.items():
        found |= derived(stage, annotation.values)
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def derived(stage: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The filter fields that one stage's annotation decides."""
    if stage == "narratives":
        return {"narrative": values.get("narrative")}
    if stage == "copies":
        return {"copy": values.get("group")}
    if stage == "lang" and values.get("lang"):
        return {"lang": values["lang"]}
    return {}


def detected(document: Document) -> str:
    """The detected language, else the declared one."""
    annotation = document.annotations.get("lang")
    return str((annotation and annotation.values.get("lang")) or document.lang)


def to_source(document: Document, *, changed_at: int, put: str) -> dict[str, Any]:
    """What is stored of a document. ``put`` names the call that wrote it, to tell our own retry from a duplicate."""
    return {
        **filters(document),
        "changed_at": changed_at, "put": put, "content_hash": document.content_hash, "revision": document.revision,
        "stage": {stage: a.version for stage, a in document.annotations.items()},
        "annotations": {stage: pack(a) for stage, a in document.annotations.items()},
        "doc": _body(document),
    }  # fmt: skip


def pack(annotation: Annotation) -> str:
    """An annotation as text: an update then replaces the whole of it, where an object would be merged."""
    made = {
        "version": annotation.version,
        "model": annotation.model,
        "made_at": annotation.made_at.isoformat(),
        "values": annotation.values,
    }
    return json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def from_source(source: Mapping[str, Any], authors: Mapping[str, Author]) -> Document:
    """The document of a stored source, its author as now known."""
    doc = source["doc"]
    return Document(
        id=source["id"], kind=Kind(source["kind"]), platform=doc["platform"], source=doc.get("source"), title=doc.get("title"),
        text=doc.get("text", ""), lang=doc.get("lang", "und"), url=doc.get("url"),
        author=authors[source["author"]] if source.get("author") else None,
        published_at=moment(source["published_at"]) if source.get("published_at") is not None else None,
        published_precision=Precision(doc.get("precision", "exact")), collected_at=_time(doc.get("collected_at")),
        links=tuple(Link(LinkKind(kind), target) for kind, target in doc.get("links", ())),
        media=tuple(doc.get("media", ())), metrics=doc.get("metrics", {}), content_hash=source.get("content_hash", ""),
        revision=source.get("revision", 0), raw=Raw(**doc["raw"]) if doc.get("raw") else None, extra=doc.get("extra", {}),
        annotations={stage: _annotation(text) for stage, text in sorted(source.get("annotations", {}).items())},
    )  # fmt: skip


def _body(document: Document) -> dict[str, Any]:
    body: dict[str, Any] = {name: getattr(document, name) for name in _PLAIN}
    body |= {
        "precision": document.published_precision.value if document.published_precision is not Precision.EXACT else None,
        "collected_at": document.collected_at.isoformat() if document.collected_at else None,
        "links": [[link.kind.value, link.target] for link in document.links],
        "media": [dict(m) for m in document.media], "metrics": dict(document.metrics), "extra": dict(document.extra),
        "raw": {"path": document.raw.path, "sha256": document.raw.sha256} if document.raw else None,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value not in (None, [], {})}


def _annotation(text: str) -> Annotation:
    made = json.loads(text)
    return Annotation(version=made["version"], model=made["model"], made_at=datetime.fromisoformat(made["made_at"]), values=made["values"])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _unique(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else list(value)
