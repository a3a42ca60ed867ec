"""Killed, crowded and torn: nothing lost, nothing doubled, no half state."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.base import Outcome
from index.embedded import EmbeddedIndex, database
from index.embedded.schema import read_state
from tocsin.core.errors import Abort, ConfigError, Retry
from tocsin.core.workspace import Workspace

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from index.connect import open_index
from tocsin.core.documents import Author, Document, content_hash
from tocsin.core.workspace import Workspace

home, begin, end, size = Path(sys.argv[1]), *map(int, sys.argv[2:])
index = open_index(Workspace(home))
at = datetime(2024, 1, 1, tzinfo=UTC)
for start in range(begin, end, size):
    verdicts = index.put([
        Document(id=f"x:{n}", platform="x", author=Author(id=f"x:a{n % 50}"),
            text=f"word{n} common", published_at=at, content_hash=content_hash(None, f"word{n}"))
        for n in range(start, min(end, start + size))
    ])
    print(sum(v.outcome == "created" for v in verdicts), flush=True)
"""


def write(home: Path, *numbers: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), *map(str, numbers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def consistent(home: Path) -> int:
    """The number of documents, after checking that table, words, columns and authors agree."""
    index = EmbeddedIndex(Workspace(home))
    try:
        index.ensure_schema()
        total = index.count()
        with index._database.read() as connection:
            rows = connection.execute(
                "SELECT count(*), count(DISTINCT id), max(row) FROM docs"
            ).fetchone()
            assert rows[0] == rows[1] == total
            assert read_state(connection).doc >= (rows[2] or 0)
            assert (
                connection.execute(
                    "SELECT count(*) FROM words WHERE words MATCH 'common'"
                ).fetchone()[0]
                == total
            )
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute(
                "SELECT count(*) FROM docs WHERE author NOT IN (SELECT row FROM authors)"
            ).fetchone() == (0,)
        assert index.count("common") == total
        assert sum(b.num_rows for b in index.scan(["id"])) == total
        return total
    finally:
        index.close()


def test_an_import_killed_at_any_moment_and_started_again_ends_the_same(tmp_path: Path) -> None:
    home = tmp_path / "w"
    total, size = 6_000, 250
    for attempt in range(6):
        writer = write(home, 0, total, size)
        time.sleep(0.5 + 0.13 * attempt)
        writer.kill()
        said = sum(int(line) for line in writer.communicate()[0].split())
        if (home / "index.sqlite").exists():
            assert consistent(home) >= said
            assert consistent(home) % size == 0  # a put is there as a whole or not at all
    writer = write(home, 0, total, size)
    assert writer.communicate()[1] == ""
    assert consistent(home) == total


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    home = tmp_path / "w"
    writers = [
        write(home, 0, 3_000, 100),
        write(home, 1_500, 4_500, 100),
        write(home, 0, 4_500, 300),
    ]
    created = 0
    for writer in writers:
        out, error = writer.communicate(timeout=120)
        assert error == ""
        created += sum(int(line) for line in out.split())
    assert created == 4_500 == consistent(home)


def test_a_reader_sees_what_another_process_writes(
    index: EmbeddedIndex, workspace: Workspace, made: Callable[..., Any]
) -> None:
    other = EmbeddedIndex(workspace)
    for n in range(0, 60, 20):
        index.put([made(i) for i in range(n, n + 20)])
        assert other.count() == n + 20
        other.delete([made(n).id])
        assert index.count() == n + 19
        index.put([made(n)])
        assert [d.id for d in other.search(size=100).documents] == [
            d.id for d in index.search(size=100).documents
        ]
    other.close()


def test_a_writer_that_is_kept_out_too_long_says_so(
    index: EmbeddedIndex, workspace: Workspace, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    other = EmbeddedIndex(workspace)
    with index._database.write() as connection:
        connection.execute("DELETE FROM marks")
        with pytest.raises(Retry, match="in use by another process"):
            other.put([made(1)])
        assert other.count() == 0  # reading does not wait
    assert [v.outcome for v in other.put([made(1)])] == [Outcome.CREATED]
    other.close()


def test_a_full_disk_stops_the_run_and_keeps_what_was_there(
    index: EmbeddedIndex, made: Any
) -> None:
    index.put([made(n) for n in range(50)])
    pages = index._database.connection.execute("PRAGMA page_count").fetchone()[0]
    index._database.connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Abort, match="full; free some space"):
        index.put([made(n, f"{n} " * 500) for n in range(100, 400)])
    assert index.count() == 50
    index._database.connection.execute("PRAGMA max_page_count = 100000")
    assert len(index.put([made(n, f"{n} " * 500) for n in range(100, 400)])) == 300
    assert index.count() == 350
    assert index.get(["x:399"])[0].author == made(399).author  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", ["garbage", "header", "other", "newer", "analyser", "older"])
def test_a_file_that_is_no_index_of_ours_is_refused_in_a_sentence(
    tmp_path: Path, made: Any, damage: str
) -> None:
    workspace = Workspace(tmp_path / "w")
    index = EmbeddedIndex(workspace)
    index.ensure_schema()
    index.put([made(n) for n in range(200)])
    index.close()
    path = workspace.home / "index.sqlite"
    if damage == "garbage":
        path.write_bytes(b"this is no database, it is a letter" * 1000)
    elif damage == "header":
        path.write_bytes(b"\x00" * 8192 + path.read_bytes()[8192:])
    elif damage == "other":
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE recipes (name)")
        connection.close()
    else:
        name, value = {
            "newer": ("schema", "99"),
            "older": ("schema", "0"),
            "analyser": ("analyser", "0"),
        }[damage]
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
        connection.close()
    with pytest.raises((Abort, ConfigError), match=r"index\.sqlite .*; \w+|index\.sqlite, .*; \w+"):
        consistent(workspace.home)


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match="--home"):
        EmbeddedIndex(Workspace(tmp_path / "file" / "home"))


def test_threads_share_one_index(index: EmbeddedIndex, made: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work(n: int) -> int:
        index.put([made(i) for i in range(n * 20, n * 20 + 20)])
        return (
            index.page("word1").total + index.count() + len(index.search("word2", size=5).documents)
        )

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(20)))
    assert index.count() == 400


def test_a_purge_that_a_crash_cut_short_is_done_at_the_next_opening(
    index: EmbeddedIndex, workspace: Workspace, made: Any, monkeypatch: Any
) -> None:
    from index.embedded import erase

    index.put([made(n) for n in range(30)])
    with monkeypatch.context() as patch:
        patch.setattr(erase, "purge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            index.delete_by_author("x:a1")
    index.close()
    again = EmbeddedIndex(workspace)
    again.ensure_schema()
    with again._database.read() as connection:
        assert connection.execute("SELECT count(*) FROM meta WHERE name = 'purge'").fetchone() == (
            0,
        )
    assert again.count("author:x:a1") == 0
    assert b"number11" not in (workspace.home / "index.sqlite").read_bytes()
    again.close()
