"""Elasticsearch that is away, busy, deaf, cut off or killed: nothing is lost, nothing doubled, and
the report says what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.base import Outcome
from index.connect import open_index
from tocsin.core.documents import Annotation
from tocsin.core.errors import Abort
from tocsin.core.exchange import from_exchange
from tocsin.core.workspace import Workspace

AWAY = float(os.environ.get("FAULT_AWAY_SECONDS", "4"))
"""Seconds that the server is away: ``FAULT_AWAY_SECONDS=60`` for a real outage."""
pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": str(n),
            "platform": "x",
            "author": {"id": f"a{n % 50}"},
            "text": f"post number {n} about the river",
            "published_at": f"2026-0{1 + n % 2}-01T10:{n % 60:02d}:00Z",
        }
        for n in range(count)
    ]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Any]:
    def open_at(url: str, prefix: str = "", **settings: Any) -> Any:
        index = {
            "backend": "elasticsearch",
            "url": url,
            "prefix": prefix or f"f{uuid.uuid4().hex[:10]}",
            "timeout": 20,
            **settings,
        }
        return open_index(
            Workspace(tmp_path / "home", {"index": index, "privacy": {"pseudonymise": False}})
        )

    return open_at


def start_import(
    file: Path, folder: Path, url: str, prefix: str, **settings: str
) -> subprocess.Popen[str]:
    """``tocsin import`` of a file in a process of its own."""
    given = {"BACKEND": "elasticsearch", "URL": url, "PREFIX": prefix, **settings}
    environ = {**os.environ, **{f"TOCSIN_INDEX__{name}": value for name, value in given.items()}}
    command = [
        str(Path(sys.executable).parent / "tocsin"),
        "--home",
        str(folder / "home"),
        "--json",
        "import",
        str(file),
    ]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run_import(
    file: Path, folder: Path, url: str, prefix: str, code: int = 0, **settings: str
) -> dict[str, Any]:
    """Its report."""
    running = start_import(file, folder, url, prefix, **settings)
    out, err = running.communicate(timeout=400)
    assert running.returncode == code, out + err
    report: dict[str, Any] = json.loads(out)
    return report


def ids_of(index: Any) -> list[str]:
    index.refresh()
    return sorted(i for batch in index.scan(["id"]) for i in batch.column("id").to_pylist())


@pytest.mark.parametrize("fault", ["away", "deaf", "cut", "busy", "lost"])
def test_a_fault_in_some_bulks_loses_and_doubles_nothing(proxy: Any, make: Any, fault: str) -> None:
    index = make(proxy.url)
    documents = [from_exchange(row) for row in rows(3_000)]
    bulks = iter(range(10_000))
    proxy.fault = lambda path, body: (
        fault if path.endswith("_bulk") and next(bulks) % 3 == 0 else ""
    )
    verdicts = index.put(documents)
    proxy.fault = lambda path, body: ""
    assert proxy.counted[fault] >= 1
    assert Counter(v.outcome for v in verdicts) == {Outcome.CREATED: 3_000}, (
        "a try that was carried out unheard is still ours"
    )
    assert ids_of(index) == sorted(d.id for d in documents)
    assert {v.outcome for v in index.put(documents)} == {Outcome.DUPLICATE}
    said = " ".join(index.incidents())
    assert (
        "was too busy for some items"
        if fault in ("busy", "lost")
        else "did not answer as it should"
    ) in said


@pytest.mark.parametrize("fault", ["away", "deaf", "cut"])
def test_a_fault_in_replacing_and_annotating_says_what_became_of_each(
    proxy: Any, make: Any, fault: str
) -> None:
    index = make(proxy.url)
    before = [from_exchange(row) for row in rows(300)]
    index.put(before)
    index.put_vectors("m", [d.id for d in before], np.ones((300, 3), np.float32))
    # Every other one in another month: a document that moves is never in both.
    after = [
        from_exchange(
            {**row, "text": "changed", "published_at": f"2026-0{1 + n // 2 % 2}-02T00:00:00Z"}
        )
        for n, row in enumerate(rows(300))
    ]
    bulks = iter(range(10_000))
    proxy.fault = lambda path, body: (
        fault if path.endswith("_bulk") and next(bulks) % 2 == 0 else ""
    )
    verdicts = index.put(after, on_conflict="replace")
    note = Annotation(
        version="1", model="m", made_at=datetime(2026, 1, 1, tzinfo=UTC), values={"lang": "de"}
    )
    notes = index.annotate([(d.id, note) for d in after], "lang")
    proxy.fault = lambda path, body: ""
    assert proxy.counted[fault] >= 2
    assert Counter(v.outcome for v in verdicts) == {Outcome.REPLACED: 300}
    assert Counter(v.outcome for v in notes) == {Outcome.ANNOTATED: 300}
    assert ids_of(index) == sorted(d.id for d in after)
    assert (index.count("changed"), index.count("river"), index.count("lang:de")) == (300, 0, 300)
    assert index.vectors("m")[0] == [], "no vector of a text that is no more"
    proxy.fault = lambda path, body: (
        fault if path.endswith("_bulk") and next(bulks) % 2 == 0 else ""
    )
    assert index.delete([d.id for d in after]) == 300


@pytest.mark.parametrize("fault", ["away", "cut"])
def test_a_fault_in_answers_costs_a_reader_nothing(proxy: Any, make: Any, fault: str) -> None:
    index = make(proxy.url)
    documents = [from_exchange(row) for row in rows(1_200)]
    index.put(documents)
    index.refresh()
    asked = iter(range(10_000))
    proxy.fault = lambda path, body: (
        fault
        if path.endswith(("_search", "_mget", "_count", "_pit")) and next(asked) % 2 == 0
        else ""
    )
    assert sorted(
        key for b in index.scan(["id"], batch_size=100) for key in b.column("id").to_pylist()
    ) == sorted(d.id for d in documents)
    assert index.page("river", size=3).total == index.count("river") == 1_200
    assert [d.text for d in index.get(["x:7", "x:8"])] == [
        "post number 7 about the river",
        "post number 8 about the river",
    ]
    assert proxy.counted[fault] >= 3


def test_a_command_waits_for_a_server_that_is_away_and_its_report_says_so(
    proxy: Any, make: Any, tmp_path: Path
) -> None:
    index = make(proxy.url)
    prefix = index.settings.prefix
    file = tmp_path / "posts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(6_000)), encoding="utf-8")
    bulks, back = iter(range(10_000)), [0.0]

    def fault(path: str, body: bytes) -> str:
        if path.endswith("_bulk") and next(bulks) == 3:
            back[0] = time.monotonic() + AWAY
        return "away" if time.monotonic() < back[0] else ""

    proxy.fault = fault
    report = run_import(file, tmp_path, proxy.url, prefix, RETRY_SECONDS=str(AWAY * 3))
    assert (report["status"], report["fates"]) == ("done", {"created": 6_000})
    (said,) = (
        warning for warning in report["warnings"] if "did not answer as it should" in warning
    )
    assert "503" in said
    assert ids_of(index) == sorted(f"x:{n}" for n in range(6_000))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(9_000)), encoding="utf-8")
    bulks = iter(range(10_000))
    proxy.fault = lambda path, body: (
        "away" if path.endswith("_bulk") and next(bulks) > 1 else ""
    )  # and now it does not come back
    stopped = run_import(file, tmp_path, proxy.url, prefix, RETRY_SECONDS="1", code=3)
    assert stopped["status"] == "stopped"
    assert any("did not answer as it should" in warning for warning in stopped["warnings"])
    proxy.fault = lambda path, body: ""
    assert run_import(file, tmp_path, proxy.url, prefix)["seen"] == 9_000
    assert ids_of(index) == sorted(f"x:{n}" for n in range(9_000))


def test_a_server_that_stays_away_stops_the_run_in_one_sentence(proxy: Any, make: Any) -> None:
    index = make(proxy.url, retry_seconds=2)
    proxy.fault = lambda path, body: "away"
    with pytest.raises(Abort, match="start the same command again"):
        index.put([from_exchange(row) for row in rows(10)])
    proxy.fault = lambda path, body: ""
    assert {v.outcome for v in index.put([from_exchange(row) for row in rows(10)])} == {
        Outcome.CREATED
    }


def test_a_partial_answer_is_an_error_and_never_a_short_result(proxy: Any, make: Any) -> None:
    index = make(proxy.url)
    index.put([from_exchange(row) for row in rows(50)])
    index.refresh()
    proxy.fault = lambda path, body: "partial" if path.endswith("_search") else ""
    for ask in (
        lambda: index.count(),
        lambda: index.search("river"),
        lambda: index.page("river"),
        lambda: list(index.scan(["id"])),
    ):
        with pytest.raises(Abort, match="part of its shards"):
            ask()


def test_a_server_killed_in_the_middle_of_an_import_and_started_again(
    start_elastic: Any, make: Any, tmp_path: Path
) -> None:
    server = start_elastic()
    file = tmp_path / "posts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(30_000)), encoding="utf-8")
    index = make(server["url"], "killed")

    def begun() -> bool:
        index.refresh()
        return bool(
            index.documents.connection.call(
                index.connection.client.count, index="killed-docs*", allow_no_indices=True
            )["count"]
            > 500
        )

    running = start_import(
        file, tmp_path, server["url"], "killed", RETRY_SECONDS="180", TIMEOUT="10"
    )
    wait_for(begun)
    for pid in server["pids"]:
        os.killpg(pid, signal.SIGKILL)
    port = server["url"].rsplit(":", 1)[1]
    threading.Thread(
        target=lambda: start_elastic("--port", port, folder=server["folder"]), daemon=True
    ).start()
    out, err = running.communicate(timeout=400)
    report = json.loads(out)
    assert running.returncode == 0, err
    assert report["fates"] == {"created": 30_000}, report
    assert any("did not answer as it should" in warning for warning in report["warnings"]), report
    assert ids_of(index) == sorted(f"x:{n}" for n in range(30_000))


@pytest.mark.slow
def test_one_of_three_nodes_killed_with_a_replica_each(start_elastic: Any, make: Any) -> None:
    cluster = start_elastic("--nodes", "3")
    index = make(cluster["urls"][0], replicas=1)
    documents = [from_exchange(row) for row in rows(6_000)]
    verdicts: list[Any] = []
    writer = threading.Thread(
        target=lambda: verdicts.extend(
            v for at in range(0, 6_000, 500) for v in index.put(documents[at : at + 500])
        )
    )
    writer.start()
    wait_for(lambda: len(verdicts) >= 1_000)
    wait_for(
        lambda: index.connection.client.cluster.health()["status"] == "green"
    )  # each shard has its replica
    os.killpg(cluster["pids"][-1], signal.SIGKILL)
    writer.join(300)
    assert Counter(v.outcome for v in verdicts) == {Outcome.CREATED: 6_000}
    assert ids_of(index) == sorted(d.id for d in documents)


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
