"""From an index to narratives: texts that say the same are one node, nodes are grouped, groups are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.models.embedder import Embedder
from nlp.narratives.centring import Vectors, centred, unit
from nlp.narratives.communities import ALIKE, MEMBER, NEIGHBOURS, NOISE, communities, resolution
from nlp.narratives.identity import identify
from nlp.narratives.labels import label, labels
from nlp.narratives.neighbours import sums_by
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs, moment
from tocsin.core.findings import Evidence, Method, Narrative, rfc3339

VERSION = "1"
CENTRAL, FRINGE, FIRST_AUTHORS = 5, 3, 5
_LABEL_TEXTS = 300
CAVEAT = "grouped by likeness of meaning alone: posts for and against one thing can stand in one narrative"


@dataclass(frozen=True, slots=True)
class Nodes:
    """Different texts. ``of`` is the node of each document row, -1 where it has no vector; ``first`` each node's first row."""

    of: Longs
    first: Longs
    vectors: Vectors


def narratives(
    corpus: Corpus, nodes: Nodes, embedder: Embedder, *, coordinated: frozenset[str] | None,
    before: dict[str, Sequence[str]], min_posts: int, since: datetime | None = None, until: datetime | None = None,
) -> list[Narrative]:  # fmt: skip
    """The narratives of a corpus, the largest first.

    Args:
        corpus: the window's documents.
        nodes: its different texts (`make_nodes`).
        embedder: the one that made their vectors.
        coordinated: authors flagged as coordinated; None where that was not analysed.
        before: id -> members of the narratives published last.
        min_posts: posts below which a group is none.
        since, until: the window, for the method.
    """
    groups, strength = communities(nodes.vectors)
    of_row = np.where(nodes.of >= 0, groups[nodes.of], NOISE)
    members = _members(of_row, np.where(nodes.of >= 0, strength[nodes.of], 0), min_posts)
    keys = corpus.column("id")
    made_ids = identify([[keys[row] for row in rows] for rows in members], before)
    named = labels({place: _texts(corpus, nodes, rows) for place, rows in enumerate(members)})
    method = Method(
        name="narratives",
        version=VERSION,
        parameters={
            "model": embedder.name, "neighbours": NEIGHBOURS, "resolution": resolution(len(nodes.vectors)), "alike": ALIKE, "member": MEMBER,
            "min_posts": min_posts, "documents": len(corpus), "since": rfc3339(since) if since else None,
            "until": rfc3339(until) if until else None, "data_as_of": rfc3339(corpus.newest) if corpus.newest else None,
        },
    )  # fmt: skip
    told = [
        _told(corpus, nodes, rows, key, named[place], coordinated, method)
        for place, (rows, key) in enumerate(zip(members, made_ids, strict=True))
    ]
    return sorted(told, key=lambda narrative: (-narrative.posts, narrative.id))


def make_nodes(corpus: Corpus, ids: Sequence[str], vectors: Vectors, embedder: Embedder) -> Nodes:
    """Documents with equal vectors, or of one copy group, are one node: a text posted a thousand times is one text."""
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    rows = np.array([row_of[key] for key in ids if key in row_of], np.int64)
    vectors = vectors[[key in row_of for key in ids]] if len(rows) < len(ids) else vectors
    of = np.full(len(corpus), -1, np.int64)
    if not len(rows):
        return Nodes(of, np.zeros(0, np.int64), np.zeros((0, embedder.dim), np.float32))
    if (np.diff(rows) < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, vectors = rows[order], vectors[order]
    _, first, text = np.unique(_hashes(vectors), return_index=True, return_inverse=True)
    spoken = corpus.column("detected_lang")
    plain = centred(
        vectors[first],
        [_base_language(spoken[row]) for row in rows[first]],
        embedder.encode,
        in_place=True,
    )
    copies = corpus.column("copy_group")
    groups = {
        name: code for code, name in enumerate(sorted({copies[row] for row in rows if copies[row]}))
    }
    code = np.array([groups.get(copies[row] or "", -1) for row in rows], np.int64)
    joined = code >= 0
    size = len(first) + len(groups)
    edges = sparse.csr_matrix(
        (np.ones(joined.sum()), (text[joined], len(first) + code[joined])), shape=(size, size)
    )
    component = connected_components(edges, directed=False)[1][: len(first)]
    # nodes are numbered by their first document, so that they do not depend on how texts were hashed
    node_of_row = component[text]
    _, firsts, numbered = np.unique(node_of_row, return_index=True, return_inverse=True)
    by_time = np.argsort(np.argsort(firsts))
    of[rows] = by_time[numbered]
    node_of_text = np.empty(len(first), np.int64)
    node_of_text[text] = of[rows]
    return Nodes(of, rows[np.sort(firsts)], unit(sums_by(plain, node_of_text, len(firsts))))


def assignments(found: Iterable[Narrative]) -> dict[str, str]:
    """Document id -> narrative id."""
    return {member: narrative.id for narrative in found for member in narrative.members}


def _members(of_row: Longs, strength: Any, min_posts: int) -> list[list[int]]:
    """Rows of each group that is large enough, the strongest first."""
    found = []
    for group in range(int(of_row.max(initial=-1)) + 1):
        rows = np.flatnonzero(of_row == group)
        if len(rows) >= min_posts:
            order = np.lexsort((rows, -np.round(strength[rows], 6)))
            found.append([int(row) for row in rows[order]])
    return found


def _told(
    corpus: Corpus, nodes: Nodes, rows: list[int], key: str, named: tuple[str, ...], coordinated: frozenset[str] | None, method: Method
) -> Narrative:  # fmt: skip
    keys = corpus.table.column("id")
    distinct = list(dict.fromkeys(int(nodes.of[row]) for row in rows))
    firsts = [keys[int(nodes.first[node])].as_py() for node in distinct]
    central = tuple(firsts[:CENTRAL])
    by_time = sorted(rows, key=lambda row: (corpus.times[row] == UNKNOWN_TIME, row))
    times = [int(corpus.times[row]) for row in by_time if corpus.times[row] != UNKNOWN_TIME]
    authors = [
        corpus.author_ids[code]
        for code in (int(corpus.authors[row]) for row in by_time)
        if code >= 0
    ]
    languages = Counter(corpus.at("detected_lang", row) or "und" for row in rows)
    called = label(named, corpus.at("text", int(nodes.first[distinct[0]])) or "")
    share = (
        None
        if coordinated is None
        else round(sum(author in coordinated for author in authors) / len(rows), 6)
    )
    return Narrative(
        id=key, method=method, label=called, terms=named, languages=dict(sorted(languages.items(), key=lambda kv: (-kv[1], kv[0]))),
        posts=len(rows), authors=len(set(authors)), first_at=moment(times[0]) if times else None,
        last_at=moment(times[-1]) if times else None, central=central, fringe=tuple(firsts[CENTRAL:][-FRINGE:]),
        members=tuple(keys[row].as_py() for row in rows), coordinated_share=share,
        first_authors=tuple(dict.fromkeys(authors))[:FIRST_AUTHORS], caveats=(CAVEAT,),
        evidence=(Evidence(signal="meaning", object=called, posts=central, why="closest to the middle of the group"),),
    )  # fmt: skip


def _texts(corpus: Corpus, nodes: Nodes, rows: list[int]) -> list[tuple[str | None, str]]:
    distinct = list(dict.fromkeys(int(nodes.of[row]) for row in rows))[:_LABEL_TEXTS]
    return [
        (corpus.at("title", int(nodes.first[n])), corpus.at("text", int(nodes.first[n])) or "")
        for n in distinct
    ]


def _hashes(vectors: Vectors) -> Longs:
    """A 64-bit number per row, equal for equal rows."""
    factors = np.asarray(
        np.random.default_rng(1).integers(-(2**63), 2**63 - 1, vectors.shape[1]), np.int64
    ) | np.int64(1)
    bits = np.ascontiguousarray(vectors).view(np.int32)
    found = np.zeros(len(vectors), np.int64)
    with np.errstate(over="ignore"):
        for column in range(vectors.shape[1]):
            found += bits[:, column].astype(np.int64) * factors[column]
    return found


def _base_language(code: str | None) -> str:
    return (code or "und").split("-")[0]
