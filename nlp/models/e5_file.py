"""Reader of an ``E5S1`` file: a BERT encoder with its large matrices in blocks of 4-bit numbers.

Layout, little endian: ``E5S1`` and an int32 version; seven int32 (width, layers, heads, inner
width, vocabulary, positions, token types); float32 epsilon of the layer norms and int32 block size;
five int32 (pieces, and the ids of ``<s> </s> <pad> <unk>``); the tokeniser's tables (skipped: the
tokeniser comes from elsewhere); a directory of tensors (name, kind, count, offset, bytes).

A matrix of kind 1 holds, row by row, blocks of 32 weights: one float16 scale and 16 bytes. The low
nibbles are the first 16 weights of the block, the high nibbles the last 16; weight = (nibble - 8) *
scale.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_FLOATS, _FOUR_BITS = 0, 1


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class E5File:
    """The tensors of one file, read on demand from a memory map.

    Raises:
        ConfigError: the file is absent, torn, or no ``E5S1`` file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
            self._read_header()
        except (OSError, ValueError, struct.error, UnicodeDecodeError):
            raise ConfigError(Message("fault.models.no_e5", {"path": str(path)})) from None

    def _read_header(self) -> None:
        self._at = 0
        if self._take("<4s")[0] != b"E5S1":
            raise ValueError("magic")
        self._take("<i")
        width, layers, heads, inner, vocabulary, positions, types = self._take("<7i")
        epsilon, block = self._take("<fi")
        if block != BLOCK or width % heads or width % BLOCK or inner % BLOCK:
            raise ValueError("shape")
        self.shape = Shape(
            width,
            layers,
            heads,
            inner,
            vocabulary,
            positions,
            types,
            1e-12 if abs(epsilon - 1e-12) < 1e-18 else epsilon,
        )
        pieces, self.bos, self.eos, self.pad, self.unknown = self._take("<5i")
        (blob,) = self._take("<Q")
        self._at += 4 * (pieces + 1) + 4 * pieces + blob
        _, normaliser = self._take("<iI")
        self._at += normaliser
        (tensors,) = self._take("<i")
        self._directory: dict[str, tuple[int, int, int, int]] = {}
        for _ in range(tensors):
            (length,) = self._take("<H")
            name = self._take(f"<{length}s")[0].decode()
            kind, count, offset, size = self._take("<BIQQ")
            if offset + size > len(self._bytes):
                raise ValueError("torn")
            self._directory[name] = (kind, count, offset, size)

    def _take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(form)
        values = struct.unpack(form, bytes(self._bytes[self._at : self._at + size]))
        self._at += size
        return values

    def _raw(self, name: str, kind: int) -> NDArray[np.uint8]:
        try:
            stored_kind, _, offset, size = self._directory[name]
        except KeyError:
            raise ConfigError(
                Message("fault.models.no_tensor", {"path": str(self.path), "name": name})
            ) from None
        if stored_kind != kind:
            raise ConfigError(
                Message("fault.models.tensor_kind", {"name": name, "path": str(self.path)})
            )
        return self._bytes[offset : offset + size]

    def floats(self, name: str) -> NDArray[np.float32]:
        """A float32 tensor, flat."""
        return np.frombuffer(self._raw(name, _FLOATS).tobytes(), "<f4").astype(np.float32)

    def blocks(
        self, name: str, rows: int, columns: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A 4-bit matrix as it is kept.

        Nibbles uint8 (rows, columns) in 0..15, scales float32 (rows, columns / 32).
        """
        raw = self._raw(name, _FOUR_BITS)
        count = columns // BLOCK
        if len(raw) != rows * count * _BLOCK_BYTES:
            raise ConfigError(
                Message("fault.models.tensor_size", {"name": name, "path": str(self.path)})
            )
        blocks = np.asarray(raw).reshape(rows, count, _BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0].astype(np.float32)
        packed = blocks[..., 2:]
        return np.concatenate([packed & 15, packed >> 4], axis=-1).reshape(rows, columns), scales

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A 4-bit matrix as float32 (rows, columns)."""
        nibbles, scales = self.blocks(name, rows, columns)
        weights = (nibbles.astype(np.float32) - 8.0).reshape(
            rows, columns // BLOCK, BLOCK
        ) * scales[..., None]
        return weights.reshape(rows, columns)
