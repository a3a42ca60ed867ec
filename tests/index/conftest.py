"""Fixtures of the index tests: an embedded index, and documents made by number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.embedded import EmbeddedIndex
from tocsin.core.documents import Author, Document, Link, LinkKind, content_hash
from tocsin.core.workspace import Workspace

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def index(workspace: Workspace) -> Iterator[EmbeddedIndex]:
    """An empty embedded index, its schema made."""
    opened = EmbeddedIndex(workspace)
    opened.ensure_schema()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def made() -> Callable[..., Document]:
    """A function: the n-th document, with what is changed."""

    def make(n: int, text: str | None = None, **changes: Any) -> Document:
        author = Author(
            id=f"x:a{n % 10}", handle=f"Handle{n % 10}", name=f"Name {n % 10}", followers=n % 10
        )
        document = Document(
            id=f"x:{n}",
            platform="x",
            author=author,
            text=f"post number{n} of word{n % 3}" if text is None else text,
            lang="en",
            source=f"s{n % 2}",
            published_at=START + timedelta(minutes=n // 2),
            collected_at=START + timedelta(days=30),
            links=(
                Link(LinkKind.URL, f"https://site{n % 5}.example/{n}"),
                Link(LinkKind.HASHTAG, f"tag{n % 4}"),
            ),
            metrics={"likes": n},
        )
        document = dataclasses.replace(document, **changes)
        return dataclasses.replace(
            document, content_hash=content_hash(document.title, document.text)
        )

    return make
