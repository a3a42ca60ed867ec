"""``tocsin discover``: posts and people beyond the words of a query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.dates import time_option
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.base import Index
    from index.privacy import Pseudonyms
    from nlp.discovery.search import Discovery
    from nlp.text.corpus import Corpus

MAX_PEOPLE, SHOWN_PEOPLE = 50, 20
EXCERPT = 200
"""Characters of a post's text beside it, at most."""


@click.command()
@click.argument("query")
@click.option(
    "--precision",
    type=click.FloatRange(0.05, 0.99),
    default=0.8,
    show_default=True,
    help="Share of the posts that should be relevant.",
)
@click.option(
    "--judged",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV or JSON lines with id and relevant: true or false.",
)
@click.option(
    "--to-judge",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV to write: what was judged, and the ten posts whose judgement would tell most.",
)
@click.option("--since", help="RFC 3339, a date, or 7d.")
@click.option("--until", help="The same.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    help="Posts to list at most.",
)
@click.pass_obj
def discover(
    app: CommandContext,
    query: str,
    precision: float,
    judged: Path | None,
    to_judge: Path | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    """Posts that mean what a query's hits mean in other words, and their authors.

    \b
    To measure the precision, judge some of them, ten at a time:
      tocsin discover QUERY --to-judge judged.csv
      (write yes or no into the column relevant of judged.csv)
      tocsin discover QUERY --judged judged.csv --to-judge judged.csv
    """
    from index.privacy import pseudonyms as workspace_pseudonyms
    from nlp.discovery.judging import read_judgements, write_judgements
    from nlp.text.corpus import read_corpus

    judgements = read_judgements(judged) if judged else {}
    window = time_option(since, "--since"), time_option(until, "--until")
    with app.index(must_exist=True) as index:
        pseudonyms = workspace_pseudonyms(app.workspace, index)
        corpus = read_corpus(index, *window)
        hits = _hits(index, corpus, query, pseudonyms)
        discovery, warnings = _discover(app, index, corpus, hits, precision, judgements)
        found = _people(corpus, discovery, hits, pseudonyms)
        posts = _posts(corpus, discovery, limit, pseudonyms)
        if to_judge:
            write_judgements(to_judge, _to_judge(corpus, discovery, judgements, pseudonyms))
    document = {
        "posts": posts,
        "people": found,
        "estimate": _estimate(discovery),
        "run_id": None,
        "method": _method(app, precision, discovery),
        "data_as_of": corpus.newest,
        "warnings": warnings,
    }
    app.answer(document, lambda _: _print(app, document))


def _hits(index: Index, corpus: Corpus, query: str, pseudonyms: Pseudonyms) -> NDArray[np.bool_]:
    """By row of the corpus, whether the query finds it."""
    import numpy as np

    from index.reading.queries import read_query

    batches = index.scan(["id"], query=read_query(query, index, pseudonyms), order="none")
    hit_ids = {key for batch in batches for key in batch.column("id").to_pylist()}
    return np.array([key in hit_ids for key in corpus.column("id")], dtype=bool)


def _discover(
    app: CommandContext,
    index: Index,
    corpus: Corpus,
    hits: NDArray[np.bool_],
    precision: float,
    judgements: Mapping[str, bool],
) -> tuple[Discovery, list[Message]]:
    from nlp.discovery.search import MIN_JUDGED, MIN_JUDGED_OF_EACH, SURE_AUC, find_beyond
    from nlp.models.embedder import key, load
    from nlp.narratives.nodes import build_nodes

    settings = app.workspace.settings
    ids, vectors = index.vectors(key(settings.nlp), corpus.column("id"))
    if not len(ids):
        raise ConfigError(Message("discovery.no_vectors"))
    rows_of = _rows_of(corpus, judgements.keys())
    judged_rows = {row: judgements[name] for name, row in rows_of.items()}
    warnings: list[Message] = []
    if outside := len(judgements) - len(rows_of):
        warnings.append(Message("discovery.judged_outside", {"n": outside}))
    nodes = build_nodes(corpus, ids, vectors, load(settings.nlp))
    discovery = find_beyond(nodes, hits, precision, judged_rows, settings.graph.seed)
    if not discovery.judged:
        warnings.append(Message("discovery.unjudged"))
    elif not discovery.measured:
        least = {"least": MIN_JUDGED, "each": MIN_JUDGED_OF_EACH}
        warnings.append(Message("discovery.few_judged", {"n": discovery.judged, **least}))
    if discovery.auc < SURE_AUC:
        warnings.append(Message("discovery.loose", {"chance": discovery.auc}))
    return discovery, warnings


def _rows_of(corpus: Corpus, names: Collection[str]) -> dict[str, int]:
    """Name of a post, by id or native id -> its row; names that are not here are left out."""
    from tocsin.core.documents import native_id

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
    from tocsin.core.documents import native_id

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


def _people(
    corpus: Corpus, discovery: Discovery, hits: NDArray[np.bool_], pseudonyms: Pseudonyms
) -> list[dict[str, Any]]:
    """Authors of the posts, those of whom most relevant posts are expected first."""
    import numpy as np

    expected: dict[int, list[float]] = defaultdict(list)
    last_row: dict[int, int] = {}
    for row, chance in zip(discovery.rows.tolist(), discovery.expected.tolist(), strict=True):
        author = int(corpus.authors[row])
        if author >= 0:
            expected[author].append(chance)
            last_row[author] = row
    authors_of_hits = corpus.authors[hits & (corpus.authors >= 0)]
    hits_of = np.bincount(authors_of_hits, minlength=len(corpus.author_ids))
    ranked = sorted(expected, key=lambda a: (-sum(expected[a]), corpus.author_ids[a]))
    people = []
    for author in ranked[:MAX_PEOPLE]:
        key, handle = corpus.author_ids[author], corpus.cell("handle", last_row[author])
        posts, own_hits = len(expected[author]), int(hits_of[author])
        people.append(
            {
                "id": pseudonyms.account(key),
                "handle": pseudonyms.handle(handle, key),
                "posts": posts,
                "expected_relevant": round(sum(expected[author]), 2),
                "hits": own_hits,
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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _method(app: CommandContext, precision: float, discovery: Discovery) -> dict[str, Any]:
    from nlp.discovery.ranking import NEAREST
    from nlp.discovery.search import VERSION
    from nlp.models.embedder import key

    parameters = {
        "model": key(app.workspace.settings.nlp),
        "nearest": NEAREST,
        "precision": precision,
        "judged": discovery.judged,
        "seed": app.workspace.settings.graph.seed,
    }
    return {"name": "discovery", "version": VERSION, "parameters": parameters}


def _print(app: CommandContext, document: Mapping[str, Any]) -> None:
    words, estimate = app.words, document["estimate"]
    title = Message("discovery.nothing")
    if estimate["precision"] is not None:
        low, high = estimate["interval"]
        share = {"share": estimate["precision"], "low": low, "high": high}
        title = Message("discovery.title", {"n": estimate["posts"], **share})
    entries = [
        (
            f"{post['id']}  {words.percent(post['expected_precision'])}",
            f"{post['text']}\n{words.say(post['why'])}",
        )
        for post in document["posts"]
    ]
    app.listing(title, entries)
    people = document["people"][:SHOWN_PEOPLE]
    app.table(
        Message("discovery.people"),
        [
            Message("discovery.column.account"),
            Message("discovery.column.posts"),
            Message("discovery.column.hits"),
        ],
        [(p["handle"] or p["id"], p["posts"], p["hits"]) for p in people],
    )
    app.write(*document["warnings"])
