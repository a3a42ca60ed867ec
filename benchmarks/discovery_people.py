"""People beyond the words of a query: how many more the posts beyond the words find.

    python -m benchmarks.discovery_people [--texts 3000] [--vectors FOLDER]

Messages of 20 Newsgroups are posts, a group is a subject, and its people are the authors of at
least two messages in it. ``typed`` of them have two messages with the words of the query.
``gain`` is how many times as many are found by the words and by `nlp.discovery.people` at the
precision asked for (.8): the likeliest authors while their mean chance reaches it. ``promised`` is
that mean, ``true`` the share of them that are people of the group. Keys that end in ``_judged`` are
after five times ten posts were judged. Queries were written before any message was looked at.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.discovery import PRECISION, ROUNDS, Bools
from benchmarks.topics import embedded
from benchmarks.topics_data import _rows, read_set
from nlp.discovery.people import MIN_POSTS, chances_of_authors
from nlp.discovery.search import MIN_HITS, find_beyond
from nlp.models.embedder import load
from nlp.narratives.nodes import TextNodes
from nlp.narratives.vectors.debiasing import l2_normalised
from tocsin.core.settings import NlpSettings
from tocsin.core.text import tokens

QUERIES = {
    "alt.atheism": "atheist OR atheism",
    "comp.graphics": "graphics OR image",
    "comp.sys.mac.hardware": "mac OR apple",
    "comp.windows.x": "motif OR xterm OR x11",
    "misc.forsale": "sale OR shipping",
    "rec.autos": "car OR engine",
    "rec.motorcycles": "bike OR motorcycle",
    "rec.sport.baseball": "baseball OR pitcher",
    "rec.sport.hockey": "hockey OR nhl",
    "sci.crypt": "encryption OR clipper",
    "sci.electronics": "circuit OR voltage",
    "sci.med": "doctor OR disease",
    "sci.space": "nasa OR orbit OR moon",
    "soc.religion.christian": "christ OR church",
    "talk.politics.guns": "gun OR weapon",
    "talk.politics.mideast": "israel OR arab OR armenian",
}
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


def main() -> None:
    """Print a row of JSON a group, and what all of them come to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=3_000)
    parser.add_argument("--vectors", type=Path, help="a folder in which vectors are kept")
    options = parser.parse_args()
    labelled = read_set("20newsgroups", options.texts)
    with tempfile.TemporaryDirectory() as made:
        folder = options.vectors or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        vectors = embedded(labelled.texts, load(NlpSettings()), folder).astype(np.float32)
    order = np.arange(len(vectors))
    nodes = TextNodes(order, order, l2_normalised(vectors - vectors.mean(axis=0)))
    _, authors = np.unique(_authors(len(vectors)), return_inverse=True)
    words = [set(tokens(text)) for text in labelled.texts]
    labels = np.array(labelled.labels)
    rows = []
    for group, query in QUERIES.items():
        asked = {word for term in query.split(" OR ") for word in tokens(term)}
        hits = np.array([bool(asked & of) for of in words])
        if hits.sum() < MIN_HITS:
            continue
        row = measure(nodes, hits, labels == group, authors)
        rows.append(row)
        print(json.dumps({"group": group, "query": query} | row), flush=True)
    sums = {key: sum(row[key] for row in rows) for key in rows[0] if key.startswith(("ty", "fo"))}
    told = {"groups": len(rows)} | sums
    for end in ("", "_judged"):
        gains = [row[f"found{end}"] / max(row["typed"], 1) for row in rows]
        told[f"gain{end}"] = round(sums[f"found{end}"] / sums["typed"], 2)
        told[f"median_gain{end}"] = round(float(np.median(gains)), 2)
        for key in ("promised", "true"):
            told[f"{key}{end}"] = round(float(np.mean([r[f"{key}{end}"] for r in rows])), 3)
    print(json.dumps(told), flush=True)


def _authors(limit: int) -> list[str]:
    """Addresses of the authors, in the order of `benchmarks.topics_data.read_set`."""
    found = [row["from"] or "" for row in _rows("en_20newsgroups")]
    random.Random(1).shuffle(found)
    return [(_ADDRESS.search(said) or [said])[0].lower() for said in found[:limit]]


def leading(chances: NDArray[np.float64], precision: float) -> int:
    """How many of the likeliest people have a mean chance of at least ``precision``."""
    ranked = -np.sort(-chances)
    reaching = np.flatnonzero(np.cumsum(ranked) / np.arange(1, len(ranked) + 1) >= precision)
    return int(reaching[-1]) + 1 if len(reaching) else 0


def measure(nodes: TextNodes, hits: Bools, relevant: Bools, authors: Any) -> dict[str, float]:
    """One group, before and after judgements."""
    size = int(authors.max()) + 1
    people = np.bincount(authors, relevant, size) >= MIN_POSTS
    typed = np.bincount(authors, hits, size) >= MIN_POSTS
    row: dict[str, float] = {"people": int(people.sum()), "typed": int((people & typed).sum())}
    judged: dict[int, bool] = {}
    found = find_beyond(nodes, hits, PRECISION, judged, 1)
    for end in ("", "_judged"):
        chance = chances_of_authors(authors, found.chances, size)
        given = np.argsort(-chance, kind="stable")[: leading(chance, PRECISION)]
        row[f"given{end}"] = len(given)
        row[f"found{end}"] = int(people[given].sum())
        row[f"promised{end}"] = round(float(chance[given].mean()), 3) if len(given) else 0.0
        row[f"true{end}"] = round(float(people[given].mean()), 3) if len(given) else 0.0
        for _ in range(0 if end else ROUNDS):
            judged |= {int(post): bool(relevant[post]) for post in found.to_judge}
            found = find_beyond(nodes, hits, PRECISION, judged, 1)
    return row


if __name__ == "__main__":
    main()
