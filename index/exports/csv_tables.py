"""Tables for spreadsheets: posts, and what the analysis found, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.current import current_clusters
from index.exports.jsonl import documents
from index.exports.public_posts import public_post
from index.privacy import pseudonyms
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Edge, Evidence, Influence, Tested, rfc3339
from tocsin.core.shared_objects import describe_signal
from tocsin.core.text import clean

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

Row = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LISTS = ("urls", "hashtags", "mentions")
_POINTERS = ("repost", "reply", "quote")
"""Signals whose objects are posts, for analyses that did not describe their signals."""

_METRICS = ("likes", "reposts", "replies", "quotes", "views")
_POST = (
    "id", "platform", "kind", "author", "handle", "published_at", "lang", "title", "text",
    "url", *_LISTS, "reply_to", "repost_of", "quote_of", *_METRICS, "source",
)  # fmt: skip
_ACCOUNT = (
    "cluster", "status", "account", "handle", "degree", "posts", "signals", "q_value",
    "first_at", "last_at", "because", "explained_by",
)  # fmt: skip
_EDGE = ("cluster", "a", "b", "weight", "p_value", "q_value", "signals", "objects", "evidence")
_EVIDENCE = (
    "cluster",
    "a",
    "b",
    "signal",
    "object",
    "post",
    "published_at",
    "account",
    "seconds_apart",
    "why",
)
_INFLUENCE = (
    "scope", "account", "handle", "score", "low", "high", "reach", "amplified", "h_index",
    "sustained", "reasons", "caveats",
)  # fmt: skip


def write_csv(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """Write one table where the name ends in ``.csv``, else all of them into a folder.

    Accounts are shown as the privacy settings ask, and groups as they stand under analysts' marks.
    A cell of text that a spreadsheet would take for a formula gets an apostrophe in front.

    Raises:
        ConfigError: a table of findings is asked for by name, and there is no analysis yet.
    """
    people = pseudonyms(workspace)
    if path.suffix.lower() == ".csv":
        name = path.stem.lower() if path.stem.lower() in TABLES else "posts"
        if (
            name != "posts"
            and index.generation("influence" if name == "influencers" else "cluster") is None
        ):
            raise ConfigError(
                f"there is no analysis to make {path.name} of; run `tocsin analyse` first"
            )
        return {name: _write(path, *TABLES[name], index, people)}
    path.mkdir()
    return {
        name: _write(path / f"{name}.csv", columns, rows, index, people)
        for name, (columns, rows) in TABLES.items()
    }


def cell(value: Any) -> str:
    """What stands in a cell: numbers as they are, text without control characters and never a
    formula."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    text = clean(str(value))
    return (
        f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA[:4]) else text
    )


def _write(
    path: Path,
    columns: tuple[str, ...],
    rows: Callable[[Index, Pseudonyms], Iterable[Row]],
    index: Index,
    people: Pseudonyms,
) -> int:
    number = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for row in rows(index, people):
            writer.writerow([cell(row.get(column)) for column in columns])
            number += 1
    return number


def _posts(index: Index, people: Pseudonyms) -> Iterator[Row]:
    for document in documents(index):
        public = public_post(document, people)
        author = public.get("author") or {}
        lists = {key: " ".join(public.get(key) or ()) for key in _LISTS}
        metrics = {key: (public.get("metrics") or {}).get(key) for key in _METRICS}
        yield {
            **public,
            **lists,
            **metrics,
            "author": author.get("id"),
            "handle": author.get("handle"),
        }


def _accounts(index: Index, people: Pseudonyms) -> Iterator[Row]:
    for cluster in current_clusters(index):
        fits = "; ".join(e.kind for e in cluster.innocent_explanations if e.fits)
        for member in cluster.accounts:
            yield {
                "cluster": cluster.id,
                "status": cluster.status,
                "account": people.account(member.id),
                "handle": people.handle(member.handle, member.id),
                "degree": member.degree,
                "posts": member.posts,
                "signals": ", ".join(cluster.signals),
                "q_value": cluster.q_value,
                "because": cluster.because,
                "explained_by": fits,
                "first_at": rfc3339(cluster.first_at) if cluster.first_at else None,
                "last_at": rfc3339(cluster.last_at) if cluster.last_at else None,
            }


def _edges(index: Index, people: Pseudonyms) -> Iterator[Row]:
    for edge in (e for e in index.findings("edge") if isinstance(e, Edge)):
        yield {
            "cluster": edge.cluster,
            "a": people.account(edge.a),
            "b": people.account(edge.b),
            "weight": edge.weight,
            "p_value": edge.p_value,
            "q_value": edge.q_value,
            "signals": ", ".join(sorted(edge.signals)),
            "objects": sum(edge.signals.values()),
            "evidence": len(edge.evidence),
        }


def _evidence(index: Index, people: Pseudonyms) -> Iterator[Row]:
    """One row a post behind an edge."""
    tested = next((f for f in index.findings("tested") if isinstance(f, Tested)), None)
    for edge in (e for e in index.findings("edge") if isinstance(e, Edge)):
        ids = sorted({post_id for e in edge.evidence for post_id in e.posts})
        known = {
            d.id: d
            for start in range(0, len(ids), 1_000)
            for d in index.get(ids[start : start + 1_000])
            if d is not None
        }
        for evidence in edge.evidence:
            for post_id in evidence.posts:
                document = known.get(post_id)
                yield {
                    "cluster": edge.cluster,
                    "a": people.account(edge.a),
                    "b": people.account(edge.b),
                    "signal": evidence.signal,
                    "object": _object(evidence, tested, people),
                    "post": native_id(post_id),
                    "seconds_apart": evidence.seconds_apart,
                    "why": evidence.why,
                    "published_at": rfc3339(document.published_at)
                    if document and document.published_at
                    else None,
                    "account": people.account(document.author.id)
                    if document and document.author
                    else None,
                }


def _object(evidence: Evidence, tested: Tested | None, people: Pseudonyms) -> str:
    """What was shared: accounts as the privacy settings show them, posts without their platform."""
    kind = describe_signal(tested, evidence.signal).object_kind
    if kind == "account":
        return people.account(evidence.object)
    if kind == "post" or (not kind and evidence.signal in _POINTERS):
        return native_id(evidence.object)
    return evidence.object


def _influencers(index: Index, people: Pseudonyms) -> Iterator[Row]:
    for one in (f for f in index.findings("influence") if isinstance(f, Influence)):
        yield {
            "scope": one.scope,
            "account": people.account(one.account),
            "handle": people.handle(one.handle, one.account),
            "score": one.score,
            "low": one.interval[0],
            "high": one.interval[1],
            "reach": one.reach,
            "amplified": one.amplified,
            "h_index": one.h_index,
            "sustained": one.sustained,
            "reasons": " ".join(map(str, one.reasons)),
            "caveats": " ".join(map(str, one.caveats)),
        }


TABLES: dict[str, tuple[tuple[str, ...], Callable[[Index, Pseudonyms], Iterable[Row]]]] = {
    "posts": (_POST, _posts),
    "accounts": (_ACCOUNT, _accounts),
    "edges": (_EDGE, _edges),
    "evidence": (_EVIDENCE, _evidence),
    "influencers": (_INFLUENCE, _influencers),
}
"""Table -> its columns, and what gives its rows."""
