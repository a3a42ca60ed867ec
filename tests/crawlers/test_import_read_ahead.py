"""A large file is read in a process of its own: the same documents, the same fates, nothing lost
where a process dies.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing import import_files as import_files_module
from crawlers.importing import read_ahead
from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.formats.base import RejectedRow
from crawlers.importing.import_files import import_files
from crawlers.importing.open_files import open_files
from index.connect import open_index
from tocsin.core.documents import Document
from tocsin.core.errors import Abort
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

NOW = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """30,000 posts, every thousandth line broken."""
    path = tmp_path / "posts.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for n in range(30_000):
            post: dict[str, Any] = {
                "id": n,
                "platform": "x",
                "text": f"post {n} #tag https://a.example/{n}",
                "published_at": 1.7e9 + n,
            }
            author = (
                {"id": f"a{n % 90}", "handle": f"name{n % 90}", "followers": n}
                if n % 2
                else {"id": f"a{n % 90}"}
            )
            out.write((json.dumps(post | {"author": author}) if n % 1_000 else "{broken") + "\n")
    return path


def seen(
    items: Generator[tuple[int, Document] | RejectedRow, None, None],
) -> list[tuple[int, Document] | RejectedRow]:
    return list(items)


def test_documents_and_broken_lines_are_the_same(posts: Path) -> None:
    packed = posts.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(posts.read_bytes(), 1)[:-2_000])  # cut off
    for path in (posts, packed):
        near, far = FileReader(str(path), ImportOptions()), FileReader(str(path), ImportOptions())
        assert seen(read_ahead.read_documents(far, NOW)) == seen(near.documents(NOW))
        near.close()
        far.close()


def test_it_pays_for_large_files_that_can_be_opened_twice(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = FileReader(str(posts), ImportOptions())
    assert not read_ahead.is_worthwhile(reading)
    monkeypatch.setattr(read_ahead, "LARGE_FILE", 1_000)
    assert read_ahead.is_worthwhile(reading) == ((os.cpu_count() or 1) > 1)
    reading.input.name = "-"
    assert not read_ahead.is_worthwhile(reading)
    reading.input.name = str(posts)
    reading.close()


def readers() -> list[int]:
    """The process number of the reader this test process started; none once it is dead."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_a_reader_killed_in_the_middle_of_a_piece_is_named(posts: Path) -> None:
    reading = FileReader(str(posts), ImportOptions())
    items = read_ahead.read_documents(reading, NOW)
    next(items)
    [child] = readers()
    asleep = 0
    while (
        asleep < 5
    ):  # it has the next piece, larger than the pipe, and waits for the rest of it to be taken
        asleep = (
            asleep + 1
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "S"
            else 0
        )
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(Abort, match="start the same import again"):
        list(items)
    reading.close()


def test_an_import_whose_reader_is_killed_is_started_again(
    posts: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "is_worthwhile", lambda reading: True)
    index = open_index(workspace)
    real = index.put

    def put(documents: list[Document]) -> Any:
        verdicts = real(documents)
        for child in readers():
            os.kill(child, signal.SIGKILL)
        return verdicts

    monkeypatch.setattr(index, "put", put)
    with pytest.raises(Abort, match="start the same import again"), Run(workspace, "import") as run:
        import_files(open_files([str(posts)], ImportOptions()), index, run, NOW)
    stored = index.count()
    assert 0 < stored < 29_970
    monkeypatch.setattr(index, "put", real)
    with Run(workspace, "import") as run:
        import_files(open_files([str(posts)], ImportOptions()), index, run, NOW)
    assert dict(run.fates) == {"created": 29_970 - stored, "duplicate": stored, "rejected": 30}
    assert index.count() == 29_970
    index.close()


def test_long_texts_are_stored_in_smaller_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": n, "platform": "x", "text": "a" * 900}) + "\n" for n in range(60)
        ),
        encoding="utf-8",
    )
    sizes: list[int] = []
    monkeypatch.setattr(import_files_module, "BATCH_CHARACTERS", 9_000)
    put = import_files_module._store_batch
    monkeypatch.setattr(
        import_files_module, "_store_batch", lambda *a: (sizes.append(len(a[2])), put(*a))
    )
    workspace = Workspace(tmp_path / "home")
    index = open_index(workspace)
    try:
        with Run(workspace, "import") as run:
            import_files(open_files([str(path)], ImportOptions()), index, run, NOW)
        assert (run.fates["created"], sum(sizes)) == (60, 60)
    finally:
        index.close()
    assert max(sizes) <= 11
