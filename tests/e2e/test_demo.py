"""``tocsin demo`` as a person runs it: crawl, enrich, analyse in processes of their own.

Who was planted is found, who was not is not.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def tocsin(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_CACHE"
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home), "--json", *arguments],
        capture_output=True, text=True, check=False, env=environment
    )  # fmt: skip


def answer(home: Path, *arguments: str) -> Any:
    done = tocsin(home, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


pytestmark = pytest.mark.xdist_group("demo")  # one world, built once


@pytest.mark.slow
def test_everything_that_was_served_is_in_the_index(demo: Path) -> None:
    status = answer(demo, "status")
    assert status["documents"] >= 2_100
    assert status["authors"] >= 400
    assert len(status["sources"]) == 11
    assert all(
        stage["missing"] == 0
        for name, stage in status["stages"].items()
        if name in ("lang", "embed", "copies")
    )


@pytest.mark.slow
def test_the_planted_campaign_is_flagged_and_the_look_alikes_are_not(demo: Path) -> None:
    truth = json.loads((demo / "demo_truth.json").read_text(encoding="utf-8"))
    clusters = answer(demo, "clusters")["clusters"]
    flagged = {
        account["id"] for c in clusters if c["status"] == "flagged" for account in c["accounts"]
    }
    explained = {
        account["id"] for c in clusters if c["status"] == "explained" for account in c["accounts"]
    }
    planted = set(truth["campaigns"]["la_source_libre"])
    assert len(flagged & planted) >= 0.9 * len(planted)
    assert len(flagged - planted) <= 1
    assert not flagged & set(truth["innocent"]["agency_copy"])
    assert len(explained & set(truth["innocent"]["agency_copy"])) >= 6


@pytest.mark.slow
def test_the_crisis_is_there_to_be_seen(demo: Path) -> None:
    truth = json.loads((demo / "demo_truth.json").read_text(encoding="utf-8"))
    assert answer(demo, "search", "Mirecombe AND (eau OR water)")["total"] > 100
    narratives = answer(demo, "narratives")["narratives"]
    assert any(
        {"mirecombe", "eau", "water"}
        & {word for term in n["terms"] for word in term.casefold().split()}
        for n in narratives
    )
    rising = {
        word.casefold().lstrip("#")
        for s in answer(demo, "signals")["signals"]
        for term in s["terms"]
        for word in term.split()
    }
    known = {
        word.casefold()
        for word in [
            *truth["crisis"]["claim"],
            *truth["crisis"]["terms"],
            *truth["rising"]["terms"],
        ]
    }
    assert rising & known


@pytest.mark.slow
def test_a_second_start_uses_what_is_there(demo: Path) -> None:
    before = answer(demo, "status")["documents"]
    done = tocsin(demo, "demo", "--build-only")
    assert done.returncode == 0, done.stderr
    assert "holds this world already" in done.stderr
    assert answer(demo, "status")["documents"] == before


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield int(held.getsockname()[1])


def write_record(home: Path, port: int) -> None:
    record = {
        "end": "2026-01-31T12:00:00+00:00",
        "days": 7,
        "seed": 7,
        "port": port,
        "ready": False,
    }
    (home / "demo_world.json").write_text(json.dumps(record), encoding="utf-8")


def test_a_dashboard_port_that_is_taken_is_said_before_anything_is_built(
    tmp_path: Path, taken_port: int
) -> None:
    started = time.monotonic()
    done = tocsin(tmp_path, "demo", "--no-browser", "--port", str(taken_port))
    assert time.monotonic() - started < 20
    assert done.returncode == 2
    assert f"port {taken_port}" in done.stderr
    assert "--port" in done.stderr
    assert not list(tmp_path.iterdir())

    (tmp_path / "tocsin.toml").write_text(f"[dashboard]\nport = {taken_port}\n", encoding="utf-8")
    write_record(tmp_path, 1)
    by_setting = tocsin(tmp_path, "demo", "--no-browser")
    assert by_setting.returncode == 2
    assert f"port {taken_port}" in by_setting.stderr
    assert "Ondrelle" not in by_setting.stderr


def test_a_port_of_the_demos_sites_that_is_taken_is_said_before_anything_is_built(
    tmp_path: Path, taken_port: int
) -> None:
    write_record(tmp_path, taken_port)
    done = tocsin(tmp_path, "demo", "--build-only")
    assert done.returncode == 2
    assert f"port {taken_port}, where the demo's sites are served, is taken" in done.stderr
    assert "Ondrelle" not in done.stderr, "the world was built before"


def test_the_dashboard_does_not_ask_for_the_port_of_the_demos_sites(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as asked:
        asked.bind(("127.0.0.1", 0))
        port = int(asked.getsockname()[1])
    write_record(tmp_path, port)
    done = tocsin(tmp_path, "demo", "--no-browser", "--port", str(port))
    assert done.returncode == 2
    assert "where the demo's own sites are served" in done.stderr
    assert "Ondrelle" not in done.stderr


def test_a_workspace_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    assert tocsin(tmp_path, "init").returncode == 0
    done = tocsin(tmp_path, "demo", "--build-only")
    assert done.returncode == 2
    assert "a workspace of your own" in done.stderr
    assert not (tmp_path / "demo_world.json").exists()


def test_a_damaged_record_is_said(tmp_path: Path) -> None:
    (tmp_path / "demo_world.json").write_text("{", encoding="utf-8")
    done = tocsin(tmp_path, "demo", "--build-only")
    assert done.returncode == 2
    assert "is damaged" in done.stderr
