"""`tocsin migrate-index` from the embedded index to a real server: whole, equal, and the
same after a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from tocsin.core.documents import Annotation, Author, Document, Link, LinkKind, content_hash
from tocsin.core.findings import (
    KINDS,
    Cluster,
    Edge,
    Evidence,
    Member,
    Method,
    Narrative,
    Structure,
    Tie,
    to_json,
)
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
MANY = 2_400
START = datetime(2026, 1, 1, tzinfo=UTC)
METHOD = Method(name="test", version="1")


@pytest.fixture
def settings(elastic: str) -> dict[str, Any]:
    """Settings that name the server, and leave the backend as it is."""
    return {
        "index": {"url": elastic, "prefix": f"h{uuid.uuid4().hex[:10]}"},
        "privacy": {"pseudonymise": False},
    }


@pytest.fixture
def home(tmp_path: Path, settings: dict[str, Any]) -> Path:
    """A workspace whose embedded index holds documents of 70 days, annotations, two models,
    findings, marks and a suppression."""
    index: Any = open_index(Workspace(tmp_path / "home", settings))
    documents = [post(n) for n in range(MANY)]
    index.put(documents)
    ids = [d.id for d in documents]
    for stage, every in (("lang", 1), ("copies", 3), ("narratives", 2)):
        index.annotate(
            [(key, note(stage, n)) for n, key in enumerate(ids) if n % every == 0], stage
        )
    index.put_vectors("one", ids, unit(MANY, 32))
    index.put_vectors("two", ids[::4], unit(MANY // 4, 8))
    evidence = (Evidence(signal="link", object="https://site.example/ä", posts=(ids[0], ids[1])),)
    members = tuple(Member(id=f"x:a{n}") for n in range(5))
    index.publish(
        [
            Cluster(
                id=f"c{n}",
                method=METHOD,
                evidence=evidence,
                status="flagged",
                accounts=members,
                signals=("link",),
                q_value=0.01 * n,
            )
            for n in range(9)
        ]
        + [
            Edge(id=f"e{n}", method=METHOD, evidence=evidence, a=f"x:a{n}", b="x:a99")
            for n in range(1_500)
        ]
        + [
            Structure(
                id="s",
                method=METHOD,
                evidence=evidence,
                status="flagged",
                accounts=members,
                signals=("link",),
                q_value=0.01,
                shape="star",
                hub="x:a0",
            ),
            Tie(id="t", method=METHOD, evidence=evidence, a="x:a0", b="x:a1", cluster="s"),
        ],
        kinds=["cluster", "edge", "structure", "tie"],
        generation="run-1",
    )
    index.publish(
        [
            Narrative(
                id="n",
                method=METHOD,
                label="river",
                terms=("river",),
                languages={"en": 2},
                posts=2,
                authors=2,
                members=tuple(ids[:2]),
            )
        ],
        kinds=["narrative"],
        generation="run-2",
    )
    index.put_mark("c1", "benign", note="seen by two")
    index.put_mark("x:a3", "suspect")
    index.delete_by_author("x:a42")
    index.close()
    return tmp_path / "home"


def post(n: int) -> Document:
    text = f"the river rises number{n} café"
    links = (
        Link(LinkKind.URL, f"https://www.site{n % 7}.example/p/{n}?utm_source=x"),
        Link(LinkKind.HASHTAG, f"tag{n % 5}"),
    )
    return Document(
        id=f"x:{n}",
        platform="x",
        author=Author(
            id=f"x:a{n % 100}", handle=f"User{n % 100}", followers=n % 100, verified=n % 3 == 0
        ),
        text=text,
        lang=("en", "fr", "und")[n % 3],
        source=f"s{n % 4}",
        published_at=None if n % 50 == 7 else START + timedelta(minutes=25 * n, milliseconds=n % 2),
        collected_at=START + timedelta(days=90),
        url=f"https://x.example/{n}",
        links=links if n % 2 else (),
        metrics={"likes": n, "score": n / 7},
        content_hash=content_hash(None, text),
        revision=n % 3,
        extra={"n": n, "deep": {"list": [1, "é", None]}},
    )


def note(stage: str, n: int) -> Annotation:
    values = {
        "lang": {"lang": "de", "score": n / 3},
        "copies": {"group": f"g{n % 20}"},
        "narratives": {"narrative": f"s{n % 6}"},
    }[stage]
    return Annotation(
        version=str(1 + n % 2), model="m", made_at=START + timedelta(seconds=n), values=values
    )


def unit(n: int, d: int) -> np.ndarray:
    found = np.random.default_rng(d).normal(size=(n, d)).astype(np.float32)
    made: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return made


def command(home: Path, settings: dict[str, Any], target: str) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "TOCSIN_INDEX__URL": settings["index"]["url"],
        "TOCSIN_INDEX__PREFIX": settings["index"]["prefix"],
    }
    words = [
        str(Path(sys.executable).parent / "tocsin"),
        "--home",
        str(home),
        "--json",
        "migrate-index",
        "--to",
        target,
    ]
    return subprocess.Popen(
        words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answer(running: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = running.communicate(timeout=300)
    assert running.returncode == 0, out + err
    found: dict[str, Any] = json.loads(out)
    return found


def the_same(one: Any, two: Any) -> None:
    """Every document, vector, finding, mark and suppression of two indices is equal."""
    before, after = one.stats(), two.stats()
    for name in ("documents", "authors", "sources", "stages", "vectors", "newest_at", "oldest_at"):
        assert getattr(before, name) == getattr(after, name), name
    ids = [key for batch in one.scan(["id"]) for key in batch.column("id").to_pylist()]
    assert [key for batch in two.scan(["id"]) for key in batch.column("id").to_pylist()] == ids
    assert two.get(ids) == one.get(ids)
    for model in before.vectors:
        assert two.vectors(model)[0] == one.vectors(model)[0]
        np.testing.assert_array_equal(two.vectors(model)[1], one.vectors(model)[1])
    for kind in KINDS:
        assert two.generation(kind) == one.generation(kind)
        assert [to_json(f) for f in two.findings(kind)] == [to_json(f) for f in one.findings(kind)]
    assert {k: (m["mark"], m["note"]) for k, m in two.marks().items()} == {
        k: (m["mark"], m["note"]) for k, m in one.marks().items()
    }
    assert two.suppressed() == one.suppressed()
    for query in (
        "river",
        "cafe number7*",
        "lang:de",
        "copy:g3",
        "narrative:s2",
        "hashtag:tag3 -lang:fr",
        "domain:site4.example",
        "likes:>2300",
    ):
        assert two.count(query) == one.count(query) > 0
        assert two.page(
            query, facets=("author", "lang", "hashtag", "domain", "source", "copy"), size=5
        ) == one.page(
            query, facets=("author", "lang", "hashtag", "domain", "source", "copy"), size=5
        )


def test_a_workspace_moves_whole_and_back(
    home: Path, settings: dict[str, Any], tmp_path: Path
) -> None:
    report = answer(command(home, settings, "elasticsearch"))
    assert report["status"] == "done"
    assert report["fates"]["copied"] == MANY - MANY // 100
    assert (
        report["verified"] | {"documents": MANY - MANY // 100, "sample_equal": 1_000}
        == report["verified"]
    )
    assert "set index.backend" in report["warnings"][-1]
    workspace = Workspace(home, settings)
    one, two = open_index(workspace, "embedded"), open_index(workspace, "elasticsearch")
    the_same(one, two)
    again = answer(command(home, settings, "elasticsearch"))
    assert (
        again["fates"]
        | {
            "already there": MANY - MANY // 100,
            "vectors already there": MANY - MANY // 100 + MANY // 4,
        }
        == again["fates"]
    )
    assert "copied" not in again["fates"]
    back: Any = open_index(Workspace(tmp_path / "back", settings), "embedded")
    back.import_(two.export())
    the_same(two, back)


@pytest.mark.parametrize("stage", ["documents", "vectors"])
def test_killed_in_the_middle_and_started_again_it_ends_the_same(
    home: Path, settings: dict[str, Any], stage: str, wait_until: Callable[..., None]
) -> None:
    workspace = Workspace(home, settings)
    two: Any = open_index(workspace, "elasticsearch")
    running = command(home, settings, "elasticsearch")
    wait_until(lambda: _reached(two, stage))
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL, "it had ended before it could be killed"
    report = answer(command(home, settings, "elasticsearch"))
    assert report["verified"]["sample_equal"] == 1_000
    the_same(open_index(workspace, "embedded"), two)


def _reached(index: Any, stage: str) -> Any:
    index.refresh()
    stats: Any = index.stats()
    return stats.documents > 0 if stage == "documents" else stats.vectors.get("one", 0) > 0


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """A function that waits for a condition, a minute and a half at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    return wait
