"""Tables for spreadsheets: posts, and what the analysis found, as CSV or as a workbook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.current import current_clusters, current_structures, published_pairs
from index.exports.jsonl import documents
from index.exports.post_findings import PostFindings
from index.exports.public_posts import public_post
from index.exports.tables import Dialect, Row, Table, write_csv_table
from index.privacy import pseudonyms
from tocsin.core.documents import FOUND_KEYS, STRUCTURE_KEYS, LinkKind, document_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Edge, Evidence, Influence, Structure, Tested, Tie
from tocsin.core.language.words import terminal_language
from tocsin.core.messages import Message
from tocsin.core.shared_objects import describe_signal, evidence_why

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

_LISTS = ("urls", "hashtags", "mentions")
_POSTS_POINTED_TO = (
    ("reply_to", LinkKind.REPLY),
    ("repost_of", LinkKind.REPOST),
    ("quote_of", LinkKind.QUOTE),
)
_METRICS = ("likes", "reposts", "replies", "quotes", "views")
POST_COLUMNS = (
    "id", "platform", "kind", "author", "handle", "published_at", "lang", "title", "text",
    "url", *_LISTS, "reply_to", "repost_of", "quote_of", *_METRICS, "source", *FOUND_KEYS,
    *STRUCTURE_KEYS, "deleted_at",
)  # fmt: skip
_ACCOUNT = (
    "cluster", "status", "account", "handle", "degree", "posts", "signals", "q_value",
    "first_at", "last_at", "because", "explained_by",
    "cluster_name", "structure", "structure_name", "shape", "hub",
)  # fmt: skip
_EDGE = (
    "cluster", "a", "b", "weight", "p_value", "q_value", "signals", "objects", "evidence",
    "found_in", "structure", "leader", "times", "of", "median_seconds",
)  # fmt: skip
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
    "structure",
    "step_seconds",
)
_INFLUENCE = (
    "scope", "account", "handle", "score", "low", "high", "reach", "amplified", "h_index",
    "sustained", "reasons", "caveats",
)  # fmt: skip


def write_csv(
    index: Index, workspace: Workspace, path: Path, separator: str | None = None
) -> dict[str, int]:
    """Write one table where the name ends in ``.csv``, else all of them into a folder.

    Accounts are shown as the privacy settings ask, and groups as they stand under analysts' marks.
    Cells and their separator are those of `index.exports.tables`, for the language of the terminal.

    Raises:
        ConfigError: a table of findings is asked for by name, and there is no analysis yet.
    """
    people = pseudonyms(workspace, index)
    dialect = Dialect.of(terminal_language(workspace.settings.language, os.environ), separator)
    if path.suffix.lower() == ".csv":
        name = path.stem.lower() if path.stem.lower() in TABLES else "posts"
        if (
            name != "posts"
            and index.generation("influence" if name == "influencers" else "cluster") is None
        ):
            raise ConfigError(Message("fault.export.nothing", {"name": path.name}))
        return {name: write_csv_table(path, _table(name, index, people), dialect)}
    path.mkdir()
    return {
        table.name: write_csv_table(path / f"{table.name}.csv", table, dialect)
        for table in all_tables(index, people)
    }


def all_tables(index: Index, people: Pseudonyms) -> Iterator[Table]:
    """Every table, its rows read when they are asked for."""
    return (_table(name, index, people) for name in TABLES)


def _table(name: str, index: Index, people: Pseudonyms) -> Table:
    columns, rows = TABLES[name]
    written = rows(index, people)
    # posts are masked one by one, each with the names of its author
    return Table(name, columns, written if name == "posts" else map(people.hide, written))


def post_row(
    document: Document, public: Mapping[str, Any], found: Mapping[str, Any], people: Pseudonyms
) -> Row:
    """The row of a post.

    Ids of posts are written with their platform, which keeps spreadsheets from rounding them;
    importers take it away again.

    Args:
        document: the post.
        public: what may be shown of it, as `public_post` gives it.
        found: as `Found.of` gives it.
        people: how accounts are shown.
    """
    prefix = f"{document.platform}:"
    pointers = {
        key: document_id(document.platform, public[key])
        for key, kind in _POSTS_POINTED_TO
        if public.get(key) and (document.target(kind) or "").startswith(prefix)
    }
    return {
        **public,
        **pointers,
        **found,
        **{key: " ".join(public.get(key) or ()) for key in _LISTS},
        **{key: (public.get("metrics") or {}).get(key) for key in _METRICS},
        "id": document_id(document.platform, public["id"]),
        "published_at": document.published_at,
        "deleted_at": document.deleted_at,
        "author": _account(people, document.author.id) if document.author else None,
        "handle": (public.get("author") or {}).get("handle"),
    }


def _account(people: Pseudonyms, author_id: str) -> str:
    """An account as a table names it: its pseudonym, or its id with the platform."""
    return people.account(author_id) if people.enabled else author_id


def _posts(index: Index, people: Pseudonyms) -> Iterator[Row]:
    found = PostFindings(index, people)
    for document in documents(index):
        yield post_row(document, public_post(document, people), found.of(document), people)


def _accounts(index: Index, people: Pseudonyms) -> Iterator[Row]:
    """The members of groups, then those of pairs, stars and chains, whose ``cluster`` is empty."""
    for cluster in (*current_clusters(index), *current_structures(index)):
        fits = "; ".join(e.kind for e in cluster.innocent_explanations if e.fits)
        names: Row = {"cluster": cluster.id, "cluster_name": cluster.subject}
        if isinstance(cluster, Structure):
            hub = _account(people, cluster.hub) if cluster.hub else None
            names = {"structure": cluster.id, "structure_name": cluster.subject}
            names |= {"shape": cluster.shape, "hub": hub}
        for member in cluster.accounts:
            yield {
                **names,
                "status": cluster.status,
                "account": _account(people, member.id),
                "handle": people.handle(member.handle, member.id),
                "degree": member.degree,
                "posts": member.posts,
                "signals": ", ".join(cluster.signals),
                "q_value": cluster.q_value,
                "because": cluster.because,
                "explained_by": fits,
                "first_at": cluster.first_at,
                "last_at": cluster.last_at,
            }


def _edges(index: Index, people: Pseudonyms) -> Iterator[Row]:
    """The pairs of groups, then those of pairs, stars and chains with who acts after whom."""
    following = {
        frozenset((pair.leader, pair.follower)): pair
        for structure in current_structures(index)
        for pair in structure.following
    }
    for edge in published_pairs(index):
        after = following.get(frozenset((edge.a, edge.b))) if isinstance(edge, Tie) else None
        yield {
            **_where(edge),
            "found_in": "structure" if isinstance(edge, Tie) else "group",
            "leader": _account(people, after.leader) if after else None,
            "times": after.times if after else None,
            "of": after.of if after else None,
            "median_seconds": after.seconds if after else None,
            "a": _account(people, edge.a),
            "b": _account(people, edge.b),
            "weight": edge.weight,
            "p_value": edge.p_value,
            "q_value": edge.q_value,
            "signals": ", ".join(sorted(edge.signals)),
            "objects": sum(edge.signals.values()),
            "evidence": len(edge.evidence),
        }


def _where(edge: Edge) -> Row:
    """The group of a pair, or the pair, star or chain that it is in."""
    return {"structure" if isinstance(edge, Tie) else "cluster": edge.cluster}


def _evidence(index: Index, people: Pseudonyms) -> Iterator[Row]:
    """One row a post behind an edge."""
    tested = next((f for f in index.findings("tested") if isinstance(f, Tested)), None)
    for edge in published_pairs(index):
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
                    **_where(edge),
                    "a": _account(people, edge.a),
                    "b": _account(people, edge.b),
                    "signal": evidence.signal,
                    "object": _object(evidence, tested, people),
                    "post": post_id,
                    "seconds_apart": evidence.seconds_apart,
                    "step_seconds": evidence.step_seconds,
                    "why": evidence_why(evidence, tested),
                    "published_at": document.published_at if document else None,
                    "account": _account(people, document.author.id)
                    if document and document.author
                    else None,
                }


def _object(evidence: Evidence, tested: Tested | None, people: Pseudonyms) -> str:
    """What was shared: accounts as the privacy settings show them, all else as it is."""
    if describe_signal(tested, evidence.signal).object_kind == "account":
        return people.mentioned(evidence.object) if people.enabled else evidence.object
    return evidence.object


def _influencers(index: Index, people: Pseudonyms) -> Iterator[Row]:
    for one in (f for f in index.findings("influence") if isinstance(f, Influence)):
        yield {
            "scope": one.scope,
            "account": _account(people, one.account),
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
    "posts": (POST_COLUMNS, _posts),
    "accounts": (_ACCOUNT, _accounts),
    "edges": (_EDGE, _edges),
    "evidence": (_EVIDENCE, _evidence),
    "influencers": (_INFLUENCE, _influencers),
}
"""Table -> its columns, and what gives its rows."""
