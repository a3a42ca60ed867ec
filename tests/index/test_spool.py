"""The spool: durable, in order, and a torn tail costs the tail only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.spool import MAX_ITEM, Spool
from tocsin.core.errors import Abort, ConfigError


def test_items_come_back_in_order_and_go_when_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    first = spool.append([b"one", b"", b"\x00" * 1000])
    second = spool.append([b"two"])
    assert spool.segments() == [first, second]
    assert list(spool.read(first)) == [b"one", b"", b"\x00" * 1000]
    spool.remove(first)
    spool.remove(first)
    assert list(spool.read(first)) == []
    assert Spool(tmp_path / "spool").segments() == [second]
    assert [list(spool.read(s)) for s in spool.segments()] == [[b"two"]]


def test_a_torn_or_damaged_tail_costs_only_what_follows(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    segment = spool.append([b"a" * 100, b"b" * 100, b"c" * 100])
    whole = (tmp_path / segment.name).read_bytes()
    for cut in range(len(whole)):
        (tmp_path / segment.name).write_bytes(whole[:cut])
        items = list(spool.read(segment))
        assert items == [b"a" * 100, b"b" * 100, b"c" * 100][: max(0, (cut - 8) // 108)]
    (tmp_path / segment.name).write_bytes(whole[:150] + b"?" + whole[151:])
    assert list(spool.read(segment)) == [b"a" * 100]
    (tmp_path / segment.name).write_bytes(b"something else")
    assert list(spool.read(segment)) == []


def test_a_writer_killed_at_any_moment_leaves_whole_segments(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom index.spool import Spool\nspool = "
        "Spool(Path(sys.argv[1]))\nn = 0\n"
        "while True:\n    spool.append([b'%08d' % n] * 50)\n    print(n, flush=True)\n    n += 1\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as writer:
        time.sleep(1.5)
        writer.kill()
        assert writer.stdout is not None
        said = [int(line) for line in writer.stdout.read().splitlines()]
    spool = Spool(tmp_path)
    kept = [list(spool.read(segment)) for segment in spool.segments()]
    assert len(said) <= len(kept) <= len(said) + 1
    assert kept == [[b"%08d" % n] * 50 for n in range(len(kept))]


def test_erasing_rewrites_only_what_matches(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([b"keep 1", b"drop 1"])
    spool.append([b"drop 2"])
    spool.append([b"keep 2"])
    assert spool.erase(lambda item: item.startswith(b"drop")) == 2
    assert [list(spool.read(s)) for s in spool.segments()] == [[b"keep 1"], [b"keep 2"]]
    assert not any(b"drop" in path.read_bytes() for path in tmp_path.iterdir())


def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot make the spool"):
        Spool(tmp_path / "file" / "spool")
    spool = Spool(tmp_path / "spool")
    with pytest.raises(ValueError, match="larger"):
        spool.append([b"x" * (MAX_ITEM + 1)])
    (tmp_path / "spool").rmdir()
    with pytest.raises(Abort, match="cannot write to the spool"):
        spool.append([b"x"])
