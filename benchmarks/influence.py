"""Influence against simulation, and against what came later.

    python -m benchmarks.influence --json

``congress``: expected spread beside simulated independent cascades on the congressional Twitter
network (475 accounts, 13,289 transmission probabilities): a thousand cascades a seed, with the
noise of such a simulation (one against another) beside it, and twenty thousand, where ranks have
settled. PageRank in the usual direction (from amplifier to author) is what the measure replaces.

``superspreaders``: accounts are taken away in the order of a measure of two months; the row says
which share of the retweets of the eight months after remains (DeVerna et al. 2024, figure 1). Lower
is better.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.stats import spearmanr

from benchmarks.influence_validation import dismantling, simulated_spread
from benchmarks.tiles import SHARED
from graph.influence.measures import expected_spread, sustained

DATA = SHARED / "data" / "coordination"
KS = (10, 20, 50, 100, 200, 500)
Row = dict[str, Any]


def congress() -> Iterator[Row]:
    """Rank correlation and top-20 overlap of each measure with simulated spread."""
    data = json.loads(gzip.decompress((DATA / "congress_network_data.json.gz").read_bytes()))[0]
    rows = [u for u, targets in enumerate(data["outList"]) for _ in targets]
    columns, weights = (
        list(itertools.chain.from_iterable(data[key])) for key in ("outList", "outWeight")
    )
    edges = csr_array((weights, (rows, columns)), shape=(len(data["outList"]),) * 2)
    started = time.perf_counter()
    spread = expected_spread(edges)
    seconds = time.perf_counter() - started
    runs = [simulated_spread(edges, 1_000, seed) for seed in range(1, 11)]
    settled = simulated_spread(edges, 20_000, 99)
    yield _agreement(
        "congress: expected spread, 1,000 cascades a seed (mean of 10)", spread, runs
    ) | {"seconds": round(seconds, 3)}
    pooled = [np.mean(runs[start : start + 5], axis=0) for start in (0, 5)]
    yield _agreement(
        "congress: expected spread, five seeds of 1,000 cascades together (mean of 2)",
        spread,
        pooled,
    )
    yield _agreement(
        "congress: another simulation of 1,000, the best that can be asked", runs[0], runs[1:]
    )
    yield _agreement("congress: 20,000 cascades against 1,000, the ceiling", settled, runs)
    yield _agreement("congress: expected spread, 20,000 cascades a seed", spread, [settled])
    yield _agreement(
        "congress: PageRank from author to amplifier, 1,000 cascades", _pagerank(edges), runs
    )
    yield _agreement(
        "congress: PageRank from amplifier to author, 1,000 cascades",
        _pagerank(csr_array(edges.T)),
        runs,
    )


def superspreaders() -> Iterator[Row]:
    """What remains of later retweets after the first k accounts of each measure are taken away."""
    users = pl.read_csv(
        DATA / "superspreaders_iffyp_influential_baseline.csv.gz", new_columns=["user", "amplified"]
    )
    for name, file, header in (
        ("h", "superspreaders_h_index.csv.gz", False),
        ("followers", "superspreaders_iffyp_popular_baseline.csv.gz", True),
        ("share", "superspreaders_iffyp_dismantling_results_gold_standard.csv.gz", True),
    ):
        users = users.join(
            pl.read_csv(DATA / file, has_header=header, new_columns=["user", name]),
            on="user",
            how="left",
        )
    users = users.fill_null(0).sort("user")
    amplified, h, followers, share = (
        users[c].to_numpy().astype(float) for c in ("amplified", "h", "followers", "share")
    )
    measures = {
        "retweet count": amplified,
        "h-index": h,
        "followers": followers,
        "sustained": sustained(amplified, h, followers),
        "sustained without followers": sustained(amplified, h),
        "the best possible": share,
    }
    for name, score in measures.items():
        left = dismantling(np.argsort(-score, kind="stable"), share)
        yield {"name": f"superspreaders: {name}"} | {f"k={k}": round(float(left[k]), 4) for k in KS}


def _agreement(name: str, score: np.ndarray, against: list[np.ndarray]) -> Row:
    correlations = [float(spearmanr(score, one).statistic) for one in against]
    overlaps = [len(_top(score) & _top(one)) for one in against]
    return {
        "name": name,
        "spearman": round(float(np.mean(correlations)), 4),
        "top20": round(float(np.mean(overlaps)), 1),
    }


def _top(score: np.ndarray) -> set[int]:
    return set(np.argsort(-score, kind="stable")[:20].tolist())


def _pagerank(edges: csr_array) -> np.ndarray:
    import networkx as nx

    ranks = nx.pagerank(nx.from_scipy_sparse_array(edges, create_using=nx.DiGraph))
    return np.array([ranks[node] for node in range(edges.shape[0])])


def main() -> None:
    """Print a row a measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    as_json = parser.parse_args().json
    for row in itertools.chain(congress(), superspreaders()):
        print(
            json.dumps(row)
            if as_json
            else "  ".join(
                f"{value}" if key == "name" else f"{key} {value}" for key, value in row.items()
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
