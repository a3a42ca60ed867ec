"""The disposable caches: used where they fit, never believed where they do not."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.base import COLUMNS, FACETS
from index.embedded import EmbeddedIndex, erase
from index.embedded.columnar import persistence
from index.embedded.columnar import vectors as vector_columns
from index.embedded.columnar.cache import Cache
from tocsin.core.documents import Annotation
from tocsin.core.errors import Retry
from tocsin.core.workspace import Workspace


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write caches for every change, however small."""
    monkeypatch.setattr(persistence, "FEW", 1)
    monkeypatch.setattr(vector_columns, "_FEW", 1)


@pytest.fixture
def again(workspace: Workspace) -> Iterator[Callable[[], EmbeddedIndex]]:
    """A function that opens the index as a new process would."""
    opened: list[EmbeddedIndex] = []

    def make() -> EmbeddedIndex:
        index = EmbeddedIndex(workspace)
        index.ensure_schema()
        opened.append(index)
        return index

    yield make
    for index in opened:
        index.close()


def fill(
    index: EmbeddedIndex, made: Any, workspace: Workspace, start: int = 0, end: int = 300
) -> None:
    from datetime import UTC, datetime

    documents = [made(n) for n in range(start, end)]
    index.put(documents)
    at = datetime(2024, 2, 1, tzinfo=UTC)
    index.annotate(
        [
            (
                d.id,
                Annotation(
                    version="1", model="m", made_at=at, values={"lang": "fr", "group": f"g{n % 7}"}
                ),
            )
            for n, d in enumerate(documents)
        ],
        "copies",
    )
    values = np.random.default_rng(start).normal(size=(len(documents), 8)).astype(np.float32)
    index.put_vectors(
        "m", [d.id for d in documents], values / np.linalg.norm(values, axis=1, keepdims=True)
    )


def answers(index: EmbeddedIndex) -> Any:
    """Much of what an index can say."""
    page = index.page("word1 OR word2", facets=FACETS, size=20)
    rows = [row for batch in index.scan(COLUMNS) for row in batch.to_pylist()]
    vectors = index.vectors("m")
    return (
        index.count(),
        dataclasses.replace(index.stats(), bytes=0),
        page,
        rows,
        vectors[0],
        vectors[1].tobytes(),
        index.knn("m", np.arange(8, dtype=np.float32), 5, query="word1"),
        [
            index.count(q)
            for q in (
                "domain:site1.example",
                "hashtag:tag2",
                'url:"https://site1.example/1"',
                "copy:g3",
                "author:a3",
                "handle:handle4",
                "likes:>100",
            )
        ],
    )


def truth(workspace: Workspace) -> Any:
    """What an index says that has no cache on persistence."""
    held = workspace.home / persistence.FOLDER
    aside = workspace.home / "aside"
    if held.exists():
        shutil.copytree(held, aside)
        shutil.rmtree(held)
    index = EmbeddedIndex(workspace)
    index.ensure_schema()
    said = answers(index)
    index.close()
    shutil.rmtree(held, ignore_errors=True)
    if aside.exists():
        aside.rename(held)
    return said


def bases(workspace: Workspace) -> list[Path]:
    return sorted((workspace.home / persistence.FOLDER).glob("base-*"))


def test_what_was_put_is_in_the_base_after_a_refresh(
    again: Any, workspace: Workspace, made: Any, monkeypatch: Any
) -> None:
    """The next command does not read what an import has just written."""
    fill(one := again(), made, workspace)
    assert not bases(workspace)
    one.refresh()
    assert len(bases(workspace)) == 1
    read: list[int] = []
    monkeypatch.setattr(Cache, "_read_documents", lambda cache, _, since: read.append(since))
    assert again().count("") == 300
    assert not read


def test_a_new_process_reads_the_base_and_what_came_since(
    again: Any, workspace: Workspace, made: Any, monkeypatch: Any
) -> None:
    one = again()
    fill(one, made, workspace)
    answers(one)
    assert len(bases(workspace)) == 1
    read: list[int] = []
    original = Cache._read_documents
    monkeypatch.setattr(
        Cache,
        "_read_documents",
        lambda self, connection, last: (read.append(last), original(self, connection, last))[1],
    )
    two = again()
    assert answers(two) == truth(workspace)
    assert read == [0]  # only `truth` had to read the documents
    fill(one, made, workspace, 300, 340)
    one.delete([])
    assert answers(two) == answers(one) == answers(again()) == truth(workspace)


def test_every_change_reaches_a_process_that_has_a_base(
    again: Any, workspace: Workspace, made: Any
) -> None:
    from datetime import UTC, datetime

    fill(again(), made, workspace)
    reader = again()
    answers(reader)
    writer = again()
    steps: list[Callable[[], Any]] = [
        lambda: writer.put(
            [made(n, "changed word1") for n in range(0, 50, 3)], on_conflict="replace"
        ),
        lambda: writer.put(
            [dataclasses.replace(made(7), metrics={"likes": 9_000, "views": 5})],
            on_conflict="replace",
        ),
        lambda: writer.put(
            [made(1001, author=dataclasses.replace(made(1).author, handle="Renamed", followers=77))]
        ),
        lambda: writer.annotate(
            [
                (
                    "x:9",
                    Annotation(
                        version="2",
                        model="m",
                        made_at=datetime(2024, 3, 1, tzinfo=UTC),
                        values={"group": None},
                    ),
                )
            ],
            "copies",
        ),
        lambda: writer.put_vectors("m", ["x:8", "x:9"], np.eye(2, 8, dtype=np.float32)),
        lambda: writer.put(
            [made(1002, published_at=None), made(1003, author=None, title="A title", links=())]
        ),
        lambda: writer.delete(["x:10", "x:11"]),
        lambda: writer.put([made(10, "back again word2")]),
        lambda: writer.delete_by_author("x:a4"),
    ]
    for step in steps:
        step()
        assert answers(reader) == answers(again()) == truth(workspace)


def test_sizes_are_counted_once(again: Any, workspace: Workspace, made: Any) -> None:
    """Screens ask for them every few seconds: no look at each document while nothing changes."""
    index = again()
    fill(index, made, workspace)
    first = index.stats()
    said: list[str] = []
    index._database.connection.set_trace_callback(said.append)
    assert index.stats() == first
    assert not [one for one in said if "notes" in one or "words_docsize" in one]
    index.publish([], kinds=["edge"], generation="run-2")
    assert index.stats() == dataclasses.replace(
        first, generation="run-2", bytes=index.stats().bytes
    )
    index.delete(["x:1"])
    assert index.stats().documents == first.documents - 1


def corrupt_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def corrupt_zero(path: Path) -> None:
    path.write_bytes(b"\x00" * path.stat().st_size)


def corrupt_random(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def corrupt_gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("corrupt", [corrupt_truncate, corrupt_zero, corrupt_random, corrupt_gone])
def test_a_torn_cache_is_not_believed(
    again: Any, workspace: Workspace, made: Any, corrupt: Callable[[Path], None]
) -> None:
    index = again()
    fill(index, made, workspace)
    wanted = answers(index)
    for folder in ("base-*", "vectors-*"):
        names = [
            path.name
            for path in sorted(next((workspace.home / persistence.FOLDER).glob(folder)).iterdir())
        ]
        for name in names:
            corrupt(next((workspace.home / persistence.FOLDER).glob(folder)) / name)
            assert answers(again()) == wanted, name
    assert len(bases(workspace)) == 1


def test_after_a_start_of_the_machine_every_byte_is_checked(
    again: Any, workspace: Workspace, made: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(persistence, "_BLOCKS", 2)  # so that the sample sees the ends alone
    monkeypatch.setattr(persistence, "_BLOCK", 100)
    index = again()
    fill(index, made, workspace)
    wanted = answers(index)
    for name in ("base-*/text.arrow", "vectors-*/values"):
        path = next((workspace.home / persistence.FOLDER).glob(name))
        data = bytearray(path.read_bytes())
        data[len(data) // 2 - 64 : len(data) // 2 + 64] = b"\x00" * 128
        path.write_bytes(data)
        monkeypatch.setattr(persistence, "boot_id", lambda: "another start")
        monkeypatch.setattr(vector_columns, "boot_id", lambda: "another start")
        assert answers(again()) == wanted, name


def test_a_cache_of_another_index_or_of_a_lost_future_is_not_believed(
    again: Any, workspace: Workspace, made: Any, tmp_path: Path
) -> None:
    index = again()
    index.put([made(n) for n in range(20)])
    index.close()
    shutil.copy(workspace.home / "index.sqlite", tmp_path / "backup")
    index = again()
    fill(index, made, workspace, 20, 200)
    answers(index)
    index.close()
    for end in ("", "-wal", "-shm"):
        (workspace.home / f"index.sqlite{end}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", workspace.home / "index.sqlite")
    index = again()
    fill(index, made, workspace, 500, 900)  # the row numbers of the lost future are given out again
    assert answers(index) == answers(again()) == truth(workspace)
    index.close()
    for end in ("", "-wal", "-shm"):
        (workspace.home / f"index.sqlite{end}").unlink(missing_ok=True)
    index = again()
    fill(index, made, workspace, 0, 950)
    assert answers(index) == answers(again()) == truth(workspace)


def test_old_bases_and_left_over_folders_are_removed(
    again: Any, workspace: Workspace, made: Any
) -> None:
    index = again()
    fill(index, made, workspace)
    answers(index)
    left = workspace.home / persistence.FOLDER / "tmp-dead"
    left.mkdir()
    fill(index, made, workspace, 300, 600)
    answers(index)
    assert len(bases(workspace)) == 1
    assert not left.exists()


def test_a_base_of_before_an_erasure_does_not_come_back(
    again: Any, workspace: Workspace, made: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(erase, "_LOG_SECONDS", 0)
    slow, eraser = again(), again()
    fill(eraser, made, workspace)
    with slow._database.read() as connection:  # sees the file as it was before the erasure
        slow._cache.sync(connection, lambda _: False)
        with pytest.raises(Retry, match="still reads"):
            eraser.delete_by_author("x:a4")
        persistence.save(
            slow._cache,
            workspace.home / persistence.FOLDER,
            slow._name,
            slow._database.current_epoch(),
        )
    assert bases(workspace) == []
    assert any(
        "number4 " in path.read_bytes().decode("utf-8", "replace")
        for path in workspace.home.glob("index.sqlite*")
    )
    again()  # the next opening empties the log
    assert not any(
        "number4 " in path.read_bytes().decode("utf-8", "replace")
        for path in workspace.home.glob("index.sqlite*")
    )


def test_a_process_killed_while_it_writes_a_base_leaves_none_that_is_believed(
    workspace: Workspace, made: Any, again: Any
) -> None:
    index = again()
    fill(index, made, workspace, 0, 1_000)
    wanted = truth(workspace)
    program = (
        "import sys\nfrom pathlib import Path\nfrom index.embedded.columnar import "
        "persistence\nfrom index.connect import open_index\nfrom tocsin.core.workspace import "
        "Workspace\n"
        "index = open_index(Workspace(Path(sys.argv[1])))\npersistence.FEW = 1\nprint('go', "
        "flush=True)\n"
        "while True:\n    index.count()\n    index._cache.changed = 10**9\n"
    )
    for attempt in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(workspace.home)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "go\n"
            time.sleep(0.1 + 0.07 * attempt)
            writer.kill()
        assert answers(again()) == wanted


def test_a_place_that_cannot_be_written_costs_nothing(
    again: Any, workspace: Workspace, made: Any
) -> None:
    index = again()
    (workspace.home / persistence.FOLDER).write_text("in the way", encoding="utf-8")
    fill(index, made, workspace)
    assert answers(index) == answers(again())


def test_heads_say_what_the_files_are(again: Any, workspace: Workspace, made: Any) -> None:
    index = again()
    fill(index, made, workspace)
    answers(index)
    base = bases(workspace)[0]
    head = json.loads((base / "head.json").read_text(encoding="utf-8"))
    assert set(head["files"]) | {"head.json"} == {path.name for path in base.iterdir()}
    assert head["store"] == index._name
