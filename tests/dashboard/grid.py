"""A grid of invented collections: how long, how many posts and authors, how exact their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from index.connect import open_index
from tocsin.core.documents import (
    Author,
    Document,
    Link,
    LinkKind,
    Precision,
    content_hash,
)
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Finding,
    Member,
    Method,
    Narrative,
    Tested,
    WeakSignal,
)
from tocsin.core.messages import plain
from tocsin.core.workspace import Workspace

METHOD = Method(name="planted", version="1")
END = datetime(2025, 11, 14, 18, 3, 27, 250_000, tzinfo=UTC)
SPANS = {
    "1 s": timedelta(seconds=1),
    "1 h": timedelta(hours=1),
    **{f"{days} days": timedelta(days=days) for days in (1, 5, 11, 13, 40, 400, 4_000)},
}
POSTS = (0, 1, 2, 50)
MANY_POSTS = 20_000
AUTHORS = (1, 3, 300)
PRECISIONS = ("missing", "day", "minute", "exact")


@dataclass(frozen=True)
class Collection:
    """A collection of the grid: what its name says."""

    span: str
    posts: int
    authors: int = 3
    precision: str = "exact"
    has_text: bool = True

    def __str__(self) -> str:
        text = "" if self.has_text else ", no text"
        return f"{self.posts} posts in {self.span}, {self.authors} authors, {self.precision}{text}"

    def times(self) -> list[datetime | None]:
        """When each post was published: spread over the whole span, first and last at its ends."""
        step = SPANS[self.span] / max(1, self.posts - 1)
        return [
            self._as_exact(END - SPANS[self.span] + number * step) for number in range(self.posts)
        ]

    def _as_exact(self, moment: datetime) -> datetime | None:
        if self.precision == "missing":
            return None
        if self.precision == "day":
            return moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.precision == "minute":
            return moment.replace(second=0, microsecond=0)
        return moment

    def documents(self) -> Iterator[Document]:
        """The posts; they all link to one page."""
        precisions = {"day": Precision.DAY, "minute": Precision.MINUTE}
        for number, moment in enumerate(self.times()):
            text = f"The dam of Valmont, post {number} #valmont" if self.has_text else ""
            yield Document(
                id=f"x:{number}",
                platform="x",
                author=Author(id=f"x:a{number % self.authors}"),
                text=text,
                lang="en" if self.has_text else "und",
                published_at=moment,
                published_precision=precisions.get(self.precision, Precision.EXACT),
                collected_at=END,
                content_hash=content_hash(None, text or str(number)),
                links=(
                    Link(LinkKind.URL, "https://news.example/dam"),
                    Link(LinkKind.HASHTAG, "valmont"),
                ),
            )


def plant(collection: Collection, home: Path) -> None:
    """The collection in an index, with one finding of each kind about its posts."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "tocsin.toml").write_text('[dashboard]\ntimezone = "Europe/Paris"\n', encoding="utf-8")
    index = open_index(Workspace(home))
    try:
        for batch in _batches(collection.documents(), 5_000):
            index.put(batch)
        index.publish(
            findings(collection),
            kinds=("tested", "cluster", "edge", "signal", "narrative"),
            generation="g1",
        )
        index.refresh()
    finally:
        index.close()


def _batches(documents: Iterator[Document], size: int) -> Iterator[list[Document]]:
    while batch := list(islice(documents, size)):
        yield batch


def findings(collection: Collection) -> list[Finding]:
    """A group of all authors that shared the one page, a narrative and a signal of its words."""
    posts = tuple(f"x:{number}" for number in range(min(collection.posts, 200)))
    accounts = tuple(f"x:a{number}" for number in range(min(collection.authors, len(posts))))
    first = END - SPANS[collection.span]
    tested = Tested(id="tested", method=METHOD, accounts=len(accounts), pairs=1, windows=(60,))
    if not posts:
        return [tested]
    shared = Evidence(
        signal="link", object="https://news.example/dam", posts=posts, accounts=accounts
    )
    members = tuple(
        Member(id=account, degree=1 / (1 + number), posts=1, x=number % 7, y=number % 11)
        for number, account in enumerate(accounts)
    )
    group = Cluster(
        id="c1",
        method=METHOD,
        status="flagged",
        accounts=members,
        signals=("link",),
        q_value=0.001,
        evidence=(shared,),
        first_at=first,
        last_at=END,
        because=plain("they linked one page"),
    )
    edges = [
        Edge(id=f"e{b}", method=METHOD, a=accounts[0], b=b, cluster="c1", signals={"link": 3})
        for b in accounts[1:]
    ]
    story = Narrative(
        id="n1",
        method=METHOD,
        label="Dam",
        terms=("dam",),
        languages={"en": len(posts)},
        posts=len(posts),
        authors=len(accounts),
        first_at=first,
        last_at=END,
    )
    rising = WeakSignal(
        id="s1",
        method=METHOD,
        terms=("#valmont", "dam"),
        flagged_at=END,
        first_at=max(first, END - timedelta(days=1)),
        posts=len(posts),
        authors=len(accounts),
        p_value=1e-6,
        expected_false_per_day=0.02,
        why=plain("more authors than expected"),
    )
    return [tested, group, *edges, story, rising]
