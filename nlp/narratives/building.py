"""From an index to narratives: equal texts are one node, nodes are clustered and described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.models.embedder import Embedder
from nlp.narratives.communities import (
    MIN_MEMBERSHIP,
    MIN_SIMILARITY,
    NEIGHBOURS,
    NOISE,
    find_communities,
    louvain_resolution,
)
from nlp.narratives.debiasing import Vectors, l2_normalised, remove_language_bias
from nlp.narratives.neighbours import sums_by_group
from nlp.narratives.stable_ids import match_ids
from nlp.narratives.topic_terms import make_label, topic_terms
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs
from tocsin.core.dates import from_milliseconds
from tocsin.core.findings import Evidence, Method, Narrative, rfc3339
from tocsin.core.messages import Message

VERSION = "1"
CENTRAL, FRINGE, FIRST_AUTHORS = 5, 3, 5
_LABEL_TEXTS = 300
CAVEAT = Message("narrative.caveat.meaning")
CENTRAL_POSTS = Message("narrative.why.central")


@dataclass(frozen=True, slots=True)
class TextNodes:
    """Different texts.

    ``of_row`` is the node of each document row, -1 where it has no vector; ``first_row`` each
    node's first row; ``vectors`` float32 (nodes, d), debiased, rows at length 1.
    """

    of_row: Longs
    first_row: Longs
    vectors: Vectors


def build_narratives(
    corpus: Corpus,
    nodes: TextNodes,
    embedder: Embedder,
    *,
    coordinated: frozenset[str] | None,
    published: Mapping[str, Sequence[str]],
    min_posts: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Narrative]:
    """The narratives of a corpus, the largest first.

    Args:
        corpus: the window's documents.
        nodes: its different texts (`build_nodes`).
        embedder: the one that made their vectors.
        coordinated: authors flagged as coordinated; None where that was not analysed.
        published: id -> members of the narratives published last.
        min_posts: posts below which a community is not a narrative.
        since, until: the window, for the method.
    """
    community_of_node, membership = find_communities(nodes.vectors)
    has_node = nodes.of_row >= 0
    community_of_row = np.where(has_node, community_of_node[nodes.of_row], NOISE)
    membership_of_row = np.where(has_node, membership[nodes.of_row], 0)
    members = _members(community_of_row, membership_of_row, min_posts)
    keys = corpus.column("id")
    ids = match_ids([[keys[row] for row in rows] for rows in members], published)
    terms = topic_terms({at: _texts(corpus, nodes, rows) for at, rows in enumerate(members)})
    method = Method(
        name="narratives",
        version=VERSION,
        parameters={
            "model": embedder.name,
            "neighbours": NEIGHBOURS,
            "resolution": louvain_resolution(len(nodes.vectors)),
            "alike": MIN_SIMILARITY,
            "member": MIN_MEMBERSHIP,
            "min_posts": min_posts,
            "documents": len(corpus),
            "since": rfc3339(since) if since else None,
            "until": rfc3339(until) if until else None,
            "data_as_of": rfc3339(corpus.newest) if corpus.newest else None,
        },
    )
    narratives = [
        _narrative(corpus, nodes, rows, key, terms[at], coordinated, method)
        for at, (rows, key) in enumerate(zip(members, ids, strict=True))
    ]
    return sorted(narratives, key=lambda narrative: (-narrative.posts, narrative.id))


def build_nodes(
    corpus: Corpus, ids: Sequence[str], vectors: Vectors, embedder: Embedder
) -> TextNodes:
    """Documents with equal vectors, or of one copy group, are one node.

    A text that is posted a thousand times is one text.
    """
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    rows = np.array([row_of[key] for key in ids if key in row_of], np.int64)
    vectors = vectors[[key in row_of for key in ids]] if len(rows) < len(ids) else vectors
    node_of_row = np.full(len(corpus), -1, np.int64)
    if not len(rows):
        no_vectors = np.zeros((0, embedder.dim), np.float32)
        return TextNodes(node_of_row, np.zeros(0, np.int64), no_vectors)
    if (np.diff(rows) < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, vectors = rows[order], vectors[order]
    # from here on arrays are over `rows`, the documents that have a vector
    _, first, text = np.unique(_hashes(vectors), return_index=True, return_inverse=True)
    languages = corpus.column("detected_lang")
    debiased = remove_language_bias(
        vectors[first],
        [_base_language(languages[row]) for row in rows[first]],
        embedder.encode,
        in_place=True,
    )
    component = _join_copies(text, len(first), corpus, rows)
    # nodes are numbered by their first document: they do not depend on how texts were hashed
    _, firsts, numbered = np.unique(component[text], return_index=True, return_inverse=True)
    by_time = np.argsort(np.argsort(firsts))
    node_of_row[rows] = by_time[numbered]
    node_of_text = np.empty(len(first), np.int64)
    node_of_text[text] = node_of_row[rows]
    sums = sums_by_group(debiased, node_of_text, len(firsts))
    return TextNodes(node_of_row, rows[np.sort(firsts)], l2_normalised(sums))


def assignments(narratives: Iterable[Narrative]) -> dict[str, str]:
    """Document id -> narrative id."""
    return {member: narrative.id for narrative in narratives for member in narrative.members}


def _join_copies(text: Longs, texts: int, corpus: Corpus, rows: Longs) -> Longs:
    """The component of each text, where texts of one copy group are connected."""
    copy_groups = corpus.column("copy_group")
    names = sorted({copy_groups[row] for row in rows if copy_groups[row]})
    codes = {name: code for code, name in enumerate(names)}
    code = np.array([codes.get(copy_groups[row] or "", -1) for row in rows], np.int64)
    grouped = code >= 0
    # a bipartite graph: texts first, then copy groups
    size = texts + len(codes)
    edges = (text[grouped], texts + code[grouped])
    graph = sparse.csr_matrix((np.ones(grouped.sum()), edges), shape=(size, size))
    component: Longs = connected_components(graph, directed=False)[1][:texts]
    return component


def _members(
    community_of_row: Longs, membership: NDArray[np.float32], min_posts: int
) -> list[list[int]]:
    """Rows of each community that is large enough, the strongest members first."""
    members = []
    for community in range(int(community_of_row.max(initial=-1)) + 1):
        rows = np.flatnonzero(community_of_row == community)
        if len(rows) >= min_posts:
            order = np.lexsort((rows, -np.round(membership[rows], 6)))
            members.append([int(row) for row in rows[order]])
    return members


def _narrative(
    corpus: Corpus,
    nodes: TextNodes,
    rows: list[int],
    key: str,
    terms: tuple[str, ...],
    coordinated: frozenset[str] | None,
    method: Method,
) -> Narrative:
    keys = corpus.table.column("id")
    distinct = _distinct_nodes(nodes, rows)
    representatives = [keys[int(nodes.first_row[node])].as_py() for node in distinct]
    central = tuple(representatives[:CENTRAL])
    by_time = sorted(rows, key=lambda row: (corpus.times[row] == UNKNOWN_TIME, row))
    times = [int(corpus.times[row]) for row in by_time if corpus.times[row] != UNKNOWN_TIME]
    codes = [int(corpus.authors[row]) for row in by_time]
    authors = [corpus.author_ids[code] for code in codes if code >= 0]
    languages = Counter(corpus.cell("detected_lang", row) or "und" for row in rows)
    label = make_label(terms, corpus.cell("text", int(nodes.first_row[distinct[0]])) or "")
    share = None
    if coordinated is not None:
        share = round(sum(author in coordinated for author in authors) / len(rows), 6)
    return Narrative(
        id=key,
        method=method,
        label=label,
        terms=terms,
        languages=dict(sorted(languages.items(), key=lambda pair: (-pair[1], pair[0]))),
        posts=len(rows),
        authors=len(set(authors)),
        first_at=from_milliseconds(times[0]) if times else None,
        last_at=from_milliseconds(times[-1]) if times else None,
        central=central,
        fringe=tuple(representatives[CENTRAL:][-FRINGE:]),
        members=tuple(keys[row].as_py() for row in rows),
        coordinated_share=share,
        first_authors=tuple(dict.fromkeys(authors))[:FIRST_AUTHORS],
        caveats=(CAVEAT,),
        evidence=(Evidence(signal="meaning", object=label, posts=central, why=CENTRAL_POSTS),),
    )


def _distinct_nodes(nodes: TextNodes, rows: Iterable[int]) -> list[int]:
    """The different texts of some rows, in their order."""
    return list(dict.fromkeys(int(nodes.of_row[row]) for row in rows))


def _texts(corpus: Corpus, nodes: TextNodes, rows: list[int]) -> list[tuple[str | None, str]]:
    """Title and text of the first different texts of some rows."""
    first_rows = [int(nodes.first_row[node]) for node in _distinct_nodes(nodes, rows)]
    return [
        (corpus.cell("title", row), corpus.cell("text", row) or "")
        for row in first_rows[:_LABEL_TEXTS]
    ]


def _hashes(vectors: Vectors) -> Longs:
    """A 64-bit number per row, equal for equal rows."""
    random = np.random.default_rng(1)
    integers = random.integers(-(2**63), 2**63 - 1, vectors.shape[1])
    factors = np.asarray(integers, np.int64) | np.int64(1)
    bits = np.ascontiguousarray(vectors).view(np.int32)
    hashes = np.zeros(len(vectors), np.int64)
    with np.errstate(over="ignore"):
        for column in range(vectors.shape[1]):
            hashes += bits[:, column].astype(np.int64) * factors[column]
    return hashes


def _base_language(code: str | None) -> str:
    return (code or "und").split("-")[0]
