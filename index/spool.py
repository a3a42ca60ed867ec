"""The spool: what crawlers fetched, durable before the index has it.

A segment is one file that is written once: a header, then per item its length, CRC-32 and bytes,
all synced to disk before `Spool.append` returns. After a crash a torn tail is dropped and
everything before it read. A segment is removed when every item has a verdict of the index, so an
item is put at least once; the index makes that once.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time_ns

from tocsin.core.errors import Abort, ConfigError, system_reason
from tocsin.core.files import write_atomically
from tocsin.core.messages import Message

_MAGIC = b"TOCSPL1\n"
_HEAD = struct.Struct("<II")
MAX_ITEM = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of the spool; segments sort in the order they were written."""

    name: str


class Spool:
    """A folder of segments. Several processes may append and read; each segment has one writer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                Message(
                    "fault.spool.folder", {"folder": str(folder), "strerror": system_reason(error)}
                )
            ) from None
        self._last = 0

    def append(self, items: Sequence[bytes]) -> Segment:
        """Write items as one new segment; they are on disk when this returns.

        Raises:
            Abort: the disk is full or cannot be written; nothing of these items is kept.
            ValueError: an item is larger than `MAX_ITEM`.
        """
        if any(len(item) > MAX_ITEM for item in items):
            raise ValueError(f"an item of the spool is larger than {MAX_ITEM} bytes")
        self._last = max(time_ns(), self._last + 1)
        name = f"{self._last:020d}-{os.getpid()}.seg"
        self._write(name, items)
        return Segment(name)

    def segments(self) -> list[Segment]:
        """The segments that wait, oldest first."""
        return sorted(Segment(path.name) for path in self.folder.glob("*.seg"))

    def read(self, segment: Segment) -> Iterator[bytes]:
        """The items of a segment in order, up to the first that is torn or damaged; none where it
        is gone."""
        try:
            data = (self.folder / segment.name).read_bytes()
        except FileNotFoundError:
            return
        at = len(_MAGIC)
        if data[:at] != _MAGIC:
            return
        while at + _HEAD.size <= len(data):
            length, checksum = _HEAD.unpack_from(data, at)
            item = data[at + _HEAD.size : at + _HEAD.size + length]
            if len(item) < length or zlib.crc32(item) != checksum:
                return
            yield item
            at += _HEAD.size + length

    def remove(self, segment: Segment) -> None:
        """Forget a segment: every item has its verdict. Removing it twice is allowed."""
        (self.folder / segment.name).unlink(missing_ok=True)

    def erase(self, matches: Callable[[bytes], bool]) -> int:
        """Rewrite segments without the items that match; the number removed.

        For people who ask to be forgotten.
        """
        removed = 0
        for segment in self.segments():
            items = list(self.read(segment))
            kept = [item for item in items if not matches(item)]
            if len(kept) == len(items):
                continue
            removed += len(items) - len(kept)
            if kept:
                self._write(segment.name, kept)
            else:
                self.remove(segment)
        return removed

    def _write(self, name: str, items: Iterable[bytes]) -> None:
        """Write a segment durably: a reader sees all of it or nothing."""
        try:
            with write_atomically(self.folder / name) as temporary, temporary.open("wb") as out:
                out.write(_MAGIC)
                for item in items:
                    out.write(_HEAD.pack(len(item), zlib.crc32(item)))
                    out.write(item)
        except OSError as error:
            raise Abort(
                Message(
                    "fault.spool.write",
                    {"folder": str(self.folder), "strerror": system_reason(error)},
                )
            ) from None
