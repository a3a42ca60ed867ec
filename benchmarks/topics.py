"""Narratives and themes: how well they fit known subjects, and what stays when posts are added.

    python -m benchmarks.topics [--texts 6000] [--peer-python PYTHON] [--vectors FOLDER]

``sets``: themes and subjects of labelled texts of the given data against BERTopic (PyPI
``bertopic``, in an environment of its own: ``--peer-python``) on the same vectors. Both cover all
texts: what has no group goes to the nearest centroid. Normalised mutual information (NMI), adjusted
Rand index (ARI), processor seconds without embedding; both are warmed up before on other texts.

``planted``: sixty invented stories in two languages among tweets (`benchmarks.topics_data`): how
many have a narrative of their own (half of the story's posts, half of the narrative's) with both
languages in it, B-cubed F1 of the planted posts; a tenth added, joined by vote and grouped anew:
ids, headlines, and posts that stay under an id; the same posts in another order of time.

Vectors of a set are kept in ``--vectors``, if given: embedding is most of the time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from benchmarks.topics_data import BACKGROUND, Labelled, planted, read_set, sets
from index.narratives.annotating import assignments
from nlp.models.embedder import Embedder, load
from nlp.narratives import grouping
from nlp.narratives.building import Request, build_narratives
from nlp.narratives.communities import nearest_group
from nlp.narratives.nodes import build_nodes
from nlp.text.cleaning import embedding_text
from nlp.text.corpus import Corpus
from tocsin.core.findings import Narrative, Theme
from tocsin.core.settings import NlpSettings

HERE = Path(__file__).resolve().parent
MIN_POSTS = 8
_CHARACTERS = 600
_START = 1_700_000_000_000
Found = tuple[list[Narrative], list[Theme]]


def main() -> None:
    """Print a row of JSON a measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="sets,planted", help="of sets, planted")
    parser.add_argument("--sets", default=",".join(sets()), help=f"of {', '.join(sets())}")
    parser.add_argument("--texts", type=int, default=6_000, help="texts of each set")
    parser.add_argument("--seeds", default="1,2", help="of the planted stories")
    parser.add_argument("--peer-python", type=Path, help="a Python that has the package bertopic")
    parser.add_argument("--vectors", type=Path, help="a folder in which vectors are kept")
    options = parser.parse_args()
    embedder = load(NlpSettings())
    parts = options.parts.split(",")
    warm_up(embedder)
    with tempfile.TemporaryDirectory() as made:
        folder = options.vectors or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.sets.split(",") if "sets" in parts else ():
            labelled = read_set(name, options.texts)
            vectors = embedded(labelled.texts, embedder, folder)
            row = {"set": name, "texts": len(vectors)} | ours(labelled, vectors, embedder)
            if options.peer_python:
                row |= peer(labelled, vectors, options.peer_python, Path(made))
            print(json.dumps(row), flush=True)
        for seed in options.seeds.split(",") if "planted" in parts else ():
            labelled = planted(int(seed))
            vectors = embedded(labelled.texts, embedder, folder)
            row = {"planted": int(seed), "texts": len(vectors)}
            print(json.dumps(row | stories(labelled, vectors, embedder)), flush=True)


def embedded(texts: list[str], embedder: Embedder, folder: Path) -> Any:
    """The vectors of texts, kept in a folder under a hash of them."""
    read = [embedding_text(None, text)[:_CHARACTERS] for text in texts]
    digest = hashlib.sha256("\0".join([embedder.name, *read]).encode()).hexdigest()[:16]
    path = folder / f"{digest}.npy"
    if not path.is_file():
        np.save(path, embedder.encode(read))
    return np.load(path)


def warm_up(embedder: Embedder) -> None:
    """Load what a first grouping loads: libraries, tables of words."""
    words = [f"word{n % 97} term{n % 89} text{n % 83}" for n in range(500)]
    noise = np.random.default_rng(1).normal(size=(500, embedder.dim)).astype(np.float32)
    group(Labelled(words, words, ["en"] * 500), noise, embedder, range(500))


def ours(labelled: Labelled, vectors: Any, embedder: Embedder) -> dict[str, Any]:
    """Themes and narratives against the labels."""
    started = time.process_time()
    found = group(labelled, vectors, embedder, range(len(vectors)))
    seconds = time.process_time() - started
    narratives, themes = (numbers(part, len(vectors)) for part in found)
    leaders = sorted({str(theme.subject) for theme in found[1]})
    subject_of = np.array([leaders.index(str(theme.subject)) for theme in found[1]] + [-1])
    return {
        "themes": len(found[1]),
        "subjects": len(leaders),
        "narratives": len(found[0]),
        "in_narratives": round(float((narratives >= 0).mean()), 3),
        "cpu_s": round(seconds, 2),
        **_against("", labelled.labels, covered(vectors, themes)),
        **_against("subject_", labelled.labels, covered(vectors, subject_of[themes])),
        **_against("narrative_", labelled.labels, covered(vectors, narratives)),
    }


def peer(labelled: Labelled, vectors: Any, python: Path, folder: Path) -> dict[str, Any]:
    """BERTopic's topics against the labels."""
    texts, given, out = folder / "texts.json", folder / "vectors.npy", folder / "topics.json"
    texts.write_text(json.dumps(labelled.texts), "utf-8")
    np.save(given, vectors)
    done = subprocess.run(
        [python, HERE / "topics_peer.py", texts, given, out],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    topics = np.array(json.loads(out.read_text("utf-8")), np.int64)
    return {
        "peer_topics": int(topics.max()) + 1,
        "peer_placed": round(float((topics >= 0).mean()), 3),
        "peer_cpu_s": round(json.loads(done.stdout.splitlines()[-1])["cpu_s"], 1),
        **_against("peer_", labelled.labels, covered(vectors, topics)),
    }


def stories(labelled: Labelled, vectors: Any, embedder: Embedder) -> dict[str, Any]:
    """What became of the planted stories, and what stays when a tenth is added."""
    count = len(vectors)
    whole = group(labelled, vectors, embedder, range(count))
    narratives = numbers(whole[0], count)
    order = np.random.default_rng(1).permutation(count)
    first = sorted(int(place) for place in order[: round(count / 1.1)])
    before = group(labelled, vectors, embedder, first)
    joined = group(labelled, vectors, embedder, range(count), before)
    most, grouping.MAX_JOINED = grouping.MAX_JOINED, -1.0
    anew = group(labelled, vectors, embedder, range(count), before)
    grouping.MAX_JOINED = most
    shuffled = group(labelled, vectors, embedder, range(count), times=order)
    again = numbers(shuffled[0], count)
    return {
        "in_narratives": round(float((narratives >= 0).mean()), 3),
        **score_planted(labelled, narratives),
        "ari_other_order": round(float(adjusted_rand_score(narratives, again)), 3),
        **{f"joined_{name}": share for name, share in stays(before, joined).items()},
        **{f"anew_{name}": share for name, share in stays(before, anew).items()},
    }


def group(
    labelled: Labelled,
    vectors: Any,
    embedder: Embedder,
    places: Any,
    before: Found = ([], []),
    times: Any = None,
) -> Found:
    """Narratives and themes of some of the texts, a minute apart, or by other ``times``."""
    order = list(places) if times is None else [int(p) for p in np.argsort(times, kind="stable")]
    ids = [f"x:{place:07d}" for place in order]
    none = pa.array([None] * len(ids), pa.string())
    table = pa.table({
        "id": ids,
        "detected_lang": [labelled.languages[place] for place in order],
        "title": none,
        "text": [labelled.texts[place] for place in order],
        "copy_group": none,
    })  # fmt: skip
    minutes = np.arange(len(ids)) if times is not None else np.array(order)
    corpus = Corpus(
        table,
        _START + minutes.astype(np.int64) * 60_000,
        np.array(order, np.int64) % 300,
        [f"x:a{number}" for number in range(300)],
    )
    nodes = build_nodes(corpus, ids, vectors[order].copy(), embedder)
    request = Request(coordinated=None, min_posts=MIN_POSTS)
    return build_narratives(corpus, nodes, embedder, request, *before)


def numbers(found: list[Narrative] | list[Theme], count: int) -> Any:
    """The number of each text's group, -1 where none."""
    group_of = assignments(found)
    number = {finding.id: place for place, finding in enumerate(found)}
    keys = (f"x:{place:07d}" for place in range(count))
    return np.array([number[group_of[key]] if key in group_of else -1 for key in keys], np.int64)


def covered(vectors: Any, groups: Any) -> Any:
    """Groups, and for texts without one the group with the nearest centroid."""
    return np.where(groups >= 0, groups, nearest_group(vectors - vectors.mean(axis=0), groups))


def score_planted(labelled: Labelled, narratives: Any) -> dict[str, Any]:
    """Stories with a narrative of their own and both languages; B-cubed of the planted posts."""
    labels, languages = np.array(labelled.labels), np.array(labelled.languages)
    told = sorted(set(labelled.labels) - {BACKGROUND})
    own = 0
    for story in told:
        here = labels == story
        found = Counter(int(number) for number in narratives[here] if number >= 0)
        number, posts = found.most_common(1)[0] if found else (-1, 0)
        inside = (narratives == number) & here
        if 2 * posts >= max(here.sum(), (narratives == number).sum()) and number >= 0:
            own += all((languages[inside] == code).sum() >= 3 for code in ("en", "fr"))
    precision, recall = [], []
    for place in np.flatnonzero(labels != BACKGROUND):
        same = labels == labels[place]
        number = narratives[place]
        together = narratives == number if number >= 0 else np.arange(len(labels)) == place
        precision.append((same & together).sum() / together.sum())
        recall.append((same & together).sum() / same.sum())
    p, r = float(np.mean(precision)), float(np.mean(recall))
    return {
        "own_narrative": round(own / len(told), 3),
        "b_cubed_precision": round(p, 3),
        "b_cubed_recall": round(r, 3),
        "b_cubed_f1": round(2 * p * r / (p + r), 3),
    }


def stays(before: Found, after: Found) -> dict[str, float]:
    """Shares of ids, of headlines, and of posts under their id, that stay."""
    later = {narrative.id: narrative for narrative in after[0]}
    kept = [narrative for narrative in before[0] if narrative.id in later]
    titles = sum(narrative.label == later[narrative.id].label for narrative in kept)
    posts = sum(len({*n.members} & {*later[n.id].members}) for n in kept)
    of = max(len(before[0]), 1)
    return {
        "ids": round(len(kept) / of, 3),
        "headlines": round(titles / of, 3),
        "posts": round(posts / max(sum(n.posts for n in before[0]), 1), 3),
    }


def _against(prefix: str, labels: list[str], groups: Any) -> dict[str, float]:
    return {
        f"{prefix}nmi": round(float(normalized_mutual_info_score(labels, groups)), 3),
        f"{prefix}ari": round(float(adjusted_rand_score(labels, groups)), 3),
    }


if __name__ == "__main__":
    main()
