"""CAR files: blocks of data, each behind the hash of its bytes.

https://ipld.io/specs/transport/car/ describes both versions. The blocks may stand in any order, so
that they are found by a table of 16 bytes each; their bytes stay in the file.
"""

from __future__ import annotations

import hashlib
import io
import re
from array import array
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

_HEADER = re.compile(rb".{1,3}\xa2(?:eroots|gversion)", re.DOTALL)
_PRAGMA = b"\x0a\xa1gversion\x02"
_PRAGMA_BYTES, _OFFSET_AT = 11, 27
MAX_HEADER = 1 << 20
MAX_BLOCK = 8_000_000
"""Bytes; those of a record or a node of the tree are far fewer."""
SHA256_BYTES = 36
_SHA256 = re.compile(rb"\x01[\x71\x55]\x12\x20.{32}", re.DOTALL)
"""A CID of version 1 (https://github.com/multiformats/cid): DAG-CBOR or raw, SHA-256."""


def is_car(head: bytes) -> bool:
    """Whether a file that begins so is a CAR file."""
    return head.startswith(_PRAGMA) or _HEADER.match(head) is not None


def is_cid(value: Any) -> bool:
    """Whether a decoded value is the address of a block."""
    return type(value) is bytes and len(value) == SHA256_BYTES and bool(_SHA256.fullmatch(value))


def decode_block(data: bytes) -> Any:
    """The value of a block of DAG-CBOR; None where it is none."""
    import libipld

    try:
        return libipld.decode_dag_cbor(data)
    except (ValueError, RecursionError):
        return None


class CarBlocks:
    """The blocks of one file. ``roots`` are the CIDs that its header names, ``is_cut_off`` whether
    it ends within a block.

    Raises:
        ValueError: its header cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        end = self._begin()
        self.is_cut_off = False
        keys, places = array("Q"), array("Q")
        for key, at in self._walk(end):
            keys.append(key)
            places.append(at)
        hashes = np.frombuffer(keys, dtype=np.uint64) if keys else np.zeros(0, np.uint64)
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def find(self, cid: bytes) -> int | None:
        """The position of a block among those of the file."""
        key = np.uint64(int.from_bytes(cid[-8:], "big"))
        at = int(np.searchsorted(self._hashes, key))
        while at < len(self._hashes) and self._hashes[at] == key:
            position = int(self._order[at])
            if self._read(position)[0] == cid:
                return position
            at += 1
        return None

    def block(self, position: int) -> bytes | None:
        """The bytes at a position; None where they are not those that their CID names."""
        cid, data = self._read(position)
        return data if hashlib.sha256(data).digest() == cid[4:] else None

    def cid(self, position: int) -> bytes:
        """The CID of the block at a position."""
        return self._read(position)[0]

    def _begin(self) -> int | None:
        """Read the header; where the data ends, if that is said."""
        self._file.seek(0)
        end = None
        if self._file.read(_PRAGMA_BYTES) == _PRAGMA:
            self._file.seek(_OFFSET_AT)
            numbers = self._file.read(16)
            start, size = (int.from_bytes(numbers[n : n + 8], "little") for n in (0, 8))
            end = start + size
            self._file.seek(start)
        else:
            self._file.seek(0)
        size = self._varint() or 0
        if not 0 < size <= MAX_HEADER:
            raise ValueError("its header cannot be read")
        header = decode_block(self._file.read(size))
        if not isinstance(header, dict):
            raise ValueError("its header cannot be read")
        roots = header.get("roots")
        self.roots = [r for r in roots if is_cid(r)] if isinstance(roots, list) else []
        return end

    def _walk(self, end: int | None) -> Iterator[tuple[int, int]]:
        """A piece of the hash and the place of every whole block."""
        at = self._file.tell()
        last = self._file.seek(0, io.SEEK_END)
        self._file.seek(at)
        while at < (end or last):
            size = self._varint()
            begin = self._file.tell()
            if size is None or begin + size > last:
                self.is_cut_off = True
                return
            if size >= SHA256_BYTES:
                cid = self._file.read(SHA256_BYTES)
                if is_cid(cid) and size <= MAX_BLOCK:
                    yield int.from_bytes(cid[-8:], "big"), at
            at = begin + size
            self._file.seek(at)

    def _read(self, position: int) -> tuple[bytes, bytes]:
        self._file.seek(self._places[position])
        size = self._varint() or 0
        data = self._file.read(size)
        return data[:SHA256_BYTES], data[SHA256_BYTES:]

    def _varint(self) -> int | None:
        """An unsigned number in groups of 7 bits, the lowest first; None where the file ends."""
        number = 0
        for shift in range(0, 63, 7):
            byte = self._file.read(1)
            if not byte:
                return None
            number |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return number
        return None
