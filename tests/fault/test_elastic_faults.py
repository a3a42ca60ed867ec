"""Elasticsearch that is away, busy, deaf, cut off or killed: nothing is lost, nothing doubled, and the report says what happened."""

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
from pathlib import Path
from typing import Any

import pytest

from index.base import Outcome
from index.connect import open_index
from tocsin.errors import Abort
from tocsin.exchange import from_exchange
from tocsin.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"id": str(n), "platform": "x", "author": {"id": f"a{n % 50}"}, "text": f"post number {n} about the river", "published_at": f"2026-0{1 + n % 2}-01T10:{n % 60:02d}:00Z"}
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Any]:
    def open_at(url: str, prefix: str = "", **settings: Any) -> Any:
        index = {"backend": "elasticsearch", "url": url, "prefix": prefix or f"f{uuid.uuid4().hex[:10]}", "timeout": 20, **settings}
        return open_index(Workspace(tmp_path / "home", {"index": index, "privacy": {"pseudonymise": False}}))

    return open_at


def ids_of(index: Any) -> list[str]:
    index.refresh()
    return sorted(i for batch in index.scan(["id"]) for i in batch.column("id").to_pylist())


@pytest.mark.parametrize("fault", ["away", "deaf", "cut", "busy"])
def test_a_fault_in_some_bulks_loses_and_doubles_nothing(proxy: Any, make: Any, fault: str) -> None:
    index = make(proxy.url)
    documents = [from_exchange(row) for row in rows(3_000)]
    bulks = iter(range(10_000))
    proxy.fault = lambda path, body: fault if path.endswith("_bulk") and next(bulks) % 3 == 0 else ""
    verdicts = index.put(documents)
    proxy.fault = lambda path, body: ""
    assert proxy.counted[fault] >= 1
    assert Counter(v.outcome for v in verdicts) == {Outcome.CREATED: 3_000}, "a try that was carried out unheard is still ours"
    assert ids_of(index) == sorted(d.id for d in documents)
    assert {v.outcome for v in index.put(documents)} == {Outcome.DUPLICATE}


def test_a_server_that_stays_away_stops_the_run_in_one_sentence(proxy: Any, make: Any) -> None:
    index = make(proxy.url, retry_seconds=2)
    proxy.fault = lambda path, body: "away"
    with pytest.raises(Abort, match="start the same command again"):
        index.put([from_exchange(row) for row in rows(10)])
    proxy.fault = lambda path, body: ""
    assert {v.outcome for v in index.put([from_exchange(row) for row in rows(10)])} == {Outcome.CREATED}


def test_a_partial_answer_is_an_error_and_never_a_short_result(proxy: Any, make: Any) -> None:
    index = make(proxy.url)
    index.put([from_exchange(row) for row in rows(50)])
    index.refresh()
    proxy.fault = lambda path, body: "partial" if path.endswith("_search") else ""
    for ask in (lambda: index.count(), lambda: index.search("river"), lambda: index.page("river"), lambda: list(index.scan(["id"]))):
        with pytest.raises(Abort, match="part of its shards"):
            ask()


def test_a_server_killed_in_the_middle_of_an_import_and_started_again(start_elastic: Any, make: Any, tmp_path: Path) -> None:
    server = start_elastic()
    file = tmp_path / "posts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(12_000)), encoding="utf-8")
    environ = {
        **os.environ, "TOCSIN_INDEX__BACKEND": "elasticsearch", "TOCSIN_INDEX__URL": server["url"], "TOCSIN_INDEX__PREFIX": "killed",
        "TOCSIN_INDEX__RETRY_SECONDS": "180", "TOCSIN_INDEX__TIMEOUT": "10",
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "tocsin"), "--home", str(tmp_path / "home"), "--json", "import", str(file)]
    index = make(server["url"], "killed")
    running = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(
        lambda: index.documents.connection.call(index.connection.client.count, index="killed-docs*", allow_no_indices=True)["count"] > 500
    )
    for pid in server["pids"]:
        os.killpg(pid, signal.SIGKILL)
    port = server["url"].rsplit(":", 1)[1]
    threading.Thread(target=lambda: start_elastic("--port", port, folder=server["folder"]), daemon=True).start()
    out, err = running.communicate(timeout=400)
    report = json.loads(out)
    assert running.returncode == 0, err
    assert report["fates"] == {"created": 12_000}, report
    assert ids_of(index) == sorted(f"x:{n}" for n in range(12_000))


@pytest.mark.slow
def test_one_of_three_nodes_killed_with_a_replica_each(start_elastic: Any, make: Any) -> None:
    cluster = start_elastic("--nodes", "3")
    index = make(cluster["urls"][0], replicas=1)
    documents = [from_exchange(row) for row in rows(6_000)]
    verdicts: list[Any] = []
    writer = threading.Thread(target=lambda: verdicts.extend(v for at in range(0, 6_000, 500) for v in index.put(documents[at : at + 500])))
    writer.start()
    wait_for(lambda: len(verdicts) >= 1_000)
    wait_for(lambda: index.connection.client.cluster.health()["status"] == "green")  # each shard has its replica
    os.killpg(cluster["pids"][-1], signal.SIGKILL)
    writer.join(300)
    assert Counter(v.outcome for v in verdicts) == {Outcome.CREATED: 6_000}
    assert ids_of(index) == sorted(d.id for d in documents)


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
