"""Findings appear a generation at once; marks and everything else move house."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from tocsin.core.errors import ConfigError
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    Member,
    Method,
    WeakSignal,
    to_json,
)
from tocsin.core.findings import (
    Tested as Counted,  # pytest would take a class named Test... for tests
)
from tocsin.core.messages import Message, plain

METHOD = Method(name="test", version="1", parameters={"windows": [10, 60]})
AT = datetime(2024, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)


def edges(n: int, of: str = "e") -> list[Edge]:
    return [
        Edge(
            id=f"{of}{i}",
            method=METHOD,
            a=f"x:{i}",
            b=f"x:{i + 1}",
            signals={"link": i},
            weight=i / 8,
        )
        for i in range(n)
    ]


def cluster(key: str) -> Cluster:
    return Cluster(
        id=key,
        method=METHOD,
        evidence=(
            Evidence(
                signal="link", object="https://a.example/é", posts=("x:1", "x:2"), seconds_apart=1.5
            ),
        ),
        caveats=(plain("a caveat"),),
        status="flagged",
        accounts=(Member(id="x:1", handle="a", degree=0.25, x=0.1), Member(id="x:2")),
        signals=("link",),
        q_value=0.01,
        first_at=AT,
        innocent_explanations=(
            Explanation(kind="news burst", fits=False, because=plain("no news")),
        ),
    )


def test_the_edges_of_one_cluster_are_read_alone(index: Any) -> None:
    message = Message("evidence.why", {"cluster": "cé1"})
    inside = [replace(edge, cluster="cé1") for edge in edges(3)]
    other = [replace(edge, cluster="c2", caveats=(message,)) for edge in edges(3, "other")]
    index.publish([*other, *inside, *edges(2, "free")], kinds=["edge"], generation="run-1")
    assert index.findings("edge", cluster="cé1") == inside
    assert index.findings("edge", cluster="c2", limit=2) == other[:2]
    assert index.findings("edge", cluster="c2", ids=["other1", "e1"]) == other[1:2]
    assert index.findings("edge", cluster="nothing") == []


def test_a_generation_replaces_its_kinds_whole_and_keeps_the_order(index: Any) -> None:
    assert index.findings("edge") == []
    assert index.generation("edge") is None
    tested = Counted(id="t", method=METHOD, accounts=3, pairs=3, windows=(10, 60))
    first = [*reversed(edges(25)), cluster("c2"), cluster("c1"), tested]
    index.publish(iter(first), kinds=["edge", "cluster", "tested"], generation="run-1")
    assert index.findings("edge") == list(reversed(edges(25)))
    assert index.findings("cluster") == [cluster("c2"), cluster("c1")]
    assert index.findings("tested") == [tested]
    assert [index.generation(kind) for kind in ("edge", "cluster", "signal")] == [
        "run-1",
        "run-1",
        None,
    ]
    assert index.findings("edge", limit=2) == list(reversed(edges(25)))[:2]
    assert [e.id for e in index.findings("edge", ids=["e3", "e20", "nothere"])] == ["e20", "e3"]
    index.publish([cluster("c3")], kinds=["edge", "cluster"], generation="run-2")
    assert (index.findings("edge"), index.findings("cluster")) == ([], [cluster("c3")])
    assert index.findings("tested") == [tested]
    assert [index.generation(kind) for kind in ("edge", "cluster", "tested")] == [
        "run-2",
        "run-2",
        "run-1",
    ]


def test_a_generation_that_breaks_off_leaves_the_old_one(index: Any) -> None:
    index.publish(edges(3), kinds=["edge"], generation="run-1")

    def broken() -> Any:
        yield from edges(2, "new")
        raise RuntimeError("the analysis died")

    with pytest.raises(RuntimeError):
        index.publish(broken(), kinds=["edge"], generation="run-2")
    with pytest.raises(ConfigError):
        index.publish([cluster("c")], kinds=["edge"], generation="run-2")
    with pytest.raises(ConfigError):
        index.publish([], kinds=["rumour"], generation="run-2")
    assert (index.findings("edge"), index.generation("edge")) == (edges(3), "run-1")


def test_marks_survive_new_generations(index: Any) -> None:
    index.put_mark("c1", "suspect", note="looks odd")
    index.put_mark("x:1", "benign")
    index.put_mark("x:2", "unsure")
    index.put_mark("x:2", None)
    index.publish([cluster("c1")], kinds=["cluster"], generation="run-9")
    marks = index.marks()
    assert {k: (m["mark"], m["note"]) for k, m in marks.items()} == {
        "c1": ("suspect", "looks odd"),
        "x:1": ("benign", ""),
    }
    assert all(datetime.fromisoformat(m["made_at"]) for m in marks.values())
    with pytest.raises(ConfigError):
        index.put_mark("c1", "guilty")


def test_export_and_import_move_everything_and_may_be_repeated(
    index: Any, corpus: Any, open_backend: Any, drop: Any
) -> None:
    from tocsin.core.documents import Annotation

    index.put(corpus)
    index.annotate(
        [
            (
                d.id,
                Annotation(
                    version="1", model="m", made_at=AT, values={"lang": "de", "n": [1, None]}
                ),
            )
            for d in corpus[::2]
        ],
        "lang",
    )
    values = np.random.default_rng(1).normal(size=(len(corpus), 5)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    index.put_vectors("m", [d.id for d in corpus], values)
    signal = WeakSignal(
        id="s",
        method=METHOD,
        terms=("a", "b"),
        flagged_at=AT,
        first_at=AT,
        posts=3,
        authors=3,
        p_value=0.001,
        expected_false_per_day=0.1,
        why=plain("because"),
    )
    index.publish([*edges(5), signal], kinds=["edge", "signal"], generation="run-1")
    index.publish([], kinds=["cluster"], generation="run-1")
    index.put_mark("c", "benign", note="é")
    index.delete_by_author("x:a3")
    index.refresh()
    records = [json.loads(json.dumps(record)) for record in index.export()]
    other = open_backend("embedded")
    try:
        for _ in range(2):
            counts = other.import_(records)
            assert counts["document"] == index.count()
        other.refresh()
        ids = [d.id for d in corpus]
        assert other.get(ids) == index.get(ids)
        assert other.vectors("m")[0] == index.vectors("m")[0]
        np.testing.assert_array_equal(other.vectors("m")[1], index.vectors("m")[1])
        for kind in ("edge", "signal", "cluster"):
            assert [to_json(f) for f in other.findings(kind)] == [
                to_json(f) for f in index.findings(kind)
            ]
            assert other.generation(kind) == index.generation(kind)
        assert other.suppressed() == index.suppressed() != frozenset()
        assert {k: (m["mark"], m["note"]) for k, m in other.marks().items()} == {
            "c": ("benign", "é")
        }
        assert [d.id for d in other.search(size=500).documents] == [
            d.id for d in index.search(size=500).documents
        ]
    finally:
        drop(other)
