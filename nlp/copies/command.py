"""``tocsin copies``: the groups of near copies, or all their pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from nlp.copies.links import KIND_NAMES
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.documents import Document
    from tocsin.core.findings import Copy

MAX_ROWS = 40
"""Groups that the table for a person lists."""
_COLUMNS = (
    Message("copies.table.group"),
    Message("copies.table.kind"),
    Message("copies.table.posts"),
    Message("copies.table.caveat"),
    Message("copies.table.earliest"),
)


@click.command()
@click.option(
    "--pairs", is_flag=True, help="Every two posts of a group, with their kind and score."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    help=f"Groups (or pairs) listed; by default {MAX_ROWS} for a person and all in JSON.",
)
@click.option(
    "--offset", default=0, type=click.IntRange(0), help="Groups (or pairs) left out before."
)
@click.pass_obj
def copies(context: CommandContext, pairs: bool, limit: int | None, offset: int) -> None:
    """Near copies, rewordings and translations, as the last `tocsin enrich` found them."""
    from dataclasses import asdict

    from tocsin.core.findings import Copy, rfc3339

    with context.index(must_exist=True) as index:
        generation = index.generation("copy")
        if generation is None:
            raise ConfigError(Message("copies.not_enriched"))
        groups = [group for group in index.findings("copy") if isinstance(group, Copy)]
        newest = index.stats().newest_at
        largest = sorted(groups, key=lambda group: (-len(group.posts), group.id))
        shown = limit or (len(groups) if context.as_json else MAX_ROWS)
        largest = largest[offset : offset + shown]
        earliest = [] if context.as_json else index.get([group.posts[0] for group in largest])
    method = groups[0].method if groups else None
    data_as_of = method.parameters.get("data_as_of") if method else newest and rfc3339(newest)
    document: dict[str, Any] = {
        "run_id": generation,
        "method": method and asdict(method),
        "data_as_of": data_as_of,
    }
    if pairs:
        if limit is None and not context.as_json:
            limit = MAX_ROWS
        document |= _pair_page(groups, offset, limit)
        context.answer(document, lambda _: _print_pairs(context, document))
        return
    if limit is None and not offset:
        document["groups"] = _group_rows(groups)
    else:  # a page has the largest first, as a person is shown them
        document["groups"] = _group_rows(largest)
        document |= {"total_groups": len(groups), "offset": offset}
    counts = {"n": len(groups), "shown": len(largest), "from": offset + 1}
    context.answer(document, lambda _: _print_table(context, counts, largest, earliest))


def _pair_page(groups: Sequence[Copy], offset: int, limit: int | None) -> dict[str, Any]:
    """A page of all pairs, how many there are, and which groups are too large for all of theirs."""
    from nlp.copies.pairs import MAX_PAIRS, all_pairs
    from tocsin.core.documents import native_id

    shown: list[dict[str, Any]] = []
    total = 0
    for group in groups:
        for pair in all_pairs(group.posts, group.identical, group.pairs):
            if total >= offset and (limit is None or len(shown) < limit):
                shown.append(
                    {
                        "a": native_id(pair.a),
                        "b": native_id(pair.b),
                        "kind": pair.kind,
                        "score": pair.score,
                        "group": group.id,
                    }
                )
            total += 1
    large = [g.id for g in groups if len(g.posts) * (len(g.posts) - 1) // 2 > MAX_PAIRS]
    return {"pairs": shown, "total_pairs": total, "offset": offset, "groups_by_links": large}


def _print_pairs(context: CommandContext, page: dict[str, Any]) -> None:
    from nlp.copies.pairs import MAX_PAIRS

    shown = page["pairs"]
    counts = {"n": page["total_pairs"], "shown": len(shown), "from": page["offset"] + 1}
    context.table(
        Message("copies.pairs.title", counts),
        [Message(f"copies.pairs.{name}") for name in ("a", "b", "kind", "score")],
        [(row["a"], row["b"], KIND_NAMES[row["kind"]], row["score"]) for row in shown],
    )
    if len(shown) < page["total_pairs"]:
        context.write(Message("copies.pairs.more"))
    if large := page["groups_by_links"]:
        context.write(Message("copies.pairs.by_links", {"most": MAX_PAIRS, "groups": large}))


def _group_rows(groups: Sequence[Copy]) -> list[dict[str, Any]]:
    from tocsin.core.documents import native_id

    return [
        {
            "id": group.id,
            "kind": group.copy_kind,
            "posts": [native_id(post) for post in group.posts],
            "caveats": list(group.caveats),
        }
        for group in groups
    ]


def _print_table(
    context: CommandContext,
    counts: dict[str, int],
    largest: Sequence[Copy],
    earliest: Sequence[Document | None],
) -> None:
    from tocsin.core.text import clean, collapse_whitespace

    rows = []
    for group, first in zip(largest, earliest, strict=True):
        caveat = Message("copies.table.share_button") if group.caveats else ""
        text = collapse_whitespace(clean(first.text, 300))[:80] if first else ""
        rows.append((group.id, KIND_NAMES[group.copy_kind], len(group.posts), caveat, text))
    title = Message("copies.table.title", {"n": counts["n"]})
    if counts["shown"] < counts["n"]:
        title = Message("copies.table.title_page", counts)
    context.table(title, _COLUMNS, rows)
