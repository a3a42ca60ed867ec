"""Different texts: documents with equal vectors, or of one copy group, are one node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.models.embedder import Embedder
from nlp.narratives.content import has_content
from nlp.narratives.vectors.debiasing import Vectors, l2_normalised, remove_language_bias
from nlp.narratives.vectors.neighbours import sums_by_group
from nlp.text.corpus import Corpus, Longs

_LONG = 400
_FEW_ROWS = 256


@dataclass(frozen=True, slots=True)
class TextNodes:
    """Different texts that say something.

    ``of_row`` is the node of each document row, -1 where it has no vector or no content;
    ``first_row`` each node's first row; ``vectors`` float32 (nodes, d), debiased, rows at length 1;
    ``contentless`` how many documents have a vector and no words of a subject.
    """

    of_row: Longs
    first_row: Longs
    vectors: Vectors
    contentless: int = 0


def build_nodes(
    corpus: Corpus, ids: Sequence[str], vectors: Vectors, embedder: Embedder
) -> TextNodes:
    """The nodes of a corpus: a text that is posted a thousand times is one text.

    Replies, greetings and bare links leave here (`nlp.narratives.content`).
    """
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    rows = np.array([row_of[key] for key in ids if key in row_of], np.int64)
    vectors = vectors[[key in row_of for key in ids]] if len(rows) < len(ids) else vectors
    said = _with_content(corpus, rows)
    contentless = int((~said).sum())
    if contentless:
        rows, vectors = rows[said], vectors[said]
    node_of_row = np.full(len(corpus), -1, np.int64)
    if not len(rows):
        no_vectors = np.zeros((0, embedder.dim), np.float32)
        return TextNodes(node_of_row, np.zeros(0, np.int64), no_vectors, contentless)
    if (np.diff(rows) < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, vectors = rows[order], vectors[order]
    # from here on arrays are over `rows`, the documents that have a vector
    _, first, text = np.unique(_hashes(vectors), return_index=True, return_inverse=True)
    languages = corpus.column("detected_lang")
    debiased = remove_language_bias(
        vectors[first],
        [base_language(languages[row]) for row in rows[first]],
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
    if len(firsts) == len(first):  # no text is a copy of another
        merged = np.empty_like(debiased)
        merged[node_of_text] = debiased
    else:
        merged = l2_normalised(sums_by_group(debiased, node_of_text, len(firsts)))
    return TextNodes(node_of_row, rows[np.sort(firsts)], merged, contentless)


def base_language(code: str | None) -> str:
    """A language code without its region; ``und`` where there is none."""
    return (code or "und").split("-")[0]


def _with_content(corpus: Corpus, rows: Longs) -> NDArray[np.bool_]:
    """Whether each of some rows says something; equal texts are read once."""
    titles, texts = corpus.column("title"), corpus.column("text")
    known: dict[tuple[str | None, str], bool] = {}
    found = np.zeros(len(rows), np.bool_)
    for place, row in enumerate(rows):
        pair = (titles[row], texts[row] or "")
        if len(pair[1]) + len(pair[0] or "") > _LONG:
            found[place] = True  # nothing so long is a greeting
            continue
        if pair not in known:
            known[pair] = has_content(*pair)
        found[place] = known[pair]
    return found


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


def _hashes(vectors: Vectors) -> Longs:
    """A 64-bit number per row, equal for equal rows."""
    random = np.random.default_rng(1)
    integers = random.integers(-(2**63), 2**63 - 1, vectors.shape[1])
    factors = np.asarray(integers, np.int64) | np.int64(1)
    bits = np.ascontiguousarray(vectors).view(np.int32)
    hashes = np.empty(len(vectors), np.int64)
    with np.errstate(over="ignore"):
        for start in range(0, len(vectors), _FEW_ROWS):
            block = slice(start, start + _FEW_ROWS)
            hashes[block] = (bits[block] * factors).sum(axis=1)
    return hashes
