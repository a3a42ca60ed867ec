"""From schema 1 to schema 2 on a real server while others read and write: nothing lost, nothing
doubled, nothing back from the dead."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index.base import Outcome
from index.connect import open_index
from index.elastic import backend, findings, schema
from index.elastic.maintenance import migration
from tocsin.core.documents import Annotation, Author, Document, History, content_hash
from tocsin.core.errors import Abort
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
START = datetime(2026, 1, 20, tzinfo=UTC)
SETTLE = 1.5


@pytest.fixture
def enter(tmp_path: Path, elastic: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function that opens one more client of the same index; layouts are read twice a second
    instead of every five."""
    monkeypatch.setattr(findings, "FRESH", 0.5)
    prefix = f"m{uuid.uuid4().hex[:10]}"

    def open_one(**settings: Any) -> Any:
        index = {"backend": "elasticsearch", "url": elastic, "prefix": prefix, **settings}
        return open_index(
            Workspace(tmp_path / "home", {"index": index, "privacy": {"pseudonymise": False}})
        )

    return open_one


def post(n: int, text: str = "", days: int = 0) -> Document:
    text = text or f"river number{n} rises"
    return Document(
        id=f"x:{n}",
        platform="x",
        author=Author(id=f"x:a{n % 9}", handle=f"User{n % 9}"),
        text=text,
        lang="en",
        source="s",
        published_at=START + timedelta(minutes=n, days=days),
        content_hash=content_hash(None, text),
        metrics={"likes": n},
    )


def note(value: str) -> Annotation:
    return Annotation(version="1", model="m", made_at=START, values={"lang": value})


class Writer(threading.Thread):
    """Puts, replaces, moves, annotates and deletes all the time, and remembers what must then be
    there."""

    def __init__(self, index: Any, known: dict[str, Document]) -> None:
        super().__init__()
        self.index, self.known, self.gone = index, known, set[str]()
        self.ending = threading.Event()
        self.rounds, self.error = 0, None

    def run(self) -> None:
        try:
            while not self.ending.is_set():
                self.round(self.rounds)
                self.rounds += 1
        except Exception as error:
            self.error = error

    def round(self, n: int) -> None:
        new = [post(10_000 + 3 * n + i, days=n % 50) for i in range(3)]
        again = post(
            n % 300, f"river number{n % 300} rewritten{n}", days=40 * (n % 2)
        )  # into another month and back
        for d, verdict in zip(
            [*new, again], self.index.put([*new, again], on_conflict="replace"), strict=True
        ):
            assert verdict.outcome in (Outcome.CREATED, Outcome.REPLACED), verdict
            old = self.known.get(d.id)
            self.known[d.id] = d
            if old is not None:
                at = d.collected_at
                history = History(versions=old.all_versions(), first_seen=at, last_seen=at)
                self.known[d.id] = dataclasses.replace(
                    d, revision=old.revision + 1, history=history
                )
            assert (verdict.outcome is Outcome.CREATED) == (old is None)
        one = f"x:{300 + n % 300}"
        if one in self.known:
            assert [v.outcome for v in self.index.annotate([(one, note(f"v{n}"))], "lang")] == [
                Outcome.ANNOTATED
            ]
            self.known[one] = dataclasses.replace(
                self.known[one], annotations={"lang": note(f"v{n}")}
            )
        dead = f"x:{600 + n}" if n % 2 else new[0].id
        if dead in self.known:
            assert self.index.delete([dead]) == 1
            del self.known[dead]
            self.gone.add(dead)


def same(index: Any, known: dict[str, Document], gone: set[str]) -> None:
    index.refresh()
    held = [key for batch in index.scan(["id"]) for key in batch.column("id").to_pylist()]
    assert sorted(held) == sorted(known)
    assert index.count("river") == len(known)
    for key, found in zip(held, index.get(held), strict=True):
        assert found == known[key]
    assert index.get(sorted(gone)) == [None] * len(gone)


def versions(index: Any) -> set[str]:
    client, prefix = index.connection.client, index.settings.prefix
    return {name.split("-docs-")[1][:2] for name in client.indices.get(index=f"{prefix}-docs-*")}


def test_a_live_migration_with_a_writer_and_a_reader(enter: Callable[..., Any]) -> None:
    index, reader, other = enter(), enter(), enter()
    known = {d.id: d for d in [post(n) for n in range(3_000)]}
    index.put(list(known.values()))
    index.annotate([("x:2999", note("de"))], "lang")
    known["x:2999"] = dataclasses.replace(known["x:2999"], annotations={"lang": note("de")})
    index.refresh()
    assert (
        reader.get(["x:5"])[0].text == "river number5 rises"
    )  # it now remembers places of version 1
    asked: list[int] = []
    writer = Writer(other, dict(known))
    writer.start()
    ending = threading.Event()

    def read() -> None:
        while not ending.is_set():
            asked.append(reader.count("id:x:2999"))

    asking = threading.Thread(target=read)
    asking.start()
    try:
        assert migration.migrate(index, 2, settle=SETTLE)
    finally:
        before = writer.rounds
        ending.wait(1.5)  # the writer goes on, on the new indices
        writer.ending.set()
        ending.set()
        writer.join(60)
        asking.join(60)
    assert writer.error is None
    assert writer.rounds > before > 0  # it wrote while documents moved, and afterwards
    assert set(asked) == {1}
    assert versions(index) == {"v2"}
    same(index, writer.known, writer.gone)
    for client in (reader, other, enter()):  # also those that were open before
        assert client.get(["x:2999", "x:5"])[0] == known["x:2999"]
        assert client.get(["x:5"])[0] == writer.known["x:5"]
        assert client.page("river", size=3).total == len(writer.known)
        assert client.stats().stages["lang"]["1"] >= 1
    assert {v.outcome for v in other.put([post(n) for n in range(2_000, 2_050)])} == {
        Outcome.DUPLICATE
    }
    assert not migration.migrate(index, 2, settle=0), "there is nothing left to do"


def test_a_migration_that_fails_leaves_the_old_indices_in_use_and_can_be_started_again(
    enter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    index, other = enter(), enter()
    index.put([post(n) for n in range(200)])
    verify = migration._verify

    def spoilt(*given: Any) -> None:
        client, copy = index.connection.client, f"{index.settings.prefix}-docs-v2-2026-01"
        client.delete(
            index=copy,
            id="x:3",
            version=client.get(index=copy, id="x:3")["_version"],
            version_type="external_gte",
            refresh=True,
        )
        verify(*given)

    monkeypatch.setattr(migration, "_verify", spoilt)
    with pytest.raises(Abort, match="still in use: migrate again"):
        migration.migrate(index, 2, settle=SETTLE)
    assert other.count("river") == 200
    assert [v.outcome for v in other.put([post(500)])] == [Outcome.CREATED]  # nobody holds any more
    assert other.delete(["x:4"]) == 1
    monkeypatch.setattr(migration, "_verify", verify)
    assert migration.migrate(index, 2, settle=SETTLE)
    assert versions(index) == {"v2"}
    same(enter(), {d.id: d for d in [post(n) for n in [*range(4), *range(5, 200), 500]]}, {"x:4"})


def test_a_migration_that_died_while_writers_held_says_so(
    enter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "MIGRATION_SECONDS", 1.0)
    index = enter(retry_seconds=1.0)
    index.put([post(1)])
    _, guard = index.findings_.state.get(schema.LAYOUT)
    assert index.findings_.state.change(
        schema.LAYOUT, "layout", {"docs": 1, "next": 2, "hold": True}, guard
    )
    index.read_layout()
    with pytest.raises(Abort, match="run `tocsin migrate-index` to its end"):
        index.put([post(2)])
    assert index.get(["x:1"])[0] == post(1)  # readers do not hold
    assert migration.migrate(enter(), 2, settle=SETTLE)
    assert [v.outcome for v in index.put([post(1), post(2)])] == [
        Outcome.DUPLICATE,
        Outcome.CREATED,
    ]
    assert versions(index) == {"v2"}
