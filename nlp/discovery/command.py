"""``tocsin discover``: posts and people beyond the words of a query."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import App, when
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.base import Index
    from index.privacy import Pseudonyms
    from nlp.discovery.search import Discovery
    from nlp.text.corpus import Corpus

PEOPLE = 50
_YES, _NO = frozenset({"true", "1", "yes", "y", "oui"}), frozenset({"false", "0", "no", "n", "non"})


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
    app: App,
    query: str,
    precision: float,
    judged: Path | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    """Posts that mean what the query's hits mean, in other words or another language, and who wrote them."""
    from index.privacy import pseudonyms
    from nlp.text.corpus import read

    said = judgements(judged) if judged else {}
    people = pseudonyms(app.workspace)
    with app.index(must_exist=True) as index:
        corpus = read(index, when(since, "--since"), when(until, "--until"))
        hits = _hits(index, corpus, query, people)
        found, warnings = _found(app, index, corpus, hits, precision, said)
    document = _answer(corpus, found, hits, people, limit) | {
        "run_id": None,
        "method": _method(app, precision, found),
        "data_as_of": corpus.newest,
        "warnings": warnings,
    }
    app.answer(document, lambda _: _print(app, document))


def judgements(path: Path) -> dict[str, bool]:
    """Post id -> whether it is relevant.

    Raises:
        ConfigError: the file cannot be read, or a line says neither yes nor no.
    """
    told: dict[str, bool] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(_rows(path, file), start=1):
                key, value = (
                    str(row.get("id") or "").strip(),
                    str(row.get("relevant")).strip().casefold(),
                )
                if not key or value not in _YES | _NO:
                    raise ConfigError(
                        f"{path}, entry {number}: needs an id, and relevant as true or false"
                    )
                told[key] = value in _YES
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise ConfigError(
            f"{path} is no file of judgements ({error}); write CSV or JSON lines with id and relevant"
        ) from None
    return told


def _rows(path: Path, file: Any) -> Iterator[dict[str, Any]]:
    if path.suffix.casefold() == ".csv":
        yield from csv.DictReader(file)
        return
    for line in file:
        if line.strip():
            row = json.loads(line)
            yield row if isinstance(row, dict) else {}


def _hits(index: Index, corpus: Corpus, query: str, people: Pseudonyms) -> NDArray[np.bool_]:
    import numpy as np

    from index.accounts import resolve
    from index.query import parse

    asked = resolve(parse(query), index, people)
    found = {
        key
        for batch in index.scan(["id"], query=asked, order="none")
        for key in batch.column("id").to_pylist()
    }
    return np.array([key in found for key in corpus.column("id")], dtype=bool)


def _found(
    app: App,
    index: Index,
    corpus: Corpus,
    hits: NDArray[np.bool_],
    precision: float,
    said: dict[str, bool],
) -> tuple[Discovery, list[str]]:
    from nlp.discovery.search import discover as look
    from nlp.models.embedder import key, load
    from nlp.narratives.assemble import make_nodes
    from tocsin.core.documents import native_id

    settings = app.workspace.settings
    ids, vectors = index.vectors(key(settings.nlp), corpus.column("id"))
    if not len(ids):
        raise ConfigError("no post has a vector of the model in use yet; run `tocsin enrich` first")
    known: dict[int, bool] = {}
    if said:
        rows = {
            name: row
            for row, post in enumerate(corpus.column("id"))
            for name in (post, native_id(post))
        }
        known = {rows[name]: wanted for name, wanted in said.items() if name in rows}
    warnings = (
        [f"{len(said) - len(known)} judged posts are not in the window"]
        if len(known) < len(said)
        else []
    )
    nodes = make_nodes(corpus, ids, vectors, load(settings.nlp))
    found = look(nodes, hits, precision, known, settings.graph.seed)
    if not found.judged:
        warnings.append(
            "the precision is a guess from the query's own hits; judge some posts (--judged) to measure it"
        )
    return found, warnings


def _answer(
    corpus: Corpus, found: Discovery, hits: NDArray[np.bool_], people: Pseudonyms, limit: int
) -> dict[str, Any]:
    import numpy as np

    from tocsin.core.documents import native_id

    keys, handles = corpus.table.column("id"), corpus.table.column("handle")
    posts, last = [], {}
    expected: dict[int, list[float]] = defaultdict(list)
    for place, (row, score, chance, nearest) in enumerate(
        zip(
            found.rows.tolist(),
            found.score.tolist(),
            found.expected.tolist(),
            found.nearest.tolist(),
            strict=True,
        )
    ):
        author = int(corpus.authors[row])
        if author >= 0:
            expected[author].append(chance)
            last[author] = row
        if place < limit:
            why = f"means nearly what {native_id(keys[nearest].as_py())} means, which the query finds (similarity {score:.2f})"
            posts.append(
                {
                    "id": native_id(keys[row].as_py()),
                    "score": round(score, 4),
                    "expected_precision": round(chance, 4),
                    "why": why,
                }
            )
    before = np.bincount(
        corpus.authors[hits & (corpus.authors >= 0)], minlength=len(corpus.author_ids)
    )
    ranked = sorted(expected, key=lambda a: (-sum(expected[a]), corpus.author_ids[a]))[:PEOPLE]
    return {
        "posts": posts,
        "people": [
            {
                "id": people.account(corpus.author_ids[a]), "handle": people.handle(handles[last[a]].as_py(), corpus.author_ids[a]),
                "posts": len(expected[a]), "expected_relevant": round(sum(expected[a]), 2), "hits": int(before[a]),
                "why": f"{len(expected[a])} posts beyond the query's words, {int(before[a])} with them",
            }
            for a in ranked
        ],
        "estimate": {
            "precision": _rounded(found.precision), "interval": None if found.low is None else [_rounded(found.low), _rounded(found.high)],
            "posts": len(found.rows), "judged": found.judged,
        },
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _method(app: App, precision: float, found: Discovery) -> dict[str, Any]:
    from nlp.discovery.search import NEAREST, VERSION
    from nlp.models.embedder import key

    parameters = {
        "model": key(app.workspace.settings.nlp), "nearest": NEAREST, "precision": precision, "judged": found.judged,
        "seed": app.workspace.settings.graph.seed,
    }  # fmt: skip
    return {"name": "discovery", "version": VERSION, "parameters": parameters}


def _print(app: App, document: dict[str, Any]) -> None:
    estimate = document["estimate"]
    said = "nothing beyond the query's words can be had at that precision"
    if estimate["precision"] is not None:
        low, high = estimate["interval"]
        said = f"{estimate['posts']:,} posts beyond the query's words; {estimate['precision']:.0%} relevant to expect ({low:.0%} to {high:.0%})"
    app.listing(
        said, [(f"{p['id']}  {p['expected_precision']:.0%}", p["why"]) for p in document["posts"]]
    )
    app.table(
        "People",
        ("account", "posts beyond the words", "posts with them"),
        [(p["handle"] or p["id"], p["posts"], p["hits"]) for p in document["people"][:20]],
    )
    for warning in document["warnings"]:
        app.console.print(warning, markup=False)
