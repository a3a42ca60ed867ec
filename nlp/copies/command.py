"""``tocsin copies``: the groups of near copies, or all their pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import App
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.core.documents import Document
    from tocsin.core.findings import Copy, CopyPair

ROWS = 40


@click.command()
@click.option(
    "--pairs", is_flag=True, help="Every two posts of a group, with their kind and score."
)
@click.pass_obj
def copies(app: App, pairs: bool) -> None:
    """Near copies, rewordings and translations, as the last `tocsin enrich` found them."""
    from dataclasses import asdict

    from tocsin.core.documents import native_id
    from tocsin.core.findings import rfc3339

    with app.index(must_exist=True) as index:
        generation = index.generation("copy")
        if generation is None:
            raise ConfigError("copies were not looked for yet; run `tocsin enrich` first")
        found: list[Copy] = index.findings("copy")
        newest = index.stats().newest_at
        largest = sorted(found, key=lambda group: (-len(group.posts), group.id))[:ROWS]
        shown = [] if app.as_json else index.get([group.posts[0] for group in largest])
    document: dict[str, Any] = {
        "run_id": generation,
        "method": asdict(found[0].method) if found else None,
        "data_as_of": found[0].method.parameters.get("data_as_of")
        if found
        else newest and rfc3339(newest),
    }
    if pairs:
        document["pairs"] = [
            {"a": native_id(pair.a), "b": native_id(pair.b), "kind": pair.kind, "score": pair.score}
            for group in found
            for pair in _spelled_out(group)
        ]
    else:
        document["groups"] = [
            {
                "id": group.id,
                "kind": group.copy_kind,
                "posts": [native_id(post) for post in group.posts],
                "caveats": list(group.caveats),
            }
            for group in found
        ]
    app.answer(document, lambda _: _table(app, len(found), largest, shown))


def _spelled_out(group: Copy) -> Iterator[CopyPair]:
    from nlp.copies.pairs import all_pairs

    return all_pairs(group.posts, group.identical, group.pairs)


def _table(app: App, total: int, largest: list[Copy], shown: list[Document | None]) -> None:
    from tocsin.core.text import clean, squash

    rows = [
        (
            group.id,
            group.copy_kind,
            len(group.posts),
            "share button" if group.caveats else "",
            squash(clean(first.text, 300))[:80] if first else "",
        )
        for group, first in zip(largest, shown, strict=True)
    ]
    title = f"{total} groups of copies" + (f", the {ROWS} largest" if total > ROWS else "")
    app.table(title, ["group", "farthest kind", "posts", "caveat", "earliest post"], rows)
