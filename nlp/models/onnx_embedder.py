"""The default model on the processor: ONNX Runtime, 8 bits, one thread a call, calls side by side.

A text has one vector, to the byte, whatever is encoded beside it and on whichever processor:
products of bytes are exact, and everything else is computed row by row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.models.e5_directory import MAX_TOKENS, PROMPT
from nlp.text.cleaning import MAX_CHARACTERS
from tocsin.core.text import clean

Vectors = NDArray[np.float32]

PROBE = "probe.onnx"
"""A product of the largest bytes, ``PROBE_WIDTH`` a row; right where every sum is `PROBE_SUM`."""
PROBE_WIDTH = 64
PROBE_SUM = 255 * 127 * PROBE_WIDTH

_BATCH_TOKENS = 384
"""Tokens of a call: more gives no speed, and what a layer computes leaves the processor's cache."""
_CHARACTERS_AT_ONCE = 1_000_000
"""Characters that are tokenised at once: encodings take some hundred bytes a token."""


class OnnxEmbedder:
    """The graph of `nlp.models.e5_onnx` and its tokeniser, in a folder. See `Embedder`."""

    engine = "onnx"

    def __init__(self, folder: Path, name: str, *, workers: int | None = None) -> None:
        from tokenizers import Tokenizer

        exact = _adds_bytes_exactly(folder)
        self._session = _session(folder / "model.onnx", exact)
        self._tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokeniser.enable_truncation(MAX_TOKENS)
        self.name = name
        self.dim = int(self._session.get_outputs()[0].shape[-1])
        self._workers = workers or _cores()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        cleaned = [clean(text, MAX_CHARACTERS) for text in texts]
        rows = {text: row for row, text in enumerate(dict.fromkeys(cleaned))}
        unique = list(rows)
        vectors = np.zeros((len(unique), self.dim), np.float32)
        with ThreadPoolExecutor(self._workers) as pool:
            for piece in _pieces(unique):
                tokens = self._tokeniser.encode_batch([PROMPT + unique[row] for row in piece])
                ids = [encoding.ids for encoding in tokens]
                del tokens
                batches = _of_one_length(ids)
                encoded = pool.map(partial(self._run, ids), batches)
                for batch, batch_vectors in zip(batches, encoded, strict=True):
                    vectors[piece.start + np.array(batch)] = batch_vectors
        if len(unique) == len(cleaned):
            return vectors
        return vectors[[rows[text] for text in cleaned]]

    def _run(self, ids: list[list[int]], batch: list[int]) -> Vectors:
        (hidden,) = self._session.run(
            None, {"ids": np.array([ids[row] for row in batch], np.int64)}
        )
        # the mean is taken here: the runtime's own depends on the number of rows in its last bit
        mean = np.asarray(hidden).mean(axis=1, dtype=np.float64)
        lengths = np.sqrt((mean * mean).sum(axis=1, keepdims=True))
        normalised: Vectors = (mean / np.maximum(lengths, 1e-12)).astype(np.float32)
        return normalised


def _session(path: Path, exact_products: bool) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # one thread a call, calls side by side: the sums then never depend on the number of cores
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # batches come in hundreds of shapes: a plan of memory for each would be kept
    options.enable_mem_pattern = False
    # Where products of signed and unsigned bytes saturate, other kernels are chosen. They are exact
    # too, and take two and a half times as long.
    options.add_session_config_entry("session.x64quantprecision", "0" if exact_products else "1")
    return onnxruntime.InferenceSession(
        str(path),
        options,
        providers=["CPUExecutionProvider"],
        # it would put back the slow node that `nlp.models.e5_onnx` avoids
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def _adds_bytes_exactly(folder: Path) -> bool:
    """Whether this processor's fast kernels for bytes are exact; False where that is unknown."""
    if not (folder / PROBE).exists():
        return False
    # as many rows as calls have: few and many are computed by different kernels
    rows = np.full((_BATCH_TOKENS, PROBE_WIDTH), 255, np.uint8)
    probe = _session(folder / PROBE, exact_products=True)
    found = [probe.run(None, {"rows": rows[:number]})[0] for number in (1, 5, len(rows))]
    return all(bool((sums == PROBE_SUM).all()) for sums in found)


def _pieces(texts: Sequence[str]) -> Iterator[range]:
    """Runs of texts, each of bounded length."""
    start, size = 0, 0
    for stop, text in enumerate(texts, 1):
        size += len(text)
        if size >= _CHARACTERS_AT_ONCE or stop == len(texts):
            yield range(start, stop)
            start, size = stop, 0


def _of_one_length(ids: list[list[int]]) -> list[list[int]]:
    """Rows in batches of equal token counts, the longest first: the last to run are short."""
    by_length: dict[int, list[int]] = {}
    for row, tokens in enumerate(ids):
        by_length.setdefault(len(tokens), []).append(row)
    batches = []
    for length in sorted(by_length, reverse=True):
        size = max(1, _BATCH_TOKENS // length)
        rows = by_length[length]
        batches += [rows[i : i + size] for i in range(0, len(rows), size)]
    return batches


def _cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
