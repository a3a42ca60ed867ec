"""What becomes of what is put, annotated and deleted."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from index.base import Outcome, Window
from index.privacy import suppression_hash
from index.spool import Spool
from tocsin.core.documents import Annotation, Author, Document, Raw, content_hash
from tocsin.core.findings import Cluster, Edge, Evidence, Influence, Member, Method, Narrative

AT = datetime(2024, 5, 1, tzinfo=UTC)
METHOD = Method(name="test", version="1")


def note(version: str = "1", **values: Any) -> Annotation:
    return Annotation(version=version, model="m", made_at=AT, values=values)


def outcomes(verdicts: Any) -> list[Outcome]:
    return [v.outcome for v in verdicts]


def retext(d: Document, text: str) -> Document:
    return dataclasses.replace(d, text=text, content_hash=content_hash(d.title, text))


def test_putting_twice_changes_nothing(index: Any, corpus: Any) -> None:
    assert outcomes(index.put(corpus)) == [Outcome.CREATED] * len(corpus)
    again = index.put([retext(d, "other words") for d in corpus])
    assert [(v.id, v.outcome) for v in again] == [(d.id, Outcome.DUPLICATE) for d in corpus]
    index.refresh()
    assert index.count() == len(corpus)
    assert index.count('"other words"') == 0
    assert index.get([corpus[0].id])[0] == corpus[0]


def test_one_id_twice_in_one_call_is_put_once(index: Any, made: Any) -> None:
    one = made(1, "first")
    assert outcomes(index.put([one, retext(one, "second"), made(2, "third")])) == [
        Outcome.CREATED,
        Outcome.DUPLICATE,
        Outcome.CREATED,
    ]
    assert [d.text for d in index.get([one.id, "x:2"])] == ["first", "third"]
    verdicts = index.put([retext(one, "second"), retext(one, "third time")], on_conflict="replace")
    assert outcomes(verdicts) == [Outcome.REPLACED, Outcome.REPLACED]
    assert (index.get([one.id])[0].text, index.get([one.id])[0].revision) == ("third time", 2)


def test_replacing_drops_annotations_and_vectors_and_the_old_words(index: Any, made: Any) -> None:
    one, two = made(1, "old words"), made(2, "stays")
    index.put([one, two])
    index.annotate([(one.id, note(lang="de")), (two.id, note(lang="it"))], "lang")
    index.put_vectors("m", [one.id, two.id], np.eye(2, 4, dtype=np.float32))
    new = retext(dataclasses.replace(one, metrics={"likes": 7}), "new words")
    assert outcomes(index.put([new, two], on_conflict="replace")) == [
        Outcome.REPLACED,
        Outcome.DUPLICATE,
    ]
    index.refresh()
    stored = index.get([one.id])[0]
    assert dataclasses.replace(stored, history=None) == dataclasses.replace(new, revision=1)
    assert (
        index.count("old"),
        index.count("new"),
        index.count("words"),
        index.count("lang:de"),
    ) == (0, 1, 1, 0)
    assert index.vectors("m")[0] == [two.id]
    assert list(index.missing("lang", "1")) == [[one.id]]
    assert index.stats().stages == {"lang": {"1": 1}}


def test_a_known_text_with_new_metrics_is_a_duplicate_with_new_metrics(
    index: Any, made: Any
) -> None:
    one = made(1, "words")
    index.put([one])
    index.annotate([(one.id, note(lang="de"))], "lang")
    later = dataclasses.replace(
        one, metrics={"likes": 500, "views": 3, "observed_at": "2024-05-01T00:00:00.000Z"}
    )
    assert outcomes(index.put([later], on_conflict="replace")) == [Outcome.DUPLICATE]
    index.refresh()
    found = index.get([one.id])[0]
    assert dict(found.metrics) == dict(one.metrics) | dict(later.metrics)
    assert found.annotations["lang"].values == {"lang": "de"}
    assert (
        found.revision,
        index.count("likes:500"),
        index.count("views:3"),
        index.count(f"likes:{one.metrics['likes']}"),
    ) == (0, 1, 1, 0)
    assert next(iter(index.scan(["likes", "views"]))).to_pylist() == [{"likes": 500, "views": 3}]


def test_annotating_touches_one_stage_and_never_makes_a_document(index: Any, made: Any) -> None:
    one = made(2, "words")
    index.put([one])
    assert outcomes(
        index.annotate([(one.id, note(lang="de")), ("x:ghost", note(lang="de"))], "lang")
    ) == [
        Outcome.ANNOTATED,
        Outcome.MISSING,
    ]
    index.annotate([(one.id, note("3", deep={"a": [1, 2.5, None, "é"]}))], "other")
    index.annotate([(one.id, note("2", lang="nl"))], "lang")
    index.refresh()
    assert index.get(["x:ghost"]) == [None]
    assert index.count() == 1
    assert index.get([one.id])[0].annotations == {
        "lang": note("2", lang="nl"),
        "other": note("3", deep={"a": [1, 2.5, None, "é"]}),
    }
    assert (index.count("lang:nl"), index.count("lang:de")) == (1, 0)
    index.annotate([(one.id, note("2", group="g"))], "copies")
    index.refresh()
    assert index.count("copy:g") == 1
    index.annotate([(one.id, note("2", group=None))], "copies")
    index.refresh()
    assert (index.count("copy:g"), index.count("exists:copy")) == (0, 0)


def test_missing_is_the_work_list_of_a_stage_in_time_order(
    index: Any, corpus: Any, model_of: Any
) -> None:
    model = model_of(corpus)
    index.put(corpus)
    rows = [(d.id, note("1")) for d in corpus[::2]] + [(d.id, note("2")) for d in corpus[1::4]]
    index.annotate(rows, "embed")
    model.annotate(rows, "embed")
    index.refresh()
    for stage, version in (("embed", "1"), ("embed", "2"), ("embed", "3"), ("unheard", "1")):
        batches = list(index.missing(stage, version, batch_size=13))
        assert [key for batch in batches for key in batch] == model.missing(stage, version)
        assert all(1 <= len(batch) <= 13 for batch in batches)


def test_changes_give_every_id_once_and_then_only_news(index: Any, corpus: Any, made: Any) -> None:
    index.put(corpus)
    index.refresh()
    seen: list[str] = []
    cursor = None
    while True:
        ids, cursor = index.changes(cursor, limit=25)
        if not ids:
            break
        seen += ids
    assert sorted(seen) == sorted(d.id for d in corpus)
    assert index.changes(cursor) == ([], cursor)
    index.put([retext(corpus[4], "changed"), made(500, "new"), corpus[5]], on_conflict="replace")
    index.refresh()
    ids, later = index.changes(cursor)
    assert sorted(ids) == sorted([corpus[4].id, made(500, "new").id])
    assert index.changes(later)[0] == []


def test_deleting_removes_words_vectors_and_annotations(
    index: Any, corpus: Any, model_of: Any
) -> None:
    model = model_of(corpus)
    index.put(corpus)
    index.annotate([(d.id, note(lang="de")) for d in corpus], "lang")
    index.put_vectors("m", [d.id for d in corpus], np.ones((len(corpus), 3), np.float32))
    gone = [corpus[n].id for n in (0, 2, 5, 11, 119)]
    index.refresh()
    assert index.delete([*gone, "x:ghost", gone[0]]) == len(gone)
    model.delete(gone)
    index.refresh()
    assert index.get(gone) == [None] * len(gone)
    assert [d.id for d in index.search(size=500).documents] == model.hits()
    assert index.count("climat") == len(model.hits("climat"))
    assert sorted(index.vectors("m")[0]) == sorted(model.documents)
    stats = index.stats()
    assert (stats.documents, stats.vectors, stats.stages) == (115, {"m": 115}, {"lang": {"1": 115}})
    assert outcomes(index.put([corpus[0]])) == [Outcome.CREATED]  # deleting is not suppressing
    index.refresh()
    assert index.get([corpus[0].id])[0].annotations == {}


def test_an_erased_person_is_gone_everywhere_and_stays_gone(
    index: Any, corpus: Any, model_of: Any
) -> None:
    workspace = index.workspace
    person = "x:a1"
    theirs = [d for d in corpus if d.author and d.author.id == person]
    others = [d.id for d in corpus if d not in theirs]
    raw = workspace.file("raw/page.html")
    raw.write_text("their page", encoding="utf-8")
    theirs[0] = dataclasses.replace(theirs[0], raw=Raw(path="raw/page.html", sha256="0" * 64))
    index.put([*theirs, *[d for d in corpus if d.id in others]])
    index.annotate([(d.id, note(lang="de")) for d in theirs], "lang")
    index.put_vectors("m", [d.id for d in corpus], np.ones((len(corpus), 3), np.float32))
    evidence = (
        Evidence(signal="link", object="u", posts=(theirs[0].id, others[0])),
        Evidence(signal="link", object="v", posts=(theirs[1].id,)),
    )
    members = tuple(Member(id=key) for key in (person, "x:a2", "x:a3"))
    index.publish(
        [
            Cluster(
                id="c1",
                method=METHOD,
                evidence=evidence,
                status="flagged",
                accounts=members,
                signals=("link",),
                q_value=0.1,
            ),
            Cluster(
                id="c2",
                method=METHOD,
                evidence=evidence,
                status="flagged",
                accounts=members[:2],
                signals=("link",),
                q_value=0.1,
            ),
            Edge(id="e1", method=METHOD, evidence=evidence, a=person, b="x:a2"),
            Influence(id="i1", method=METHOD, account=person),
            Influence(
                id="i2",
                method=METHOD,
                account="x:a2",
                reasons=("is often repeated by User1 and others",),
            ),
            Influence(id="i3", method=METHOD, account="x:a3", reasons=("User11 is someone else",)),
            Narrative(
                id="n1",
                method=METHOD,
                label="story",
                terms=("a",),
                languages={"en": 2},
                posts=2,
                authors=2,
                members=(theirs[0].id, others[0]),
            ),
        ],
        kinds=["cluster", "edge", "influence", "narrative"],
        generation="g1",
    )
    index.put_mark(person, "suspect")
    index.put_mark("c1", "benign")
    spool = Spool(workspace.home / "spool")
    spool.append(
        [
            json.dumps({"id": "9", "platform": "x", "author": {"id": key}}).encode()
            for key in ("a1", "a2")
        ]
    )
    index.refresh()
    assert index.delete_by_author(person) == len(theirs)
    index.refresh()
    assert index.count(f'author:"{person}"') == 0
    assert index.get([d.id for d in theirs]) == [None] * len(theirs)
    assert sorted(index.vectors("m")[0]) == sorted(others)
    assert [c.id for c in index.findings("cluster")] == ["c1"]
    cluster = index.findings("cluster")[0]
    assert [m.id for m in cluster.accounts] == ["x:a2", "x:a3"]
    assert cluster.evidence == (Evidence(signal="link", object="u", posts=(others[0],)),)
    assert index.findings("edge") == []
    assert [f.id for f in index.findings("influence")] == ["i3"]
    assert index.findings("narrative")[0].members == (others[0],)
    assert set(index.marks()) == {"c1"}
    assert [
        json.loads(item)["author"]["id"] for s in spool.segments() for item in spool.read(s)
    ] == ["a2"]
    assert not raw.exists()
    assert index.suppressed() == {suppression_hash(workspace.secret, person)}
    assert person not in index.suppressed()
    assert set(outcomes(index.put(theirs))) == {Outcome.SUPPRESSED}
    assert outcomes(
        index.put([dataclasses.replace(theirs[0], id="x:999", author=Author(id="x:a2"))])
    ) == [Outcome.CREATED]
    index.refresh()
    assert index.count(f'author:"{person}"') == 0
    assert index.delete_by_author(person) == 0


def test_erasing_without_suppressing_lets_them_come_back(index: Any, corpus: Any) -> None:
    index.put(corpus)
    index.refresh()
    theirs = [d for d in corpus if d.author and d.author.id == "x:a2"]
    assert index.delete_by_author("x:a2", suppress=False) == len(theirs)
    assert index.suppressed() == frozenset()
    assert set(outcomes(index.put(theirs))) == {Outcome.CREATED}


def test_hostile_documents_cost_nobody_else_anything(index: Any, made: Any) -> None:
    odd = [
        dataclasses.replace(
            made(1, "nul \x00 and \ud800 surrogate"),
            extra={"bad": "\ud800", "nan": float("nan"), "deep": {"x": [1]}},
        ),
        dataclasses.replace(
            made(2, "numbers"), metrics={"likes": 2**62, "score": 1.5, "note": "text"}
        ),
        made(3, "'; DROP TABLE docs; -- \" ' * ^ NEAR(a b) {x}"),
        made(4, "e\u0301" * 500 + "\u202e\u200b"),
        dataclasses.replace(made(5, "far"), published_at=datetime(1990, 1, 1, tzinfo=UTC)),
    ]
    assert set(outcomes(index.put([*odd, made(6, "plain")]))) == {Outcome.CREATED}
    bad = [
        dataclasses.replace(made(7, "x"), id=""),
        dataclasses.replace(made(8, "x"), text=None),
        dataclasses.replace(made(9, "x"), lang=3),
    ]
    assert outcomes(index.put([*bad, made(10, "plain")])) == [Outcome.REJECTED] * 3 + [
        Outcome.CREATED
    ]
    assert all(v.reason for v in index.put(bad))
    index.refresh()
    assert index.count() == 7
    assert index.count("plain") == 2
    assert index.count('"drop table"') == 1
    assert index.get([odd[1].id])[0].metrics == {"likes": 2**62, "score": 1.5, "note": "text"}
    assert sum(b.num_rows for b in index.scan(["id", "text", "likes"])) == 7
    assert index.count(window=Window(None, datetime(1990, 1, 2, tzinfo=UTC))) == 1


@pytest.mark.parametrize("size", [0, 1])
def test_empty_calls_do_nothing(index: Any, made: Any, size: int) -> None:
    index.put([made(n, "x") for n in range(size)])
    index.refresh()
    assert index.put([]) == []
    assert index.annotate([], "lang") == []
    assert index.get([]) == []
    assert index.delete([]) == 0
    assert index.count() == size
    assert index.page().total == size
    assert list(index.missing("s", "1")) == [["mastodon:0"]][:size]
    assert sum(b.num_rows for b in index.scan(["id"])) == size
    assert index.histogram().buckets == (
        [(datetime(2024, 3, 29, 12, tzinfo=UTC), 1)] if size else []
    )
