"""Fixtures of the language room's tests: documents by number, an index, a tiny model, a stream."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from nlp.enrichment.base import StageContext
from nlp.signals.tag_site_features import SITE, TAG, site_of
from nlp.text.terms import extract_terms
from tocsin.core.documents import Author, Document, content_hash
from tocsin.core.text import fold
from tocsin.core.workspace import Workspace

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def index(workspace: Workspace) -> Iterator[Any]:
    """An empty index of the test's workspace."""
    opened = open_index(workspace)
    yield opened
    opened.close()


@pytest.fixture
def context(workspace: Workspace) -> StageContext:
    """What stages of the test's workspace are made with."""
    return StageContext(workspace.settings.nlp, workspace)


@pytest.fixture(scope="session")
def features_of_document() -> Callable[..., dict[str, str]]:
    """A function: the features of one document, word by word, and how they are written.

    What `nlp.signals.features` must find for all documents at once. A hashtag is a feature of its
    own beside the word it is made of.
    """

    def features(
        title: str | None, text: str, tags: Sequence[str], urls: Sequence[str]
    ) -> dict[str, str]:
        words = extract_terms(title, text)
        named = {TAG + key: TAG + tag for tag in tags if (key := fold(tag).strip())}
        return words | named | {SITE + site: site for url in urls if (site := site_of(url))}

    return features


@pytest.fixture(scope="session")
def document() -> Callable[..., Document]:
    """A function: the n-th document, with a text and what is changed."""

    def make(n: int, text: str, **changes: Any) -> Document:
        values: dict[str, Any] = {
            "id": f"x:{n}", "platform": "x", "text": text, "author": Author(id=f"x:a{n % 7}"),
            "published_at": START + timedelta(minutes=n), "content_hash": content_hash(None, text),
        }  # fmt: skip
        return Document(**(values | changes))

    return make


@pytest.fixture(scope="session")
def tiny_e5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An E5S1 file of a tiny encoder with random weights, in the layout that the real one has."""
    width, layers, heads, inner, vocabulary, positions, types = 64, 2, 2, 96, 250_037, 512, 2
    random_ = np.random.default_rng(5)
    tensors: list[tuple[str, int, int, bytes]] = []

    def floats(name: str, values: Any) -> None:
        tensors.append((name, 0, int(values.size), values.astype("<f4").tobytes()))

    def blocks(name: str, rows: int, columns: int) -> None:
        count = rows * columns // 32
        raw = np.empty((count, 18), np.uint8)
        raw[:, :2] = (random_.random((count, 1)) * 0.04 + 0.01).astype("<f2").view(np.uint8)
        raw[:, 2:] = random_.integers(0, 256, (count, 16))
        tensors.append((name, 1, rows * columns, raw.tobytes()))

    blocks("emb.word", vocabulary, width)
    floats("emb.pos", random_.normal(0, 0.1, (positions, width)))
    floats("emb.type", random_.normal(0, 0.1, (types, width)))
    norms = ["emb.ln"] + [f"l{layer}.{norm}" for layer in range(layers) for norm in ("aln", "oln")]
    for norm in norms:
        floats(f"{norm}.w", random_.normal(1, 0.1, width))
        floats(f"{norm}.b", random_.normal(0, 0.1, width))
    for layer in range(layers):
        for short, rows, columns in [(s, width, width) for s in ("q", "k", "v", "ao")] + [
            ("fi", inner, width),
            ("fo", width, inner),
        ]:
            blocks(f"l{layer}.{short}.w", rows, columns)
            floats(f"l{layer}.{short}.b", random_.normal(0, 0.1, rows))
    head = b"E5S1" + struct.pack(
        "<i7ifi5i",
        1,
        width,
        layers,
        heads,
        inner,
        vocabulary,
        positions,
        types,
        1e-12,
        32,
        0,
        0,
        2,
        1,
        3,
    )
    head += (
        struct.pack("<Q", 0)
        + struct.pack("<I", 0)
        + struct.pack("<iI", 0, 0)
        + struct.pack("<i", len(tensors))
    )
    offset = len(head) + sum(2 + len(name) + 21 for name, *_ in tensors)
    directory, body = b"", b""
    for name, kind, number, data in tensors:
        directory += (
            struct.pack("<H", len(name))
            + name.encode()
            + struct.pack("<BIQQ", kind, number, offset + len(body), len(data))
        )
        body += data
    path = tmp_path_factory.mktemp("tiny") / "tiny.bin"
    path.write_bytes(head + directory + body)
    return path


class Stream:
    """Posts of ordinary talk over days, and whatever a test adds; words are drawn by Zipf's law."""

    def __init__(self, days: int = 14, authors: int = 150, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.rows: list[tuple[datetime, str, str]] = []
        vocabulary = [f"w{n:04d}x" for n in range(4_000)]
        weights = [1 / (n + 3) for n in range(len(vocabulary))]
        for _ in range(days * authors):
            at = START + timedelta(seconds=self.random.randrange(days * 86_400))
            self.say(
                at,
                f"x:o{self.random.randrange(authors)}",
                " ".join(self.random.choices(vocabulary, weights, k=10)),
            )

    def say(self, at: datetime, author: str, text: str) -> None:
        self.rows.append((at, author, text))

    def documents(self) -> list[Document]:
        """All posts in order of time."""
        return [
            Document(
                id=f"x:{n:06d}",
                platform="x",
                author=Author(id=author),
                text=text,
                published_at=at,
                content_hash=content_hash(None, text),
            )
            for n, (at, author, text) in enumerate(sorted(self.rows))
        ]


@pytest.fixture
def stream() -> type[Stream]:
    """The class of streams."""
    return Stream
