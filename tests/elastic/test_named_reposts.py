"""Reposts that name whom they repeat point at the post in Elasticsearch, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.planted_layouts import make_world
from tests.e2e.planted_research import fourcat_x_csv

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]


def test_all_are_found(elastic: str, tmp_path: Path) -> None:
    world = make_world()
    file = tmp_path / "4cat.csv"
    file.write_text(fourcat_x_csv(world), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
    environment |= {
        "TOCSIN_INDEX__BACKEND": "elasticsearch",
        "TOCSIN_INDEX__URL": elastic,
        "TOCSIN_INDEX__PREFIX": f"s{uuid.uuid4().hex[:10]}",
    }

    def answer(*arguments: str) -> Any:
        home = str(tmp_path / "home")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tocsin", "--home", home, "--json", *arguments],
            capture_output=True, text=True, check=False, env=environment
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    number = sum(event.kind == "repost" for event in world.events)
    report = answer("import", str(file))
    assert report["relations"]["repost_of_handle"] == {"checked": number, "known": number}
    hits = answer("search", "--limit", "1000")["hits"]
    assert sum("repost_of" in hit for hit in hits) == number
