"""One contract, every backend: fixtures, the documents of the tests, and a model of the contract in
plain Python."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.base import EVERYTHING, Outcome, Window
from index.connect import open_index
from index.privacy import suppression_hash
from index.query import (
    And,
    Everything,
    Exists,
    FieldPrefix,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Term,
    Word,
    parse,
)
from tocsin.core.documents import (
    Annotation,
    Author,
    Document,
    History,
    Kind,
    Link,
    LinkKind,
    content_hash,
    native_id,
)
from tocsin.core.text import tokens
from tocsin.core.urls import canonical_url, domain
from tocsin.core.workspace import Workspace

BACKENDS = [
    "embedded",
    pytest.param(
        "elasticsearch", marks=[pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
    ),
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2024, 3, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def open_backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Any]:
    """A function that opens a new, empty index of a backend; ``.workspace`` is its workspace."""

    def make(backend: str) -> Any:
        flags: dict[str, Any] = {"privacy": {"pseudonymise": False}}
        if backend == "elasticsearch":
            url = request.getfixturevalue("elastic")
            flags["index"] = {"backend": backend, "url": url, "prefix": f"t{uuid.uuid4().hex[:12]}"}
        workspace = Workspace(tmp_path_factory.mktemp("home"), flags)
        opened: Any = open_index(workspace)
        opened.workspace = workspace
        return opened

    return make


@pytest.fixture(scope="session")
def drop() -> Callable[[Any], None]:
    """Close an index and, on a server, remove what it made."""

    def close(index: Any) -> None:
        if index.backend == "elasticsearch":
            from elasticsearch import Elasticsearch

            settings = index.workspace.settings.index
            with Elasticsearch(settings.url) as client:
                names = list(
                    client.indices.get(index=f"{settings.prefix}-*", expand_wildcards="all")
                )
                if names:
                    client.indices.delete(index=",".join(names))
        index.close()

    return close


@pytest.fixture(params=BACKENDS)
def index(
    request: pytest.FixtureRequest, open_backend: Callable[[str], Any], drop: Callable[[Any], None]
) -> Iterator[Any]:
    """An empty index of each backend."""
    opened = open_backend(request.param)
    yield opened
    drop(opened)


@pytest.fixture(scope="module", params=BACKENDS)
def filled(
    request: pytest.FixtureRequest,
    open_backend: Callable[[str], Any],
    drop: Callable[[Any], None],
    corpus: Any,
) -> Iterator[Any]:
    """An index of each backend that holds the corpus and its annotations; tests only read it."""
    opened = open_backend(request.param)
    opened.put(corpus)
    for stage, rows in notes_of(corpus).items():
        opened.annotate(rows, stage)
    opened.refresh()
    yield opened
    drop(opened)


@pytest.fixture(scope="session")
def model_of() -> type[Model]:
    """The model, to be made by tests."""
    return Model


@pytest.fixture(scope="session")
def made() -> Callable[..., Document]:
    """A function that makes a document: ``made(n, text, **changes)``."""
    return document


@pytest.fixture(scope="session")
def corpus() -> list[Document]:
    """Documents with everything that is hard: ties in time, no time, no author, other scripts, odd
    characters."""
    texts = [
        "The quick brown fox jumps over the lazy dog",
        "Le café était fermé à Noël #Climat",
        "climat chaud, climat froid",
        "日本語のテスト 🔥🔥 fire",
        "don't stop me now @Ana",
        "L’œuvre d'Élise",
        "ÜBER straße MASSE",
        "well-known facts: 12:30 50%",
        "#climat #Climate @ana",
        "",
        "مرحبا بالعالم",
        're: "quotes" AND (parentheses) OR NOT * field:value',
        "climate change is climate change",
        "🔥",
        "x" * 200,
    ]
    found = []
    for n in range(120):
        changes: dict[str, Any] = {
            "published_at": None
            if n % 17 == 5
            else START + timedelta(minutes=37 * (n // 3), milliseconds=n % 2)
        }
        if n % 11 == 3:
            changes["author"] = None
        if n % 13 == 4:
            changes["deleted_at"] = START + timedelta(hours=n)
        found.append(document(n, texts[n % len(texts)], **changes))
    return found


def document(n: int, text: str, **changes: Any) -> Document:
    """The n-th document: its author, tags, links and metrics follow from n."""
    author = n % 7
    title = "A title of climate" if n % 10 == 0 else None
    links = [Link(LinkKind.REPOST, f"x:{n // 2}")] if n % 5 == 1 else []
    links += (
        [Link(LinkKind.URL, f"https://www.site{n % 4}.example/p/{n % 9}?utm_source=x")]
        if n % 3
        else []
    )
    links += [Link(LinkKind.URL, f"http://Site{n % 4}.example:80/p/{n % 9}/")] if n % 6 == 1 else []
    links += [Link(LinkKind.HASHTAG, tag) for tag in ("climat", "cop28", "climat")[: n % 4]]
    links += [Link(LinkKind.MENTION, "Ana")] if n % 4 == 0 else []
    base = Document(
        id=f"{'x' if n % 8 else 'mastodon'}:{n}",
        platform="x" if n % 8 else "mastodon",
        kind=list(Kind)[n % 3],
        source=f"source {n % 3}" if n % 6 else None,
        author=Author(
            id=f"{'x' if n % 8 else 'mastodon'}:a{author}",
            handle=f"User{author}",
            name=f"Name {author}",
            followers=author * 100,
            created_at=START - timedelta(days=author, milliseconds=7) if author % 3 else None,
            verified=author == 1,
        ),
        title=title,
        text=text,
        lang=("en", "fr", "und")[n % 3],
        published_at=START + timedelta(minutes=n),
        collected_at=START + timedelta(days=9),
        url=f"https://x.example/User{author}/{n}?utm_source=feed" if n % 2 else None,
        links=tuple(links),
        metrics={"likes": n, "reposts": n % 3} if n % 4 else {},
        content_hash="",
        extra={"n": n},
    )
    made_ = dataclasses.replace(base, **changes)
    return dataclasses.replace(made_, content_hash=content_hash(made_.title, made_.text))


def notes_of(documents: list[Document]) -> dict[str, list[tuple[str, Annotation]]]:
    """Annotations of a corpus: detected languages, narratives and copy groups for some."""
    at = START + timedelta(days=10)
    rows: dict[str, list[tuple[str, Annotation]]] = {"lang": [], "narratives": [], "copies": []}
    for n, d in enumerate(documents):
        if n % 2:
            rows["lang"].append(
                (
                    d.id,
                    Annotation(
                        version="1", model="m", made_at=at, values={"lang": "de", "score": 0.5}
                    ),
                )
            )
        if n % 5 < 3:
            narrative = {"narrative": f"story {n % 5}"} if n % 5 else {"narrative": None}
            rows["narratives"].append(
                (d.id, Annotation(version="2", model="m", made_at=at, values=narrative))
            )
        if n % 4 == 0:
            rows["copies"].append(
                (
                    d.id,
                    Annotation(version="1", model="m", made_at=at, values={"group": f"g{n % 3}"}),
                )
            )
    return rows


class Model:
    """The contract in plain Python: everything is looked at, nothing is clever."""

    def __init__(self, documents: list[Document] = [], secret: bytes = b"") -> None:  # noqa: B006
        self.documents: dict[str, Document] = {}
        self.suppressed: set[str] = set()
        self.vectors: dict[str, dict[str, Any]] = {}
        self.secret = secret
        self.put(documents)

    def put(self, documents: list[Document], on_conflict: str = "keep") -> list[Outcome]:
        outcomes = []
        for d in documents:
            old = self.documents.get(d.id)
            if d.author and suppression_hash(self.secret, d.author.id) in self.suppressed:
                outcomes.append(Outcome.SUPPRESSED)
            elif old is None:
                self.documents[d.id] = dataclasses.replace(d, annotations={})
                outcomes.append(Outcome.CREATED)
            elif on_conflict == "replace" and old.content_hash != d.content_hash:
                self.documents[d.id] = dataclasses.replace(
                    d,
                    annotations={},
                    deleted_at=d.deleted_at or old.deleted_at,
                    revision=old.revision + 1,
                    history=History(
                        versions=old.all_versions(),
                        first_seen=d.collected_at,
                        last_seen=d.collected_at,
                    ),
                )
                for by_id in self.vectors.values():
                    by_id.pop(d.id, None)
                outcomes.append(Outcome.REPLACED)
            else:
                if on_conflict == "replace":
                    self.documents[d.id] = dataclasses.replace(
                        old,
                        metrics=dict(old.metrics) | dict(d.metrics),
                        deleted_at=d.deleted_at or old.deleted_at,
                    )
                outcomes.append(Outcome.DUPLICATE)
        return outcomes

    def annotate(self, rows: list[tuple[str, Annotation]], stage: str) -> list[Outcome]:
        outcomes = []
        for key, note in rows:
            old = self.documents.get(key)
            outcomes.append(Outcome.ANNOTATED if old else Outcome.MISSING)
            if old:
                self.documents[key] = dataclasses.replace(
                    old, annotations={**old.annotations, stage: note}
                )
        return outcomes

    def delete(self, ids: list[str]) -> int:
        gone = [key for key in dict.fromkeys(ids) if self.documents.pop(key, None)]
        for by_id in self.vectors.values():
            for key in gone:
                by_id.pop(key, None)
        return len(gone)

    def delete_by_author(self, author: str, suppress: bool = True) -> int:
        if suppress:
            self.suppressed.add(suppression_hash(self.secret, author))
        return self.delete(
            [key for key, d in self.documents.items() if d.author and d.author.id == author]
        )

    def hits(
        self, query: str = "", window: Window = EVERYTHING, order: str = "newest"
    ) -> list[str]:
        """Ids in order; undated ones last."""
        node = parse(query)
        found = [
            d for d in self.documents.values() if self.inside(d, window) and self.matches(node, d)
        ]
        dated = sorted(
            (d for d in found if d.published_at),
            key=lambda d: (d.published_at, d.id),
            reverse=order == "newest",
        )
        return [d.id for d in dated] + sorted(
            (d.id for d in found if not d.published_at), reverse=order == "newest"
        )

    def facet(self, field: str, ids: list[str], size: int) -> tuple[list[tuple[str, int]], int]:
        counted: Counter[str] = Counter()
        for key in ids:
            counted.update(set(self.values(self.documents[key], field, facet=True)))
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return ranked[:size], sum(n for _, n in ranked[size:])

    def missing(self, stage: str, version: str) -> list[str]:
        return [
            k
            for k in self.hits(order="oldest")
            if (n := self.documents[k].annotations.get(stage)) is None or n.version != version
        ]

    @staticmethod
    def inside(d: Document, window: Window) -> bool:
        if window.since is None and window.until is None:
            return True
        at = d.published_at
        return (
            at is not None
            and (window.since is None or at >= window.since)
            and (window.until is None or at < window.until)
        )

    @staticmethod
    def values(d: Document, field: str, facet: bool = False) -> list[str]:
        note = {"narrative": ("narratives", "narrative"), "copy": ("copies", "group")}
        if field in note:
            stage, key = note[field]
            found = [d.annotations[stage].values.get(key)] if stage in d.annotations else []
        elif field in ("author", "handle"):
            a = d.author
            found = (
                []
                if a is None
                else [a.id, *([] if facet else [native_id(a.id)])]
                if field == "author"
                else [(a.handle or "").casefold()]
            )
        elif field == "lang":
            detected = d.annotations["lang"].values.get("lang") if "lang" in d.annotations else None
            found = [detected or d.lang if d.lang in ("und", "") else d.lang]
        elif field == "url":
            found = [
                canonical_url(u) for u in [*d.targets(LinkKind.URL), *([d.url] if d.url else [])]
            ]
        elif field == "domain":
            found = [domain(u) for u in d.targets(LinkKind.URL)]
        elif field in ("hashtag", "mention"):
            found = [t.casefold() for t in d.targets(LinkKind(field))]
        else:
            found = {
                "platform": [d.platform],
                "kind": [d.kind.value],
                "source": [d.source],
                "id": [d.id, native_id(d.id)],
            }[field]
        return [value for value in found if value]

    @staticmethod
    def number(d: Document, field: str) -> int | None:
        if field == "published":
            return (
                None
                if d.published_at is None
                else (d.published_at - EPOCH) // timedelta(milliseconds=1)
            )
        if field == "deleted_at":
            at = d.deleted_at
            return None if at is None else (at - EPOCH) // timedelta(milliseconds=1)
        return (
            (d.author.followers if d.author else None)
            if field == "followers"
            else d.metrics.get(field)
        )

    def matches(self, node: Node, d: Document) -> bool:
        words = tokens(f"{d.title or ''}\n{d.text}")
        match node:
            case Everything():
                return True
            case Word(text):
                return text in words
            case Prefix(text):
                return any(word.startswith(text) for word in words)
            case Phrase(wanted):
                return any(tuple(words[i : i + len(wanted)]) == wanted for i in range(len(words)))
            case And(parts):
                return all(self.matches(part, d) for part in parts)
            case Or(parts):
                return any(self.matches(part, d) for part in parts)
            case Not(part):
                return not self.matches(part, d)
            case Term(field, value):
                return value in self.values(d, field)
            case FieldPrefix(field, value):
                return any(known.startswith(value) for known in self.values(d, field))
            case Range(field, low, high):
                number = self.number(d, field)
                return (
                    number is not None
                    and (low is None or number >= low)
                    and (high is None or number < high)
                )
            case Exists(field):
                if field in (
                    "published",
                    "likes",
                    "reposts",
                    "replies",
                    "quotes",
                    "views",
                    "followers",
                    "deleted_at",
                ):
                    return self.number(d, field) is not None
                return any(value != "und" or field != "lang" for value in self.values(d, field))
        raise AssertionError(node)
