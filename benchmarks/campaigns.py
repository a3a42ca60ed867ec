"""The coordination engine on planted campaigns: recall, false accounts and calibration.

    python -m benchmarks.campaigns --organic POSTS
    python -m benchmarks.campaigns --organic posts.jsonl --kinds --seeds 1,2
    python -m benchmarks.campaigns --organic POSTS --calibration 20

``POSTS`` are exchange lines (.jsonl) or what the shared tool reads, such as
``../shared/data/coordination/x24_us_election_part1.csv.gz``. Innocent look-alikes are planted
beside the campaigns. Copies come from the lexical channel of `nlp.copies`; the engine is called as
a library. One JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.campaign_kinds import plant
from graph import find_coordination
from nlp.copies.detection import find_copies
from tocsin.core.urls import canonical_url

TOOL = Path(__file__).resolve().parent.parent.parent / "shared" / "tools" / "plant_campaigns.py"
Truth = dict[str, dict[str, list[str]]]
_POSTS: dict[str, Any] = {
    "id": pl.String,
    "author": pl.Struct(
        {"id": pl.String, "handle": pl.String, "verified": pl.Boolean, "description": pl.String}
    ),
    "published_at": pl.String,
    "text": pl.String,
    "lang": pl.String,
    "urls": pl.List(pl.String),
    "hashtags": pl.List(pl.String),
    "mentions": pl.List(pl.String),
    "reply_to": pl.String,
    "repost_of": pl.String,
    "quote_of": pl.String,
    "media": pl.List(pl.Struct({"hash": pl.String})),
}


def read(path: Path) -> pl.DataFrame:
    """Exchange lines as the engine's frame, with copy groups."""
    raw = pl.read_ndjson(path, schema=_POSTS)
    author = pl.col("author").struct
    frame = raw.with_columns(
        author=author.field("id"),
        handle=author.field("handle"),
        verified=author.field("verified"),
        author_description=author.field("description"),
        published_at=pl.col("published_at").str.to_datetime(time_zone="UTC"),
        media=pl.col("media").list.eval(pl.element().struct.field("hash")),
    )
    own = frame.filter(pl.col("repost_of").is_null())
    groups = find_copies(
        own["text"].to_list(),
        own["lang"].to_list(),
        ids=own["id"].to_list(),
        times=own["published_at"].dt.epoch("ms").to_list(),
        links=[[canonical_url(u) for u in urls or []] for urls in own["urls"].to_list()],
    )
    member = {post: group.id for group in groups for post in group.posts}
    return frame.with_columns(
        copy_group=pl.Series([member.get(i) for i in frame["id"].to_list()], dtype=pl.String)
    )


def planted(organic: Path, seed: int, size: float, folder: Path) -> tuple[pl.DataFrame, Truth]:
    """The campaigns of the shared tool."""
    posts, truth = folder / "posts.jsonl", folder / "truth.json"
    command = [
        sys.executable,
        str(TOOL),
        str(organic),
        str(posts),
        str(truth),
        "--seed",
        str(seed),
        "--size",
        str(size),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return read(posts), json.loads(truth.read_text(encoding="utf-8"))


def other_kinds(organic: Path, seed: int, folder: Path) -> tuple[pl.DataFrame, Truth]:
    """The campaigns of `benchmarks.campaign_kinds`, in exchange lines only."""
    if ".jsonl" not in organic.name:
        raise SystemExit("--kinds takes organic posts in exchange lines (.jsonl)")
    base = sorted(
        (json.loads(line) for line in organic.open(encoding="utf-8")),
        key=lambda p: (p["published_at"], p["id"]),
    )
    made = plant(base, seed)
    posts = folder / "posts.jsonl"
    with posts.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(p, ensure_ascii=False) + "\n" for p in [*base, *made.posts])
    return read(posts), {
        "campaigns": made.campaigns,
        "innocent": {k: sorted(set(v)) for k, v in made.innocent.items()},
    }


def score(frame: pl.DataFrame, truth: Truth) -> dict[str, Any]:
    """What the engine flags against the truth; flagging the most active accounts, beside it."""
    started = time.perf_counter()
    found = find_coordination(frame)
    seconds = time.perf_counter() - started
    wanted = {a for who in truth["campaigns"].values() for a in who}
    flagged = set(found.flagged)
    active = {a for a, _ in Counter(frame["author"].to_list()).most_common(len(wanted))}
    return {
        **_f1(flagged, wanted),
        "activity_only_f1": _f1(active, wanted)["f1"],
        "recall_by_campaign": {
            k: round(len(flagged & set(v)) / len(v), 3) for k, v in truth["campaigns"].items()
        },
        "innocent_flagged": {
            k: len((flagged & set(v)) - wanted) for k, v in truth["innocent"].items()
        },
        "organic_flagged": len(flagged - wanted),
        "expected_false": found.tested.expected_false_accounts,
        "explained": [len(c.accounts) for c in found.clusters if c.status == "explained"],
        "posts": frame.height,
        "seconds": round(seconds, 2),
    }


def calibration(organic: Path, draws: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Accounts flagged, beside the false ones that the engine expects, where none are coordinated.

    Three ways: organic posts, planted posts with times shuffled, innocent look-alikes only.
    """
    base, truth = planted(organic, 1, 1.0, folder)
    planted_accounts = {a for who in truth["campaigns"].values() for a in who} | {
        a for who in truth["innocent"].values() for a in who if a.startswith("u")
    }
    alone = base.filter(
        ~pl.col("id").str.starts_with("p") | ~pl.col("author").is_in(sorted(planted_accounts))
    )
    yield _calibrate(
        "organic, 80 % of posts", (alone.sample(fraction=0.8, seed=k) for k in range(draws))
    )
    yield _calibrate(
        "planted, times shuffled",
        (base.with_columns(pl.col("published_at").shuffle(seed=k)) for k in range(draws)),
    )
    yield _calibrate(
        "innocent look-alikes only",
        (_innocent(*planted(organic, 100 + k, 1.0, folder)) for k in range(draws)),
    )


def _innocent(frame: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    return frame.filter(
        ~pl.col("author").is_in(sorted({a for who in truth["campaigns"].values() for a in who}))
    )


def _calibrate(name: str, frames: Iterator[pl.DataFrame]) -> dict[str, Any]:
    flagged, stated, accounts, draws = 0, 0.0, 0, 0
    for frame in frames:
        found = find_coordination(frame)
        flagged += len(found.flagged)
        stated += found.tested.expected_false_accounts
        accounts += frame["author"].n_unique()
        draws += 1
    share = flagged / max(1, accounts)
    return {
        "calibration": name,
        "draws": draws,
        "flagged": flagged,
        "stated": round(stated, 4),
        "accounts": accounts,
        "share": round(share, 7),
    }


def _f1(flagged: set[str], wanted: set[str]) -> dict[str, Any]:
    hit = len(flagged & wanted)
    precision, recall = hit / max(1, len(flagged)), hit / max(1, len(wanted))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "flagged": len(flagged),
    }


def main() -> None:
    """Print a line a run, then the means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--organic", type=Path, required=True)
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--sizes", default="0.5,1,2")
    parser.add_argument("--kinds", action="store_true", help="the other kinds of campaign_kinds.py")
    parser.add_argument("--calibration", type=int, default=0, metavar="DRAWS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.calibration:
            for row in calibration(asked.organic, asked.calibration, folder):
                print(json.dumps(row), flush=True)
            return
        rows = []
        for size in [1.0] if asked.kinds else [float(s) for s in asked.sizes.split(",")]:
            for seed in [int(s) for s in asked.seeds.split(",")]:
                given = (
                    other_kinds(asked.organic, seed, folder)
                    if asked.kinds
                    else planted(asked.organic, seed, size, folder)
                )
                rows.append({"seed": seed, "size": size, **score(*given)})
                print(json.dumps(rows[-1]), flush=True)
    mean = {
        k: round(sum(r[k] for r in rows) / len(rows), 4)
        for k in ("f1", "precision", "recall", "activity_only_f1")
    }
    worst = {
        k: min(r["recall_by_campaign"][k] for r in rows) for k in rows[0]["recall_by_campaign"]
    }
    most = {
        "innocent": max(sum(r["innocent_flagged"].values()) for r in rows),
        "organic": max(r["organic_flagged"] for r in rows),
    }
    print(json.dumps({"mean": mean, "worst_recall": worst, "most_flagged": most}))


if __name__ == "__main__":
    main()
