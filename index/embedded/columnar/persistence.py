"""The columns on disk, beside the index: read in a moment by the next process, thrown away without
loss.

A base is a folder of arrays (memory-mapped when read) with a ``head.json`` that says which index,
which version of its data, and the size and checksums of each file. It is written beside and then
given its name, so that a reader finds all of it or nothing. It is not synced: no killed process can
tear it, and after a start of the machine since, all of it is checked. What changed since is read
from SQLite. Whoever writes or removes bases holds the lock file; a base that does not fit is not
used.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
import uuid
import zlib
from collections.abc import Iterator
from functools import cache as cache_
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from index.embedded.columnar.arrays import TEXT_COLUMNS, Dictionary, Lists
from index.embedded.columnar.cache import Cache, is_behind
from index.embedded.columnar.declared import DeclaredColumn
from index.embedded.schema import State
from index.fields import DeclaredField

FOLDER = "index.cache"
FORMAT = 6
LISTS = ("hashtag", "mention", "domain")
_BLOCK = 65_536
_BLOCKS = 64
FEW = 5_000
"""Changed documents from which a new base is worth writing."""
_SAMPLE = 16


@contextlib.contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the folder's lock; gives False where it cannot be had at once and ``wait`` is false, or
    not be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except OSError:
            held = False
        yield held
    finally:
        os.close(handle)


def wipe(folder: Path) -> None:
    """Remove all caches, after whoever writes one has ended."""
    if folder.is_dir():
        with locked(folder, wait=True):
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)


def is_due(cache: Cache) -> bool:
    """Whether so much changed since the base that a new one is worth writing."""
    return cache.changed >= max(FEW, len(cache) // 8)


def save(cache: Cache, folder: Path, store: str, current_epoch: int) -> None:
    """Write a base; a full or read-only disk, or another writer, costs the base and nothing else.

    ``current_epoch`` is what the file says now, not what the caller's transaction saw: a base of
    before an erasure must not come back after it.
    """
    with locked(folder, wait=False) as held:
        if not held or current_epoch != cache.state.epoch:
            return
        temporary = folder / f"tmp-{uuid.uuid4().hex}"
        try:
            temporary.mkdir()
            _write(cache, temporary, store)
            base = folder / f"base-{cache.state.doc:020d}-{uuid.uuid4().hex[:8]}"
            temporary.rename(base)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            return
        cache.changed = 0
        for path in folder.iterdir():
            if path != base and path.name.startswith(("base-", "tmp-")):
                shutil.rmtree(path, ignore_errors=True)


def load(
    cache: Cache, folder: Path, store: str, state: State, connection: sqlite3.Connection
) -> bool:
    """Fill an empty cache from the newest base that fits, if there is one; `Cache.sync` reads the
    rest."""
    for base in sorted(folder.glob("base-*"), reverse=True):
        try:
            head = json.loads((base / "head.json").read_text(encoding="utf-8"))
            saved = State(*head["state"])
            fits = (
                head["format"] == FORMAT and head["store"] == store and saved.epoch == state.epoch
            )
            if (
                not fits
                or any(a > b for a, b in zip(saved, state, strict=True))
                or is_behind(connection, saved, state)
            ):
                continue
            whole = head["boot"] != boot_id()
            if any(_is_changed(base / name, sign, whole) for name, sign in head["files"].items()):
                continue
            _read(cache, base, head)
            if _matches_database(cache, connection):
                cache.state = saved
                return True
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            pass
        cache.clear()
    return False


def _write(cache: Cache, folder: Path, store: str) -> None:
    for name in LISTS:
        cache.list_column(name)
    arrays = {
        "rows": cache.rows.view,
        "time": cache.time.view,
        "author": cache.author.view,
        "alive": cache.alive.view,
        "order": cache.order,
        "followers": cache.people.followers,
        "verified": cache.people.verified,
        "created": cache.people.created,
        **{f"number-{name}": grown.view for name, grown in cache.numbers.items()},
        **{f"keyed-{name}": codes.view for name, (_, codes) in cache.coded.items()},
        **{f"noted-{name}": codes.view for name, (_, codes) in cache.annotated.items()},
    }
    texts = {
        **{f"keyed-{name}": dictionary.arrow for name, (dictionary, _) in cache.coded.items()},
        **{f"noted-{name}": dictionary.arrow for name, (dictionary, _) in cache.annotated.items()},
        **{name: cache.people.arrow(name) for name in ("ids", "handles", "descriptions")},
    }
    for name, lists in cache.lists.items():
        arrays |= {
            f"list-{name}-codes": lists.codes.view,
            f"list-{name}-offsets": lists.offsets.view,
        }
        texts[f"list-{name}"] = lists.dictionary.arrow
    for name, column in cache.declared.items():
        arrays[f"declared-{name}"] = column.values.view
        texts[f"declared-{name}"] = column.dictionary.arrow
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for name, text in texts.items():
        _write_table(folder / f"{name}.arrow", pa.table({"value": text}))
    _write_table(
        folder / "text.arrow", pa.table({name: cache.column(name) for name in TEXT_COLUMNS})
    )
    signs = {
        path.name: [path.stat().st_size, _sample_checksum(path), _checksum(path)]
        for path in sorted(folder.iterdir())
    }
    head = {
        "format": FORMAT,
        "store": store,
        "state": list(cache.state),
        "lists": sorted(cache.lists),
        "boot": boot_id(),
        "files": signs,
        "declared": {
            name: [*column.field, column.read_up_to] for name, column in cache.declared.items()
        },
    }
    (folder / "head.json").write_text(json.dumps(head), encoding="utf-8")


def _read(cache: Cache, base: Path, head: dict[str, Any]) -> None:
    cache.clear()

    def array(name: str) -> np.ndarray:
        return np.asarray(np.load(base / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    for name in ("rows", "time", "author", "alive"):
        getattr(cache, name).wrap(array(name))
    for name, grown in cache.numbers.items():
        grown.wrap(array(f"number-{name}"))
    for kind, coded in (("keyed", cache.coded), ("noted", cache.annotated)):
        for name, (dictionary, codes) in coded.items():
            codes.wrap(array(f"{kind}-{name}"))
            if (kind, name) != (
                "noted",
                "lang",
            ):  # it shares the dictionary of the declared language
                dictionary.load(_read_values(base / f"{kind}-{name}.arrow"))
    for name in head["lists"]:
        lists = cache.lists[name] = Lists(Dictionary())
        lists.codes.wrap(array(f"list-{name}-codes"))
        lists.offsets.wrap(array(f"list-{name}-offsets"))
        lists.dictionary.load(_read_values(base / f"list-{name}.arrow"))
    for name, (stage, kind, read_up_to) in head.get("declared", {}).items():
        column = cache.declared[name] = DeclaredColumn(name, DeclaredField(stage, kind))
        column.values.wrap(array(f"declared-{name}"))
        column.dictionary.load(_read_values(base / f"declared-{name}.arrow"))
        column.read_up_to = read_up_to
    cache.order = array("order")
    ids, handles, descriptions = (
        _read_values(base / f"{name}.arrow").to_pylist()
        for name in ("ids", "handles", "descriptions")
    )
    numbers = (np.array(array(name)) for name in ("followers", "verified", "created"))
    cache.people.load(ids, handles, descriptions, *numbers)
    if len(cache):
        cache.chunks.append(_read_table(base / "text.arrow"))
    if not all(
        len(grown) == len(cache)
        for grown in (cache.time, cache.author, cache.alive, *cache.numbers.values())
    ):
        raise ValueError("columns of different length")


def _matches_database(cache: Cache, connection: sqlite3.Connection) -> bool:
    """Whether some rows, the last one among them, have the ids that SQLite says: the file was not
    put back from a backup."""
    if not len(cache.order):
        return True
    for position in {int(p) for p in np.linspace(0, len(cache) - 1, _SAMPLE)} | {
        int(cache.order.max())
    }:
        if cache.alive.view[position]:
            stored = connection.execute(
                "SELECT id FROM docs WHERE row = ?", (int(cache.rows.view[position]),)
            ).fetchone()
            # a row that died since is in the log, which is read later
            if stored is not None and stored[0] != cache.id_at(position):
                return False
    return True


def _write_table(path: Path, table: pa.Table) -> None:
    with path.open("wb") as out, ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)


def _read_table(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


def _read_values(path: Path) -> pa.Array:
    column = _read_table(path)["value"]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@cache_
def boot_id() -> str:
    """What names this run of the machine; made up, and so never met again, where it cannot be
    known."""
    try:
        return (
            Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            or uuid.uuid4().hex
        )
    except OSError:
        return uuid.uuid4().hex


def _is_changed(path: Path, sign: list[int], whole: bool) -> bool:
    size, sample, checksum = sign
    return (
        path.stat().st_size != size
        or _sample_checksum(path) != sample
        or (whole and _checksum(path) != checksum)
    )


def _sample_checksum(path: Path) -> int:
    """A checksum of evenly spread blocks: of all where the file is small."""
    size, checksum = path.stat().st_size, 0
    if size <= _BLOCK * _BLOCKS:
        return _checksum(path)
    with path.open("rb") as source:
        for number in range(_BLOCKS):
            source.seek((size - _BLOCK) * number // (_BLOCKS - 1))
            checksum = zlib.crc32(source.read(_BLOCK), checksum)
    return checksum


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum
