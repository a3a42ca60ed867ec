"""Random operations on a backend and on the plain model: after each, both say the same."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from index.base import FACETS, Window
from tocsin.core.documents import Annotation, Document, content_hash

START = datetime(2024, 3, 30, 22, tzinfo=UTC)
OPERATIONS = int(os.environ.get("CONTRACT_OPERATIONS", "2000"))
STEPS = 50
"""``CONTRACT_OPERATIONS=10000`` for more; they are the same at every run, but with
``CONTRACT_SEED`` set and pytest's ``--hypothesis-seed``."""
WORDS = ["fox", "Été", "ete", "#Tag", "#tag", "@ana", "日本", "🔥", "don't", "over"]
NUMBERS = st.integers(0, 24)
NUMBER_LISTS = st.lists(NUMBERS, min_size=1, max_size=6)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
TERMS = st.sampled_from(
    [
        "fox",
        "ete",
        "#tag",
        "日",
        "🔥",
        "fo*",
        '"fox ete"',
        "lang:de",
        "lang:en",
        "author:x:a1",
        "handle:user2",
        "hashtag:climat",
        "domain:site1.example",
        "platform:x",
        "kind:post",
        'source:"source 1"',
        "narrative:n1",
        "copy:n0",
        "exists:narrative",
        "exists:published",
        "likes:>5",
        "id:3",
        "mention:ana",
    ]
)
QUERIES = st.one_of(
    st.just(""),
    TERMS,
    st.tuples(TERMS, st.sampled_from([" ", " OR ", " -", " AND NOT "]), TERMS).map("".join),
    st.tuples(TERMS, TERMS, TERMS).map(lambda t: f"({t[0]} OR -{t[1]}) {t[2]}"),
)
MOMENTS = st.one_of(st.none(), st.integers(0, 30).map(lambda n: START + timedelta(minutes=17 * n)))


class Machine(RuleBasedStateMachine):
    """Operations on documents with numbers 0 to 24, so that ids meet often."""

    open: ClassVar[Callable[[], Any]]
    close: ClassVar[Callable[[Any], None]]
    model_of: ClassVar[Callable[..., Any]]
    made: ClassVar[Callable[..., Document]]
    count: ClassVar[int] = 0

    @initialize()
    def start(self) -> None:
        self.index = type(self).open()
        self.model = type(self).model_of([], self.index.workspace.secret)
        self.cursor: str | None = None
        self.serial = 0

    def teardown(self) -> None:
        if hasattr(self, "index"):
            type(self).close(self.index)

    def document(self, n: int, text: str, at: datetime | None) -> Document:
        changed: Document = dataclasses.replace(type(self).made(n, text), published_at=at)
        return dataclasses.replace(changed, content_hash=content_hash(changed.title, text))

    @rule(
        numbers=NUMBER_LISTS,
        text=TEXTS,
        at=MOMENTS,
        conflict=st.sampled_from(["keep", "replace"]),
        likes=st.integers(0, 9),
    )
    def put(
        self, numbers: list[int], text: str, at: datetime | None, conflict: str, likes: int
    ) -> None:
        documents = [
            dataclasses.replace(self.document(n, text, at), metrics={"likes": likes})
            for n in numbers
        ]
        verdicts = self.index.put(documents, on_conflict=conflict)
        assert [v.outcome for v in verdicts] == self.model.put(documents, conflict)
        assert [v.id for v in verdicts] == [d.id for d in documents]

    @rule(
        numbers=NUMBER_LISTS,
        stage=st.sampled_from(["lang", "narratives", "copies", "other"]),
        version=st.sampled_from("12"),
        value=st.integers(0, 2),
    )
    def annotate(self, numbers: list[int], stage: str, version: str, value: int) -> None:
        key = {"lang": "lang", "narratives": "narrative", "copies": "group", "other": "any"}[stage]
        values = {key: None if value == 2 else "de" if stage == "lang" else f"n{value}"}
        rows = [
            (self.id(n), Annotation(version=version, model="m", made_at=START, values=values))
            for n in dict.fromkeys(numbers)
        ]
        assert [v.outcome for v in self.index.annotate(rows, stage)] == self.model.annotate(
            rows, stage
        )

    @rule(numbers=NUMBER_LISTS)
    def vectors(self, numbers: list[int]) -> None:
        import numpy as np

        self.serial += 1
        ids = [self.id(n) for n in dict.fromkeys(numbers)]
        matrix = np.array([[1.0, self.serial, n] for n in range(len(ids))], np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        self.index.put_vectors("m", ids, matrix)
        self.model.vectors.setdefault("m", {}).update(
            {k: v for k, v in zip(ids, matrix, strict=True) if k in self.model.documents}
        )

    @rule(numbers=NUMBER_LISTS)
    def delete(self, numbers: list[int]) -> None:
        self.index.refresh()
        ids = [self.id(n) for n in numbers]
        assert self.index.delete(ids) == self.model.delete(ids)

    @rule(author=st.integers(0, 6), suppress=st.sampled_from([False, False, True]))
    def erase(self, author: int, suppress: bool) -> None:
        self.index.refresh()
        assert self.index.delete_by_author(
            f"x:a{author}", suppress=suppress
        ) == self.model.delete_by_author(f"x:a{author}", suppress)

    @rule(
        query=QUERIES,
        since=MOMENTS,
        until=MOMENTS,
        field=st.sampled_from(FACETS),
        zone=st.sampled_from(["UTC", "Europe/Paris"]),
    )
    def ask(
        self, query: str, since: datetime | None, until: datetime | None, field: str, zone: str
    ) -> None:
        self.index.refresh()
        window = Window(since, until)
        wanted = self.model.hits(query, window)
        page = self.index.page(
            query, window=window, facets=[field], facet_size=3, timezone=zone, size=5
        )
        assert (page.total, [d.id for d in page.documents]) == (len(wanted), wanted[:5])
        assert page.facets[field].values == self.model.facet(field, wanted, 3)[0]
        assert sum(n for _, n in page.histogram.buckets) == sum(
            self.model.documents[key].published_at is not None for key in wanted
        )
        oldest = self.model.hits(query, window, order="oldest")
        assert [
            d.id
            for d in self.index.search(query, window=window, order="oldest", size=100).documents
        ] == oldest
        rows = [
            row
            for batch in self.index.scan(
                ["id", "text", "copy_group", "likes"], query=query, window=window
            )
            for row in batch.to_pylist()
        ]
        assert [row["id"] for row in rows] == oldest
        for row in rows:
            d = self.model.documents[row["id"]]
            assert (row["text"], row["likes"]) == (d.text, d.metrics.get("likes"))
            assert row["copy_group"] == (
                d.annotations["copies"].values["group"] if "copies" in d.annotations else None
            )

    @rule(stage=st.sampled_from(["lang", "other"]), version=st.sampled_from("12"))
    def missing(self, stage: str, version: str) -> None:
        self.index.refresh()
        assert [
            key for batch in self.index.missing(stage, version) for key in batch
        ] == self.model.missing(stage, version)

    @rule(numbers=NUMBER_LISTS)
    def get(self, numbers: list[int]) -> None:
        ids = [self.id(n) for n in numbers]
        assert self.index.get(ids) == [self.model.documents.get(key) for key in ids]

    @rule()
    def nearest(self) -> None:
        import numpy as np

        self.index.refresh()
        wanted = self.model.vectors.get("m", {})
        assert self.index.vectors("m")[0] == sorted(wanted)
        vector = np.array([0.0, 1.0, 0.0], np.float32)
        found = self.index.knn("m", vector, 50)
        assert sorted(key for key, _ in found) == sorted(wanted)
        for key, score in found:
            assert score == pytest.approx(float(wanted[key] @ vector), abs=0.02)

    @rule()
    def open_again(self) -> None:
        self.index.close()
        self.index = reopened(self.index.workspace)

    @invariant()
    def total(self) -> None:
        type(self).count += 1
        if hasattr(self, "index"):
            self.index.refresh()
            assert self.index.count() == len(self.model.hits())
            assert self.index.suppressed() == self.model.suppressed

    @staticmethod
    def id(n: int) -> str:
        return f"{'x' if n % 8 else 'mastodon'}:{n}"


def reopened(workspace: Any) -> Any:
    from index.connect import open_index

    index: Any = open_index(workspace)
    index.workspace = workspace
    return index


def empty(index: Any) -> None:
    """Remove everything of a prefix, and leave its indices."""
    client, where = index.connection.client, f"{index.settings.prefix}-*"
    client.indices.refresh(index=where)
    hits = client.search(index=where, size=10_000, source=False)["hits"]["hits"]
    if hits:
        client.bulk(
            operations=[{"delete": {"_index": hit["_index"], "_id": hit["_id"]}} for hit in hits],
            refresh=True,
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    [
        "embedded",
        pytest.param(
            "elasticsearch",
            marks=[pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")],
        ),
    ],
)
def test_random_operations_leave_the_backend_and_the_model_equal(
    backend: str, open_backend: Any, drop: Any, model_of: Any, made: Any
) -> None:
    class This(Machine):
        pass

    kept: list[Any] = []

    def begin() -> Any:
        """A new index; on a server the same one again without its documents, because making indices
        takes most of the time."""
        if not kept:
            kept.append(open_backend(backend))
            return kept[0]
        return reopened(kept[0].workspace)

    def end(index: Any) -> None:
        if backend == "elasticsearch":
            empty(index)
            index.close()
        else:
            drop(kept.pop())
            index.close()

    This.open, This.close = staticmethod(begin), staticmethod(end)  # type: ignore[method-assign]
    This.model_of, This.made = staticmethod(model_of), staticmethod(made)  # type: ignore[method-assign]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        This,
        settings=settings(
            max_examples=OPERATIONS // STEPS * 5 // 4,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="CONTRACT_SEED" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert This.count >= OPERATIONS
    if kept:
        drop(reopened(kept[0].workspace))
