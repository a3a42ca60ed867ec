"""What lies beyond the words of a query: for ``tocsin discover`` and for the screens."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from index.privacy import pseudonyms as workspace_pseudonyms
from index.reading.queries import read_query
from nlp.discovery.judging import read_judgements, write_judgements
from nlp.discovery.people import chances_of_authors
from nlp.discovery.ranking import NEAREST
from nlp.discovery.search import (
    MIN_JUDGED,
    SURE_AUC,
    VERSION,
    Discovery,
    find_beyond,
)
from nlp.models import embedder
from nlp.narratives.nodes import build_nodes
from nlp.text.corpus import Corpus, read_corpus
from tocsin.core.dates import time_option
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

MAX_PEOPLE = 50
EXCERPT = 200
"""Characters of a post's text beside it, at most."""
FOLDER = "judgements"
"""Of the workspace: a file a query, as ``tocsin discover --judged`` reads it."""
PRECISION, LIMIT = 0.8, 20
Window = tuple[datetime | None, datetime | None]


class Beyond(NamedTuple):
    """What is beyond a query.

    Attributes:
        document: the JSON document of ``tocsin discover``.
        ids: document ids of its posts, in their order.
        judgements: rows of a file of judgements: what was judged, then what is to be judged next;
            id, whether it is relevant (None: not judged yet), text.
    """

    document: dict[str, Any]
    ids: list[str]
    judgements: list[tuple[str, bool | None, str]]


def look_beyond(
    workspace: Workspace,
    index: Index,
    query: str,
    window: Window,
    judgements: Mapping[str, bool],
    *,
    precision: float = PRECISION,
    limit: int = LIMIT,
    within: str = "",
) -> Beyond:
    """What ``tocsin discover`` answers, of the posts alone that the query ``within`` finds.

    Raises:
        ConfigError: too few hits, hits without a subject, or no vectors.
    """
    pseudonyms = workspace_pseudonyms(workspace, index)
    whole = read_query(within, index, pseudonyms) if within.strip() else ""
    corpus = read_corpus(index, *window, query=whole)
    hits = _hits(index, corpus, query, pseudonyms)
    discovery, warnings = _discover(workspace, index, corpus, hits, precision, judgements)
    document = {
        "posts": _posts(corpus, discovery, limit, pseudonyms),
        "people": _people(corpus, discovery, hits, min(limit, MAX_PEOPLE), pseudonyms),
        "people_found": len(_authors_of(corpus, discovery)),
        "estimate": _estimate(discovery),
        "promise": _promise(discovery),
        "run_id": None,
        "method": _method(workspace, precision, discovery),
        "data_as_of": corpus.newest,
        "warnings": warnings,
    }
    keys = corpus.table.column("id")
    ids = [keys[row].as_py() for row in discovery.rows[:limit].tolist()]
    rows = list(_to_judge(corpus, discovery, judgements, pseudonyms))
    return Beyond(document, ids, rows)


def judgements_file(workspace: Workspace, query: str) -> Path:
    """Where the screens keep the judgements of a query."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(query)).strip("-")[:40].strip("-") or "query"
    digest = hashlib.sha256(query.strip().encode()).hexdigest()[:8]
    return workspace.home / FOLDER / f"{words}-{digest}.csv"


def answer(workspace: Workspace, index: Any, subject: str) -> Mapping[str, Any]:
    """What a screen asks: see `tocsin.core.runtime.answers`.

    ``subject`` is JSON: ``query``, ``within``, ``since``, ``until``, and ``judgements``, post id ->
    true or false, which are added to those of the query's file. Besides the document of the
    command: ``documents`` (ids of the posts), ``file``, ``judged`` (how many) and ``to_judge``
    (document ids, the most telling first).
    """
    asked = json.loads(subject)
    query = str(asked["query"])
    path = judgements_file(workspace, query)
    judgements = read_judgements(path) if path.exists() else {}
    given: Mapping[str, bool] = asked.get("judgements") or {}
    judgements |= {name: bool(relevant) for name, relevant in given.items()}
    window = time_option(asked.get("since"), "since"), time_option(asked.get("until"), "until")
    if given:  # before anything else: what a person said is not lost where the search fails
        path.parent.mkdir(parents=True, exist_ok=True)
        write_judgements(path, ((name, said, "") for name, said in judgements.items()))
    within = str(asked.get("within") or "")
    found = look_beyond(workspace, index, query, window, judgements, within=within)
    if given:
        write_judgements(path, found.judgements)
    return {
        **found.document,
        "documents": found.ids,
        "file": str(path),
        "judged": len(judgements),
        "to_judge": [name for name, relevant, _ in found.judgements if relevant is None],
    }


def _hits(index: Index, corpus: Corpus, query: str, pseudonyms: Pseudonyms) -> NDArray[np.bool_]:
    """By row of the corpus, whether the query finds it."""
    batches = index.scan(["id"], query=read_query(query, index, pseudonyms), order="none")
    hit_ids = {key for batch in batches for key in batch.column("id").to_pylist()}
    return np.array([key in hit_ids for key in corpus.column("id")], dtype=bool)


def _discover(
    workspace: Workspace,
    index: Index,
    corpus: Corpus,
    hits: NDArray[np.bool_],
    precision: float,
    judgements: Mapping[str, bool],
) -> tuple[Discovery, list[Message]]:

    settings = workspace.settings
    ids, vectors = index.vectors(embedder.key(settings.nlp), corpus.column("id"))
    if not len(ids):
        raise ConfigError(Message("discovery.no_vectors"))
    rows_of = _rows_of(corpus, judgements.keys())
    judged_rows = {row: judgements[name] for name, row in rows_of.items()}
    warnings: list[Message] = []
    if outside := len(judgements) - len(rows_of):
        warnings.append(Message("discovery.judged_outside", {"n": outside}))
    nodes = build_nodes(corpus, ids, vectors, embedder.load(settings.nlp))
    discovery = find_beyond(nodes, hits, precision, judged_rows, settings.graph.seed)
    if not discovery.judged:
        warnings.append(Message("discovery.unjudged"))
    elif not discovery.measured:
        few = {"n": discovery.judged, "least": MIN_JUDGED}
        warnings.append(Message("discovery.few_judged", few))
    if discovery.auc < SURE_AUC:
        warnings.append(Message("discovery.loose", {"chance": discovery.auc}))
    return discovery, warnings


def _rows_of(corpus: Corpus, names: Collection[str]) -> dict[str, int]:
    """Name of a post, by id or native id -> its row; names that are not here are left out."""
    if not names:
        return {}
    return {
        name: row
        for row, post in enumerate(corpus.column("id"))
        for name in (post, native_id(post))
        if name in names
    }


def _posts(
    corpus: Corpus, discovery: Discovery, limit: int, pseudonyms: Pseudonyms
) -> list[dict[str, Any]]:
    keys = corpus.table.column("id")
    columns = (
        discovery.rows,
        discovery.score,
        discovery.similarity,
        discovery.expected,
        discovery.nearest,
    )
    cells = zip(*(column[:limit].tolist() for column in columns), strict=True)
    posts = []
    for row, score, similarity, chance, nearest in cells:
        like = {"id": native_id(keys[nearest].as_py()), "similarity": similarity}
        posts.append(
            {
                "id": native_id(keys[row].as_py()),
                "score": round(score, 4),
                "similarity": round(similarity, 4),
                "expected_precision": round(chance, 4),
                "why": Message("discovery.why.post", like),
                "text": _excerpt(corpus, row, pseudonyms),
            }
        )
    return posts


def _to_judge(
    corpus: Corpus,
    discovery: Discovery,
    judgements: Mapping[str, bool],
    pseudonyms: Pseudonyms,
) -> Iterator[tuple[str, bool | None, str]]:
    """What was judged, then what is to be judged next."""
    keys = corpus.table.column("id")
    row_of = _rows_of(corpus, judgements.keys())
    for key, relevant in judgements.items():
        # an answer is kept wherever the post is
        row = row_of.get(key)
        yield key, relevant, "" if row is None else _excerpt(corpus, row, pseudonyms)
    for row in discovery.to_judge.tolist():
        yield keys[row].as_py(), None, _excerpt(corpus, row, pseudonyms)


def _excerpt(corpus: Corpus, row: int, pseudonyms: Pseudonyms) -> str:
    """Title, else text, of a post in one line, accounts hidden as the settings say."""
    said = corpus.cell("title", row) or corpus.cell("text", row) or ""
    line = " ".join(pseudonyms.text(said).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def _authors_of(corpus: Corpus, discovery: Discovery) -> NDArray[np.integer]:
    """Numbers of the authors of the posts, each once."""
    authors = np.unique(corpus.authors[discovery.rows])
    return authors[authors >= 0]


def _people(
    corpus: Corpus,
    discovery: Discovery,
    hits: NDArray[np.bool_],
    limit: int,
    pseudonyms: Pseudonyms,
) -> list[dict[str, Any]]:
    """Authors of the posts, those first who are likeliest to have written more than one."""
    expected: dict[int, list[float]] = defaultdict(list)
    last_row: dict[int, int] = {}
    for row, chance in zip(discovery.rows.tolist(), discovery.expected.tolist(), strict=True):
        author = int(corpus.authors[row])
        if author >= 0:
            expected[author].append(chance)
            last_row[author] = row
    authors_of_hits = corpus.authors[hits & (corpus.authors >= 0)]
    hits_of = np.bincount(authors_of_hits, minlength=len(corpus.author_ids))
    by_author = chances_of_authors(corpus.authors, discovery.chances, len(corpus.author_ids))
    ranked = sorted(
        expected,
        key=lambda a: (-round(float(by_author[a]), 6), -sum(expected[a]), corpus.author_ids[a]),
    )
    people = []
    for author in ranked[:limit]:
        key, handle = corpus.author_ids[author], corpus.cell("handle", last_row[author])
        posts, own_hits = len(expected[author]), int(hits_of[author])
        people.append(
            {
                "id": pseudonyms.account(key),
                "handle": pseudonyms.handle(handle, key),
                "posts": posts,
                "expected_relevant": round(sum(expected[author]), 2),
                "hits": own_hits,
                "chance": round(float(by_author[author]), 4),
                "why": Message("discovery.why.person", {"n": posts, "hits": own_hits}),
            }
        )
    return people


def _estimate(discovery: Discovery) -> dict[str, Any]:
    interval = None
    if discovery.low is not None:
        interval = [_rounded(discovery.low), _rounded(discovery.high)]
    return {
        "precision": _rounded(discovery.precision),
        "interval": interval,
        "posts": len(discovery.rows),
        "judged": discovery.judged,
        "measured": discovery.measured,
    }


def _promise(discovery: Discovery) -> Message | None:
    """What the estimate means, in a sentence."""
    if discovery.precision is None:
        return None
    said = "measured" if discovery.measured else "ordered" if discovery.judged else "guessed"
    share = {"share": discovery.precision, "low": discovery.low, "high": discovery.high}
    return Message(f"discovery.promise.{said}", {"n": discovery.judged, **share})


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _method(workspace: Workspace, precision: float, discovery: Discovery) -> dict[str, Any]:

    parameters = {
        "model": embedder.key(workspace.settings.nlp),
        "nearest": NEAREST,
        "precision": precision,
        "judged": discovery.judged,
        "seed": workspace.settings.graph.seed,
    }
    return {"name": "discovery", "version": VERSION, "parameters": parameters}
