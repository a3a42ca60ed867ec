"""Repositories as CAR files, made as the specification has them (https://atproto.com/specs)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

DID = "did:plc:abcdefghijklmnopqrstuvwx"
_TID = "234567abcdefghijklmnopqrstuvwxyz"


class Link(bytes):
    """A CID within a value."""


def encoded(value: Any) -> bytes:
    """DAG-CBOR, written here from its specification: keys by length, links under tag 42."""
    if isinstance(value, Link):
        return b"\xd8\x2a" + _head(2, len(value) + 1) + b"\0" + value
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encoded, value))
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
    return _head(5, len(keys)) + b"".join(encoded(k) + encoded(value[k]) for k in keys)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for size, short in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 1 << 8 * size:
            return bytes([kind << 5 | short]) + number.to_bytes(size, "big")
    raise ValueError(number)


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def tid(microseconds: int) -> str:
    number, text = microseconds << 10, ""
    for _ in range(13):
        number, text = number >> 5, _TID[number & 31] + text
    return text


def depth(key: str) -> int:
    """The layer of a key in the tree: pairs of zero bits that its hash begins with."""
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(key.encode()).digest())
    return (len(bits) - len(bits.lstrip("0"))) // 2


class Repository:
    """Makes the blocks of a repository. ``blocks`` are in the order of `car`: commit, nodes and
    records as they are met.
    """

    def __init__(self, records: Mapping[str, Any], did: str = DID) -> None:
        self.records: dict[str, bytes] = {}
        self.nodes: list[bytes] = []
        self.blocks: dict[bytes, bytes] = {}
        for key, value in records.items():
            self.records[key] = self.add(value)
        keys = sorted(self.records)
        top = max(map(depth, keys), default=0)
        root = self._node(keys, top)
        self.commit = self.add({
            "did": did, "version": 3, "data": root, "prev": None,
            "rev": tid(1_760_000_000_000_000), "sig": b"\x01" * 64,
        })  # fmt: skip

    def add(self, value: Any) -> Link:
        data = encoded(value)
        cid = Link(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest())
        self.blocks[cid] = data
        return cid

    def _node(self, keys: list[str], layer: int) -> Link:
        own = [n for n, key in enumerate(keys) if depth(key) == layer]
        bounds = [-1, *own, len(keys)]
        below = [keys[a + 1 : b] for a, b in pairwise(bounds)]
        children = [self._node(part, layer - 1) if part else None for part in below]
        entries, before = [], b""
        for number, child in zip(own, children[1:], strict=True):
            key = keys[number].encode()
            shared = next(
                (n for n, (a, b) in enumerate(zip(before, key, strict=False)) if a != b),
                min(len(before), len(key)),
            )
            entries.append(
                {"p": shared, "k": key[shared:], "v": Link(self.records[keys[number]]), "t": child}
            )
            before = key
        cid = self.add({"l": children[0], "e": entries})
        self.nodes.append(cid)
        return cid

    def car(self, order: Iterable[bytes] | None = None) -> bytes:
        """The file, with these blocks alone (all, the commit first)."""
        header = encoded({"roots": [self.commit], "version": 1})
        chosen = list(order) if order is not None else [self.commit, *self._rest()]
        out = varint(len(header)) + header
        for cid in chosen:
            out += varint(len(cid) + len(self.blocks[cid])) + cid + self.blocks[cid]
        return out

    def _rest(self) -> list[bytes]:
        first = {self.commit, *self.nodes}
        return [*reversed(self.nodes), *(cid for cid in self.blocks if cid not in first)]
