"""Near copies, rewordings and translations: how many are found, and how quickly.

    python -m benchmarks.copies [--json] [--seeds 1,2,3,4,5] [--peer-python PYTHON] [--most 1000000]

``quality``: the worlds of the shared tool ``make_copies.py`` through the commands of the product
(import, enrich, copies) and the shared tool that scores. Only embedding is done here, with the
product's embedder, since texts repeat between seeds.

``peer``: D3lta's decisions (PyPI ``d3lta``, in an environment of its own: ``--peer-python``) on
18,000 posts, embeddings and languages given to both; the peer gets them centred, for its thresholds
are of a model whose cosines spread.

``speed``: 100,000 posts through `tocsin enrich --stage copies`, and `nlp.copies.find_copies` at
100,000 and ``--most`` posts, embedding not counted (`benchmarks.copies_data` says how so many posts
come from 6,000 real ones). One row a measurement; seconds are wall time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.copies_data import Embeddings, Vectors, corpus, real_posts
from benchmarks.tiles import SHARED
from index.connect import open_index
from nlp.enrichment.base import StageContext
from nlp.enrichment.stages.embed import EmbedStage
from nlp.models.embedder import key as model_key
from nlp.text.cleaning import embedding_text, for_embedding
from tocsin.core.documents import Annotation
from tocsin.core.workspace import Workspace

REAL_POSTS = 6_000
PEER_TEXTS = 18_000
BASE_POSTS = 100_000
HERE = Path(__file__).resolve().parent
Row = dict[str, Any]


def main() -> None:
    """Run the parts that are asked for and print a row each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="quality,peer,speed", help="of quality, peer, speed")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--splits", default="dev,test")
    parser.add_argument("--peer-python", type=Path, help="a Python that has the package d3lta")
    parser.add_argument(
        "--most", type=int, default=1_000_000, help="posts of the largest corpus; 0 leaves it out"
    )
    parser.add_argument("--words-alone", action="store_true", help="speed: without vectors")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args()
    parts = set(options.parts.split(","))
    with tempfile.TemporaryDirectory(prefix="tocsin-benchmark-") as name:
        for row in _rows(options, parts, Path(name)):
            print(
                json.dumps(row)
                if options.json
                else "  ".join(f"{key} {value}" for key, value in row.items()),
                flush=True,
            )


def _rows(options: argparse.Namespace, parts: set[str], folder: Path) -> Iterator[Row]:
    if "quality" in parts:
        yield from quality(
            options.splits.split(","), [int(seed) for seed in options.seeds.split(",")], folder
        )
    if "peer" in parts:
        yield peer(options.peer_python, folder)
    if "speed" in parts:
        yield from speed(options.most, options.words_alone, folder)


def quality(splits: Sequence[str], seeds: Sequence[int], folder: Path) -> Iterator[Row]:
    """A row a world, then for each split the worst of its seeds."""
    embeddings = Embeddings("sentences")
    for split in splits:
        rows = []
        for seed in seeds:
            home = folder / f"{split}{seed}"
            posts, truth = home.with_suffix(".jsonl"), home.with_suffix(".truth.json")
            tool = [
                sys.executable,
                str(SHARED / "tools" / "make_copies.py"),
                str(SHARED / "data" / "coordination"),
            ]
            _output([*tool, str(posts), str(truth), "--split", split, "--seed", str(seed)])
            _command(home, "import", str(posts))
            _embed(home, embeddings)
            _command(home, "enrich", "--stage", "lang", "--stage", "embed", "--stage", "copies")
            pairs = folder / "pairs.json"
            pairs.write_text(_command(home, "copies", "--pairs"), encoding="utf-8")
            scorer = SHARED / "tools" / "score_copies.py"
            score = json.loads(_output([sys.executable, str(scorer), str(truth), str(pairs)]))
            share = round(score["hard_negatives_accepted"] / max(1, score["hard_negatives"]), 4)
            kept = ("precision", "recall", "f1", "recall_by_kind")
            rows.append({key: score[key] for key in kept} | {"hard_negatives_share": share})
            yield {"name": f"{split}, seed {seed}", **rows[-1]}
        yield {
            "name": f"{split}, worst of {len(seeds)} seeds",
            **{key: min(row[key] for row in rows) for key in ("precision", "recall", "f1")},
            "recall_by_kind": {
                kind: min(row["recall_by_kind"][kind] for row in rows)
                for kind in rows[0]["recall_by_kind"]
            },
            "hard_negatives_share": max(row["hard_negatives_share"] for row in rows),
        }


def _embed(home: Path, embeddings: Embeddings) -> None:
    """What the stage ``embed`` does, with vectors of texts that were seen before."""
    workspace = Workspace(home)
    stage = EmbedStage(StageContext(workspace.settings.nlp, workspace))
    with closing(open_index(workspace)) as index:
        ids = [key for batch in index.missing(stage.name, stage.version) for key in batch]
        documents = [document for document in index.get(ids) if document is not None]
        texts = {document.id: for_embedding(document) for document in documents}
        with_text = [key for key in ids if texts.get(key)]
        vectors = embeddings.of([texts[key] for key in with_text])
        index.put_vectors(embeddings.embedder.name, with_text, vectors)
        made_at, model = datetime.now(UTC), embeddings.embedder.name
        annotations = [
            (
                key,
                Annotation(
                    version=stage.version,
                    model=model,
                    made_at=made_at,
                    values={"model": model, "vector": bool(texts.get(key))},
                ),
            )
            for key in ids
        ]
        index.annotate(annotations, stage.name)
        index.refresh()


def peer(python: Path | None, folder: Path) -> Row:
    """D3lta against ours on the same texts and vectors."""
    texts, langs, vectors = corpus(*_base(), PEER_TEXTS)
    posts, raw = _written(folder, "peer", texts, langs, vectors)
    groups, pairs = folder / "groups.json", folder / "peer-pairs.json"
    centred = folder / "centred.npy"
    ours = _job(posts, str(raw), str(groups))
    row = {
        "name": f"decisions on {len(texts):,} posts, embeddings given",
        "ours_s": round(ours["seconds"], 2),
        "ours_peak_mb": ours["peak_mb"],
    }
    if python is None:
        return row | {
            "peer_s": None,
            "ratio": None,
            "note": "the peer is absent: pip install d3lta elsewhere, and give --peer-python",
        }
    spread = vectors - vectors.mean(axis=0)
    np.save(centred, spread / np.linalg.norm(spread, axis=1, keepdims=True))
    script = HERE / "copies_peer.py"
    theirs = _last_row([str(python), str(script), str(posts), str(centred), str(pairs)])
    group_of = {
        int(post): number
        for number, group in enumerate(json.loads(groups.read_text(encoding="utf-8")))
        for post in group
    }
    copies = [
        (a, b)
        for a, b, kind in json.loads(pairs.read_text(encoding="utf-8"))
        if kind == "copy-pasta"
    ]
    shared = sum(group_of.get(a, -1) == group_of.get(b, -2) for a, b in copies)
    return row | {
        "peer_s": round(theirs["seconds"], 2),
        "peer_peak_mb": theirs["peak_mb"],
        "ratio": round(theirs["seconds"] / ours["seconds"], 2),
        "peer_copies": len(copies),
        "of_them_ours": round(shared / max(1, len(copies)), 4),
    }


def _base() -> tuple[list[str], list[str], Vectors]:
    texts, langs = real_posts(REAL_POSTS)
    return texts, langs, Embeddings("posts").of([embedding_text(None, text) for text in texts])


def speed(most: int, words_alone: bool, folder: Path) -> Iterator[Row]:
    """The stage at 100,000 posts, the library there and at the most, and how time grows."""
    base = _base()
    how = "wording alone" if words_alone else "wording and vectors"
    texts, langs, vectors = corpus(*base, BASE_POSTS)
    if not words_alone:
        yield _stage(texts, langs, vectors, folder / "home")
    posts, raw = _written(folder, "hundred", texts, langs, vectors)
    small = _job(posts, "-" if words_alone else str(raw))
    yield {"name": f"find, {BASE_POSTS:,} posts, {how}", **_plain(small)}
    if most <= BASE_POSTS:
        return
    posts, raw = _written(folder, "most", *corpus(*base, most))
    large = _job(posts, "-" if words_alone else str(raw))
    growth = {
        "growth": round(large["seconds"] / small["seconds"], 2),
        "processor_growth": round(large["processor_s"] / small["processor_s"], 2),
    }
    yield {"name": f"find, {most:,} posts, {how}", **_plain(large), **growth}


def _stage(texts: Sequence[str], langs: Sequence[str], vectors: Vectors, home: Path) -> Row:
    """Posts in an index with their vectors, then the command."""
    start, path = datetime(2026, 1, 1, tzinfo=UTC), home.with_suffix(".jsonl")
    with path.open("w", encoding="utf-8") as lines:
        for at, (text, lang) in enumerate(zip(texts, langs, strict=True)):
            when = (start + timedelta(seconds=at)).isoformat()
            post = {
                "id": f"p{at}",
                "platform": "x",
                "author": {"id": f"a{at}"},
                "text": text,
                "lang": lang,
                "published_at": when,
            }
            lines.write(json.dumps(post) + "\n")
    _command(home, "import", str(path))
    workspace = Workspace(home)
    with closing(open_index(workspace)) as index:
        stored = {key for ids in index.scan(("id",)) for key in ids.column("id").to_pylist()}
        rows = [at for at in range(len(texts)) if f"x:p{at}" in stored]
        index.put_vectors(
            model_key(workspace.settings.nlp), [f"x:p{at}" for at in rows], vectors[rows]
        )
        index.refresh()
    started = time.perf_counter()
    report = json.loads(_command(home, "enrich", "--stage", "copies"))
    seconds = round(time.perf_counter() - started, 1)
    return {
        "name": f"tocsin enrich --stage copies, {len(rows):,} posts",
        "seconds": seconds,
        "peak_mb": report["peak_mb"],
    }


def _written(
    folder: Path, name: str, texts: Sequence[str], langs: Sequence[str], vectors: Vectors
) -> tuple[Path, Path]:
    posts, raw = folder / f"{name}.json", folder / f"{name}.npy"
    posts.write_text(json.dumps({"texts": texts, "langs": langs}), encoding="utf-8")
    np.save(raw, vectors)
    return posts, raw


def _plain(job: Row) -> Row:
    return {key: round(value, 1) for key, value in job.items()}


def _job(posts: Path, *rest: str) -> Row:
    return _last_row([sys.executable, "-m", "benchmarks.copies_ours", str(posts), *rest])


def _last_row(command: Sequence[str]) -> Row:
    """The JSON object that a command prints last."""
    row: Row = json.loads(_output(command).splitlines()[-1])
    return row


def _command(home: Path, *arguments: str) -> str:
    """A command of the product, as a person would start it; its JSON."""
    return _output([sys.executable, "-m", "tocsin", "--home", str(home), "--json", *arguments])


def _output(command: Sequence[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if result.returncode:
        last_line = result.stderr.strip().splitlines()[-1:]
        raise SystemExit(f"{' '.join(command[:6])} failed: {last_line}")
    return result.stdout


if __name__ == "__main__":
    main()
