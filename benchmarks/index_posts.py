"""The made-up posts that both backends are measured with."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tocsin.core.documents import Author, Document, Link, LinkKind, content_hash

START = datetime(2024, 1, 1, tzinfo=UTC)
GRAPH = (
    "id",
    "author",
    "published_at",
    "urls",
    "hashtags",
    "repost_of",
    "reply_to",
    "content_hash",
    "copy_group",
)
"""The columns that the analyses of coordination read."""


def posts(n: int, seed: int = 1) -> Iterator[Document]:
    """Made-up posts of 60 days by n / 16 authors.

    Words are Zipfian, some with accents; some posts have tags, links, mentions or are reposts.
    """
    rng = random.Random(seed)
    words = [
        "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(3, 9)))
        for _ in range(20_000)
    ]
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(len(words))))
    people = max(10, n // 16)
    for i in range(n):
        author = rng.randint(1, people)
        links = [Link(LinkKind.REPOST, f"x:{rng.randint(1, n)}")] if rng.random() < 0.2 else []
        if rng.random() < 0.3:
            links.append(
                Link(
                    LinkKind.URL,
                    f"https://www.site{rng.randint(1, 2000)}.example/a/{rng.randint(1, n)}"
                    "?utm_source=x",
                )
            )
        links += [
            Link(LinkKind.HASHTAG, f"tag{int(rng.random() ** 3 * 3000)}")
            for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))
        ]
        if rng.random() < 0.3:
            links.append(Link(LinkKind.MENTION, f"User{rng.randint(1, people)}"))
        text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(5, 35))) + (
            " café" if rng.random() < 0.3 else ""
        )
        yield Document(
            id=f"x:{10**15 + i * 7919 % 10**9}",
            platform="x",
            source=f"s{i % 7}",
            text=text,
            lang=rng.choice(["en", "fr", "en", "und"]),
            author=Author(
                id=f"x:{author}", handle=f"User{author}", name=f"N {author}", followers=author * 3
            ),
            published_at=START + timedelta(milliseconds=int(rng.random() * 86_400_000 * 60)),
            collected_at=START + timedelta(days=70),
            url=f"https://x.example/User{author}/status/{i}",
            links=tuple(links),
            metrics={"likes": rng.randint(0, 99), "reposts": rng.randint(0, 9)},
            content_hash=content_hash(None, text),
        )
