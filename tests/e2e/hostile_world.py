"""A workspace in which a hostile string stands in every field of a post, as import brings it in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from index.connect import open_index
from tests.dashboard.grid import METHOD
from tests.dashboard.hostile import HOSTILE
from tests.monitors.conftest import World
from tocsin.core import findings as told
from tocsin.core.documents import Document
from tocsin.core.findings import Cluster, Edge, Evidence, Finding, Member, Narrative
from tocsin.core.groups.headlines import Headline
from tocsin.core.messages import plain

NOW = datetime.now(UTC).replace(microsecond=0)


def row(number: int, text: str) -> dict[str, Any]:
    """A post with a string in each of its fields."""
    return {
        "id": f"{number} {text[:300]}",
        "platform": "x",
        "source": text,
        "author": {"id": f"{text}{number}", "handle": text, "name": text, "description": text},
        "title": text,
        "text": f"{text} dam",
        "published_at": (NOW - timedelta(minutes=3 * number + 1)).isoformat(),
        "url": text,
        "urls": [text, f"https://news.example/{number}"],
        "hashtags": [text],
        "mentions": [text],
        "media": [{"url": text, "description": text}],
        "metrics": {"likes": number},
        text[:60]: text,
    }


def plant(home: Path) -> World:
    """These posts in a workspace, their authors a group, each string the name of a narrative."""
    home.mkdir()
    world = World(home)
    world.settings("[privacy]\npseudonymise = false\n")
    posts = home / "posts.jsonl"
    lines = (json.dumps(row(number, text)) for number, text in enumerate(HOSTILE))
    posts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    world.json("import", str(posts))
    index = open_index(world.workspace)
    try:
        kinds = ("tested", "cluster", "edge", "narrative")
        index.publish(findings(kept(world)), kinds=kinds, generation="g1")
        index.refresh()
    finally:
        index.close()
    return world


def kept(world: World) -> list[Document]:
    """The posts as the workspace holds them, in the order of the strings."""
    index = open_index(world.workspace)
    try:
        found = index.search("", size=len(HOSTILE)).documents
    finally:
        index.close()
    return sorted(found, key=lambda one: one.metrics["likes"])


def findings(posts: list[Document]) -> Iterator[Finding]:
    """All authors in one group that shared hostile things, and a narrative of every string."""
    members = [
        Member(id=one.author.id, handle=one.author.handle, degree=0.5, posts=1, x=n % 7, y=n % 11)
        for n, one in enumerate(posts)
        if one.author is not None
    ]
    ids = tuple(one.id for one in posts)
    shared = Evidence(signal="link", object=HOSTILE[0], posts=ids[:2],
                      accounts=(members[0].id, members[1].id))  # fmt: skip
    yield told.Tested(id="tested", method=METHOD, accounts=len(members), pairs=1, windows=(60,))
    yield Cluster(
        id="c1", method=METHOD, status="flagged", accounts=tuple(members), signals=("link",),
        q_value=0.001, evidence=(shared,), first_at=NOW, last_at=NOW,
        because=plain(HOSTILE[1]), posts=len(posts), post_ids=ids,
    )  # fmt: skip
    for number, other in enumerate(members[1:]):
        evidence = Evidence(
            signal="link", object=HOSTILE[number], posts=ids[:1],
            accounts=(members[0].id, other.id),
        )  # fmt: skip
        yield Edge(id=f"e{number}", method=METHOD, a=members[0].id, b=other.id, cluster="c1",
                   signals={"link": 3}, evidence=(evidence,))  # fmt: skip
    for number, (post, text) in enumerate(zip(posts, HOSTILE, strict=True)):
        said = tuple(
            Headline(language=code, label=text[:200], post=post.id) for code in ("en", "fr")
        )
        yield Narrative(
            id=f"h{number}", method=METHOD, label=text[:200], terms=(text[:60],), headlines=said,
            languages={"en": 1}, posts=1, authors=1, first_at=NOW, last_at=NOW, members=(post.id,),
        )  # fmt: skip
