"""Calling a busy store again, and files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.cli import main
from tocsin.core import files
from tocsin.core.errors import Abort, Retry
from tocsin.core.retry import JITTER, retry


class Busy:
    """A call that is busy so many times before it answers."""

    def __init__(self, times: int, after: float = 2.0) -> None:
        self.left, self.after, self.calls = times, after, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise Retry("the store is busy", after=self.after)
        return "answer"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("tocsin.core.retry.sleep", waited.append)
    return waited


def test_a_busy_store_is_called_again_later_and_later(waits: list[float]) -> None:
    assert retry(Busy(3)) == "answer"
    assert len(waits) == 3
    for attempt, wait in enumerate(waits, 1):
        assert 2.0 * attempt <= wait <= 2.0 * attempt * (1 + JITTER)


def test_no_wait_is_longer_than_the_longest(waits: list[float]) -> None:
    retry(Busy(2, after=100.0), longest=7.0)
    assert waits == [7.0, 7.0]


def test_a_store_that_stays_busy_ends_the_run(waits: list[float]) -> None:
    call = Busy(9)
    with pytest.raises(Abort, match=r"^the store is busy; the same command goes on from here$"):
        retry(call)
    assert (call.calls, len(waits)) == (5, 4)
    with pytest.raises(Abort, match=r"; nothing is lost$"):
        retry(Busy(9), tries=2, then="nothing is lost")


def test_other_errors_are_raised_at_once(waits: list[float]) -> None:
    with pytest.raises(ZeroDivisionError):
        retry(lambda: 1 // 0)
    assert not waits


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_whole(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "record.json"
    files.write_text_atomically(path, "à\n", durable=durable)
    files.write_bytes_atomically(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_where_writing_fails_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.write_atomically(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]
    with pytest.raises(OSError, match="folder"):
        files.write_bytes_atomically(tmp_path / "folder" / "x", b"")


def test_a_pipe_is_written_to_and_a_link_stays_one(tmp_path: Path) -> None:
    """As root, a file that takes the name /dev/null is there for everybody."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_bytes_atomically(pipe, b"all of it")
        assert os.read(reader, 100) == b"all of it"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    files.write_text_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "link", "pipe"]


def test_an_export_never_replaces_a_device(tmp_path: Path, capsys: Any) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for arguments in (["init"], ["export", "jsonl", "--out", str(pipe)]):
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(tmp_path / "w"), *arguments])
    assert ended.value.code == 2
    assert "is a device or a pipe; name a file" in capsys.readouterr().err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
