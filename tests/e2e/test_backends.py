"""The whole way on both backends.

Planted posts, imported, enriched and analysed by the same commands, give the same answers.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch"), pytest.mark.slow]
ORGANIC_POSTS = 6_000
RUN = frozenset({"run_id", "generation", "bytes", "backend", "data_as_of"})
"""Names a run and a store, not what was found."""


def answer(home: Path, settings: dict[str, str], *arguments: str) -> Any:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home), "--json", *arguments],
        capture_output=True, text=True, check=False,
        env={**environment, **settings, "TOCSIN_PRIVACY__PSEUDONYMISE": "false"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def answer_alone(value: Any) -> Any:
    """An answer without what names its run and its store."""
    if isinstance(value, dict):
        return {key: answer_alone(inner) for key, inner in value.items() if key not in RUN}
    return [answer_alone(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def planted(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Planted posts among a part of the organic ones, and the accounts that were planted."""
    folder = tmp_path_factory.mktemp("planted")
    with gzip.open(
        shared / "data" / "coordination" / "x24_us_election_part1.csv.gz",
        "rt",
        encoding="utf-8",
        newline="",
    ) as whole:
        rows = list(itertools.islice(csv.reader(whole), ORGANIC_POSTS + 1))
    with gzip.open(folder / "organic.csv.gz", "wt", encoding="utf-8", newline="") as part:
        csv.writer(part).writerows(rows)
    posts, truth = folder / "posts.jsonl", folder / "truth.json"
    tool = shared / "tools" / "plant_campaigns.py"
    subprocess.run(
        [sys.executable, tool, folder / "organic.csv.gz", posts, truth, "--seed", "3"],
        check=True,
        capture_output=True,
    )
    labels = json.loads(truth.read_text(encoding="utf-8"))
    return posts, {account for who in labels["campaigns"].values() for account in who}


def test_clusters_influence_and_signals_are_the_same(
    planted: tuple[Path, set[str]], elastic: str, tmp_path: Path
) -> None:
    posts, wanted = planted
    server = {
        "TOCSIN_INDEX__BACKEND": "elasticsearch",
        "TOCSIN_INDEX__URL": elastic,
        "TOCSIN_INDEX__PREFIX": f"s{uuid.uuid4().hex[:10]}",
    }
    answers = []
    for home, settings in ((tmp_path / "embedded", {}), (tmp_path / "elastic", server)):
        taken = answer(home, settings, "import", str(posts))
        assert taken["fates"] == {"created": taken["seen"]}
        answer(home, settings, "enrich", "--stage", "lang", "--stage", "copies")
        answer(home, settings, "analyse")
        answers.append(
            {
                name: answer_alone(answer(home, settings, name))
                for name in ("clusters", "influencers", "signals", "copies", "status")
            }
        )
    assert answers[0]["status"]["documents"] == answers[1]["status"]["documents"] > ORGANIC_POSTS
    for name, first in answers[0].items():
        assert first == answers[1][name], name
    flagged = {
        account["id"]
        for c in answers[0]["clusters"]["clusters"]
        if c["status"] == "flagged"
        for account in c["accounts"]
    }
    assert len(flagged & wanted) >= 0.8 * len(wanted)
    assert len(flagged - wanted) <= 2
