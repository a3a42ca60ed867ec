"""A study that was sealed on one backend is verified on the other, from files that people have."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

BACKENDS = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


def call(home: Path, *arguments: str, code: int = 0, settings: dict[str, str] | None = None) -> Any:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home), "--json", *arguments],
        capture_output=True, text=True, check=False, env=environment | (settings or {}),
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def shares(path: Path, *, edit: int | None = None, shuffle: bool = False) -> list[list[str]]:
    """A table of shares: eight accounts push thirty links together, others share what they like."""
    rng = random.Random(4)
    rows = []
    for day in range(30):
        at = 1_714_600_000 + day * 90_000
        for account in range(8):
            if rng.random() < 0.8:
                rows.append([f"https://push.example/{day}", f"p{account}", at + rng.randint(0, 30)])
    for _ in range(600):
        rows.append(
            [f"https://n.example/{rng.randint(1, 300)}", f"o{rng.randint(1, 90)}",
             1_714_600_000 + rng.randint(0, 2_700_000)]
        )  # fmt: skip
    table = [[thing, who, str(900_000 + n), str(at)] for n, (thing, who, at) in enumerate(rows)]
    if edit is not None:
        table[edit][0] = "https://elsewhere.example/x"
    written = random.Random(9).sample(table, len(table)) if shuffle else table
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["object_id", "account_id", "content_id", "timestamp_share"])
        writer.writerows(written)
    return table


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_verified_elsewhere_and_the_changed_post_named(
    tmp_path: Path, backend: str, request: pytest.FixtureRequest
) -> None:
    settings: dict[str, str] = {}
    if backend == "elasticsearch":
        settings = {
            "TOCSIN_INDEX__BACKEND": "elasticsearch",
            "TOCSIN_INDEX__URL": request.getfixturevalue("elastic"),
            "TOCSIN_INDEX__PREFIX": f"s{uuid.uuid4().hex[:10]}",
        }
    # no platform is in the file, so that ids are named after it: another name must do no harm
    table = shares(tmp_path / "shares.csv")
    home = tmp_path / "a"
    call(home, "import", str(tmp_path / "shares.csv"))
    call(home, "analyse")
    manifest = str(tmp_path / "study.json")
    sealed = call(home, "study", "seal", manifest)
    assert sealed["groups"] == 1
    shares(tmp_path / "same.csv", shuffle=True)
    other = tmp_path / "b"
    call(other, "import", str(tmp_path / "same.csv"), settings=settings)
    assert call(other, "study", "verify", manifest, settings=settings)["equal"]
    if settings:  # and the other way round
        call(other, "analyse", settings=settings)
        there = str(tmp_path / "there.json")
        assert call(other, "study", "seal", there, settings=settings)["groups"] == 1
        assert call(home, "study", "verify", there)["equal"]
        assert call(home, "study", "compare", manifest, there)["results"]["equal"]
        settings["TOCSIN_INDEX__PREFIX"] += "b"
    shares(tmp_path / "edited.csv", edit=5, shuffle=True)
    edited = tmp_path / "c"
    call(edited, "import", str(tmp_path / "edited.csv"), settings=settings)
    found = call(edited, "study", "verify", manifest, code=1, settings=settings)
    assert [post.rpartition("/")[2] for post in found["inputs"]["changed"]] == [table[5][2]]
    assert not found["inputs"]["missing"]
    assert not found["inputs"]["added"]
