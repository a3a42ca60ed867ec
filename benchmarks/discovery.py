"""Beyond the words of a query: how much more is found, and whether the promised precision is kept.

    python -m benchmarks.discovery [--texts 16000] [--half a,b] [--part 1,2] [--vectors FOLDER]

Titles of subreddits are posts, a subreddit is a subject, and a query is what a person would type
(`benchmarks.discovery_queries`). A row a subject, then means: ``typed`` is the recall of the
typed words alone; ``gain`` how many times as many relevant posts the words and the list give at
the precision asked for (.8), ``at_precision`` the same if the list ended where its true precision
falls below that; ``promised`` and ``true`` precision of the list. Keys that end in ``_judged`` are
after five times ten posts were judged (by the subreddit), which ``--to-judge`` would have offered:
those of them that are relevant count as found and stand in the list, as they do in the answer of
the command. Among lists of ten posts or more, ``within`` is the share whose promise is off by at
most .05, ``kept`` the share whose true precision is at most .05 below it, ``off`` the mean
distance, ``held`` the share of intervals that hold the true precision, ``width`` their mean width.

Subjects are in five parts (`benchmarks.discovery_queries`): the method and its constants were
chosen on parts 1 and 2. Parts 3 and 4 are not fresh: versions 4 to 7 were reported on them, once
each. Part 5 are other sets (``--half reuters,crisislex_t26``): topics of news, events in tweets.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.discovery_queries import OTHER_SETS, queries
from benchmarks.topics import embedded
from benchmarks.topics_data import _rows, read_set, sets
from nlp.discovery.search import MIN_HITS, Discovery, find_beyond
from nlp.models.embedder import load
from nlp.narratives.nodes import TextNodes
from nlp.narratives.vectors.debiasing import l2_normalised
from tocsin.core.settings import NlpSettings
from tocsin.core.text import tokens

PRECISION = 0.8
ROUNDS = 5
LEAST_LIST = 10
_ADDRESS = re.compile(r"https?://\S+|@\w+:?|\bRT\b")
Bools = NDArray[np.bool_]


def main() -> None:
    """Print a row of JSON a subject, and their means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=16_000, help="titles of each half")
    parser.add_argument("--half", default="a,b", help="of a, b, reuters, crisislex_t26")
    parser.add_argument("--part", default="1,2,3,4,5", help="of 1, 2, 3, 4, 5")
    parser.add_argument("--vectors", type=Path, help="a folder in which vectors are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.vectors or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        parts = tuple(int(part) for part in options.part.split(","))
        rows = [
            row
            for half in options.half.split(",")
            for row in measure_half(half, parts, options.texts, folder)
        ]
    if not rows:
        raise SystemExit(
            f"no subject of --part {options.part} is in --half {options.half}: part 5 is in"
            " reuters,crisislex_t26, the others in a,b"
        )
    told = {
        f"{key}{end}": value
        for end in ("", "_judged")
        for key, value in _distances(rows, end).items()
    }
    means = {key: round(float(np.mean([r[key] for r in rows])), 3) for key in rows[0]}
    print(json.dumps({"parts": parts, "subjects": len(rows)} | means | told), flush=True)


def measure_half(
    half: str, parts: tuple[int, ...], texts: int, folder: Path
) -> list[dict[str, float]]:
    """Rows of subjects of one half of the titles, or of another set."""
    posts, subjects = read_posts(half, texts)
    vectors = embedded(posts, load(NlpSettings()), folder).astype(np.float32)
    order = np.arange(len(vectors))
    nodes = TextNodes(order, order, l2_normalised(vectors - vectors.mean(axis=0)))
    words = [set(tokens(text)) for text in posts]
    rows = []
    for subject, query in queries(half, parts).items():
        asked = {word for term in query.split(" OR ") for word in tokens(term)}
        hits = np.array([bool(asked & of) for of in words])
        relevant = np.array([subject in of for of in subjects])
        if hits.sum() < MIN_HITS:
            continue
        row = measure(nodes, hits, relevant)
        rows.append(row)
        print(json.dumps({"half": half, "subject": subject, "query": query} | row), flush=True)
    return rows


def read_posts(half: str, limit: int) -> tuple[list[str], list[set[str]]]:
    """Different posts, and the subjects of each: news can have several topics."""
    if half == "reuters":
        news = [row for row in _rows(sets()[half]) if row["topics"]]
        random.Random(1).shuffle(news)
        texts = [f"{row['title']}. {(row['body1200'] or '')[:200]}" for row in news[:limit]]
        return texts, [set(row["topics"].split("|")) for row in news[:limit]]
    labelled = read_set(half if half in OTHER_SETS else f"reddit_{half}", limit)
    first = dict[str, int]()
    for number, text in enumerate(labelled.texts):
        # a tweet passed on is the same post; a title is a post of its own
        known = " ".join(_ADDRESS.sub(" ", text).split()) if half in OTHER_SETS else str(number)
        first.setdefault(known, number)
    return (
        [labelled.texts[number] for number in first.values()],
        [{labelled.labels[number]} for number in first.values()],
    )


def measure(nodes: TextNodes, hits: Bools, relevant: Bools) -> dict[str, float]:
    """One subject, before and after judgements."""
    typed = int(relevant[hits].sum())
    found = find_beyond(nodes, hits, PRECISION, {}, 1)
    row = {"typed": round(typed / relevant.sum(), 3)} | _told(found, hits, relevant, {}, "")
    judged: dict[int, bool] = {}
    for _ in range(ROUNDS):
        judged |= {int(post): bool(relevant[post]) for post in found.to_judge}
        found = find_beyond(nodes, hits, PRECISION, judged, 1)
    return row | _told(found, hits, relevant, judged, "_judged")


def _told(
    found: Discovery, hits: Bools, relevant: Bools, judged: dict[int, bool], end: str
) -> dict[str, float]:
    typed = max(int(relevant[hits].sum()), 1)
    new = np.array([row for row in found.rows.tolist() if row not in judged], np.int64)
    known = sum(judged.values())
    rest = np.array([row for row in found.order.tolist() if row not in judged], np.int64)
    true = np.cumsum(relevant[rest])
    kept = np.flatnonzero(true / np.arange(1, len(rest) + 1) >= PRECISION)
    best = int(true[kept[-1]]) if len(kept) else 0
    return {
        f"posts{end}": len(found.rows),
        f"gain{end}": round((typed + known + int(relevant[new].sum())) / typed, 3),
        f"at_precision{end}": round((typed + known + best) / typed, 3),
        f"promised{end}": round(found.precision or 0.0, 3),
        f"low{end}": round(found.low or 0.0, 3),
        f"high{end}": round(found.high or 0.0, 3),
        f"true{end}": round(float(relevant[found.rows].mean()) if len(found.rows) else 0.0, 3),
    }


def _distances(rows: list[dict[str, float]], end: str) -> dict[str, float]:
    """How far promised and true precisions are from each other."""
    long = [row for row in rows if row[f"posts{end}"] >= LEAST_LIST]
    if not long:
        return {}
    off = [abs(row[f"promised{end}"] - row[f"true{end}"]) for row in long]
    held = [row[f"low{end}"] <= row[f"true{end}"] <= row[f"high{end}"] for row in long]
    within = float(np.mean([distance <= 0.05 for distance in off]))
    kept = float(np.mean([row[f"true{end}"] >= row[f"promised{end}"] - 0.05 for row in long]))
    return {
        "within": round(within, 3),
        "kept": round(kept, 3),
        "off": round(float(np.mean(off)), 3),
        "held": round(float(np.mean(held)), 3),
        "width": round(float(np.mean([row[f"high{end}"] - row[f"low{end}"] for row in long])), 3),
    }


if __name__ == "__main__":
    main()
