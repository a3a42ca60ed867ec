"""Fields that stages declare: searched, counted and scanned like built-in ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from index.base import COLUMNS, DeclaredField
from index.connect import open_index
from index.fields import BUILT_IN
from index.query import QueryError
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import ConfigError

AT = datetime(2024, 5, 1, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "question": "bool",
    "mood": "keyword",
    "marks": "integer",
    "score": "number",
}
MOODS = ("happy", "haßerfüllt", "a b", "2024-01-01", 'say "so"', "happy")


def values_of(n: int) -> dict[str, Any]:
    """What the stage says of the n-th document; every seventh value is missing or wrong."""
    values: dict[str, Any] = {
        "question": n % 3 == 0,
        "mood": MOODS[n % len(MOODS)],
        "marks": n % 5 - 2,
        "score": (n % 4) / 4 - 0.25,
        "not_declared": n,
    }
    if n % 7 == 3:
        return {"question": "true", "mood": 5, "marks": 1.5, "score": "0.5"}
    if n % 7 == 4:
        return {"question": None, "mood": "", "marks": True, "score": float("nan")}
    return {} if n % 7 == 5 else values


def valid(n: int, name: str) -> Any:
    """The value of a field as it counts, or None."""
    return values_of(n).get(name) if n % 7 not in (3, 4, 5) else None


def note(values: dict[str, Any], version: str = "1") -> Annotation:
    return Annotation(version=version, model="m", made_at=AT, values=values)


QUERIES: dict[str, Callable[[Any, Any, Any, Any], bool]] = {
    "question:true": lambda q, mood, marks, score: q is True,
    "question:FALSE": lambda q, mood, marks, score: q is False,
    "-question:true": lambda q, mood, marks, score: q is not True,
    "exists:question": lambda q, mood, marks, score: q is not None,
    "question:*": lambda q, mood, marks, score: q is not None,
    "mood:happy": lambda q, mood, marks, score: mood == "happy",
    "mood:ha*": lambda q, mood, marks, score: (mood or "").startswith("ha"),
    'mood:"a b"': lambda q, mood, marks, score: mood == "a b",
    "mood:2024-01-01": lambda q, mood, marks, score: mood == "2024-01-01",
    'mood:"say \\"so\\""': lambda q, mood, marks, score: mood == 'say "so"',
    "mood:nobody": lambda q, mood, marks, score: False,
    "-exists:mood": lambda q, mood, marks, score: mood is None,
    "marks:1": lambda q, mood, marks, score: marks == 1,
    "marks:-2": lambda q, mood, marks, score: marks == -2,
    "marks:[-1 TO 1]": lambda q, mood, marks, score: marks is not None and -1 <= marks <= 1,
    "marks:{-1 TO 1}": lambda q, mood, marks, score: marks == 0,
    "marks:>=1 question:true": lambda q, mood, marks, score: (marks or 0) >= 1 and q is True,
    "marks:[* TO *]": lambda q, mood, marks, score: marks is not None,
    "score:0.25": lambda q, mood, marks, score: score == 0.25,
    "score:[0 TO 0.25]": lambda q, mood, marks, score: score is not None and 0 <= score <= 0.25,
    "score:<0": lambda q, mood, marks, score: score is not None and score < 0,
    "score:>0.25": lambda q, mood, marks, score: score is not None and score > 0.25,
    "score:-2.5e-1": lambda q, mood, marks, score: score == -0.25,
    "exists:score": lambda q, mood, marks, score: score is not None,
    "question:true OR (mood:happy -marks:0)": lambda q, mood, marks, score: (
        q is True or (mood == "happy" and marks != 0)
    ),
}


@pytest.fixture(scope="module", params=["before", "after"])
def when_declared(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def asked(filled_backend: Callable[..., Any], when_declared: str) -> Any:
    return filled_backend(when_declared)


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        pytest.param(
            "elasticsearch",
            marks=[pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")],
        ),
    ],
)
def filled_backend(
    request: pytest.FixtureRequest,
    open_backend: Callable[[str], Any],
    drop: Callable[[Any], None],
    corpus: list[Document],
) -> Iterator[Callable[..., Any]]:
    """A function that gives an index of the backend, its fields declared before or after
    annotating."""
    opened: dict[str, Any] = {}

    def make(when_declared: str) -> Any:
        if when_declared not in opened:
            index = opened[when_declared] = open_backend(request.param)
            if when_declared == "before":
                index.declare_fields("asks", FIELDS)
            index.put(corpus)
            rows = [(d.id, note(values_of(n))) for n, d in enumerate(corpus)]
            index.annotate(rows, "asks")
            index.refresh()
            if when_declared == "after":
                assert index.count() == len(corpus)  # the columns have been read before
                index.declare_fields("asks", FIELDS)
                index.refresh()
        return opened[when_declared]

    yield make
    for index in opened.values():
        drop(index)


def wanted(corpus: list[Document], query: str) -> list[str]:
    matches = QUERIES[query]
    return sorted(
        d.id for n, d in enumerate(corpus) if matches(*(valid(n, name) for name in FIELDS))
    )


@pytest.mark.parametrize("query", QUERIES)
def test_a_declared_field_is_a_query_term(asked: Any, corpus: list[Document], query: str) -> None:
    hits = asked.search(query, size=500)
    assert sorted(d.id for d in hits.documents) == wanted(corpus, query)
    assert asked.count(query) == hits.total == len(hits.documents)


@pytest.mark.parametrize("query", ["", "climat", "question:true", "nothinghere"])
@pytest.mark.parametrize("name", FIELDS)
def test_a_declared_field_is_a_facet_whose_values_can_be_asked(
    asked: Any, corpus: list[Document], name: str, query: str
) -> None:
    found = {d.id for d in asked.search(query, size=500).documents}
    counted = Counter(
        valid(n, name) for n, d in enumerate(corpus) if d.id in found and valid(n, name) is not None
    )
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    for size in (1, 2, 100):
        facet = asked.facet(name, query, size=size)
        assert facet.values == [(_key(value), count) for value, count in ranked[:size]]
        assert abs(facet.other - sum(count for _, count in ranked[size:])) <= facet.error
        assert asked.page(query, facets=[name, "lang"], facet_size=size).facets[name] == facet
    assert asked.cardinality(name, query) == len(ranked)
    if not query:
        for value, count in ranked:
            quoted = _key(value).replace('"', '\\"')
            assert asked.count(f'{name}:"{quoted}"') == count


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_declared_field_is_a_scan_column(asked: Any, corpus: list[Document]) -> None:
    expected = {
        d.id: {"id": d.id, **{name: valid(n, name) for name in FIELDS}}
        for n, d in enumerate(corpus)
    }
    for query in ("", "question:true", "nothinghere"):
        rows = [
            row
            for batch in asked.scan(["id", *FIELDS], query=query, batch_size=17)
            for row in batch.to_pylist()
        ]
        assert [row["id"] for row in rows] == [
            row["id"] for batch in asked.scan(["id"], query=query) for row in batch.to_pylist()
        ]
        for row in rows:
            assert row == expected[row["id"]]
    batch = next(iter(asked.scan([*COLUMNS, *FIELDS])))
    types = {name: batch.schema.field(name).type for name in FIELDS}
    assert (types["question"], types["marks"], types["score"]) == (
        pa.bool_(),
        pa.int64(),
        pa.float64(),
    )
    assert pa.types.is_string(getattr(types["mood"], "value_type", types["mood"]))


def test_a_field_follows_its_documents(index: Any, made: Callable[..., Document]) -> None:
    documents = [made(n, f"text {n}") for n in range(20)]
    index.put(documents[:10])
    index.declare_fields("asks", {"question": "bool"})
    index.refresh()
    assert index.count("exists:question") == 0
    assert index.facet("question").values == []
    index.annotate([(d.id, note({"question": True})) for d in documents], "asks")
    index.refresh()
    assert index.count("question:true") == 10
    # another annotation of the same document, one without the value, one of another stage
    index.annotate(
        [(documents[0].id, note({"question": False}, "2")), (documents[1].id, note({}, "2"))],
        "asks",
    )
    index.annotate([(documents[2].id, note({"question": False}))], "other")
    index.refresh()
    assert index.facet("question").values == [("true", 8), ("false", 1)]
    # new documents, a changed one (its annotations are gone), and deleted ones
    index.put(documents[10:])
    index.annotate([(documents[10].id, note({"question": True}))], "asks")
    index.put([made(3, "another text")], on_conflict="replace")
    index.delete([documents[4].id, documents[5].id])
    index.refresh()
    assert index.facet("question").values == [("true", 6), ("false", 1)]
    assert index.count("question:true") == 6
    assert index.count("-exists:question") == 18 - 7
    index.delete_by_author(documents[10].author.id)  # type: ignore[union-attr]
    index.refresh()
    kept = [d for n, d in enumerate(documents) if n not in (4, 5) and n % 7 != 3]
    assert index.count() == len(kept)
    true = [d.id for n, d in enumerate(documents[:11]) if n not in (0, 1, 3, 4, 5, 10)]
    assert sorted(d.id for d in index.search("question:true").documents) == sorted(true)


def test_declared_fields_last_and_are_known_to_others(
    index: Any, made: Callable[..., Document]
) -> None:
    other: Any = open_index(index.workspace)
    index.put([made(1, "one"), made(2, "two")])
    with pytest.raises(QueryError, match="no field 'question'"):
        other.count("question:true")
    index.declare_fields("asks", {"question": "bool"})
    index.declare_fields("moods", {"mood": "keyword", "mood2": "keyword"})
    index.declare_fields("asks", {"question": "bool"})
    index.annotate([(made(1, "").id, note({"question": True}))], "asks")
    index.annotate([(made(1, "").id, note({"mood": "happy", "mood2": "sad"}))], "moods")
    index.refresh()
    assert other.count("question:true mood:happy mood2:sad") == 1
    assert other.facet("mood").values == [("happy", 1)]
    assert [b.to_pydict() for b in other.scan(["mood2"], query="id:1")] == [{"mood2": ["sad"]}]
    expected = {
        "question": DeclaredField("asks", "bool"),
        "mood": DeclaredField("moods", "keyword"),
        "mood2": DeclaredField("moods", "keyword"),
    }
    other.close()
    again: Any = open_index(index.workspace)
    assert dict(again.declared_fields()) == dict(index.declared_fields()) == expected
    assert again.count("question:true") == 1
    again.close()


def test_a_name_that_is_taken_is_refused_in_a_sentence(index: Any) -> None:
    index.declare_fields("asks", {"question": "bool"})
    for stage, fields, words in (
        ("asks", {"lang": "keyword"}, "a field of every document"),
        ("asks", {"detected_lang": "keyword"}, "a field of every document"),
        ("asks", {"after": "keyword"}, "a field of every document"),
        ("other", {"question": "bool"}, "belongs to stage 'asks'"),
        ("asks", {"question": "keyword"}, "of type bool in this index"),
        ("asks", {"Question": "bool"}, "small letters"),
        ("asks", {"a.b": "bool"}, "small letters"),
        ("asks", {"colour": "text"}, "types are bool, keyword"),
    ):
        with pytest.raises(ConfigError, match=words):
            index.declare_fields(stage, fields)
    assert dict(index.declared_fields()) == {"question": DeclaredField("asks", "bool")}
    assert {"likes", "copy", "exists", "text", "published"} <= BUILT_IN


def test_mistakes_name_the_nearest_field_and_the_type(index: Any) -> None:
    index.declare_fields("asks", FIELDS)
    for query, words in (
        ("qestion:true", "did you mean question:"),
        ("question:maybe", "field question: is true or false, not 'maybe'"),
        ("marks:many", "'many' is not a whole number"),
        ("score:high", "'high' is not a number"),
        ("zzz:1", "views, followers, deleted_at, question, mood, marks, score; quote it"),
    ):
        with pytest.raises(QueryError, match=words):
            index.count(query)
    with pytest.raises(ConfigError, match="question"):
        index.facet("qestion")
    with pytest.raises(ConfigError, match="question"):
        list(index.scan(["qestion"]))


def test_declared_fields_move_with_the_documents(
    index: Any,
    open_backend: Callable[[str], Any],
    drop: Callable[[Any], None],
    made: Callable[..., Document],
) -> None:
    index.declare_fields("asks", FIELDS)
    index.put([made(n, f"text {n}") for n in range(12)])
    index.annotate([(made(n, "").id, note(values_of(n))) for n in range(12)], "asks")
    index.refresh()
    for backend in ("embedded", index.backend):
        target = open_backend(backend)
        counted = target.import_(index.export())
        target.refresh()
        assert counted["field"] == len(FIELDS)
        assert dict(target.declared_fields()) == dict(index.declared_fields())
        for name in FIELDS:
            assert target.facet(name) == index.facet(name)
        assert target.count("question:true") == index.count("question:true") > 0
        drop(target)


def test_nearest_vectors_are_filtered_by_declared_fields(
    index: Any, made: Callable[..., Document]
) -> None:
    documents = [made(n, f"text {n}") for n in range(6)]
    index.put(documents)
    index.put_vectors("m", [d.id for d in documents[:4]], np.eye(6, 8, dtype=np.float32)[:4])
    index.annotate(
        [(d.id, note({"question": n % 2 == 0})) for n, d in enumerate(documents)], "asks"
    )
    index.declare_fields("asks", {"question": "bool"})
    index.put_vectors("m", [d.id for d in documents[4:]], np.eye(6, 8, dtype=np.float32)[4:])
    index.annotate([(documents[1].id, note({"question": True}, "2"))], "asks")
    index.refresh()
    near = index.knn("m", np.ones(8, np.float32), 9, query="question:true")
    assert sorted(key for key, _ in near) == sorted(documents[n].id for n in (0, 1, 2, 4))
